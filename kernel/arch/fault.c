/*
 * Faults: what happened, from what the core tells. What to do about it is decided in kernel/core.
 *
 * Source: DDI 0403E B1.5.6 (stacking), B3.2.13 (SHCSR), B3.2.15 (CFSR), B3.2.16 (HFSR); DDI 0553
 * D1.2.17 for STKOF; DDI 0419E B1.5.10: ARMv6-M has none of these, its one handler finds out alone.
 */
#include "kernel/arch/arch.h"

#define BELOW_STACK 256u /* a fault that near below the stack is an overflow of it */

void keep_fault(uint32_t exc_return, const struct keep_frame *frame, const uint32_t *r4_r7);
void keep_svc_bad(const struct keep_frame *frame, uint32_t exc_return);
void keep_unexpected(void);

static bool from_user(uint32_t exc_return)
{
    return (exc_return & EXC_RETURN_PSP) && (arch_control() & CONTROL_NPRIV);
}

static bool below_stack(const struct keep_thread *t, uint32_t addr, const struct keep_frame *frame)
{
    uint32_t bottom = t->stack->start + (t->options & KEEP_USER ? 0 : KEEP_GUARD);
    return addr < bottom && bottom - addr <= BELOW_STACK &&
           (uint32_t)frame - bottom + BELOW_STACK < 2 * BELOW_STACK;
}

#if __ARM_ARCH == 6

#define PPB 0xE0000000u /* system registers: privileged alone, whatever the MPU says */

struct access {
    uint32_t addr, bytes;
    bool write;
};

static uint32_t low_register(const struct keep_frame *f, const uint32_t *r4_r7, uint32_t n)
{
    return n < 4 ? (&f->r0)[n] : r4_r7[n - 4];
}

static uint32_t ones(uint32_t bits)
{
    uint32_t n = 0;
    for (; bits; bits &= bits - 1)
        n++;
    return n;
}

/* The address of a 16-bit load or store. Source: DDI 0419E A5.2.4, A6.7. */
static bool decode(const struct keep_frame *f, const uint32_t *r4_r7, uint32_t op, struct access *a)
{
    /* Register offset: op 15:12 is 5; 11:9 say which. ORDER of the manual's table A5-5. */
    static const uint8_t bytes_of[] = {4, 2, 1, 1, 4, 2, 1, 2};
    uint32_t sp = (uint32_t)(f + 1);
    uint32_t base = low_register(f, r4_r7, op >> 3 & 7), imm5 = op >> 6 & 31, list = op & 0xFF;
    bool load = op >> 11 & 1;
    switch (op >> 12) {
    case 5:
        a->bytes = bytes_of[op >> 9 & 7];
        a->addr = base + low_register(f, r4_r7, op >> 6 & 7);
        a->write = (op >> 9 & 7) < 3;
        return true;
    case 6:
        *a = (struct access){base + imm5 * 4, 4, !load};
        return true;
    case 7:
        *a = (struct access){base + imm5, 1, !load};
        return true;
    case 8:
        *a = (struct access){base + imm5 * 2, 2, !load};
        return true;
    case 9:
        *a = (struct access){sp + list * 4, 4, !load};
        return true;
    case 11: /* PUSH, POP */
        if ((op & 0x0600) != 0x0400)
            return false;
        a->bytes = 4 * (ones(list) + (op >> 8 & 1));
        a->addr = load ? sp : sp - a->bytes;
        a->write = !load;
        return true;
    case 12:
        *a = (struct access){low_register(f, r4_r7, op >> 8 & 7), 4 * ones(list), !load};
        return true;
    default:
        return false;
    }
}

/* Nobody writes there, privileged or not. */
static bool in_image(uint32_t addr)
{
    extern const char __image_start[], __image_end[];
    return addr >= (uint32_t)__image_start && addr < (uint32_t)__image_end;
}

static void classify(struct keep_fault *f, const struct keep_frame *frame, const uint32_t *r4_r7)
{
    struct keep_thread *t = f->thread;
    struct access a;
    bool guarded = !(t->options & KEEP_USER) &&
                   (uint32_t)frame + BELOW_STACK - t->stack->start < BELOW_STACK + KEEP_GUARD;
    if (guarded || !memory_allowed(t, (uint32_t)frame, sizeof *frame, true)) {
        f->kind = KEEP_FAULT_STACK;
        f->addr = (uint32_t)frame;
        return;
    }
    f->pc = frame->pc;
    if (frame->pc >= 0xF0000000u) {
        f->kind = KEEP_FAULT_RETURN;
        return;
    }
    if (!memory_executable(t, frame->pc)) {
        f->kind = KEEP_FAULT_EXECUTE;
        f->addr = frame->pc;
        return;
    }
    uint32_t op = *(const uint16_t *)(frame->pc & ~1u);
    if (op >> 8 == 0xDE || op >> 8 == 0xBE || op >> 11 >= 29) {
        f->kind = KEEP_FAULT_INSTRUCTION;
    } else if (decode(frame, r4_r7, op, &a)) {
        f->addr = a.addr;
        if (a.addr & ((a.bytes < 4 ? a.bytes : 4) - 1))
            f->kind = KEEP_FAULT_UNALIGNED;
        else if (a.write && in_image(a.addr))
            f->kind = KEEP_FAULT_READ_WRITE;
        else if (a.addr >= PPB || memory_allowed(t, a.addr, a.bytes, a.write))
            f->kind = KEEP_FAULT_BUS;
        else
            f->kind = below_stack(t, a.addr, frame) ? KEEP_FAULT_STACK : KEEP_FAULT_READ_WRITE;
    }
}

static uint32_t take_status(uint32_t *addr)
{
    *addr = 0;
    return 0;
}

#else

/* The frame may be read if its thread may read it: it was stacked with the thread's rights. */
static const struct keep_frame *readable(const struct keep_frame *frame)
{
    return memory_allowed(keep_current, (uint32_t)frame, sizeof *frame, false) ? frame : NULL;
}

static const struct {
    uint32_t bits;
    uint8_t kind;
} kinds[] = {
    /* The first that matches: a stacking error says more than what came of it. */
    {CFSR_MSTKERR | CFSR_STKERR | CFSR_STKOF | CFSR_MUNSTKERR | CFSR_UNSTKERR | CFSR_MLSPERR |
         CFSR_LSPERR,
     KEEP_FAULT_STACK},
    {CFSR_IACCVIOL, KEEP_FAULT_EXECUTE},
    {CFSR_DACCVIOL, KEEP_FAULT_READ_WRITE},
    {CFSR_BUS, KEEP_FAULT_BUS},
    {CFSR_INVPC, KEEP_FAULT_RETURN},
    {CFSR_UNDEFINSTR | CFSR_INVSTATE | CFSR_NOCP, KEEP_FAULT_INSTRUCTION},
    {CFSR_DIVBYZERO, KEEP_FAULT_DIVIDE},
    {CFSR_UNALIGNED, KEEP_FAULT_UNALIGNED},
};

static void classify(struct keep_fault *f, const struct keep_frame *frame, const uint32_t *r4_r7)
{
    (void)r4_r7;
    if (!f->status)
        f->kind = KEEP_FAULT_INSTRUCTION; /* HardFault alone: a breakpoint (HFSR.DEBUGEVT) */
    for (uint32_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (f->status & kinds[i].bits) {
            f->kind = kinds[i].kind;
            break;
        }
    if (f->kind == KEEP_FAULT_STACK)
        return; /* there may be no frame */
    f->pc = readable(frame) ? frame->pc : 0;
    if (f->kind == KEEP_FAULT_EXECUTE)
        f->addr = f->pc;
    if (f->kind == KEEP_FAULT_READ_WRITE && below_stack(f->thread, f->addr, frame))
        f->kind = KEEP_FAULT_STACK;
}

/*
 * Read and clear. One mistake can pend more than one exception (a fault, and another for stacking
 * its frame; an SVC whose frame was never written): what is pending besides belongs to the same
 * thread and goes with it.
 */
static uint32_t take_status(uint32_t *addr)
{
    uint32_t cfsr = KEEP_REG(SCB_CFSR);
    *addr = cfsr & CFSR_MMARVALID   ? KEEP_REG(SCB_MMFAR)
            : cfsr & CFSR_BFARVALID ? KEEP_REG(SCB_BFAR)
                                    : 0;
    KEEP_REG(SCB_CFSR) = cfsr;
    KEEP_REG(SCB_HFSR) = KEEP_REG(SCB_HFSR);
    KEEP_REG(SCB_SHCSR) &= ~SCB_SHCSR_PENDED;
    return cfsr;
}

#endif

/* Floating point registers that were to be stacked lazily are not (DDI 0403E B3.2.21, LSPACT). */
static void forget_registers(void)
{
#if KEEP_FPU
    KEEP_REG(FPU_FPCCR) &= ~1u;
#endif
}

static void blame(const struct keep_fault *f)
{
    keep_user_fault(f);
    if (f->thread->state == KEEP_DEAD)
        forget_registers(); /* there may be no room for them, and nobody wants them */
}

/*
 * A fault. From unprivileged thread code it is that thread's; so is one in lazily stacking its
 * floating point registers, whoever runs then. Every other is the kernel's own.
 */
void keep_fault(uint32_t exc_return, const struct keep_frame *frame, const uint32_t *r4_r7)
{
    struct keep_fault f = {.kind = KEEP_FAULT_HARD, .thread = keep_current};
    f.status = take_status(&f.addr);
    bool lazy = f.status & (CFSR_MLSPERR | CFSR_LSPERR);
    bool user =
        from_user(exc_return) || (lazy && keep_current && (keep_current->control & CONTROL_NPRIV));
    if (user && lazy)
        forget_registers();
    if (user && keep_current->state == KEEP_DEAD)
        return; /* a second exception of the mistake that ended it */
    if (keep_current && (exc_return & EXC_RETURN_PSP))
        classify(&f, frame, r4_r7);
    if (user)
        blame(&f);
    else
        keep_kernel_fault(&f, frame, exc_return & EXC_RETURN_PSP);
}

/* An SVC that is no system call: of a number that is not user code's, or not from user code. */
void keep_svc_bad(const struct keep_frame *frame, uint32_t exc_return)
{
    struct keep_fault f = {.kind = KEEP_FAULT_SVC, .thread = keep_current};
    if (!from_user(exc_return))
        keep_panic("an SVC in the kernel");
    f.pc = frame->pc - 2;
    f.addr = *(const uint8_t *)f.pc;
    if (f.addr == 0) {
        f.kind = KEEP_FAULT_CALL_NUMBER;
        f.addr = frame->r12;
    }
    keep_user_fault(&f);
}

void keep_unexpected(void)
{
    keep_panic("an exception that nobody handles");
}
