/*
 * The system control space: registers by address.
 *
 * Source: DDI 0403E B3.2 (SCB), B3.3 (SysTick), B3.4 (NVIC), B3.5 (MPU); DDI 0419 B3.2 for what
 * ARMv6-M lacks; DDI 0553 D1.2 for what ARMv8-M adds. Registers of the Security Extension (SAU and
 * the aliases of the Non-secure state) read as zero: it is not there.
 */
#include "cpu/core.h"

#include <string.h>

#define DWT_BASE          0xE0001000u
#define ITM_BASE          0xE0000000u
#define ITM_LAST          0xE0000FFFu
#define VECTKEY           0x05FAu
#define VECTKEYSTAT       0xFA05u
#define ICSR_NMIPENDSET   (1u << 31)
#define ICSR_PENDSVSET    (1u << 28)
#define ICSR_PENDSVCLR    (1u << 27)
#define ICSR_PENDSTSET    (1u << 26)
#define ICSR_PENDSTCLR    (1u << 25)
#define ICSR_ISRPENDING   (1u << 22)
#define ICSR_RETTOBASE    (1u << 11)
#define AIRCR_SYSRESETREQ (1u << 2)
#define AIRCR_PRIGROUP    0x700u
#define CCR_WRITABLE_V7   0x31Bu /* NONBASETHRDENA to STKALIGN */
#define CCR_WRITABLE_V8   0x51Au /* USERSETMPEND to STKOFHFNMIGN; STKALIGN and bit 0 are 1 */
#define CCR_RESET_V6      0x208u /* STKALIGN, UNALIGN_TRP: both fixed */
#define CCR_RESET_V7      0x200u
#define CCR_RESET_V8      0x201u
#define CPACR_CP10        (0xFu << 20) /* and CP11 */
#define DEMCR_WRITABLE    0x010F07F1u
#define DEMCR_MON_EN      (1u << 16)
#define DEMCR_MON_PEND    (1u << 17)
#define SCR_WRITABLE      0x16u
#define VTOR_MASK         0xFFFFFF80u

static uint32_t read_ictr(struct cpu *c, uint32_t off)
{
    (void)off;
    return (c->config.irqs - 1) / 32;
}

static uint32_t read_systick(struct cpu *c, uint32_t off)
{
    return systick_read(c, off - 0x10);
}

static void write_systick(struct cpu *c, uint32_t off, uint32_t val)
{
    systick_write(c, off - 0x10, val);
}

/* The 32 interrupts of word @off of a bit-per-interrupt block, as a part of @s. */
static uint32_t irq_word(const struct cpu *c, const struct exc_set *s, uint32_t off)
{
    uint32_t val = 0, first = (off & 0x7Fu) * 8;
    for (uint32_t i = 0; i < 32 && first + i < c->config.irqs; i++)
        val |= (uint32_t)exc_in(s, EXC_IRQ0 + first + i) << i;
    return val;
}

static void irq_each(struct cpu *c, uint32_t off, uint32_t val,
                     void (*act)(struct cpu *c, uint32_t exc))
{
    uint32_t first = (off & 0x7Fu) * 8;
    for (uint32_t i = 0; i < 32 && first + i < c->config.irqs; i++)
        if (val >> i & 1u)
            act(c, EXC_IRQ0 + first + i);
    core_look(c);
}

static void enable_irq(struct cpu *c, uint32_t exc)
{
    exc_put(&c->nvic.enabled, exc, true);
}

static void disable_irq(struct cpu *c, uint32_t exc)
{
    exc_put(&c->nvic.enabled, exc, false);
}

static uint32_t read_enabled(struct cpu *c, uint32_t off)
{
    return irq_word(c, &c->nvic.enabled, off);
}

static uint32_t read_pending(struct cpu *c, uint32_t off)
{
    return irq_word(c, &c->nvic.pending, off);
}

static uint32_t read_active(struct cpu *c, uint32_t off)
{
    return irq_word(c, &c->nvic.active, off);
}

static void write_iser(struct cpu *c, uint32_t off, uint32_t val)
{
    irq_each(c, off, val, enable_irq);
}

static void write_icer(struct cpu *c, uint32_t off, uint32_t val)
{
    irq_each(c, off, val, disable_irq);
}

static void write_ispr(struct cpu *c, uint32_t off, uint32_t val)
{
    irq_each(c, off, val, nvic_pend);
}

static void write_icpr(struct cpu *c, uint32_t off, uint32_t val)
{
    irq_each(c, off, val, nvic_unpend);
}

static uint32_t read_priorities(const struct cpu *c, uint32_t exc)
{
    uint32_t val = 0;
    for (uint32_t i = 0; i < 4; i++)
        val |= (uint32_t)c->nvic.prio[exc + i] << (8 * i);
    return val;
}

static void write_priorities(struct cpu *c, uint32_t exc, uint32_t val)
{
    uint32_t mask = 0xFFu << (8 - c->config.prio_bits) & 0xFFu;
    for (uint32_t i = 0; i < 4; i++)
        c->nvic.prio[exc + i] = (uint8_t)(val >> (8 * i) & mask);
    exception_priority_changed(c);
    core_look(c);
}

static uint32_t read_ipr(struct cpu *c, uint32_t off)
{
    uint32_t irq = off - 0x400;
    return irq < c->config.irqs ? read_priorities(c, EXC_IRQ0 + irq) : 0;
}

static void write_ipr(struct cpu *c, uint32_t off, uint32_t val)
{
    uint32_t irq = off - 0x400;
    if (irq < c->config.irqs)
        write_priorities(c, EXC_IRQ0 + irq, val);
}

/* SHPR1 to SHPR3 hold exceptions 4 to 15. Reserved ones have no priority. */
static uint32_t read_shpr(struct cpu *c, uint32_t off)
{
    return read_priorities(c, off - 0xD18 + 4);
}

static void write_shpr(struct cpu *c, uint32_t off, uint32_t val)
{
    static const uint32_t implemented[3] = {0x00FFFFFFu, 0xFF000000u, 0xFFFF00FFu};
    write_priorities(c, off - 0xD18 + 4, val & implemented[(off - 0xD18) / 4]);
}

static uint32_t read_cpuid(struct cpu *c, uint32_t off)
{
    (void)off;
    return c->traits->cpuid;
}

static uint32_t read_icsr(struct cpu *c, uint32_t off)
{
    (void)off;
    uint32_t val = c->ipsr | nvic_vectpending(c) << 12;
    val |= exc_in(&c->nvic.pending, EXC_NMI) ? ICSR_NMIPENDSET : 0;
    val |= exc_in(&c->nvic.pending, EXC_PENDSV) ? ICSR_PENDSVSET : 0;
    val |= exc_in(&c->nvic.pending, EXC_SYSTICK) ? ICSR_PENDSTSET : 0;
    for (uint32_t irq = 0; irq < c->config.irqs; irq++)
        if (exc_in(&c->nvic.pending, EXC_IRQ0 + irq))
            val |= ICSR_ISRPENDING;
    return val | (!core_v6m(c) && c->ipsr && nvic_active_count(c) == 1 ? ICSR_RETTOBASE : 0);
}

static void write_icsr(struct cpu *c, uint32_t off, uint32_t val)
{
    (void)off;
    if (val & ICSR_NMIPENDSET)
        nvic_pend(c, EXC_NMI);
    if (val & ICSR_PENDSVSET)
        nvic_pend(c, EXC_PENDSV);
    else if (val & ICSR_PENDSVCLR)
        nvic_unpend(c, EXC_PENDSV);
    if (val & ICSR_PENDSTSET)
        nvic_pend(c, EXC_SYSTICK);
    else if (val & ICSR_PENDSTCLR)
        nvic_unpend(c, EXC_SYSTICK);
}

static uint32_t read_aircr(struct cpu *c, uint32_t off)
{
    (void)off;
    return VECTKEYSTAT << 16 | c->scb.aircr;
}

static void write_aircr(struct cpu *c, uint32_t off, uint32_t val)
{
    (void)off;
    if (val >> 16 != VECTKEY)
        return;
    c->scb.aircr = core_v6m(c) ? 0 : val & AIRCR_PRIGROUP;
    c->reset_requested |= (val & AIRCR_SYSRESETREQ) != 0;
    exception_priority_changed(c);
    core_look(c);
}

/* SHCSR: enables, pended and active bits of the system handlers. ORDER of bits, B3.2.13. */
static const struct {
    uint8_t bit, exc;
} shcsr_active[] = {{0, EXC_MEMMANAGE}, {1, EXC_BUSFAULT}, {3, EXC_USAGEFAULT}, {7, EXC_SVCALL},
                    {8, EXC_DEBUGMON},  {10, EXC_PENDSV},  {11, EXC_SYSTICK}},
  shcsr_pended[] = {{12, EXC_USAGEFAULT},
                    {13, EXC_MEMMANAGE},
                    {14, EXC_BUSFAULT},
                    {15, EXC_SVCALL}},
  shcsr_v8m[] = {{2, EXC_HARDFAULT}, {5, EXC_NMI}}, /* active, read-only; DDI 0553 D1.2, SHCSR */
    shcsr_enabled[] = {{16, EXC_MEMMANAGE}, {17, EXC_BUSFAULT}, {18, EXC_USAGEFAULT}};
#define COUNT(a) (sizeof(a) / sizeof *(a))

static uint32_t read_shcsr(struct cpu *c, uint32_t off)
{
    uint32_t val = 0;
    (void)off;
    for (size_t i = 0; i < COUNT(shcsr_active); i++)
        val |= (uint32_t)exc_in(&c->nvic.active, shcsr_active[i].exc) << shcsr_active[i].bit;
    for (size_t i = 0; i < COUNT(shcsr_pended); i++)
        val |= (uint32_t)exc_in(&c->nvic.pending, shcsr_pended[i].exc) << shcsr_pended[i].bit;
    for (size_t i = 0; i < COUNT(shcsr_enabled); i++)
        val |= (uint32_t)exc_in(&c->nvic.enabled, shcsr_enabled[i].exc) << shcsr_enabled[i].bit;
    for (size_t i = 0; core_v8m(c) && i < COUNT(shcsr_v8m); i++)
        val |= (uint32_t)exc_in(&c->nvic.active, shcsr_v8m[i].exc) << shcsr_v8m[i].bit;
    return val;
}

static void write_shcsr(struct cpu *c, uint32_t off, uint32_t val)
{
    (void)off;
    for (size_t i = 0; i < COUNT(shcsr_enabled); i++)
        exc_put(&c->nvic.enabled, shcsr_enabled[i].exc, val >> shcsr_enabled[i].bit & 1u);
    for (size_t i = 0; i < COUNT(shcsr_pended); i++)
        exc_put(&c->nvic.pending, shcsr_pended[i].exc, val >> shcsr_pended[i].bit & 1u);
    for (size_t i = 0; i < COUNT(shcsr_active); i++)
        exc_put(&c->nvic.active, shcsr_active[i].exc, val >> shcsr_active[i].bit & 1u);
    exception_priority_changed(c);
    core_look(c);
}

static void write_stir(struct cpu *c, uint32_t off, uint32_t val)
{
    (void)off;
    if ((val & 0x1FFu) < c->config.irqs)
        nvic_pend(c, EXC_IRQ0 + (val & 0x1FFu));
}

/* SHCSR of ARMv6-M: SVCALLPENDED alone. Source: DDI 0419 B3.2.9. */
static uint32_t read_shcsr_v6(struct cpu *c, uint32_t off)
{
    (void)off;
    return (uint32_t)exc_in(&c->nvic.pending, EXC_SVCALL) << 15;
}

static void write_shcsr_v6(struct cpu *c, uint32_t off, uint32_t val)
{
    (void)off;
    exc_put(&c->nvic.pending, EXC_SVCALL, val >> 15 & 1u);
    core_look(c);
}

static uint32_t read_ccr(struct cpu *c, uint32_t off)
{
    (void)off;
    return c->scb.ccr;
}

static void write_ccr(struct cpu *c, uint32_t off, uint32_t val)
{
    uint32_t mask = core_v8m(c) ? CCR_WRITABLE_V8 : CCR_WRITABLE_V7;
    (void)off;
    c->scb.ccr = (c->scb.ccr & ~mask) | (val & mask);
    if (c->scb.ccr & CCR_UNALIGN_TRP)
        engine_watch_all(c);
}

static uint32_t read_cpacr(struct cpu *c, uint32_t off)
{
    (void)off;
    return c->scb.cpacr;
}

/* CP10 decides; CP11 should be the same. Source: B3.2.20. */
static void write_cpacr(struct cpu *c, uint32_t off, uint32_t val)
{
    (void)off;
    c->scb.cpacr = c->config.fpu ? val & CPACR_CP10 : 0;
}

/* DebugMonitor is enabled and pended here. Source: C1.6.5. */
static uint32_t read_demcr(struct cpu *c, uint32_t off)
{
    (void)off;
    return c->scb.demcr | (exc_in(&c->nvic.pending, EXC_DEBUGMON) ? DEMCR_MON_PEND : 0);
}

static void write_demcr(struct cpu *c, uint32_t off, uint32_t val)
{
    uint32_t count = dwt_read(c, 4);
    (void)off;
    c->scb.demcr = val & DEMCR_WRITABLE & ~DEMCR_MON_PEND;
    dwt_write(c, 4, count); /* TRCENA stops and starts it */
    exc_put(&c->nvic.enabled, EXC_DEBUGMON, val & DEMCR_MON_EN);
    exc_put(&c->nvic.pending, EXC_DEBUGMON, val & DEMCR_MON_PEND);
    core_look(c);
}

/* FP features. Source: the cores' TRMs, MVFR0 to MVFR2. */
static uint32_t read_mvfr(struct cpu *c, uint32_t off)
{
    static const uint32_t values[CPU_FPU_COUNT][3] = {
        [CPU_FPU_SINGLE] = {0x10110021u, 0x11000011u, 0x00000000u},
        [CPU_FPU_DOUBLE] = {0x10110221u, 0x12000011u, 0x00000040u},
    };
    bool fpv5 = c->config.fpu && c->config.model != CPU_CORTEX_M4;
    uint32_t n = (off - 0xF40) / 4, val = values[c->config.fpu][n];
    return n == 2 && fpv5 ? 0x40u : val;
}

/* Plain registers: stored under a mask. */
static const struct plain {
    uint32_t off;
    size_t member;
    uint32_t writable;
    bool clears; /* writing 1 clears */
} plain_regs[] = {
    {0xD10, offsetof(struct scb, scr), SCR_WRITABLE, false},
    {0xD28, offsetof(struct scb, cfsr), 0xFFFFFFFFu, true},
    {0xD2C, offsetof(struct scb, hfsr), 0xFFFFFFFFu, true},
    {0xD30, offsetof(struct scb, dfsr), 0x1Fu, true},
    {0xD34, offsetof(struct scb, mmfar), 0xFFFFFFFFu, false},
    {0xD38, offsetof(struct scb, bfar), 0xFFFFFFFFu, false},
    {0xF34, offsetof(struct scb, fpccr), 0xC000017Bu, false},
    {0xF38, offsetof(struct scb, fpcar), 0xFFFFFFF8u, false},
    {0xF3C, offsetof(struct scb, fpdscr), 0x07C00000u, false},
};

static uint32_t read_vtor(struct cpu *c, uint32_t off)
{
    (void)off;
    return c->scb.vtor;
}

static void write_vtor(struct cpu *c, uint32_t off, uint32_t val)
{
    (void)off;
    c->scb.vtor = c->traits->has_vtor ? val & VTOR_MASK : 0;
}

static const struct plain *plain_reg(uint32_t off)
{
    for (size_t i = 0; i < COUNT(plain_regs); i++)
        if (plain_regs[i].off == off)
            return &plain_regs[i];
    return NULL;
}

static uint32_t *plain_value(struct cpu *c, const struct plain *p)
{
    return (uint32_t *)((char *)&c->scb + p->member);
}

static uint32_t read_plain(struct cpu *c, uint32_t off)
{
    return *plain_value(c, plain_reg(off));
}

static void write_plain(struct cpu *c, uint32_t off, uint32_t val)
{
    const struct plain *p = plain_reg(off);
    uint32_t *reg = plain_value(c, p);
    *reg = p->clears ? *reg & ~val : (*reg & ~p->writable) | (val & p->writable);
}

static uint32_t read_mpu(struct cpu *c, uint32_t off)
{
    return mpu_read(&c->mpu, off - 0xD90);
}

static void write_mpu(struct cpu *c, uint32_t off, uint32_t val)
{
    if (c->mpu_held_off && off - 0xD90 == MPU_CTRL)
        val &= ~MPU_CTRL_ENABLE;
    if (!mpu_write(&c->mpu, off - 0xD90, val))
        return;
    core_mpu_changed(c);
    debug_mpu_changed(c);
}

/* Who has a register. */
enum {
    ALL,
    V7_UP, /* ARMv7-M and ARMv8-M */
    V6_ONLY,
    WITH_FPU
};

/** One register or a block of like registers: [first, last] by offset from SCS_BASE. */
static const struct scs_row {
    uint32_t first, last;
    int who;
    uint32_t (*read)(struct cpu *c, uint32_t offset);
    void (*write)(struct cpu *c, uint32_t offset, uint32_t val);
} scs_rows[] = {
    {0x004, 0x007, V7_UP, read_ictr, NULL},
    {0x010, 0x01F, ALL, read_systick, write_systick},
    {0x100, 0x17F, ALL, read_enabled, write_iser},
    {0x180, 0x1FF, ALL, read_enabled, write_icer},
    {0x200, 0x27F, ALL, read_pending, write_ispr},
    {0x280, 0x2FF, ALL, read_pending, write_icpr},
    {0x300, 0x37F, V7_UP, read_active, NULL},
    {0x400, 0x4EF, ALL, read_ipr, write_ipr},
    {0xD00, 0xD03, ALL, read_cpuid, NULL},
    {0xD04, 0xD07, ALL, read_icsr, write_icsr},
    {0xD08, 0xD0B, ALL, read_vtor, write_vtor},
    {0xD0C, 0xD0F, ALL, read_aircr, write_aircr},
    {0xD10, 0xD13, ALL, read_plain, write_plain},
    {0xD14, 0xD17, V6_ONLY, read_ccr, NULL},
    {0xD14, 0xD17, V7_UP, read_ccr, write_ccr},
    {0xD18, 0xD1B, V7_UP, read_shpr, write_shpr},
    {0xD1C, 0xD23, ALL, read_shpr, write_shpr},
    {0xD24, 0xD27, V6_ONLY, read_shcsr_v6, write_shcsr_v6},
    {0xD24, 0xD27, V7_UP, read_shcsr, write_shcsr},
    {0xD28, 0xD3B, V7_UP, read_plain, write_plain},
    {0xD88, 0xD8B, V7_UP, read_cpacr, write_cpacr},
    {0xD90, 0xD90 + MPU_LAST, ALL, read_mpu, write_mpu},
    {0xDFC, 0xDFF, V7_UP, read_demcr, write_demcr},
    {0xF00, 0xF03, V7_UP, NULL, write_stir},
    {0xF34, 0xF3F, WITH_FPU, read_plain, write_plain},
    {0xF40, 0xF4B, WITH_FPU, read_mvfr, NULL},
};

static const struct scs_row dwt_row = {0, 7, V7_UP, dwt_read, dwt_write};

static bool has(const struct cpu *c, int who)
{
    switch (who) {
    case V7_UP:
        return !core_v6m(c);
    case V6_ONLY:
        return core_v6m(c);
    case WITH_FPU:
        return c->config.fpu != CPU_FPU_NONE;
    }
    return true;
}

/* The rows by word, numbers from 1, so that a register is found at once. */
void scs_open(struct cpu *c)
{
    for (size_t i = COUNT(scs_rows); i-- > 0;)
        for (uint32_t off = scs_rows[i].first; off <= scs_rows[i].last && has(c, scs_rows[i].who);
             off += 4)
            c->scs_rows[off / 4] = (uint8_t)(i + 1);
}

static const struct scs_row *row_at(const struct cpu *c, uint32_t addr, uint32_t *off)
{
    *off = addr - DWT_BASE;
    if (*off <= dwt_row.last && has(c, dwt_row.who))
        return &dwt_row;
    *off = addr - SCS_BASE;
    uint32_t row = *off / 4 < SCS_WORDS ? c->scs_rows[*off / 4] : 0;
    return row ? &scs_rows[row - 1] : NULL;
}

static bool is_itm(const struct cpu *c, uint32_t addr)
{
    return addr >= ITM_BASE && addr <= ITM_LAST && !core_v6m(c);
}

uint32_t scs_read(struct cpu *c, uint32_t addr, uint32_t bytes)
{
    uint32_t off;
    const struct scs_row *row = row_at(c, addr & ~3u, &off);
    uint32_t word = is_itm(c, addr)    ? itm_read(c, (addr & ~3u) - ITM_BASE)
                    : row && row->read ? row->read(c, off)
                                       : 0;
    uint32_t mask = bytes == 4 ? UINT32_MAX : (1u << (8 * bytes)) - 1;
    return word >> (8 * (addr & 3u)) & mask;
}

/* A byte or halfword changes its part of a word, except where writing 1 acts: there 0 is neutral.
 */
static uint32_t merge(struct cpu *c, const struct scs_row *row, uint32_t off, uint32_t addr,
                      uint32_t bytes, uint32_t val)
{
    uint32_t shift = 8 * (addr & 3u), mask = ((1u << (8 * bytes)) - 1) << shift;
    const struct plain *p = plain_reg(off);
    bool acts = (p && p->clears) || (off >= 0x100 && off < 0x300) || row->read == NULL;
    uint32_t old = acts ? 0 : row->read(c, off);
    return (old & ~mask) | (val << shift & mask);
}

void scs_write(struct cpu *c, uint32_t addr, uint32_t bytes, uint32_t val)
{
    uint32_t off;
    const struct scs_row *row = row_at(c, addr & ~3u, &off);
    if (is_itm(c, addr)) {
        itm_write(c, (addr & ~3u) - ITM_BASE, bytes, val);
        return;
    }
    if (!row || !row->write)
        return;
    row->write(c, off, bytes == 4 ? val : merge(c, row, off, addr, bytes, val));
}

void scs_reset(struct cpu *c)
{
    memset(&c->scb, 0, sizeof c->scb);
    c->scb.vtor = c->config.vtor;
    c->scb.ccr = core_v6m(c) ? CCR_RESET_V6 : core_v8m(c) ? CCR_RESET_V8 : CCR_RESET_V7;
}
