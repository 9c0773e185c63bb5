#include "sim/cli/svd.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/assert.h"
#include "sim/base/buf.h"

#define NAMES_MAX 200000u /* registers of one file: a table that repeats itself ends there */

struct name {
    uint32_t addr;
    char *text;
};

struct svd {
    struct name *name; /* by address */
    size_t n, cap;
    uint32_t
        looked; /* elements of registers and clusters: a table that repeats itself has an end */
};

static xmlNode *child(const xmlNode *at, const char *name)
{
    for (xmlNode *c = at ? at->children : NULL; c; c = c->next)
        if (c->type == XML_ELEMENT_NODE && strcmp((const char *)c->name, name) == 0)
            return c;
    return NULL;
}

/* The text of a child, to be freed by xmlFree(); NULL: there is none. */
static char *text_of(const xmlNode *at, const char *name)
{
    xmlNode *c = child(at, name);
    return c ? (char *)xmlNodeGetContent(c) : NULL;
}

/* scaledNonNegativeInteger: 12, 012 (decimal), 0x1F, #0101. */
static uint32_t number_in(const char *text)
{
    text += strspn(text, " \t\r\n+");
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    return (uint32_t)strtoul(text + (*text == '#'), NULL, hex ? 16 : *text == '#' ? 2 : 10);
}

static uint32_t number_of(const xmlNode *at, const char *name, uint32_t otherwise)
{
    char *text = text_of(at, name);
    uint32_t v = text ? number_in(text) : otherwise;
    xmlFree(text);
    return v;
}

static void add(struct svd *s, uint32_t addr, const char *peripheral, const char *reg)
{
    struct buf text = {0};
    if (s->n == NAMES_MAX)
        return;
    if (s->n == s->cap) {
        s->cap = s->cap * 2 + 64;
        s->name = realloc(s->name, s->cap * sizeof *s->name);
        MOAT_ASSERT(s->name, "no memory");
    }
    buf_addf(&text, "%s.%s", peripheral, reg);
    s->name[s->n++] = (struct name){addr, text.data};
}

/* "CC[%s]" and "CC%s" of element @i. */
static void add_element(struct svd *s, uint32_t addr, const char *peripheral, const char *pattern,
                        uint32_t i)
{
    struct buf reg = {0};
    const char *at = strstr(pattern, "%s");
    if (at)
        buf_addf(&reg, "%.*s%u%s", (int)(at - pattern), pattern, i, at + 2);
    else
        buf_addf(&reg, "%s", pattern);
    add(s, addr, peripheral, reg.data);
    buf_fini(&reg);
}

/* Registers and clusters of registers below @at. */
static void add_registers(struct svd *s, const xmlNode *at, uint32_t base, const char *peripheral,
                          unsigned depth)
{
    for (xmlNode *r = at ? at->children : NULL; r && depth < 8; r = r->next) {
        if (r->type != XML_ELEMENT_NODE)
            continue;
        bool is_register = strcmp((const char *)r->name, "register") == 0;
        if (!is_register && strcmp((const char *)r->name, "cluster") != 0)
            continue;
        uint32_t offset = number_of(r, "addressOffset", 0), dim = number_of(r, "dim", 1);
        uint32_t step = number_of(r, "dimIncrement", 4);
        char *name = text_of(r, "name");
        for (uint32_t i = 0; name && i < dim && s->looked < NAMES_MAX; i++) {
            s->looked++;
            if (is_register)
                add_element(s, base + offset + i * step, peripheral, name, i);
            else
                add_registers(s, r, base + offset + i * step, peripheral, depth + 1);
        }
        xmlFree(name);
    }
}

static xmlNode *peripheral_named(const xmlNode *list, const char *wanted)
{
    for (xmlNode *p = list->children; p; p = p->next) {
        char *name = text_of(p, "name");
        bool same = name && strcmp(name, wanted) == 0;
        xmlFree(name);
        if (same)
            return p;
    }
    return NULL;
}

/* A peripheral may have the registers of another one. */
static void add_peripheral(struct svd *s, const xmlNode *list, const xmlNode *p)
{
    char *name = text_of(p, "name");
    xmlChar *from = xmlGetProp((xmlNode *)p, BAD_CAST "derivedFrom");
    xmlNode *registers = child(p, "registers");
    if (!registers && from)
        registers = child(peripheral_named(list, (const char *)from), "registers");
    if (name)
        add_registers(s, registers, number_of(p, "baseAddress", 0), name, 0);
    xmlFree(from);
    xmlFree(name);
}

static int by_address(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    return x->addr != y->addr ? (x->addr < y->addr ? -1 : 1) : strcmp(x->text, y->text);
}

int svd_open(const char *path, struct svd **out, struct moat_error *err)
{
    if (access(path, R_OK) != 0)
        return moat_fail(err, MOAT_ENOINPUT, "cannot open SVD file '%s'", path);
    xmlDoc *doc =
        xmlReadFile(path, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    xmlNode *list = doc ? child(xmlDocGetRootElement(doc), "peripherals") : NULL;
    if (!list) {
        const xmlError *e = xmlGetLastError();
        int rc = moat_fail(err, MOAT_EINPUT, "%s:%d: not a CMSIS-SVD file: no peripherals", path,
                           !doc && e ? e->line : 1);
        xmlFreeDoc(doc);
        return rc;
    }
    struct svd *s = calloc(1, sizeof *s);
    MOAT_ASSERT(s, "no memory");
    for (xmlNode *p = list->children; p; p = p->next)
        if (p->type == XML_ELEMENT_NODE)
            add_peripheral(s, list, p);
    xmlFreeDoc(doc);
    if (s->n)
        qsort(s->name, s->n, sizeof *s->name, by_address);
    *out = s;
    return 0;
}

void svd_close(struct svd *s)
{
    for (size_t i = 0; s && i < s->n; i++)
        free(s->name[i].text);
    if (s)
        free(s->name);
    free(s);
}

const char *svd_name(const struct svd *s, uint32_t addr)
{
    size_t low = 0, high = s ? s->n : 0;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->name[middle].addr < addr)
            low = middle + 1;
        else
            high = middle;
    }
    return s && low < s->n && s->name[low].addr == addr ? s->name[low].text : NULL;
}
