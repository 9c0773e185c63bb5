/*
 * judge_mpu v6|v7|v8 OURS [QEMU]: read the streams of guests/mpu.c and judge every access.
 *
 * Each line of OURS is held against the naive evaluator. Each line that differs from QEMU's must be
 * of a case in departures[]; README.md has the section that decides it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/naive_mpu.h"

#define FREE      6u
#define PAGE      1024u
#define GRANULE   32u
#define SHOWN_MAX 10u

typedef bool (*allows_fn)(const struct naive_mpu *m, uint32_t address, char kind, bool ispriv,
                          bool negative);

static const struct architecture {
    const char *name;
    allows_fn allows;
    bool v6, v8;
} architectures[] = {
    {"v6", naive_mpu6_allows, true, false},
    {"v7", naive_mpu_allows, false, false},
    {"v8", naive_mpu8_allows, false, true},
};

/* ORDER thunks in guests/mpu.c: what each does to memory. */
static const struct access {
    const char *name;
    char kind;      /* 'r', 'w', 'x' */
    uint32_t bytes; /* of one transfer */
    uint32_t transfers;
    int32_t offset; /* of the lowest transfer from R0 */
    int32_t wback;  /* what R0 moves by */
    bool aligned;   /* faults when it is not */
    bool unpriv;    /* LDRT, STRT */
} accesses[] = {
    {"ldr", 'r', 4, 1, 0, 0, false, false},       {"str", 'w', 4, 1, 0, 0, false, false},
    {"ldrh", 'r', 2, 1, 0, 0, false, false},      {"strh", 'w', 2, 1, 0, 0, false, false},
    {"ldrb", 'r', 1, 1, 0, 0, false, false},      {"strb", 'w', 1, 1, 0, 0, false, false},
    {"ldm", 'r', 4, 3, 0, 12, true, false},       {"stm", 'w', 4, 3, 0, 12, true, false},
    {"exec", 'x', 2, 1, 0, 0, false, false},      {"ldrd", 'r', 4, 2, 0, 0, true, false},
    {"strd", 'w', 4, 2, 0, 0, true, false},       {"ldrt", 'r', 4, 1, 0, 0, false, true},
    {"strt", 'w', 4, 1, 0, 0, false, true},       {"ldr!", 'r', 4, 1, 4, 4, false, false},
    {"str post", 'w', 4, 1, 0, -4, false, false}, {"stmdb!", 'w', 4, 2, -8, -8, true, false},
    {"ldrsb", 'r', 1, 1, 0, 0, false, false},     {"ldrex", 'r', 4, 1, 0, 0, true, false},
};
#define KINDS (sizeof accesses / sizeof *accesses)

/* ORDER: fields of an A line. */
enum {
    KIND,
    PRIV,
    ADDR,
    CFSR,
    MMFAR,
    PC,
    R0,
    R1,
    R2,
    R3,
    MEM,
    FIELDS
};

#define IACCVIOL  0x01u
#define DACCVIOL  0x82u /* and MMARVALID */
#define UNALIGNED 0x1000000u

struct state {
    const struct architecture *arch;
    struct naive_mpu m;
    uint64_t judged, refused, differ, departures[4], wrong;
};

static bool allowed(const struct state *s, uint32_t addr, const struct access *a, bool priv)
{
    return s->arch->allows(&s->m, addr, a->kind, priv && !a->unpriv, false);
}

/* The first refused byte of the whole access; false when there is none. */
static bool first_refused(const struct state *s, const struct access *a, uint32_t base, bool priv,
                          uint32_t *at)
{
    for (uint32_t i = 0; i < a->bytes * a->transfers; i++) {
        *at = base + i;
        if (!allowed(s, *at, a, priv))
            return true;
    }
    return false;
}

/* What must have come of it: CFSR and MMFAR. On ARMv6-M any fault shows as CFSR 1. */
static void expect(const struct state *s, const uint32_t *f, uint32_t *cfsr, uint32_t *mmfar)
{
    const struct access *a = &accesses[f[KIND]];
    uint32_t base = f[ADDR] + (uint32_t)a->offset, at;
    bool must_align = a->aligned || s->arch->v6;
    *cfsr = *mmfar = 0;
    if (must_align && base % a->bytes) {
        *cfsr = s->arch->v6 ? 1 : UNALIGNED;
    } else if (first_refused(s, a, base, f[PRIV], &at)) {
        *cfsr = s->arch->v6 ? 1 : a->kind == 'x' ? IACCVIOL : DACCVIOL;
        *mmfar = !s->arch->v6 && a->kind != 'x' ? at : 0;
        if (a->bytes > 1 && base % a->bytes == 0 && *mmfar)
            *mmfar &= ~(a->bytes - 1);
    }
}

/* Registers: R0 moves only when nothing was refused. */
static bool registers_right(const uint32_t *f)
{
    const struct access *a = &accesses[f[KIND]];
    uint32_t start = f[ADDR] | (a->kind == 'x');
    return f[R0] == start + (f[CFSR] ? 0 : (uint32_t)a->wback);
}

/* ---- Where QEMU departs; each with its row in README.md. ---- */

static bool is_unaligned(const struct access *a, const uint32_t *f)
{
    return (f[ADDR] + (uint32_t)a->offset) % a->bytes != 0;
}

/* QEMU checks the first byte of what lies inside one page. */
static bool unaligned_over_an_edge(const struct state *s, const uint32_t *f)
{
    (void)s;
    const struct access *a = &accesses[f[KIND]];
    uint32_t first = f[ADDR] + (uint32_t)a->offset, last = first + a->bytes - 1;
    return is_unaligned(a, f) && first / GRANULE != last / GRANULE;
}

/* QEMU keeps the verdict of a lower region for a page with small disabled subregions. */
static bool small_subregions(const struct state *s, const uint32_t *f)
{
    const struct access *a = &accesses[f[KIND]];
    uint32_t first = f[ADDR] + (uint32_t)a->offset, last = first + a->bytes * a->transfers - 1;
    if (s->arch->v8)
        return false;
    for (unsigned r = 0; r < 8; r++) {
        uint32_t log2 = (s->m.rasr[r] >> 1 & 31u) + 1;
        if (!(s->m.rasr[r] & 1u) || !(s->m.rasr[r] >> 8 & 0xFFu) || log2 < 8 || log2 >= 13)
            continue;
        uint32_t base = s->m.rbar[r] & ~((1u << log2) - 1), end = base + (1u << log2) - 1;
        if (last / PAGE >= base / PAGE && first / PAGE <= end / PAGE)
            return true;
    }
    return false;
}

/* All the same but for which byte MMFAR holds, or what is in memory and registers of an unaligned
 * access that both refuse. */
static bool another_byte(const struct state *s, const uint32_t *f)
{
    (void)s;
    return is_unaligned(&accesses[f[KIND]], f);
}

static const struct {
    const char *name;
    bool (*is)(const struct state *s, const uint32_t *f);
} departures[] = {
    {"an unaligned access over an edge inside a page", unaligned_over_an_edge},
    {"a disabled subregion smaller than a page", small_subregions},
    {"MMFAR of an unaligned access", another_byte},
};
#define DEPARTURES (sizeof departures / sizeof *departures)

/* ---- Reading. ---- */

static uint32_t parse(const char *line, uint32_t *out, uint32_t n)
{
    uint32_t got = 0;
    char *end;
    for (const char *at = line + 1; got < n; at = end) {
        uint32_t v = (uint32_t)strtoul(at, &end, 16);
        if (end == at)
            break;
        out[got++] = v;
    }
    return got;
}

static void new_round(struct state *s, const char *line)
{
    uint32_t v[1 + 2 * FREE];
    if (parse(line, v, 1 + 2 * FREE) != 1 + 2 * FREE)
        return;
    /* The accesses lie in the arena, where the guest's own regions are not. */
    s->m = (struct naive_mpu){.type = 8u << 8, .ctrl = v[0]};
    for (unsigned r = 0; r < FREE; r++) {
        s->m.rbar[r] = v[1 + 2 * r];
        s->m.rasr[r] = v[2 + 2 * r];
    }
}

static void judge_ours(struct state *s, const char *line, const uint32_t *f)
{
    uint32_t cfsr, mmfar;
    expect(s, f, &cfsr, &mmfar);
    s->judged++;
    s->refused += cfsr != 0;
    if (f[CFSR] == cfsr && (f[MMFAR] == mmfar) && registers_right(f))
        return;
    if (s->wrong++ < SHOWN_MAX)
        printf("# %s: the manual says CFSR %x MMFAR %x: %s", accesses[f[KIND]].name, cfsr, mmfar,
               line);
}

static void judge_difference(struct state *s, const char *ours, const char *qemu, const uint32_t *f)
{
    s->differ++;
    for (unsigned d = 0; d < DEPARTURES; d++)
        if (departures[d].is(s, f)) {
            s->departures[d]++;
            return;
        }
    if (s->wrong++ < SHOWN_MAX)
        printf("# %s differs:\n#   ours %s#   qemu %s", accesses[f[KIND]].name, ours, qemu);
}

static void judge(struct state *s, FILE *ours, FILE *qemu)
{
    char a[512], b[512];
    while (fgets(a, sizeof a, ours)) {
        uint32_t f[FIELDS];
        if (qemu && !fgets(b, sizeof b, qemu)) {
            printf("# QEMU's stream ends early\n");
            s->wrong++;
            return;
        }
        if (a[0] == 'C')
            new_round(s, a);
        if (a[0] != 'A') {
            if (qemu && strcmp(a, b) != 0 && s->wrong++ < SHOWN_MAX)
                printf("#   ours %s#   qemu %s", a, b);
            continue;
        }
        if (parse(a, f, FIELDS) != FIELDS || f[KIND] >= KINDS) {
            printf("# not understood: %s", a);
            s->wrong++;
            return;
        }
        judge_ours(s, a, f);
        if (qemu && strcmp(a, b) != 0)
            judge_difference(s, a, b, f);
    }
}

int main(int argc, char **argv)
{
    struct state s = {0};
    for (unsigned i = 0; argc >= 3 && i < sizeof architectures / sizeof *architectures; i++)
        if (strcmp(argv[1], architectures[i].name) == 0)
            s.arch = &architectures[i];
    FILE *ours = s.arch ? fopen(argv[2], "r") : NULL;
    FILE *qemu = s.arch && argc > 3 ? fopen(argv[3], "r") : NULL;
    if (!ours || (argc > 3 && !qemu)) {
        fprintf(stderr, "usage: judge_mpu v6|v7|v8 OURS [QEMU]\n");
        return 64;
    }
    judge(&s, ours, qemu);
    printf("# %" PRIu64 " accesses, %" PRIu64 " refused, %" PRIu64 " differ from QEMU", s.judged,
           s.refused, s.differ);
    for (unsigned d = 0; d < DEPARTURES; d++)
        printf("; %s: %" PRIu64, departures[d].name, s.departures[d]);
    printf("\n");
    fclose(ours);
    if (qemu)
        fclose(qemu);
    /* A stream that is short or never refused would prove nothing. */
    return s.wrong || s.judged < 1000 || s.refused < s.judged / 20 ? 1 : 0;
}
