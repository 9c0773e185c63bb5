/*
 * The system control space: registers by address.
 *
 * Source: DDI 0403E B3.2 (SCB), B3.3 (SysTick), B3.4 (NVIC), B3.5 (MPU), C1.8 (DWT CYCCNT).
 * Deviation: SHCSR's active and pended bits are read-only but for the pended bits of MemManage,
 * BusFault, UsageFault and SVCall; DWT has the cycle counter alone.
 */
#include "cpu/core.h"

#include <string.h>

#define SCS_BASE          0xE000E000u
#define DWT_BASE          0xE0001000u
#define VECTKEY           0x05FAu
#define VECTKEYSTAT       0xFA05u
#define DEMCR_TRCENA      (1u << 24)
#define DWT_CYCCNTENA     (1u << 0)
#define ICSR_NMIPENDSET   (1u << 31)
#define ICSR_PENDSVSET    (1u << 28)
#define ICSR_PENDSVCLR    (1u << 27)
#define ICSR_PENDSTSET    (1u << 26)
#define ICSR_PENDSTCLR    (1u << 25)
#define ICSR_ISRPENDING   (1u << 22)
#define ICSR_RETTOBASE    (1u << 11)
#define AIRCR_SYSRESETREQ (1u << 2)
#define AIRCR_PRIGROUP    0x700u
#define CCR_WRITABLE      0x31Bu /* NONBASETHRDENA to STKALIGN */
#define SCR_WRITABLE      0x16u
#define CPACR_WRITABLE    0u /* no coprocessors */
#define VTOR_MASK         0xFFFFFF80u

/** One register or a block of like registers: [first, last] by offset from its base. */
struct scs_row {
    uint32_t first, last;
    uint32_t (*read)(struct cpu *c, uint32_t offset);
    void (*write)(struct cpu *c, uint32_t offset, uint32_t val);
};

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
    static const uint32_t cpuids[CPU_MODEL_COUNT] = {0x412FC231u, 0x410FC241u}; /* r2p1, r0p1 */
    (void)off;
    return cpuids[c->config.model];
}

static uint32_t read_icsr(struct cpu *c, uint32_t off)
{
    (void)off;
    uint32_t val = c->ipsr | nvic_best(c) << 12;
    val |= exc_in(&c->nvic.pending, EXC_NMI) ? ICSR_NMIPENDSET : 0;
    val |= exc_in(&c->nvic.pending, EXC_PENDSV) ? ICSR_PENDSVSET : 0;
    val |= exc_in(&c->nvic.pending, EXC_SYSTICK) ? ICSR_PENDSTSET : 0;
    for (uint32_t irq = 0; irq < c->config.irqs; irq++)
        if (exc_in(&c->nvic.pending, EXC_IRQ0 + irq))
            val |= ICSR_ISRPENDING;
    return val | (c->ipsr && nvic_active_count(c) == 1 ? ICSR_RETTOBASE : 0);
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
    c->scb.aircr = val & AIRCR_PRIGROUP;
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
    return val;
}

static void write_shcsr(struct cpu *c, uint32_t off, uint32_t val)
{
    (void)off;
    for (size_t i = 0; i < COUNT(shcsr_enabled); i++)
        exc_put(&c->nvic.enabled, shcsr_enabled[i].exc, val >> shcsr_enabled[i].bit & 1u);
    for (size_t i = 0; i < COUNT(shcsr_pended); i++)
        exc_put(&c->nvic.pending, shcsr_pended[i].exc, val >> shcsr_pended[i].bit & 1u);
    core_look(c);
}

static void write_stir(struct cpu *c, uint32_t off, uint32_t val)
{
    (void)off;
    if ((val & 0x1FFu) < c->config.irqs)
        nvic_pend(c, EXC_IRQ0 + (val & 0x1FFu));
}

/* Plain registers: stored under a mask. */
static const struct plain {
    uint32_t off;
    size_t member;
    uint32_t writable;
    bool clears; /* writing 1 clears */
} plain_regs[] = {
    {0xD08, offsetof(struct scb, vtor), VTOR_MASK, false},
    {0xD10, offsetof(struct scb, scr), SCR_WRITABLE, false},
    {0xD14, offsetof(struct scb, ccr), CCR_WRITABLE, false},
    {0xD28, offsetof(struct scb, cfsr), 0xFFFFFFFFu, true},
    {0xD2C, offsetof(struct scb, hfsr), 0xFFFFFFFFu, true},
    {0xD30, offsetof(struct scb, dfsr), 0x1Fu, true},
    {0xD34, offsetof(struct scb, mmfar), 0xFFFFFFFFu, false},
    {0xD38, offsetof(struct scb, bfar), 0xFFFFFFFFu, false},
    {0xD88, offsetof(struct scb, cpacr), CPACR_WRITABLE, false},
    {0xDFC, offsetof(struct scb, demcr), DEMCR_TRCENA, false},
};

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
    if (!mpu_write(&c->mpu, off - 0xD90, val))
        return;
    c->tlb_dirty = true;
    c->mpu_generation++;
}

static bool counting(const struct cpu *c)
{
    return (c->scb.demcr & DEMCR_TRCENA) && (c->scb.dwt_ctrl & DWT_CYCCNTENA);
}

static uint32_t read_dwt(struct cpu *c, uint32_t off)
{
    if (off == 0)
        return c->scb.dwt_ctrl; /* NUMCOMP 0: no comparators */
    return counting(c) ? (uint32_t)(c->now - c->scb.dwt_base) : c->scb.dwt_held;
}

static void write_dwt(struct cpu *c, uint32_t off, uint32_t val)
{
    uint32_t count = off == 4 ? val : read_dwt(c, 4);
    if (off == 0)
        c->scb.dwt_ctrl = val & DWT_CYCCNTENA;
    c->scb.dwt_held = count;
    c->scb.dwt_base = c->now - count;
}

/* Offsets from SCS_BASE; the first row that holds the offset counts. */
static const struct scs_row scs_rows[] = {
    {0x004, 0x007, read_ictr, NULL},          {0x010, 0x01F, read_systick, write_systick},
    {0x100, 0x17F, read_enabled, write_iser}, {0x180, 0x1FF, read_enabled, write_icer},
    {0x200, 0x27F, read_pending, write_ispr}, {0x280, 0x2FF, read_pending, write_icpr},
    {0x300, 0x37F, read_active, NULL},        {0x400, 0x4EF, read_ipr, write_ipr},
    {0xD00, 0xD03, read_cpuid, NULL},         {0xD04, 0xD07, read_icsr, write_icsr},
    {0xD08, 0xD0B, read_plain, write_plain},  {0xD0C, 0xD0F, read_aircr, write_aircr},
    {0xD10, 0xD17, read_plain, write_plain},  {0xD18, 0xD23, read_shpr, write_shpr},
    {0xD24, 0xD27, read_shcsr, write_shcsr},  {0xD28, 0xD3B, read_plain, write_plain},
    {0xD88, 0xD8B, read_plain, write_plain},  {0xD90, 0xDBB, read_mpu, write_mpu},
    {0xDFC, 0xDFF, read_plain, write_plain},  {0xF00, 0xF03, NULL, write_stir},
};

static const struct scs_row dwt_row = {0, 7, read_dwt, write_dwt};

static const struct scs_row *row_at(uint32_t addr, uint32_t *off)
{
    *off = addr - DWT_BASE;
    if (*off <= dwt_row.last)
        return &dwt_row;
    *off = addr - SCS_BASE;
    for (size_t i = 0; i < COUNT(scs_rows); i++)
        if (*off >= scs_rows[i].first && *off <= scs_rows[i].last)
            return &scs_rows[i];
    return NULL;
}

uint32_t scs_read(struct cpu *c, uint32_t addr, uint32_t bytes)
{
    uint32_t off;
    const struct scs_row *row = row_at(addr & ~3u, &off);
    uint32_t word = row && row->read ? row->read(c, off) : 0;
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
    const struct scs_row *row = row_at(addr & ~3u, &off);
    if (!row || !row->write)
        return;
    row->write(c, off, bytes == 4 ? val : merge(c, row, off, addr, bytes, val));
}

void scs_reset(struct cpu *c)
{
    memset(&c->scb, 0, sizeof c->scb);
    c->scb.ccr = 1u << 9; /* STKALIGN */
}
