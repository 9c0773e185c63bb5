/*
 * Semihosting: the guest asks its debugger with BKPT 0xAB, operation in R0, argument in R1.
 *
 * Source: Semihosting for AArch32 and AArch64 (Arm, 2.0), chapters 5 and 6.
 * Here: console, exit, clock, for privileged code; from user code it is a plain BKPT.
 * Files, command line and time are refused with -1.
 */
#include <string.h>

#include "sim/machine/private.h"

enum {
    SYS_OPEN = 0x01,
    SYS_CLOSE = 0x02,
    SYS_WRITEC = 0x03,
    SYS_WRITE0 = 0x04,
    SYS_WRITE = 0x05,
    SYS_READC = 0x07,
    SYS_ISTTY = 0x09,
    SYS_CLOCK = 0x10,
    SYS_ERRNO = 0x13,
    SYS_EXIT = 0x18,
    SYS_EXIT_EXTENDED = 0x20,
    SYS_ELAPSED = 0x30,
    SYS_TICKFREQ = 0x31,
};

#define APPLICATION_EXIT 0x20026u /* ADP_Stopped_ApplicationExit */
#define CONSOLE_HANDLE   1u
#define ERRNO_ENOSYS     38
#define FAILED           UINT32_MAX

static bool word(struct machine *m, uint32_t addr, uint32_t index, uint32_t *out)
{
    return cpu_peek(m->cpu, addr + 4 * index, out, 4);
}

/* Bytes of the guest to the console, as far as they are memory. Returns how many. */
static uint32_t put(struct machine *m, uint32_t addr, uint32_t n, bool to_nul)
{
    uint32_t done = 0;
    uint8_t byte;
    while (done < n && cpu_peek(m->cpu, addr + done, &byte, 1) && !(to_nul && byte == 0)) {
        m->host.output(m->host.ctx, MACHINE_DEBUGGER, &byte, 1);
        done++;
    }
    return done;
}

static uint32_t sys_open(struct machine *m, uint32_t arg)
{
    uint32_t name, len;
    char text[4] = {0};
    bool console = word(m, arg, 0, &name) && word(m, arg, 2, &len) && len == 3 &&
                   cpu_peek(m->cpu, name, text, 3) && strcmp(text, ":tt") == 0;
    m->semihost_errno = console ? 0 : ERRNO_ENOSYS;
    return console ? CONSOLE_HANDLE : FAILED;
}

static uint32_t sys_write(struct machine *m, uint32_t arg)
{
    uint32_t handle, addr, n;
    if (!word(m, arg, 0, &handle) || !word(m, arg, 1, &addr) || !word(m, arg, 2, &n))
        return FAILED;
    return n - put(m, addr, n, false); /* how many were not written */
}

static uint32_t sys_readc(struct machine *m)
{
    uint8_t byte;
    return m->host.read && m->host.read(m->host.ctx, &byte) ? byte : FAILED;
}

static uint32_t sys_elapsed(struct machine *m, uint32_t arg)
{
    uint64_t now = *cpu_now(m->cpu);
    return cpu_poke(m->cpu, arg, &now, sizeof now) ? 0 : FAILED;
}

static uint32_t centiseconds(const struct machine *m)
{
    return (uint32_t)(*cpu_now(m->cpu) / (m->board.clock_hz / 100u + !(m->board.clock_hz / 100u)));
}

static bool sys_exit(struct machine *m, uint32_t op, uint32_t arg, struct machine_stop *stop)
{
    uint32_t reason = arg, status = 0;
    if (op == SYS_EXIT_EXTENDED && !(word(m, arg, 0, &reason) && word(m, arg, 1, &status)))
        reason = status = FAILED;
    stop->kind = MACHINE_STOP_EXIT;
    stop->status = reason == APPLICATION_EXIT ? status : op == SYS_EXIT ? 1 : status;
    stop->ok = reason == APPLICATION_EXIT && status == 0;
    return true;
}

bool semihost_call(struct machine *m, struct machine_stop *stop)
{
    uint32_t op = cpu_reg(m->cpu, 0), arg = cpu_reg(m->cpu, 1), result = 0;
    if (!(cpu_state(m->cpu) & CPU_STATE_PRIV)) { /* it would be a way past the MPU */
        cpu_breakpoint(m->cpu);
        return false;
    }
    switch (op) {
    case SYS_EXIT:
    case SYS_EXIT_EXTENDED:
        return sys_exit(m, op, arg, stop);
    case SYS_OPEN:
        result = sys_open(m, arg);
        break;
    case SYS_CLOSE:
        break;
    case SYS_WRITEC:
        put(m, arg, 1, false);
        break;
    case SYS_WRITE0:
        put(m, arg, UINT32_MAX, true);
        break;
    case SYS_WRITE:
        result = sys_write(m, arg);
        break;
    case SYS_READC:
        result = sys_readc(m);
        break;
    case SYS_ISTTY:
        result = 1;
        break;
    case SYS_CLOCK:
        result = centiseconds(m);
        break;
    case SYS_ERRNO:
        result = (uint32_t)m->semihost_errno;
        break;
    case SYS_ELAPSED:
        result = sys_elapsed(m, arg);
        break;
    case SYS_TICKFREQ:
        result = m->board.clock_hz;
        break;
    default:
        m->semihost_errno = ERRNO_ENOSYS;
        result = FAILED;
    }
    cpu_set_reg(m->cpu, 0, result);
    cpu_skip(m->cpu);
    return false;
}
