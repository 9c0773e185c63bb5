#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/cli.h"
#include "sim/cli/registers.h"
#include "sim/explain/explain.h"
#include "sim/machine/machine.h"
#include "sim/record/recording.h"
#include "sim/trace/print.h"
#include "sim/trace/table.h"

struct view {
    struct recording rec;
    struct keep keep;
    struct explain_state state;
    struct trace_symbols symbols;
    struct registers registers;
};

static int open_view(const char *path, const char *svd, struct view *v, struct moat_error *err)
{
    *v = (struct view){0};
    int rc = recording_open(path, machine_parts(), &v->rec, err);
    if (rc == 0)
        rc = keep_read(v->rec.image, &v->keep, err);
    if (rc == 0)
        rc = registers_open(&v->registers, &v->rec.board, svd, err);
    v->state.image = v->rec.image;
    v->state.keep = &v->keep;
    v->state.registers = &v->registers;
    v->state.register_at = registers_tell;
    v->symbols = (struct trace_symbols){.ctx = v->rec.image,
                                        .name = explain_symbol,
                                        .registers = &v->registers,
                                        .register_name = registers_name};
    return rc;
}

static void close_view(struct view *v)
{
    registers_close(&v->registers);
    keep_fini(&v->keep);
    recording_close(&v->rec);
}

static const char *task_of(const struct view *v)
{
    return v->state.task[0] ? v->state.task : "-";
}

/* recording_next(), and what is known of the machine follows. */
static int next_event(struct view *v, struct trace_event *e, struct moat_error *err)
{
    int rc = recording_next(&v->rec, e, NULL, err);
    if (rc > 0)
        explain_feed(&v->state, e);
    return rc;
}

/* What a damaged or cut-off trace still holds was printed; say where it ends. */
static int end_of_trace(const struct view *v, int rc, const struct moat_error *err)
{
    if (rc < 0)
        return cli_fail(rc, err);
    if (!v->rec.complete)
        fputs("moat: the recording is incomplete: the run was cut off after its last event\n",
              stderr);
    return EXIT_FINE;
}

enum verb {
    VERB_LIST,
    VERB_FAULTS,
    VERB_TRANSITIONS,
    VERB_DIGESTS,
    VERB_STAT,
    VERB_COUNT
};
static const char *const verbs[VERB_COUNT] = {"list", "faults", "transitions", "digests", "stat"};

static bool wanted(enum verb verb, const struct trace_event *e)
{
    enum trace_class cls = trace_kinds[e->kind].cls;
    return verb == VERB_FAULTS        ? cls == TRACE_CLASS_FAULT
           : verb == VERB_TRANSITIONS ? cls == TRACE_CLASS_TRANSITION
           : verb == VERB_DIGESTS     ? cls == TRACE_CLASS_STATE
                                      : cls != TRACE_CLASS_STATE;
}

static int list(struct view *v, enum verb verb, const char *task, bool json)
{
    struct trace_event e;
    struct moat_error err;
    struct buf out = {0};
    int rc;
    while ((rc = next_event(v, &e, &err)) > 0) {
        if (!wanted(verb, &e) || (task && strcmp(task, task_of(v)) != 0))
            continue;
        buf_clear(&out);
        (json ? trace_print_json : trace_print_text)(&e, task_of(v), &v->symbols, &out);
        fwrite(out.data, 1, out.len, stdout);
    }
    buf_fini(&out);
    return end_of_trace(v, rc, &err);
}

static int stat(struct view *v, const char *task, bool json)
{
    uint64_t counts[TRACE_KIND_COUNT] = {0}, total = 0, cycles = 0;
    struct trace_event e;
    struct moat_error err;
    int rc;
    while ((rc = next_event(v, &e, &err)) > 0) {
        if (task && strcmp(task, task_of(v)) != 0)
            continue;
        counts[e.kind]++;
        total++;
        cycles = e.cycle;
    }
    for (int k = 0; k < TRACE_KIND_COUNT; k++) {
        if (json)
            printf("{\"kind\":\"%s\",\"count\":%" PRIu64 "}\n", trace_kinds[k].name, counts[k]);
        else if (counts[k])
            printf("%10" PRIu64 "  %-10s %s\n", counts[k], trace_kinds[k].name,
                   trace_kinds[k].summary);
    }
    if (!json)
        printf("%10" PRIu64 "  events in %" PRIu64 " cycles, %.6f s\n", total, cycles,
               (double)cycles / (double)ctf_clock_hz(v->rec.trace));
    return end_of_trace(v, rc, &err);
}

int cmd_trace(const struct cli *cli)
{
    if (cli->arg_count && query_named(cli->args[0]))
        return query_run(cli);
    if (cli_value(cli, "before"))
        return cli_usage(cli, "--before is of a question");
    enum verb verb = VERB_LIST;
    int used = 0;
    for (int i = 0; cli->arg_count && i < VERB_COUNT; i++)
        if (strcmp(cli->args[0], verbs[i]) == 0) {
            verb = (enum verb)i;
            used = 1;
        }
    if (cli->arg_count - used > 1)
        return cli_usage(
            cli,
            "expected list, faults, transitions, digests, stat or a question, and a recording");
    struct view v;
    struct moat_error err;
    bool json = cli_value(cli, "json") != NULL;
    int rc = open_view(cli->arg_count > used ? cli->args[used] : RECORDING_DEFAULT,
                       cli_value(cli, "svd"), &v, &err);
    if (rc < 0)
        rc = cli_fail(rc, &err);
    else
        rc = verb == VERB_STAT ? stat(&v, cli_value(cli, "task"), json)
                               : list(&v, verb, cli_value(cli, "task"), json);
    close_view(&v);
    return rc;
}

/* ---- moat explain ---- */

static int explain_all(struct view *v, uint64_t only)
{
    struct trace_event e;
    struct moat_error err;
    struct buf out = {0};
    uint64_t found = 0;
    int rc;
    while ((rc = next_event(v, &e, &err)) > 0) {
        if (e.kind != TRACE_fault || (only && e.number != only))
            continue;
        buf_clear(&out);
        explain_fault(&v->state, &e, &out);
        printf("%s%s", found++ ? "\n" : "", buf_text(&out));
    }
    buf_fini(&out);
    rc = end_of_trace(v, rc, &err);
    if (rc == EXIT_FINE && only && !found) {
        moat_fail(&err, MOAT_EINPUT, "event e%" PRIu64 " is not a fault", only);
        moat_hint(&err, "moat trace faults");
        return cli_fail(-MOAT_EINPUT, &err);
    }
    if (rc == EXIT_FINE && !found)
        puts("no fault in this recording");
    return rc == EXIT_FINE && found ? EXIT_BAD_ANSWER : rc;
}

/* "42" or "e42". */
static bool parse_event(const char *text, uint64_t *out)
{
    char *end;
    text += text[0] == 'e';
    errno = 0;
    *out = strtoull(text, &end, 10);
    return isdigit((unsigned char)text[0]) && *end == '\0' && *out && errno == 0;
}

int cmd_explain(const struct cli *cli)
{
    const char *event = cli_value(cli, "event");
    uint64_t only = 0;
    if (cli->arg_count > 1)
        return cli_usage(cli, "expected one recording");
    if (event && !parse_event(event, &only))
        return cli_usage(cli, "'%s' is not an event number", event);
    struct view v;
    struct moat_error err;
    int rc = open_view(cli->arg_count ? cli->args[0] : RECORDING_DEFAULT, cli_value(cli, "svd"), &v,
                       &err);
    rc = rc < 0 ? cli_fail(rc, &err) : explain_all(&v, only);
    close_view(&v);
    return rc;
}
