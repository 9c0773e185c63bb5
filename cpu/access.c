/*
 * One memory access: who owns the address, whether the MPU lets it through, and doing it.
 *
 * Source: DDI 0403E B2.3 (pseudocode MemA, MemU), B3.1 (address map), B3.5 (MPU).
 * Deviation: every bus fault of a store is precise.
 */
#include "cpu/core.h"

#include <string.h>

#define PPB_BASE         0xE0000000u
#define PPB_MASK         0xFFF00000u
#define STIR             0xE000EF00u
#define CCR_USERSETMPEND (1u << 1)
#define CCR_BFHFNMIGN    (1u << 8)

const struct ram *bus_ram(const struct cpu *c, uint32_t addr)
{
    for (uint32_t i = 0; i < c->bus.rams; i++)
        if (addr - c->bus.ram[i].base < c->bus.ram[i].bytes)
            return &c->bus.ram[i];
    return NULL;
}

static bool in_device(const struct bus_device *b, uint32_t addr)
{
    return addr - b->base < b->bytes;
}

static const struct bus_device *bus_device(const struct cpu *c, uint32_t addr)
{
    for (uint32_t i = 0; i < c->bus.devices; i++)
        if (in_device(&c->bus.device[i], addr))
            return &c->bus.device[i];
    return NULL;
}

/* One that has registers in the page, NULL: none. */
static const struct bus_device *device_in_page(const struct cpu *c, uint32_t page)
{
    for (uint32_t i = 0; i < c->bus.devices; i++) {
        const struct bus_device *b = &c->bus.device[i];
        if (in_device(b, page) || b->base - page < MPU_PAGE_BYTES)
            return b;
    }
    return NULL;
}

/* Host bytes of a range inside one memory, or NULL. */
static uint8_t *ram_bytes(const struct cpu *c, uint32_t addr, uint32_t bytes)
{
    const struct ram *r = bus_ram(c, addr);
    if (!r || addr - r->base + (uint64_t)bytes > r->bytes)
        return NULL;
    return r->mem + (addr - r->base);
}

static bool refuse(struct fault *f, uint32_t addr, uint32_t cfsr, bool addr_valid)
{
    f->cfsr = cfsr;
    f->addr = addr;
    f->addr_valid = addr_valid;
    return false;
}

static bool mpu_allows(struct cpu *c, uint32_t addr, enum mpu_access kind, struct fault *f)
{
    if (mpu_check(&c->mpu, addr, kind, core_mpu_ctx(c, f->priv), &f->why) == MPU_ALLOW)
        return true;
    return refuse(f, addr, kind == MPU_EXEC ? CFSR_IACCVIOL : CFSR_DACCVIOL | CFSR_MMARVALID,
                  kind != MPU_EXEC);
}

static inline uint32_t granule_bit(uint32_t addr)
{
    return 1u << addr % MPU_PAGE_BYTES / MPU_GRANULE;
}

void access_code_write(struct cpu *c, uint32_t addr, uint32_t bytes)
{
    const struct ram *r = bus_ram(c, addr);
    for (uint32_t at = addr & ~(MPU_GRANULE - 1); at < addr + bytes; at += MPU_GRANULE) {
        uint32_t off = at - r->base;
        if (!(r->code[off / MPU_PAGE_BYTES] & granule_bit(off)))
            continue;
        block_refund(c, c->pc);
        core_edit(c)->block = NULL;
        c->touched_system = true;
        engine_forget_code(c, at);
    }
}

/* [addr, addr + bytes), which is memory, is written. */
static void note_write(struct cpu *c, uint32_t addr, uint32_t bytes)
{
    const struct ram *r = bus_ram(c, addr);
    uint32_t first = (addr - r->base) / MPU_PAGE_BYTES,
             last = (addr - r->base + bytes - 1) / MPU_PAGE_BYTES;
    memset(&r->dirty[first], 1, last - first + 1);
}

/* Inside the PPB: registers for privileged code only. Source: DDI 0403E B3.1.1, B3.2.2. */
static bool ppb_access(struct cpu *c, uint32_t addr, uint32_t bytes, bool write, uint32_t *val,
                       struct fault *f)
{
    bool user_stir = write && addr == STIR && (c->scb.ccr & CCR_USERSETMPEND);
    bool user_itm = itm_user_may_write(c, addr);
    if (!f->priv && !user_stir && !user_itm)
        return refuse(f, addr, CFSR_PRECISERR | CFSR_BFARVALID, true);
    core_system_access(c);
    if (write)
        scs_write(c, addr, bytes, *val);
    else
        *val = scs_read(c, addr, bytes);
    return true;
}

/* Nothing there, or an error: a precise bus fault, but for handlers that ignore them. B3.2.8. */
static bool bus_error(struct cpu *c, uint32_t addr, uint32_t *val, struct fault *f)
{
    bool ignored = (c->scb.ccr & CCR_BFHFNMIGN) && c->negative &&
                   (f->access == CPU_ACCESS_LOAD || f->access == CPU_ACCESS_STORE);
    *val = 0;
    return ignored || refuse(f, addr, CFSR_PRECISERR | CFSR_BFARVALID, true);
}

__attribute__((always_inline)) static inline bool
device_access(struct cpu *c, const struct bus_device *b, uint32_t addr, uint32_t bytes, bool write,
              uint32_t *val, struct fault *f)
{
    struct device *d = b->dev;
    d->touched = true;
    core_system_access(c);
    enum bus_status s;
    if (write) {
        s = d->ops->write(d, addr - b->base, bytes, *val);
    } else {
        *val = 0;
        s = d->ops->read(d, addr - b->base, bytes, val);
    }
    return s == BUS_OK || bus_error(c, addr, val, f);
}

/* A store to memory that does not change by itself: flash is programmed, ROM stays as it is. */
static bool fixed_store(struct cpu *c, struct device *programmer, uint32_t addr, uint32_t bytes,
                        uint32_t val, struct fault *f)
{
    if (!programmer)
        return true;
    core_system_access(c);
    return programmer->ops->program(programmer, addr, bytes, val) == BUS_OK ||
           bus_error(c, addr, &val, f);
}

static bool bus_access(struct cpu *c, uint32_t addr, uint32_t bytes, bool write, uint32_t *val,
                       struct fault *f);

/*
 * One bit, seen as bit 0 of a word: read, or read and written back, in an access of the same size.
 * Source: DDI 0439D 3.4.1 "About bit-banding", Cortex-M3 TRM (DDI 0337H) 3.5.
 */
static bool bit_band_access(struct cpu *c, uint32_t addr, uint32_t bytes, bool write, uint32_t *val,
                            struct fault *f)
{
    uint32_t target = (addr & 0xF0000000u) | ((addr & 0x01FFFFFFu) >> 5 & ~(bytes - 1));
    uint32_t bit = 1u << ((addr >> 2) & (8 * bytes - 1)), old = 0;
    if (!bus_access(c, target, bytes, false, &old, f))
        return false;
    if (!write) {
        *val = (old & bit) != 0;
        return true;
    }
    uint32_t new = *val & 1u ? old | bit : old & ~bit;
    return bus_access(c, target, bytes, true, &new, f);
}

static bool is_bit_band(const struct cpu *c, uint32_t addr)
{
    uint32_t region = addr & 0xFE000000u;
    return c->config.bit_band && (region == 0x22000000u || region == 0x42000000u);
}

/* An access that the MPU has let through, where no memory is. */
static bool register_access(struct cpu *c, uint32_t addr, uint32_t bytes, bool write, uint32_t *val,
                            struct fault *f)
{
    if ((addr & PPB_MASK) == PPB_BASE)
        return ppb_access(c, addr, bytes, write, val, f);
    const struct bus_device *b = bus_device(c, addr);
    if (b)
        return device_access(c, b, addr, bytes, write, val, f);
    if (is_bit_band(c, addr))
        return bit_band_access(c, addr, bytes, write, val, f);
    return bus_error(c, addr, val, f);
}

/* An aligned access, or a byte of an unaligned one, that the MPU has let through. */
static bool bus_access(struct cpu *c, uint32_t addr, uint32_t bytes, bool write, uint32_t *val,
                       struct fault *f)
{
    const struct ram *r = bus_ram(c, addr);
    uint8_t *mem = ram_bytes(c, addr, bytes);
    if (c->debug.watch_n)
        debug_touch(c, addr, bytes, write, *val);
    if (mem && write && r->fixed)
        return fixed_store(c, r->programmer, addr, bytes, *val, f);
    if (mem && write) {
        access_code_write(c, addr, bytes);
        note_write(c, addr, bytes);
        memcpy(mem, val, bytes);
        return true;
    }
    if (mem) {
        *val = 0;
        memcpy(val, mem, bytes);
        return true;
    }
    return register_access(c, addr, bytes, write, val, f);
}

/*
 * MemU: an unaligned access is its bytes in ascending order, each checked by itself. All are
 * checked before the first is touched, so that a refused store leaves memory as it was.
 */
static bool access_unaligned(struct cpu *c, uint32_t addr, uint32_t bytes, bool write,
                             uint32_t *val, struct fault *f)
{
    if (c->scb.ccr & CCR_UNALIGN_TRP) /* always set on ARMv6-M */
        return refuse(f, addr, CFSR_UNALIGNED, false);
    for (uint32_t i = 0; i < bytes; i++)
        if (!mpu_allows(c, addr + i, write ? MPU_WRITE : MPU_READ, f))
            return false;
    uint32_t in = *val, out = 0;
    for (uint32_t i = 0; i < bytes; i++) {
        uint32_t byte = in >> (8 * i) & 0xFFu;
        if (!bus_access(c, addr + i, 1, write, &byte, f))
            return false;
        out |= (byte & 0xFFu) << (8 * i);
    }
    *val = out;
    return true;
}

static bool access_any(struct cpu *c, uint32_t addr, uint32_t bytes, bool write, uint32_t *val,
                       struct fault *f)
{
    if (addr & (bytes - 1))
        return access_unaligned(c, addr, bytes, write, val, f);
    return mpu_allows(c, addr, write ? MPU_WRITE : MPU_READ, f) &&
           bus_access(c, addr, bytes, write, val, f);
}

/* Kernels switch between the same few settings of the MPU: find the number of the one in force. */
static void find_setting(struct cpu *c)
{
    struct mpu now = c->mpu;
    uint32_t hash = now.ctrl;
    now.rnr = 0;
    for (uint32_t n = 0; n < now.regions; n++)
        hash = (hash ^ now.rbar[n] ^ (now.rasr[n] << 7 | now.rasr[n] >> 25)) * 0x9E3779B1u;
    struct mpu_setting *s = &c->mpu_settings[hash >> 16 & (MPU_SETTINGS - 1)];
    if (!s->generation || memcmp(&s->mpu, &now, sizeof now) != 0)
        *s = (struct mpu_setting){now, ++c->mpu_generations};
    c->mpu_generation = s->generation;
    c->mpu_changed = false;
}

const struct page *access_find_page(struct cpu *c, uint32_t addr, enum mpu_access kind, bool priv)
{
    if (c->mpu_changed)
        find_setting(c);
    struct mpu_ctx ctx = core_mpu_ctx(c, priv);
    c->page_view = (uint64_t)c->mpu_generation << 32 | (ctx.negative ? PAGE_NEGATIVE : 0);
    uint32_t page = addr & ~(MPU_PAGE_BYTES - 1);
    uint64_t key = page_key(c, addr, priv);
    struct page *p = page_slot(c, key);
    if (p->key != key) {
        const struct ram *r = bus_ram(c, page);
        *p = (struct page){.key = key,
                           .mem = r ? r->mem + (page - r->base) : NULL,
                           .code = r ? &r->code[(page - r->base) / MPU_PAGE_BYTES] : NULL,
                           .dirty = r ? &r->dirty[(page - r->base) / MPU_PAGE_BYTES] : NULL,
                           .device = r ? NULL : device_in_page(c, page),
                           .fixed = r && r->fixed,
                           .watched = c->debug.watch_n && (debug_watches_page(c, page, true) ||
                                                           debug_watches_page(c, page, false))};
    }
    if (!(p->known >> kind & 1u)) {
        p->allow[kind] = mpu_page(&c->mpu, page, kind, ctx);
        p->known |= (uint8_t)(1u << kind);
    }
    return p;
}

/* The page of an aligned access that the MPU is known to allow; NULL: to be looked at closely. */
static inline const struct page *plain_page(struct cpu *c, uint32_t addr, uint32_t bytes,
                                            enum mpu_access kind, bool priv)
{
    if (addr >= PPB_BASE || addr & (bytes - 1))
        return NULL;
    const struct page *p = access_page(c, addr, kind, priv);
    return p->allow[kind] & granule_bit(addr) && !p->watched ? p : NULL;
}

/* The host byte of @addr, which is memory. */
static inline uint8_t *plain_bytes(struct cpu *c, const struct page *p, uint32_t addr,
                                   enum mpu_access kind)
{
    if (p->allow[kind] != UINT32_MAX) /* the engine would be refused all of it */
        core_stay(c);
    return p->mem + addr % MPU_PAGE_BYTES;
}

/* 1, 2 or 4 of them. */
static inline void copy_bytes(void *to, const void *from, uint32_t bytes)
{
    if (bytes == 4)
        memcpy(to, from, 4);
    else if (bytes == 2)
        memcpy(to, from, 2);
    else
        memcpy(to, from, 1);
}

/* In a page without memory. When it fails, it was not the MPU's doing: what that said is told. */
__attribute__((always_inline)) static inline bool
page_register_access(struct cpu *c, const struct page *p, uint32_t addr, uint32_t bytes, bool write,
                     uint32_t *val, struct fault *f)
{
    if (p->device && in_device(p->device, addr)
            ? device_access(c, p->device, addr, bytes, write, val, f)
            : register_access(c, addr, bytes, write, val, f))
        return true;
    mpu_check(&c->mpu, addr, write ? MPU_WRITE : MPU_READ, core_mpu_ctx(c, f->priv), &f->why);
    return false;
}

bool access_load(struct cpu *c, uint32_t addr, uint32_t bytes, bool priv, uint32_t *val,
                 struct fault *f)
{
    const struct page *p = plain_page(c, addr, bytes, MPU_READ, priv);
    *val = 0;
    if (p && p->mem) {
        copy_bytes(val, plain_bytes(c, p, addr, MPU_READ), bytes);
        return true;
    }
    *f = (struct fault){.access = CPU_ACCESS_LOAD, .bytes = bytes, .priv = priv};
    if (!p)
        return access_any(c, addr, bytes, false, val, f);
    return page_register_access(c, p, addr, bytes, false, val, f);
}

bool access_store(struct cpu *c, uint32_t addr, uint32_t bytes, bool priv, uint32_t val,
                  struct fault *f)
{
    const struct page *p = plain_page(c, addr, bytes, MPU_WRITE, priv);
    if (p && p->mem && !p->fixed && !(*p->code & granule_bit(addr))) {
        *p->dirty = 1;
        copy_bytes(plain_bytes(c, p, addr, MPU_WRITE), &val, bytes);
        return true;
    }
    *f = (struct fault){.access = CPU_ACCESS_STORE, .bytes = bytes, .priv = priv};
    if (!p || p->mem)
        return access_any(c, addr, bytes, true, &val, f);
    return page_register_access(c, p, addr, bytes, true, &val, f);
}

bool access_writable(struct cpu *c, uint32_t addr, uint32_t bytes, bool priv, struct fault *f)
{
    *f = (struct fault){.access = CPU_ACCESS_STORE, .bytes = bytes, .priv = priv};
    return mpu_allows(c, addr, MPU_WRITE, f);
}

/* The status bit of a stack frame's fault: no address register is filled, B1.5.6, B3.2.15. */
static uint32_t frame_status(uint32_t cfsr, enum cpu_access kind)
{
    bool mem = cfsr & CFSR_DACCVIOL;
    if (kind == CPU_ACCESS_STACKING)
        return mem ? CFSR_MSTKERR : CFSR_STKERR;
    return mem ? CFSR_MUNSTKERR : CFSR_UNSTKERR;
}

/* Usually the whole frame is plain memory of one verdict: then one copy does it. */
static bool frame_at_once(struct cpu *c, uint32_t addr, uint32_t *words, uint32_t bytes, bool write,
                          bool priv)
{
    uint8_t *mem = ram_bytes(c, addr, bytes);
    uint32_t page = addr & ~(MPU_PAGE_BYTES - 1);
    enum mpu_access kind = write ? MPU_WRITE : MPU_READ;
    if (!mem || (addr + bytes - 1) - page >= MPU_PAGE_BYTES)
        return false;
    const struct page *p = access_page(c, addr, kind, priv);
    if (p->allow[kind] != UINT32_MAX || p->watched || (write && p->fixed))
        return false;
    if (!write) {
        memcpy(words, mem, bytes);
        return true;
    }
    *p->dirty = 1;
    access_code_write(c, addr, bytes);
    memcpy(mem, words, bytes);
    return true;
}

bool access_frame(struct cpu *c, uint32_t addr, uint32_t *words, uint32_t n, bool priv,
                  enum cpu_access kind, struct fault *f)
{
    bool write = kind == CPU_ACCESS_STACKING;
    if (frame_at_once(c, addr, words, n * 4, write, priv))
        return true;
    for (uint32_t i = 0; i < n; i++) {
        *f = (struct fault){.access = kind, .bytes = 4, .priv = priv};
        if (!access_any(c, addr + 4 * i, 4, write, &words[i], f)) {
            f->cfsr = frame_status(f->cfsr, kind);
            f->addr_valid = false;
            return false;
        }
    }
    return true;
}

/* Each halfword is a fetch. Source: DDI 0403E A5.1.2, B3.5. */
bool access_fetch(struct cpu *c, uint32_t addr, uint32_t bytes, struct fault *f)
{
    for (uint32_t at = addr; at != addr + bytes; at += 2) {
        const struct page *p = access_page(c, at, MPU_EXEC, core_priv(c));
        if (p->mem && p->allow[MPU_EXEC] & granule_bit(at))
            continue;
        *f = (struct fault){.access = CPU_ACCESS_FETCH, .bytes = 2, .priv = core_priv(c)};
        if (!mpu_allows(c, at, MPU_EXEC, f))
            return false;
        if (!p->mem)
            return refuse(f, at, CFSR_IBUSERR, false);
    }
    return true;
}

bool access_vector(struct cpu *c, uint32_t addr, uint32_t *val)
{
    uint8_t *mem = ram_bytes(c, addr, 4);
    *val = 0;
    if (mem)
        memcpy(val, mem, 4);
    return mem != NULL;
}

void cpu_map_ram(struct cpu *c, uint32_t base, uint32_t bytes, uint8_t *mem)
{
    MOAT_ASSERT(c->bus.rams < BUS_RANGES_MAX, "too many memories");
    MOAT_ASSERT(base % MPU_PAGE_BYTES == 0 && bytes % MPU_PAGE_BYTES == 0 && bytes,
                "memory at 0x%08x, %u bytes", base, bytes);
    struct ram *r = &c->bus.ram[c->bus.rams];
    *r = (struct ram){.base = base, .bytes = bytes, .engine_addr = base, .mem = mem};
    for (uint32_t i = 0; i < c->bus.rams && !r->code; i++)
        if (c->bus.ram[i].mem == mem) {
            r->engine_addr = c->bus.ram[i].engine_addr;
            r->code = c->bus.ram[i].code;
            r->begun = c->bus.ram[i].begun;
            r->dirty = c->bus.ram[i].dirty;
        }
    c->bus.rams++;
    if (r->code)
        return;
    r->code = calloc(bytes / MPU_PAGE_BYTES, sizeof *r->code);
    r->begun = calloc(bytes / BEGUN_BYTES, 1);
    r->dirty = calloc(bytes / MPU_PAGE_BYTES, 1);
    MOAT_ASSERT(r->code && r->begun && r->dirty, "no memory");
    uc_err e = uc_mem_map_ptr(c->uc, base, bytes, UC_PROT_ALL, mem);
    MOAT_ASSERT(e == UC_ERR_OK, "map 0x%08x: %s", base, uc_strerror(e));
}

void cpu_set_flash(struct cpu *c, uint32_t base, const struct cpu_flash *flash)
{
    MOAT_ASSERT(flash->lines <= FLASH_LINES_MAX, "%u lines", flash->lines);
    for (uint32_t i = 0; i < c->bus.rams; i++)
        if (c->bus.ram[i].base == base)
            c->bus.ram[i].flash = flash;
}

void cpu_fix_ram(struct cpu *c, uint32_t base, struct device *programmer)
{
    for (uint32_t i = 0; i < c->bus.rams; i++)
        if (c->bus.ram[i].base == base) {
            c->bus.ram[i].fixed = true;
            c->bus.ram[i].programmer = programmer;
        }
}

void cpu_map_device(struct cpu *c, struct device *d, uint32_t base)
{
    MOAT_ASSERT(c->bus.devices < BUS_DEVICES_MAX, "too many devices");
    c->bus.device[c->bus.devices++] = (struct bus_device){base, d->ops->map_bytes, d};
}

bool cpu_peek(const struct cpu *c, uint32_t addr, void *out, size_t n)
{
    uint8_t *mem = n <= UINT32_MAX ? ram_bytes(c, addr, (uint32_t)n) : NULL;
    if (mem && n)
        memcpy(out, mem, n);
    return mem != NULL;
}

bool cpu_poke(struct cpu *c, uint32_t addr, const void *bytes, size_t n)
{
    uint8_t *mem = n && n <= UINT32_MAX ? ram_bytes(c, addr, (uint32_t)n) : NULL;
    if (!mem)
        return n == 0;
    access_code_write(c, addr, (uint32_t)n);
    note_write(c, addr, (uint32_t)n);
    memcpy(mem, bytes, n);
    return true;
}
