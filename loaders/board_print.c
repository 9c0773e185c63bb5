/*
 * A board as JSON again, and a board with one key changed.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loaders/board_private.h"
#include "sim/base/assert.h"

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
    if (m->programmed_by[0])
        cJSON_AddStringToObject(o, "programmed_by", m->programmed_by);
    if (m->read_only)
        cJSON_AddTrueToObject(o, "read_only");
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

static void add_value(cJSON *o, const struct field *f, uint32_t value)
{
    if (f->type == FIELD_BOOL)
        cJSON_AddBoolToObject(o, f->name, value != 0);
    else if (f->type == FIELD_ADDR)
        add_addr(o, f->name, value);
    else
        cJSON_AddNumberToObject(o, f->name, value);
}

static cJSON *device_json(const struct board *b, const struct board_device *d,
                          const struct board_kind *kinds)
{
    const struct board_kind *k = board_find_kind(kinds, d->kind);
    cJSON *o = cJSON_CreateObject();
    if (k && k->map_bytes)
        add_addr(o, "base", d->base);
    if (d->bus >= 0)
        cJSON_AddStringToObject(o, "bus", b->device[d->bus].name);
    if (d->mirror)
        add_addr(o, "mirror", d->mirror);
    cJSON_AddStringToObject(o, "kind", d->kind);
    cJSON_AddStringToObject(o, "name", d->name);
    for (size_t i = 0; k && k->config[i].name; i++)
        add_value(o, &k->config[i], d->values[i]);
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
    if (b->bit_band)
        cJSON_AddTrueToObject(cpu, "bit_band");
    cJSON_AddStringToObject(cpu, "core", b->core);
    cJSON_AddStringToObject(cpu, "fpu", b->fpu);
    cJSON_AddNumberToObject(cpu, "irqs", b->irqs);
    cJSON_AddNumberToObject(cpu, "mpu_regions", b->mpu_regions);
    cJSON_AddNumberToObject(cpu, "priority_bits", b->priority_bits);
    add_addr(cpu, "vtor", b->vtor);
    cJSON *devices = cJSON_AddArrayToObject(root, "devices");
    for (uint32_t i = 0; i < b->devices; i++)
        cJSON_AddItemToArray(devices, device_json(b, &b->device[i], parts->kinds));
    cJSON *memory = cJSON_AddArrayToObject(root, "memory");
    for (uint32_t i = 0; i < b->memories; i++)
        cJSON_AddItemToArray(memory, memory_json(b, &b->memory[i]));
    cJSON_AddNumberToObject(root, "moat", BOARD_FORMAT);
    cJSON_AddStringToObject(root, "name", b->name);
    cJSON_AddStringToObject(root, "summary", b->summary);
    board_print_wiring(b, root);
    sort_members(root);
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
