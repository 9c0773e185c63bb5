/*
 * Random programs of exceptions: pending, enabling, priorities, masks, SVC, faults, returns. Each
 * handler and each operation prints what the core shows of itself.
 *
 *     P SEED                                            a program begins
 *     E IPSR OP PC LR SP XPSR CONTROL MASKS CFSR HFSR ADDR SHCSR ICSR IABR ISPR      a handler
 *     T OP CONTROL MASKS SHCSR ICSR IABR ISPR           Thread mode, after an operation
 *
 * PC is the stacked one, from the operation's code, or 0xffff when it is elsewhere. SP is the depth
 * of the frame. Of ICSR the bits that QEMU gives another meaning are left out. FUZZ_SEED and
 * FUZZ_CASES (programs) are symbols of the linker.
 */
#include "tests/differential/guests/fuzz.h"
#include "tests/guest/lib/guest.h"

#define OPS_OF_PROGRAM 40u
#define DEPTH_MAX      6u
#define IRQS           6u
#define UNMAPPED       0x70000000u
#define ICSR_COMPARED  0x940001FFu /* NMIPENDSET, PENDSVSET, PENDSTSET, VECTACTIVE */
#define CFSR_INVPC     (1u << 18)
#define FIRST_SVC_OP   14u
#define BAD_RETURN     0xFFFFFFF5u
#if __ARM_ARCH == 8
#define LR_COMPARED                                                               \
    0x0Cu /* EXC_RETURN.S and ES tell of a Security Extension, here and not there \
           */
#else
#define LR_COMPARED 0xFFu
#endif

extern char FUZZ_SEED[], FUZZ_CASES[];

static uint32_t ops_left, depth,
    negative; /* negative: NMI and HardFault handlers that are active */
static uint32_t op, op_arg, resume, good_lr, base_sp;
static uint32_t process_stack[256] __attribute__((aligned(8)));

/* ---- What the core shows. ---- */

#define MRS(name)                                          \
    ({                                                     \
        uint32_t value_;                                   \
        __asm__ volatile("mrs %0, " #name : "=r"(value_)); \
        value_;                                            \
    })
#define MSR(name, value) __asm__ volatile("msr " #name ", %0\n\tisb" ::"r"(value) : "memory")

static void put_masks(void)
{
    hex(MRS(control));
    hex(MRS(primask) | MRS(faultmask) << 4 | MRS(basepri) << 8);
}

static void put_state(void)
{
    hex(SCB_SHCSR);
    hex(SCB_ICSR & ICSR_COMPARED);
    hex(NVIC_IABR & 0x3Fu);
    hex(NVIC_ISPR & 0x3Fu);
}

/* ---- Operations: each a piece of code of its own, with R0 and R1. ---- */

#define CODE(name, code)                                                                          \
    void name(uint32_t r0, uint32_t r1);                                                          \
    __asm__(".syntax unified\n.text\n.align 2\n.global " #name "\n.thumb_func\n" #name ":\n" code \
            "\n\tbx lr\n");
CODE(op_store, "str r1, [r0]\n\tnop\n\tnop")
CODE(op_store_byte, "strb r1, [r0]\n\tnop\n\tnop")
CODE(op_primask, "msr primask, r1\n\tnop\n\tnop")
CODE(op_faultmask, "msr faultmask, r1\n\tnop\n\tnop")
CODE(op_basepri, "msr basepri, r1\n\tnop\n\tnop")
CODE(op_basepri_max, "msr basepri_max, r1\n\tnop\n\tnop")
CODE(op_cpsie, "cpsie i\n\tnop\n\tnop")
CODE(op_cpsid, "cpsid i\n\tnop\n\tnop")
CODE(op_svc, "svc 7\n\tnop\n\tnop")
CODE(op_undefined, "udf 1\n\tnop\n\tnop")
CODE(op_load, "ldr r2, [r0]\n\tnop\n\tnop")
CODE(op_load_double, "ldrd r2, r3, [r0]\n\tnop\n\tnop")
CODE(op_divide, "movs r2, #0\n\tudiv r3, r1, r2\n\tnop\n\tnop")
CODE(op_branch, "bx r0\n\tnop\n\tnop")
CODE(op_it, "cmp r0, r0\n\tittt eq\n\tstreq r1, [r0]\n\taddeq r2, r1, #1\n\taddeq r2, r1, #2")

static void run(void (*code)(uint32_t, uint32_t), uint32_t number, uint32_t r0, uint32_t r1)
{
    uint32_t was = op, was_resume = resume;
    op = number;
    op_arg = (uint32_t)code & ~1u;
    code(r0, r1);
    op = was;
    resume = was_resume;
}

/* Would a fault or an SVC lock the core up? */
static uint32_t no_faults(void)
{
    return negative || MRS(faultmask);
}

static void nvic_op(uint32_t which, uint32_t irq)
{
    static const uint32_t regs[] = {0xE000E100, 0xE000E200, 0xE000E200, 0xE000E280, 0xE000E180};
    run(op_store, which, regs[which], 1u << irq);
}

static void system_op(uint32_t which)
{
    static const uint32_t icsr[] = {1u << 28, 1u << 26, 1u << 27, 1u << 25, 1u << 31};
    uint32_t n = rnd() % 16;
    run(op_store, which, 0xE000ED04, icsr[n < 5 ? n : n & 1u]);
}

static void priority_op(uint32_t which)
{
    static const uint32_t regs[] = {0xE000E400, 0xE000E401, 0xE000E402, 0xE000E403,
                                    0xE000E404, 0xE000E405, 0xE000ED18, 0xE000ED19,
                                    0xE000ED1A, 0xE000ED1F, 0xE000ED22, 0xE000ED23};
    run(op_store_byte, which, regs[rnd() % 12], (rnd() & 7u) << 5);
}

static void mask_op(uint32_t which)
{
    switch (rnd() % 8) {
    case 0:
        run(op_primask, which, 0, rnd() & 1u);
        break;
    case 1:
        run(op_cpsid, which, 0, 0);
        break;
    case 2:
        run(op_basepri_max, which, 0, (rnd() & 7u) << 5);
        break;
    case 3:
        if (!negative)
            run(op_faultmask, which, 0, rnd() & 1u);
        break;
    case 4:
    case 5:
        run(op_cpsie, which, 0, 0);
        break;
    default:
        run(op_basepri, which, 0, rnd() % 2 ? 0 : (rnd() & 7u) << 5);
    }
}

static void fault_op(uint32_t which)
{
    if (no_faults())
        return;
    switch (rnd() % 6) {
    case 0:
        run(op_undefined, which, 0, 0);
        break;
    case 1:
        run(op_load, which, UNMAPPED, 0);
        break;
    case 2:
        run(op_load_double, which, (uint32_t)process_stack + 2u, 0);
        break;
    case 3:
        run(op_divide, which, 0, rnd());
        break;
    case 4:
        run(op_branch, which, 0x40000001u, 0);
        break;
    case 5:
        run(op_it, which, UNMAPPED, 0);
        break;
    }
}

static void configure_op(uint32_t which)
{
    switch (rnd() % 4) {
    case 0:
        run(op_store, which, 0xE000ED24, (SCB_SHCSR & ~(7u << 16)) | (rnd() & 7u) << 16);
        break;
    case 1:
        run(op_store, which, 0xE000ED0C, 0x05FA0000u | (rnd() & 7u) << 8);
        break;
    case 2:
        run(op_store, which, 0xE000ED14, 0x200u | (rnd() & 1u) << 4);
        break;
    case 3:
        run(op_store, which, 0xE000EF00, rnd() % IRQS); /* STIR */
        break;
    }
}

static void one_op(void)
{
    uint32_t which = rnd() % 16;
    ops_left--;
    if (which < 5)
        nvic_op(which, rnd() % IRQS);
    else if (which < 7)
        system_op(which);
    else if (which < 9)
        priority_op(which);
    else if (which < 11)
        mask_op(which);
    else if (which < 12)
        configure_op(which);
    else if (which < 14)
        fault_op(which);
    else if (!no_faults())
        run(op_svc, which, 0, 0);
}

/* ---- Handlers. All come here; what is returned is the EXC_RETURN to use. ---- */

uint32_t on_exception(struct frame *f, uint32_t lr);

static void put_entry(const struct frame *f, uint32_t lr, uint32_t exc)
{
    uint32_t at = f->pc - op_arg, cfsr = SCB_CFSR;
    put('E');
    hex(exc);
    hex(op);
    hex(at < 16 ? at : f->pc == 0x40000000u ? f->pc : 0xFFFFu);
    hex(lr & LR_COMPARED);
    hex(lr & 4u ? 0xFFFFu : base_sp - (uint32_t)f);
    hex(f->xpsr & 0x0700FFFFu);
    put_masks();
    hex(cfsr);
    hex(SCB_HFSR);
    hex(cfsr & 0x8000u ? SCB_BFAR : 0);
    put_state();
    put('\n');
}

/* An SVC that escalates stacks its own address; QEMU 7.2 stacks the next. */
static void go_on_behind(struct frame *f, uint32_t exc)
{
    uint32_t at = f->pc - op_arg;
    if (op >= FIRST_SVC_OP && exc == 3 && at <= 2)
        f->pc = op_arg + 2;
    else if (at < 16 || f->pc == 0x40000000u)
        f->pc = f->lr & ~1u;
    f->xpsr &= ~0x0600FC00u;
}

uint32_t on_exception(struct frame *f, uint32_t lr)
{
    uint32_t exc = MRS(ipsr) & 0x1FFu, cfsr = SCB_CFSR, ours = op, arg = op_arg;
    uint32_t is_fault = exc >= 3 && exc <= 6, again = lr == BAD_RETURN;
    depth++;
    negative += exc == 2 || exc == 3;
    put_entry(f, lr, exc);
    if (is_fault) {
        SCB_CFSR = cfsr;
        SCB_HFSR = SCB_HFSR;
        go_on_behind(f, exc);
    }
    if (depth < DEPTH_MAX)
        for (uint32_t n = rnd() % 4; n && ops_left; n--)
            one_op();
    op = ours;
    op_arg = arg;
    negative -= exc == 2 || exc == 3;
    depth--;
    if (again) {
        uint32_t right = good_lr;
        good_lr = 0;
        return right;
    }
    if (LR_COMPARED == 0xFFu && ops_left && !good_lr && exc > 3 && !negative && !MRS(faultmask) &&
        rnd() % 16 == 0) {
        good_lr = lr;
        return BAD_RETURN;
    }
    return lr;
}

__asm__(".syntax unified\n.text\n.align 2\n.thumb_func\nentry:\n"
        "mov r0, sp\n"
        "tst lr, #4\n"
        "it ne\n"
        "mrsne r0, psp\n"
        "mov r1, lr\n"
        "push {r3, lr}\n"
        "bl on_exception\n"
        "add sp, #8\n"
        "bx r0\n");
#define HANDLER(name)                      \
    __attribute__((naked)) void name(void) \
    {                                      \
        __asm__ volatile("b entry");       \
    }
HANDLER(nmi_handler)
HANDLER(hardfault_handler)
HANDLER(memmanage_handler)
HANDLER(busfault_handler)
HANDLER(usagefault_handler)
HANDLER(svcall_handler)
HANDLER(pendsv_handler)
HANDLER(systick_handler)
HANDLER(irq0_handler)
HANDLER(irq1_handler)
HANDLER(irq2_handler)
HANDLER(irq3_handler)
HANDLER(irq4_handler)
HANDLER(irq5_handler)

/* ---- Programs. ---- */

static void calm(void)
{
    ops_left = 0;
    NVIC_ICER = 0x3Fu;
    NVIC_ICPR = 0x3Fu;
    SCB_ICSR = 1u << 27 | 1u << 25;
    MSR(faultmask, 0);
    MSR(basepri, 0);
    MSR(primask, 0);
    SCB_AIRCR = 0x05FA0000u;
    SCB_SHCSR = 7u << 16;
    SCB_CCR = 0x200u;
    SCB_SHPR1 = SCB_SHPR2 = SCB_SHPR3 = 0;
    for (uint32_t irq = 0; irq < IRQS; irq++)
        NVIC_IPR(irq) = 0;
}

static void program(uint32_t seed)
{
    state = 0x9E3779B97F4A7C15ull ^ ((uint64_t)seed << 20) ^ seed;
    calm();
    put('P');
    hex(seed);
    put('\n');
    ops_left = OPS_OF_PROGRAM;
    MSR(control, rnd() % 2 ? 2u : 0u);
    while (ops_left) {
        one_op();
        put('T');
        hex(op);
        put_masks();
        put_state();
        put('\n');
    }
    MSR(control, 0);
    calm();
    flush();
}

void guest_main(void)
{
    base_sp = MRS(msp);
    MSR(psp, (uint32_t)(process_stack + 256));
    for (uint32_t n = 0; n < (uint32_t)FUZZ_CASES; n++)
        program((uint32_t)FUZZ_SEED + n);
}
