#include "loaders/board_private.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/assert.h"
#include "sim/base/nearest.h"

#define PAGE     1024u
#define PPB_BASE 0xE0000000u /* the private peripheral bus, DDI 0403E B3.1 */
#define PPB_END  0xE0100000u
#define ADDR_MAX 0xFFFFFFFFu

/* Keys of a board file; docs/boards.md is made from these tables. */
enum {
    B_FORMAT,
    B_NAME,
    B_SUMMARY,
    B_CPU,
    B_CLOCK,
    B_MEMORY,
    B_DEVICES,
    B_CONSOLE
};
static const struct field board_keys[] = {
    {"moat", FIELD_INT, true, BOARD_FORMAT, BOARD_FORMAT, BOARD_FORMAT,
     "version of the file format"},
    {"name", FIELD_STRING, true, 1, BOARD_NAME_MAX - 1, 0, "name of the board"},
    {"summary", FIELD_STRING, true, 1, 127, 0, "one line: what the model covers"},
    {"cpu", FIELD_OBJECT, true, 0, 0, 0, "the core"},
    {"clock_hz", FIELD_INT, true, 1, 4000000000u, 0, "core clock, Hz"},
    {"memory", FIELD_ARRAY, true, 0, 0, 0, "memories"},
    {"devices", FIELD_ARRAY, false, 0, 0, 0, "devices"},
    {"console", FIELD_STRING, false, 1, BOARD_NAME_MAX - 1, 0, "the device on stdin and stdout"},
    {"wires", FIELD_ARRAY, false, 0, 0, 0, "from outputs of devices to inputs of others"},
    {"leds", FIELD_ARRAY, false, 0, 0, 0, "LEDs, for the panel"},
    {"buttons", FIELD_ARRAY, false, 0, 0, 0, "buttons, for the panel and for scripts"},
    {0},
};

enum {
    C_CORE,
    C_IRQS,
    C_PRIO,
    C_MPU,
    C_FPU,
    C_VTOR,
    C_BIT_BAND
};
static const struct field cpu_keys[] = {
    {"core", FIELD_STRING, true, 1, BOARD_NAME_MAX - 1, 0, "the core, cortex-m0 to cortex-m33"},
    {"irqs", FIELD_INT, true, 1, 240, 32, "external interrupt lines"},
    {"priority_bits", FIELD_INT, false, 2, 8, 0,
     "implemented bits of a priority; the core's least"},
    {"mpu_regions", FIELD_INT, false, 0, 16, 0,
     "MPU regions, 0 for no MPU; the core's usual number"},
    {"fpu", FIELD_STRING, false, 1, BOARD_NAME_MAX - 1, 0, "none, single or double; as is usual"},
    {"vtor", FIELD_ADDR, false, 0, ADDR_MAX, 0, "address of the vector table after reset"},
    {"bit_band", FIELD_BOOL, false, 0, 1, 0, "bits of SRAM and peripherals are seen as words"},
    {0},
};

enum {
    M_NAME,
    M_BASE,
    M_SIZE,
    M_ALIAS,
    M_WAIT,
    M_LINES,
    M_READ_ONLY,
    M_PROGRAMMED
};
static const struct field memory_keys[] = {
    {"name", FIELD_STRING, true, 1, BOARD_NAME_MAX - 1, 0, "name of the memory"},
    {"base", FIELD_ADDR, true, 0, ADDR_MAX, 0, "first address, a multiple of 1K"},
    {"size", FIELD_SIZE, true, PAGE, 1u << 30, PAGE, "bytes, a multiple of 1K"},
    {"alias_of", FIELD_STRING, false, 1, BOARD_NAME_MAX - 1, 0, "an earlier memory, seen again"},
    {"wait_states", FIELD_INT, false, 0, 32, 0, "cycles to fetch a line of 16 bytes"},
    {"accelerator_lines", FIELD_INT, false, 0, 256, 0, "lines that a flash accelerator keeps"},
    {"read_only", FIELD_BOOL, false, 0, 1, 0, "stores change nothing"},
    {"programmed_by", FIELD_STRING, false, 1, BOARD_NAME_MAX - 1, 0,
     "flash: the device that stores go to; what is erased reads 0xff"},
    {0},
};

enum {
    D_NAME,
    D_KIND,
    D_BASE,
    D_MIRROR,
    D_BUS
};
static const struct field device_keys[] = {
    {"name", FIELD_STRING, true, 1, BOARD_NAME_MAX - 1, 0, "name of the device"},
    {"kind", FIELD_STRING, true, 1, BOARD_NAME_MAX - 1, 0, "kind, see `moat help devices`"},
    {"base", FIELD_ADDR, false, 0, ADDR_MAX, 0, "first address of its registers, if it has any"},
    {"mirror", FIELD_ADDR, false, 0, ADDR_MAX, 0, "where they are seen again"},
    {"bus", FIELD_STRING, false, 1, BOARD_NAME_MAX - 1, 0,
     "the earlier device whose I2C or SPI bus it is on"},
    {0},
};

const struct field *board_fields(int which)
{
    static const struct field *const tables[] = {board_keys,       cpu_keys,        memory_keys,
                                                 device_keys,      board_wire_keys, board_led_keys,
                                                 board_button_keys};
    return tables[which];
}

static const struct board_core *find_core(const struct board_core *cores, const char *name)
{
    for (; cores->name; cores++)
        if (strcmp(cores->name, name) == 0)
            return cores;
    return NULL;
}

static void unknown_core(const struct json_at *at, const struct board_core *cores, const char *name)
{
    struct buf known = {0};
    for (; cores->name; cores++)
        buf_addf(&known, "%s%s", known.len ? ", " : "", cores->name);
    json_error(at, "expected one of %s, got \"%s\"", buf_text(&known), name);
    buf_fini(&known);
}

static void check_irqs_and_priorities(const struct board *b, const struct json_at *at,
                                      const struct board_core *core)
{
    struct json_at irqs = json_member(at, "irqs"), prio = json_member(at, "priority_bits");
    if (b->irqs > core->irqs_max)
        json_error(&irqs, "expected at most %u with %s, got %u", core->irqs_max, core->name,
                   b->irqs);
    if (b->priority_bits < core->prio_min || b->priority_bits > core->prio_max)
        json_error(&prio, "expected %u to %u with %s, got %u", core->prio_min, core->prio_max,
                   core->name, b->priority_bits);
}

static void check_mpu_and_fpu(const struct board *b, const struct json_at *at,
                              const struct board_core *core)
{
    struct json_at mpu = json_member(at, "mpu_regions"), fpu = json_member(at, "fpu");
    bool regions_known = b->mpu_regions == 0, fpu_known = false;
    for (size_t i = 0; i < 3; i++)
        regions_known |= b->mpu_regions == core->mpu_regions[i];
    for (size_t i = 0; core->fpus[i]; i++)
        fpu_known |= strcmp(b->fpu, core->fpus[i]) == 0;
    if (!regions_known)
        json_error(&mpu, "%s has %u%s%s regions or 0, got %u", core->name, core->mpu_regions[0],
                   core->mpu_regions[1] ? " or " : "", core->mpu_regions[1] ? "16" : "",
                   b->mpu_regions);
    if (!fpu_known)
        json_error(&fpu, "%s has no such FPU: \"%s\"", core->name, b->fpu);
}

static void parse_cpu(struct board *b, const struct board_core *cores, const struct json_at *root)
{
    struct json_at at = json_member(root, "cpu");
    if (!at.node || !json_check_object(&at, cpu_keys, NULL))
        return;
    json_string(&at, &cpu_keys[C_CORE], b->core, sizeof b->core);
    b->irqs = (uint32_t)json_value(&at, &cpu_keys[C_IRQS]);
    struct json_at name = json_member(&at, "core"), vtor = json_member(&at, "vtor");
    const struct board_core *core = find_core(cores, b->core);
    if (!core) {
        if (b->core[0])
            unknown_core(&name, cores, b->core);
        return;
    }
    b->priority_bits = core->prio_min;
    if (json_member(&at, "priority_bits").node)
        b->priority_bits = (uint32_t)json_value(&at, &cpu_keys[C_PRIO]);
    b->mpu_regions = core->mpu_regions[0];
    if (json_member(&at, "mpu_regions").node)
        b->mpu_regions = (uint32_t)json_value(&at, &cpu_keys[C_MPU]);
    snprintf(b->fpu, sizeof b->fpu, "%s", core->fpus[0]);
    if (json_member(&at, "fpu").node)
        json_string(&at, &cpu_keys[C_FPU], b->fpu, sizeof b->fpu);
    b->vtor = (uint32_t)json_value(&at, &cpu_keys[C_VTOR]);
    if (b->vtor % 128)
        json_error(&vtor, "expected a multiple of 128, got 0x%08x", b->vtor);
    b->bit_band = json_value(&at, &cpu_keys[C_BIT_BAND]) != 0;
    struct json_at bit_band = json_member(&at, "bit_band");
    if (b->bit_band && !core->may_bit_band)
        json_error(&bit_band, "%s has no bit-band aliases", core->name);
    check_irqs_and_priorities(b, &at, core);
    check_mpu_and_fpu(b, &at, core);
}

struct span {
    const char *name;
    uint64_t base, bytes;
};

static struct span memory_span(const struct board_memory *m)
{
    return (struct span){m->name, m->base, m->bytes};
}

const struct board_kind *board_find_kind(const struct board_kind *kinds, const char *name)
{
    for (; kinds->name; kinds++)
        if (strcmp(kinds->name, name) == 0)
            return kinds;
    return NULL;
}

const struct board_device *board_device_named(const struct board *b, const char *name)
{
    for (uint32_t i = 0; i < b->devices; i++)
        if (strcmp(b->device[i].name, name) == 0)
            return &b->device[i];
    return NULL;
}

const struct board_memory *board_memory_at(const struct board *b, uint32_t addr, uint32_t bytes)
{
    for (uint32_t i = 0; i < b->memories; i++)
        if (addr - b->memory[i].base < b->memory[i].bytes &&
            bytes <= b->memory[i].bytes - (addr - b->memory[i].base))
            return &b->memory[i];
    return NULL;
}

const struct board_memory *board_flash(const struct board *b)
{
    for (uint32_t i = 0; i < b->memories; i++)
        if (b->memory[i].programmed_by[0])
            return &b->memory[i];
    return NULL;
}

static struct span device_span(const struct board_device *d, const struct board_kind *kinds)
{
    const struct board_kind *k = board_find_kind(kinds, d->kind);
    return (struct span){d->name, d->base, k ? k->map_bytes : 0};
}

static struct span mirror_span(const struct board_device *d, const struct board_kind *kinds)
{
    struct span s = device_span(d, kinds);
    return (struct span){"", d->mirror, s.bytes};
}

static void check_span(const struct json_at *at, struct span new, struct span old)
{
    if (new.bytes && old.bytes &&new.base < old.base + old.bytes &&old.base < new.base + new.bytes)
        json_error(
            at, "0x%08" PRIx64 "..0x%08" PRIx64 " overlaps \"%s\" at 0x%08" PRIx64 "..0x%08" PRIx64,
            new.base, new.base + new.bytes - 1, old.name, old.base, old.base + old.bytes - 1);
    if (strcmp(new.name, old.name) == 0 && new.name[0])
        json_error(at, "the name \"%s\" is taken", new.name);
}

/* A thing at an address: aligned, below the system space, and clear of all before it. */
static void check_place(const struct board *b, const struct board_kind *kinds,
                        const struct json_at *at, const char *key, struct span s)
{
    struct json_at base = json_member(at, key);
    if (!base.node)
        return;
    if (s.base % PAGE)
        json_error(&base, "expected an address aligned to %u, got 0x%08" PRIx64, PAGE, s.base);
    else if (s.bytes && s.base + s.bytes > PPB_BASE && s.base < PPB_END)
        json_error(&base, "expected it to end below 0x%08x, but it reaches 0x%08" PRIx64, PPB_BASE,
                   s.base + s.bytes);
    else if (s.base + s.bytes > (uint64_t)ADDR_MAX + 1)
        json_error(&base, "expected it to end with the address space, but it reaches 0x%09" PRIx64,
                   s.base + s.bytes);
    for (uint32_t i = 0; i < b->memories; i++)
        check_span(&base, s, memory_span(&b->memory[i]));
    for (uint32_t i = 0; i < b->devices; i++) {
        check_span(&base, s, device_span(&b->device[i], kinds));
        if (b->device[i].mirror)
            check_span(&base, s, mirror_span(&b->device[i], kinds));
    }
}

static void parse_alias(struct board *b, struct board_memory *m, const struct json_at *at)
{
    char name[BOARD_NAME_MAX];
    struct json_at alias = json_member(at, "alias_of");
    json_string(at, &memory_keys[M_ALIAS], name, sizeof name);
    m->alias_of = -1;
    if (!name[0])
        return;
    for (uint32_t i = 0; i < b->memories; i++)
        if (strcmp(b->memory[i].name, name) == 0)
            m->alias_of = (int)i;
    if (m->alias_of < 0)
        json_error(&alias, "expected the name of an earlier memory, got \"%s\"", name);
    else if (m->bytes > b->memory[m->alias_of].bytes)
        json_error(&alias, "expected at least %u bytes, but \"%s\" has %u", m->bytes, name,
                   b->memory[m->alias_of].bytes);
}

static void parse_memory(struct board *b, const struct board_kind *kinds, const struct json_at *at)
{
    struct board_memory m = {.alias_of = -1};
    if (!json_check_object(at, memory_keys, NULL))
        return;
    json_string(at, &memory_keys[M_NAME], m.name, sizeof m.name);
    m.base = (uint32_t)json_value(at, &memory_keys[M_BASE]);
    m.bytes = (uint32_t)json_value(at, &memory_keys[M_SIZE]);
    struct json_at size = json_member(at, "size");
    if (m.bytes % PAGE)
        json_error(&size, "expected a multiple of %u bytes, got %u", PAGE, m.bytes);
    m.wait_states = (uint32_t)json_value(at, &memory_keys[M_WAIT]);
    m.accelerator_lines = (uint32_t)json_value(at, &memory_keys[M_LINES]);
    m.read_only = json_value(at, &memory_keys[M_READ_ONLY]) != 0;
    json_string(at, &memory_keys[M_PROGRAMMED], m.programmed_by, sizeof m.programmed_by);
    parse_alias(b, &m, at);
    check_place(b, kinds, at, "base", memory_span(&m));
    b->memory[b->memories++] = m;
}

static void check_irqs(const struct board *b, const struct json_at *at, const struct board_kind *k,
                       const struct board_device *d)
{
    for (size_t i = 0; k->config[i].name; i++) {
        struct json_at value = json_member(at, k->config[i].name);
        if (strncmp(k->config[i].name, "irq", 3) == 0 && value.node && d->values[i] >= b->irqs)
            json_error(&value, "expected an interrupt line below %u, got %u", b->irqs,
                       d->values[i]);
    }
}

static void unknown_kind(const struct json_at *at, const struct board_kind *kinds, const char *kind)
{
    struct json_at value = json_member(at, "kind");
    const char *near = NULL;
    for (const struct board_kind *k = kinds; k->name && !near; k++)
        near = nearest_is_near(kind, k->name) ? k->name : NULL;
    json_error(&value, "unknown kind of device \"%s\"%s%s%s", kind, near ? ", did you mean \"" : "",
               near ? near : "", near ? "\"?" : "");
}

/* Registers at an address, or a place on a bus. */
static void parse_where(const struct board *b, const struct board_kind *kinds,
                        const struct json_at *at, const struct board_kind *k,
                        struct board_device *d)
{
    char name[BOARD_NAME_MAX];
    struct json_at bus = json_member(at, "bus");
    if (k->map_bytes && !json_member(at, "base").node)
        json_error(at, "missing required key \"base\"");
    if (!k->map_bytes && !bus.node)
        json_error(at, "missing required key \"bus\": it has no registers");
    json_string(at, &device_keys[D_BUS], name, sizeof name);
    d->bus = bus.node ? board_device_index(b, at, "bus", name) : -1;
    if (d->bus >= 0 && !board_find_kind(kinds, b->device[d->bus].kind)->has_bus)
        json_error(&bus, "\"%s\" has no bus", name);
}

static void parse_device(struct board *b, const struct board_kind *kinds, const struct json_at *at)
{
    static const struct field none[] = {{0}};
    struct board_device d = {.bus = -1};
    struct json_at kind_at = json_member(at, "kind");
    const struct board_kind *k = NULL;
    if (cJSON_IsString(kind_at.node))
        k = board_find_kind(kinds, kind_at.node->valuestring);
    if (cJSON_IsString(kind_at.node) && !k) {
        unknown_kind(at, kinds, kind_at.node->valuestring);
        return;
    }
    if (!json_check_object(at, device_keys, k ? k->config : none))
        return;
    json_string(at, &device_keys[D_NAME], d.name, sizeof d.name);
    json_string(at, &device_keys[D_KIND], d.kind, sizeof d.kind);
    d.base = (uint32_t)json_value(at, &device_keys[D_BASE]);
    d.mirror = (uint32_t)json_value(at, &device_keys[D_MIRROR]);
    if (k)
        parse_where(b, kinds, at, k, &d);
    for (size_t i = 0; k && k->config[i].name; i++)
        d.values[i] = (uint32_t)json_value(at, &k->config[i]);
    if (k)
        check_irqs(b, at, k, &d);
    check_place(b, kinds, at, "base", device_span(&d, kinds));
    if (d.mirror)
        check_place(b, kinds, at, "mirror", mirror_span(&d, kinds));
    b->device[b->devices++] = d;
}

/* Stores to flash go to a device that takes them. */
static void check_programmers(const struct board *b, const struct board_kind *kinds,
                              const struct json_at *memory)
{
    for (uint32_t i = 0; i < b->memories; i++) {
        struct json_at at = json_element(memory, i), key = json_member(&at, "programmed_by");
        const char *name = b->memory[i].programmed_by;
        int d = name[0] ? board_device_index(b, &at, "programmed_by", name) : -1;
        if (d >= 0 && !board_find_kind(kinds, b->device[d].kind)->programs)
            json_error(&key, "\"%s\" does not program flash", name);
    }
}

static void parse_console(struct board *b, const struct json_at *root)
{
    json_string(root, &board_keys[B_CONSOLE], b->console, sizeof b->console);
    (void)board_device_index(b, root, "console", b->console);
}

static void parse_all(struct board *b, const struct board_parts *parts, const struct json_at *root)
{
    json_string(root, &board_keys[B_NAME], b->name, sizeof b->name);
    json_string(root, &board_keys[B_SUMMARY], b->summary, sizeof b->summary);
    b->clock_hz = (uint32_t)json_value(root, &board_keys[B_CLOCK]);
    (void)json_value(root, &board_keys[B_FORMAT]);
    parse_cpu(b, parts->cores, root);
    struct json_at memory = json_member(root, "memory"), devices = json_member(root, "devices"), e;
    for (unsigned i = 0; (e = json_element(&memory, i)).node; i++) {
        if (i >= BOARD_MEMORIES_MAX) {
            json_error(&e, "expected at most %u memories", BOARD_MEMORIES_MAX);
            break;
        }
        parse_memory(b, parts->kinds, &e);
    }
    for (unsigned i = 0; (e = json_element(&devices, i)).node; i++) {
        if (i >= BOARD_DEVICES_MAX) {
            json_error(&e, "expected at most %u devices", BOARD_DEVICES_MAX);
            break;
        }
        parse_device(b, parts->kinds, &e);
    }
    check_programmers(b, parts->kinds, &memory);
    board_parse_wiring(b, root);
    parse_console(b, root);
}

int board_parse(const char *file, const char *text, size_t len, const struct board_parts *parts,
                struct board *out, struct moat_error *err)
{
    struct json_doc doc;
    *out = (struct board){0};
    int rc = json_open(&doc, file, text, len, err);
    if (rc < 0)
        return rc;
    struct json_at root = json_root(&doc);
    if (json_check_object(&root, board_keys, NULL))
        parse_all(out, parts, &root);
    return json_close(&doc, err);
}
