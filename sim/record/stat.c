#include "sim/record/stat.h"

#include <inttypes.h>

#include "sim/trace/names.h"

static struct stat_share *thread_share(struct stat *s)
{
    for (uint32_t i = 0; i < s->thread_count; i++)
        if (s->threads[i].addr == s->thread)
            return &s->threads[i].share;
    if (s->thread_count == STAT_THREADS_MAX)
        return &s->threads[STAT_THREADS_MAX - 1].share;
    s->threads[s->thread_count].addr = s->thread;
    return &s->threads[s->thread_count++].share;
}

static struct stat_share *running(struct stat *s)
{
    return s->depth ? &s->exceptions[s->stack[s->depth - 1]] : thread_share(s);
}

static void count_until(struct stat *s, uint64_t cycle)
{
    running(s)->cycles += cycle - s->since;
    s->since = cycle;
}

static void look_at_thread(struct stat *s, const struct cpu *c)
{
    uint32_t now = 0;
    if (s->depth || !s->keep || !s->keep->current || !cpu_peek(c, s->keep->current, &now, 4))
        return;
    if (now != s->thread) {
        s->thread = now;
        thread_share(s)->times++;
    }
}

void stat_event(struct stat *s, const struct cpu *c, const struct cpu_event *e)
{
    switch (e->kind) {
    case CPU_EVENT_ENTER:
        count_until(s, e->cycle);
        if (s->depth < STAT_DEPTH_MAX)
            s->stack[s->depth++] = e->exception % EXC_MAX;
        running(s)->times++;
        break;
    case CPU_EVENT_RETURN:
        count_until(s, e->cycle);
        s->depth -= s->depth > 0;
        look_at_thread(s, c);
        break;
    case CPU_EVENT_RESET:
        s->depth = 0;
        s->since = e->cycle;
        break;
    case CPU_EVENT_CONTROL:
    case CPU_EVENT_FAULT:
    case CPU_EVENT_ITM:
        break;
    }
}

static void add_row(struct buf *out, const char *kind, const char *name,
                    const struct stat_share *share, uint64_t total)
{
    buf_addf(out, "  %-9s %-16s %12" PRIu64 " cycles %5.1f %%  %8" PRIu64 " times\n", kind, name,
             share->cycles, total ? 100.0 * (double)share->cycles / (double)total : 0.0,
             share->times);
}

void stat_print(struct stat *s, const struct cpu *c, struct buf *out)
{
    uint64_t now = *cpu_now(c), insns = cpu_insns(c);
    char name[32];
    count_until(s, now);
    buf_addf(out, "%" PRIu64 " cycles, %" PRIu64 " instructions, %.3f cycles an instruction\n", now,
             insns, insns ? (double)now / (double)insns : 0.0);
    for (uint32_t i = 0; i < s->thread_count; i++) {
        const struct keep_abi_thread *t =
            s->keep ? keep_thread_at(s->keep, s->threads[i].addr) : NULL;
        add_row(out, "thread", t ? t->name : "-", &s->threads[i].share, now);
    }
    for (uint32_t exc = 0; exc < EXC_MAX; exc++)
        if (s->exceptions[exc].times)
            add_row(out, "exception", trace_exception_name(exc, name, sizeof name),
                    &s->exceptions[exc], now);
}
