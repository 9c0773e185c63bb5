/*
 * Semihosting: the guest asks its debugger with BKPT 0xAB, operation in R0, argument in R1.
 *
 * Source: Semihosting for AArch32 and AArch64 (Arm, 2.0), chapters 5 and 6.
 *
 * For privileged code; from user code it is a plain BKPT. What only the outside knows is asked of
 * the host (machine_question), whose answers are input. SYS_SYSTEM is refused.
 */
#include <string.h>

#include "sim/machine/private.h"

enum {
    SYS_OPEN = 0x01,
    SYS_CLOSE = 0x02,
    SYS_WRITEC = 0x03,
    SYS_WRITE0 = 0x04,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_READC = 0x07,
    SYS_ISERROR = 0x08,
    SYS_ISTTY = 0x09,
    SYS_SEEK = 0x0A,
    SYS_FLEN = 0x0C,
    SYS_TMPNAM = 0x0D,
    SYS_REMOVE = 0x0E,
    SYS_RENAME = 0x0F,
    SYS_CLOCK = 0x10,
    SYS_TIME = 0x11,
    SYS_SYSTEM = 0x12,
    SYS_ERRNO = 0x13,
    SYS_GET_CMDLINE = 0x15,
    SYS_HEAPINFO = 0x16,
    SYS_EXIT = 0x18,
    SYS_EXIT_EXTENDED = 0x20,
    SYS_ELAPSED = 0x30,
    SYS_TICKFREQ = 0x31,
};

#define APPLICATION_EXIT 0x20026u /* ADP_Stopped_ApplicationExit */
#define FAILED           UINT32_MAX
#define ANSWER_HEAD      8u /* result and errno */
#define NAME_MAX_BYTES   256u
#define ERRNO_EBADF      9
#define ERRNO_EFAULT     14
#define ERRNO_ENOSYS     38

/* Handles that are ours; the host's are 4 and above. */
enum {
    HANDLE_STDIN = ASK_CONSOLE,
    HANDLE_STDOUT,
    HANDLE_STDERR,
    HANDLE_FEATURES = 0x7FFF
};

/* ":semihosting-features": the magic, and that exits have a status and stdout is not stderr. */
static const uint8_t features[] = {'S', 'H', 'F', 'B', 3};

static bool word(struct machine *m, uint32_t addr, uint32_t index, uint32_t *out)
{
    return cpu_peek(m->cpu, addr + 4 * index, out, 4);
}

/* Words @arg[0] to @arg[n - 1]; a missing one is the guest's bad address. */
static bool words(struct machine *m, uint32_t arg, uint32_t n, uint32_t *out)
{
    bool right = true;
    for (uint32_t i = 0; i < n && right; i++)
        right = word(m, arg, i, &out[i]);
    if (!right)
        m->semihost_errno = ERRNO_EFAULT;
    return right;
}

static uint32_t fail(struct machine *m, int32_t errno_value)
{
    m->semihost_errno = errno_value;
    return FAILED;
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

/* ---- Asking the host. ---- */

static int32_t little_endian(const char *bytes)
{
    uint32_t v = 0;
    for (uint32_t i = 0; i < 4; i++)
        v |= (uint32_t)(uint8_t)bytes[i] << 8 * i;
    return (int32_t)v;
}

/* Its result; what follows in the answer is data. */
static uint32_t ask(struct machine *m, const struct machine_question *q, struct buf *answer)
{
    if (!m->host.ask || !m->host.ask(m->host.ctx, q, answer) || answer->len < ANSWER_HEAD)
        return fail(m, ERRNO_ENOSYS);
    uint32_t result = (uint32_t)little_endian(answer->data);
    if (result == FAILED)
        m->semihost_errno = little_endian(answer->data + 4);
    return result;
}

/* A question whose answer has no data. */
static uint32_t ask_only(struct machine *m, const struct machine_question *q)
{
    struct buf answer = {0};
    uint32_t result = ask(m, q, &answer);
    buf_fini(&answer);
    return result;
}

/* A name of the guest: @len bytes at @addr. */
static bool name_at(struct machine *m, uint32_t addr, uint32_t len, char out[NAME_MAX_BYTES])
{
    if (len >= NAME_MAX_BYTES || !cpu_peek(m->cpu, addr, out, len)) {
        m->semihost_errno = ERRNO_EFAULT;
        return false;
    }
    out[len] = '\0';
    return true;
}

static uint32_t sys_open(struct machine *m, uint32_t arg)
{
    uint32_t a[3];
    char name[NAME_MAX_BYTES];
    if (!words(m, arg, 3, a) || !name_at(m, a[0], a[2], name))
        return FAILED;
    if (a[1] > 11)
        return fail(m, 22 /* EINVAL */);
    if (strcmp(name, ":tt") == 0) /* 5.5: modes 0 to 3 read, 4 to 7 are stdout, 8 to 11 stderr */
        return HANDLE_STDIN + a[1] / 4;
    if (strcmp(name, ":semihosting-features") == 0) {
        m->features_at = 0;
        return HANDLE_FEATURES;
    }
    return ask_only(m, &(struct machine_question){.kind = ASK_OPEN, .n = a[1], .name = name});
}

static bool ours(uint32_t handle)
{
    return (handle >= HANDLE_STDIN && handle <= HANDLE_STDERR) || handle == HANDLE_FEATURES;
}

static uint32_t sys_close(struct machine *m, uint32_t arg)
{
    uint32_t handle;
    if (!words(m, arg, 1, &handle))
        return FAILED;
    if (ours(handle))
        return 0;
    return ask_only(m, &(struct machine_question){.kind = ASK_CLOSE, .handle = handle});
}

/* How many bytes were not written. */
static uint32_t sys_write(struct machine *m, uint32_t arg)
{
    uint32_t a[3], done = 0;
    if (!words(m, arg, 3, a))
        return FAILED;
    if (a[0] == HANDLE_STDOUT || a[0] == HANDLE_STDERR)
        return a[2] - put(m, a[1], a[2], false);
    if (ours(a[0])) {
        (void)fail(m, ERRNO_EBADF);
        return a[2];
    }
    while (done < a[2]) {
        uint8_t bytes[ASK_BYTES_MAX];
        uint32_t n = a[2] - done < sizeof bytes ? a[2] - done : sizeof bytes;
        if (!cpu_peek(m->cpu, a[1] + done, bytes, n)) {
            (void)fail(m, ERRNO_EFAULT);
            break;
        }
        struct machine_question q = {.kind = ASK_WRITE, .handle = a[0], .n = n, .data = bytes};
        uint32_t left = ask_only(m, &q);
        left = left > n ? n : left;
        done += n - left;
        if (left)
            break;
    }
    return a[2] - done;
}

static uint32_t read_features(struct machine *m, uint32_t addr, uint32_t n)
{
    uint32_t left = sizeof features - m->features_at, got = n < left ? n : left;
    if (got && !cpu_poke(m->cpu, addr, features + m->features_at, got))
        return n;
    m->features_at += got;
    return n - got;
}

/* How many bytes were not read; all of them at the end. The console gives what it has. */
static uint32_t sys_read(struct machine *m, uint32_t arg)
{
    uint32_t a[3], done = 0;
    if (!words(m, arg, 3, a))
        return FAILED;
    if (a[0] == HANDLE_FEATURES)
        return read_features(m, a[1], a[2]);
    while (done < a[2]) {
        struct buf answer = {0};
        uint32_t n = a[2] - done < ASK_BYTES_MAX ? a[2] - done : ASK_BYTES_MAX;
        struct machine_question q = {.kind = ASK_READ, .handle = a[0], .n = n};
        uint32_t result = ask(m, &q, &answer);
        uint32_t got = answer.len > ANSWER_HEAD ? (uint32_t)answer.len - ANSWER_HEAD : 0;
        got = got > n ? n : got;
        bool stored = got && cpu_poke(m->cpu, a[1] + done, answer.data + ANSWER_HEAD, got);
        buf_fini(&answer);
        if (result == FAILED && !done)
            return FAILED;
        done += stored ? got : 0;
        if (!stored || got < n)
            break;
    }
    return a[2] - done;
}

static uint32_t sys_readc(struct machine *m)
{
    struct buf answer = {0};
    struct machine_question q = {.kind = ASK_READC, .handle = HANDLE_STDIN, .n = 1};
    bool got = m->host.ask && m->host.ask(m->host.ctx, &q, &answer) && answer.len;
    uint32_t byte = got ? (uint8_t)answer.data[0] : FAILED;
    buf_fini(&answer);
    return byte;
}

static uint32_t sys_iserror(struct machine *m, uint32_t arg)
{
    uint32_t status;
    return words(m, arg, 1, &status) && (int32_t)status >= 0 ? 0 : 1;
}

static uint32_t sys_istty(struct machine *m, uint32_t arg)
{
    uint32_t handle;
    if (!words(m, arg, 1, &handle))
        return FAILED;
    return handle >= HANDLE_STDIN && handle <= HANDLE_STDERR;
}

static uint32_t sys_seek(struct machine *m, uint32_t arg)
{
    uint32_t a[2];
    if (!words(m, arg, 2, a))
        return FAILED;
    if (a[0] == HANDLE_FEATURES && a[1] <= sizeof features) {
        m->features_at = a[1];
        return 0;
    }
    if (ours(a[0]))
        return fail(m, 29 /* ESPIPE */);
    return ask_only(m, &(struct machine_question){.kind = ASK_SEEK, .handle = a[0], .n = a[1]});
}

static uint32_t sys_flen(struct machine *m, uint32_t arg)
{
    uint32_t handle;
    if (!words(m, arg, 1, &handle))
        return FAILED;
    if (handle == HANDLE_FEATURES)
        return sizeof features;
    if (ours(handle))
        return fail(m, 29 /* ESPIPE */);
    return ask_only(m, &(struct machine_question){.kind = ASK_FLEN, .handle = handle});
}

/* Data of an answer into a buffer of the guest, with a NUL. */
static uint32_t give_text(struct machine *m, enum machine_question_kind kind, uint32_t n,
                          uint32_t addr, uint32_t cap, uint32_t *len)
{
    struct buf answer = {0};
    uint32_t result = ask(m, &(struct machine_question){.kind = kind, .n = n}, &answer);
    size_t got = answer.len > ANSWER_HEAD ? answer.len - ANSWER_HEAD : 0;
    bool fits = result != FAILED && got < cap;
    if (fits && !cpu_poke(m->cpu, addr, answer.data + ANSWER_HEAD, got + 1))
        fits = false; /* the buffer's own NUL is behind the data */
    *len = (uint32_t)got;
    buf_fini(&answer);
    return fits ? 0 : FAILED;
}

static uint32_t sys_tmpnam(struct machine *m, uint32_t arg)
{
    uint32_t a[3], unused;
    return words(m, arg, 3, a) ? give_text(m, ASK_TMPNAM, a[1], a[0], a[2], &unused) : FAILED;
}

static uint32_t sys_get_cmdline(struct machine *m, uint32_t arg)
{
    uint32_t a[2], len = 0;
    if (!words(m, arg, 2, a) || give_text(m, ASK_CMDLINE, 0, a[0], a[1], &len) == FAILED)
        return FAILED;
    return cpu_poke(m->cpu, arg + 4, &len, 4) ? 0 : FAILED;
}

static uint32_t sys_remove(struct machine *m, uint32_t arg)
{
    uint32_t a[2];
    char name[NAME_MAX_BYTES];
    if (!words(m, arg, 2, a) || !name_at(m, a[0], a[1], name))
        return FAILED;
    return ask_only(m, &(struct machine_question){.kind = ASK_REMOVE, .name = name});
}

static uint32_t sys_rename(struct machine *m, uint32_t arg)
{
    uint32_t a[4];
    char name[NAME_MAX_BYTES], to[NAME_MAX_BYTES];
    if (!words(m, arg, 4, a) || !name_at(m, a[0], a[1], name) || !name_at(m, a[2], a[3], to))
        return FAILED;
    return ask_only(m, &(struct machine_question){.kind = ASK_RENAME, .name = name, .to = to});
}

/* Nothing is known of heap and stack: zeros say so, and the C library takes its linker script's. */
static uint32_t sys_heapinfo(struct machine *m, uint32_t arg)
{
    static const uint32_t unknown[4];
    uint32_t block;
    bool right = words(m, arg, 1, &block) && cpu_poke(m->cpu, block, unknown, sizeof unknown);
    return right ? 0 : FAILED;
}

static uint32_t sys_elapsed(struct machine *m, uint32_t arg)
{
    uint64_t now = *cpu_now(m->cpu);
    return cpu_poke(m->cpu, arg, &now, sizeof now) ? 0 : FAILED;
}

static uint32_t sys_clock(struct machine *m, uint32_t arg)
{
    (void)arg; /* hundredths of a second */
    return (uint32_t)(*cpu_now(m->cpu) / (m->board.clock_hz / 100u + !(m->board.clock_hz / 100u)));
}

static uint32_t sys_time(struct machine *m, uint32_t arg)
{
    (void)arg;
    return ask_only(m, &(struct machine_question){.kind = ASK_TIME});
}

static uint32_t sys_writec(struct machine *m, uint32_t arg)
{
    put(m, arg, 1, false);
    return arg; /* R0 is corrupted */
}

static uint32_t sys_write0(struct machine *m, uint32_t arg)
{
    put(m, arg, UINT32_MAX, true);
    return arg;
}

static uint32_t sys_readc_call(struct machine *m, uint32_t arg)
{
    (void)arg;
    return sys_readc(m);
}

static uint32_t sys_errno(struct machine *m, uint32_t arg)
{
    (void)arg;
    return (uint32_t)m->semihost_errno;
}

static uint32_t sys_tickfreq(struct machine *m, uint32_t arg)
{
    (void)arg;
    return m->board.clock_hz;
}

/* By operation; NULL: there is none, or it is refused (SYS_SYSTEM). */
static uint32_t (*const calls[])(struct machine *m, uint32_t arg) = {
    [SYS_OPEN] = sys_open,         [SYS_CLOSE] = sys_close,     [SYS_WRITEC] = sys_writec,
    [SYS_WRITE0] = sys_write0,     [SYS_WRITE] = sys_write,     [SYS_READ] = sys_read,
    [SYS_READC] = sys_readc_call,  [SYS_ISERROR] = sys_iserror, [SYS_ISTTY] = sys_istty,
    [SYS_SEEK] = sys_seek,         [SYS_FLEN] = sys_flen,       [SYS_TMPNAM] = sys_tmpnam,
    [SYS_REMOVE] = sys_remove,     [SYS_RENAME] = sys_rename,   [SYS_CLOCK] = sys_clock,
    [SYS_TIME] = sys_time,         [SYS_ERRNO] = sys_errno,     [SYS_GET_CMDLINE] = sys_get_cmdline,
    [SYS_HEAPINFO] = sys_heapinfo, [SYS_ELAPSED] = sys_elapsed, [SYS_TICKFREQ] = sys_tickfreq,
};

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
    uint32_t op = cpu_reg(m->cpu, 0), arg = cpu_reg(m->cpu, 1);
    if (!(cpu_state(m->cpu) & CPU_STATE_PRIV)) { /* it would be a way past the MPU */
        cpu_breakpoint(m->cpu);
        return false;
    }
    if (op == SYS_EXIT || op == SYS_EXIT_EXTENDED)
        return sys_exit(m, op, arg, stop);
    bool known = op < sizeof calls / sizeof *calls && calls[op];
    cpu_set_reg(m->cpu, 0, known ? calls[op](m, arg) : fail(m, ERRNO_ENOSYS));
    cpu_skip(m->cpu);
    return false;
}
