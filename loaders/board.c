#include "loaders/board.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loaders/json.h"
#include "sim/base/assert.h"
#include "sim/base/nearest.h"

#define PAGE     1024u
#define PPB_BASE 0xE0000000u
#define FORMAT   1u
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
    {"moat", FIELD_INT, true, FORMAT, FORMAT, FORMAT, "version of the file format"},
    {"name", FIELD_STRING, true, 1, BOARD_NAME_MAX - 1, 0, "name of the board"},
    {"summary", FIELD_STRING, true, 1, 127, 0, "one line: what the model covers"},
    {"cpu", FIELD_OBJECT, true, 0, 0, 0, "the core"},
    {"clock_hz", FIELD_INT, true, 1, 4000000000u, 0, "core clock, Hz"},
    {"memory", FIELD_ARRAY, true, 0, 0, 0, "memories"},
    {"devices", FIELD_ARRAY, false, 0, 0, 0, "devices"},
    {"console", FIELD_STRING, false, 1, BOARD_NAME_MAX - 1, 0, "the device on stdin and stdout"},
    {0},
};

enum {
    C_CORE,
    C_IRQS,
    C_PRIO,
    C_MPU,
    C_FPU,
    C_VTOR
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
    {0},
};

enum {
    M_NAME,
    M_BASE,
    M_SIZE,
    M_ALIAS,
    M_WAIT,
    M_LINES
};
static const struct field memory_keys[] = {
    {"name", FIELD_STRING, true, 1, BOARD_NAME_MAX - 1, 0, "name of the memory"},
    {"base", FIELD_ADDR, true, 0, ADDR_MAX, 0, "first address, a multiple of 1K"},
    {"size", FIELD_SIZE, true, PAGE, 1u << 30, PAGE, "bytes, a multiple of 1K"},
    {"alias_of", FIELD_STRING, false, 1, BOARD_NAME_MAX - 1, 0, "an earlier memory, seen again"},
    {"wait_states", FIELD_INT, false, 0, 32, 0, "cycles to fetch a line of 16 bytes"},
    {"accelerator_lines", FIELD_INT, false, 0, 256, 0, "lines that a flash accelerator keeps"},
    {0},
};

enum {
    D_NAME,
    D_KIND,
    D_BASE
};
static const struct field device_keys[] = {
    {"name", FIELD_STRING, true, 1, BOARD_NAME_MAX - 1, 0, "name of the device"},
    {"kind", FIELD_STRING, true, 1, BOARD_NAME_MAX - 1, 0, "kind, see `moat help devices`"},
    {"base", FIELD_ADDR, true, 0, ADDR_MAX, 0, "first address of its registers"},
    {0},
};

const struct field *board_fields(int which)
{
    static const struct field *const tables[] = {board_keys, cpu_keys, memory_keys, device_keys};
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

static const struct board_kind *find_kind(const struct board_kind *kinds, const char *name)
{
    for (; kinds->name; kinds++)
        if (strcmp(kinds->name, name) == 0)
            return kinds;
    return NULL;
}

static struct span device_span(const struct board_device *d, const struct board_kind *kinds)
{
    const struct board_kind *k = find_kind(kinds, d->kind);
    return (struct span){d->name, d->base, k ? k->map_bytes : 0};
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
                        const struct json_at *at, struct span s)
{
    struct json_at base = json_member(at, "base");
    if (!base.node)
        return;
    if (s.base % PAGE)
        json_error(&base, "expected an address aligned to %u, got 0x%08" PRIx64, PAGE, s.base);
    else if (s.bytes && s.base + s.bytes > PPB_BASE)
        json_error(&base, "expected it to end below 0x%08x, but it reaches 0x%08" PRIx64, PPB_BASE,
                   s.base + s.bytes);
    for (uint32_t i = 0; i < b->memories; i++)
        check_span(&base, s, memory_span(&b->memory[i]));
    for (uint32_t i = 0; i < b->devices; i++)
        check_span(&base, s, device_span(&b->device[i], kinds));
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
    parse_alias(b, &m, at);
    check_place(b, kinds, at, memory_span(&m));
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

static void parse_device(struct board *b, const struct board_kind *kinds, const struct json_at *at)
{
    static const struct field none[] = {{0}};
    struct board_device d = {0};
    struct json_at kind_at = json_member(at, "kind");
    const struct board_kind *k = NULL;
    if (cJSON_IsString(kind_at.node))
        k = find_kind(kinds, kind_at.node->valuestring);
    if (cJSON_IsString(kind_at.node) && !k) {
        unknown_kind(at, kinds, kind_at.node->valuestring);
        return;
    }
    if (!json_check_object(at, device_keys, k ? k->config : none))
        return;
    json_string(at, &device_keys[D_NAME], d.name, sizeof d.name);
    json_string(at, &device_keys[D_KIND], d.kind, sizeof d.kind);
    d.base = (uint32_t)json_value(at, &device_keys[D_BASE]);
    for (size_t i = 0; k && k->config[i].name; i++)
        d.values[i] = (uint32_t)json_value(at, &k->config[i]);
    if (k)
        check_irqs(b, at, k, &d);
    check_place(b, kinds, at, device_span(&d, kinds));
    b->device[b->devices++] = d;
}

static void parse_console(struct board *b, const struct json_at *root)
{
    struct json_at at = json_member(root, "console");
    json_string(root, &board_keys[B_CONSOLE], b->console, sizeof b->console);
    bool known = !b->console[0];
    for (uint32_t i = 0; i < b->devices; i++)
        known |= strcmp(b->device[i].name, b->console) == 0;
    if (!known)
        json_error(&at, "expected the name of a device, got \"%s\"", b->console);
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

static void add_addr(cJSON *o, const char *key, uint32_t addr)
{
    char text[16];
    snprintf(text, sizeof text, "0x%08x", addr);
    cJSON_AddStringToObject(o, key, text);
}

static cJSON *memory_json(const struct board *b, const struct board_memory *m)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddNumberToObject(o, "accelerator_lines", m->accelerator_lines);
    if (m->alias_of >= 0)
        cJSON_AddStringToObject(o, "alias_of", b->memory[m->alias_of].name);
    add_addr(o, "base", m->base);
    cJSON_AddStringToObject(o, "name", m->name);
    cJSON_AddNumberToObject(o, "size", m->bytes);
    cJSON_AddNumberToObject(o, "wait_states", m->wait_states);
    return o;
}

static int by_key(const void *a, const void *b)
{
    const cJSON *const *x = a, *const *y = b;
    return strcmp((*x)->string, (*y)->string);
}

/* Keys of a device come from two tables: put them in order. */
static void sort_members(cJSON *o)
{
    cJSON *items[32];
    int n = 0;
    while (o->child && n < 32)
        items[n++] = cJSON_DetachItemViaPointer(o, o->child);
    qsort(items, (size_t)n, sizeof *items, by_key);
    for (int i = 0; i < n; i++)
        cJSON_AddItemToObject(o, items[i]->string, items[i]);
}

static cJSON *device_json(const struct board_device *d, const struct board_kind *kinds)
{
    const struct board_kind *k = find_kind(kinds, d->kind);
    cJSON *o = cJSON_CreateObject();
    add_addr(o, "base", d->base);
    cJSON_AddStringToObject(o, "kind", d->kind);
    cJSON_AddStringToObject(o, "name", d->name);
    for (size_t i = 0; k && k->config[i].name; i++)
        cJSON_AddNumberToObject(o, k->config[i].name, d->values[i]);
    sort_members(o);
    return o;
}

void board_print(const struct board *b, const struct board_parts *parts, struct buf *out)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddNumberToObject(root, "clock_hz", b->clock_hz);
    if (b->console[0])
        cJSON_AddStringToObject(root, "console", b->console);
    cJSON *cpu = cJSON_AddObjectToObject(root, "cpu");
    cJSON_AddStringToObject(cpu, "core", b->core);
    cJSON_AddStringToObject(cpu, "fpu", b->fpu);
    cJSON_AddNumberToObject(cpu, "irqs", b->irqs);
    cJSON_AddNumberToObject(cpu, "mpu_regions", b->mpu_regions);
    cJSON_AddNumberToObject(cpu, "priority_bits", b->priority_bits);
    add_addr(cpu, "vtor", b->vtor);
    cJSON *devices = cJSON_AddArrayToObject(root, "devices");
    for (uint32_t i = 0; i < b->devices; i++)
        cJSON_AddItemToArray(devices, device_json(&b->device[i], parts->kinds));
    cJSON *memory = cJSON_AddArrayToObject(root, "memory");
    for (uint32_t i = 0; i < b->memories; i++)
        cJSON_AddItemToArray(memory, memory_json(b, &b->memory[i]));
    cJSON_AddNumberToObject(root, "moat", FORMAT);
    cJSON_AddStringToObject(root, "name", b->name);
    cJSON_AddStringToObject(root, "summary", b->summary);
    char *text = cJSON_Print(root);
    MOAT_ASSERT(text, "no memory");
    buf_addf(out, "%s\n", text);
    cJSON_free(text);
    cJSON_Delete(root);
}

/* The member @key of an object, or the element of that name, or number, of an array. */
static cJSON *child_named(cJSON *at, const char *key)
{
    cJSON *c = at->child;
    if (!cJSON_IsArray(at))
        return cJSON_GetObjectItemCaseSensitive(at, key);
    for (; c; c = c->next) {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(c, "name"));
        if (name && strcmp(name, key) == 0)
            return c;
    }
    return NULL;
}

static cJSON *node_at(cJSON *root, const char *path)
{
    char key[64];
    cJSON *at = root;
    while (at && *path) {
        size_t n = strcspn(path, "/");
        snprintf(key, sizeof key, "%.*s", (int)n, path);
        at = child_named(at, key);
        path += n + (path[n] == '/');
    }
    return at == root ? NULL : at;
}

int board_change(struct board *b, const struct board_parts *parts, const char *path,
                 const char *value, struct moat_error *err)
{
    struct buf text = {0};
    board_print(b, parts, &text);
    cJSON *root = cJSON_Parse(text.data), *node = node_at(root, path);
    cJSON *changed = node && cJSON_IsString(node) ? cJSON_CreateString(value) : cJSON_Parse(value);
    int rc = 0;
    if (!node || !changed || cJSON_IsArray(node) || cJSON_IsObject(node)) {
        rc = moat_fail(err, MOAT_EUSAGE, "the board has no '%s' that can be '%s'", path, value);
        moat_hint(err, "moat board show %s", b->name);
        cJSON_Delete(changed);
        goto out;
    }
    node->type = changed->type; /* the place stays, and so does the order of keys */
    node->valuedouble = changed->valuedouble;
    node->valueint = changed->valueint;
    char *old = node->valuestring;
    node->valuestring = changed->valuestring;
    changed->valuestring = old;
    cJSON_Delete(changed);
    char *printed = cJSON_Print(root);
    rc = board_parse(b->name, printed, strlen(printed), parts, b, err);
    cJSON_free(printed);
out:
    cJSON_Delete(root);
    buf_fini(&text);
    return rc;
}
