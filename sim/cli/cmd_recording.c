#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/when.h"
#include "sim/cli/cli.h"
#include "sim/record/history.h"
#include "sim/record/trim.h"

static int info(const struct cli *cli, struct recording *rec, struct moat_error *err)
{
    const struct recording_info *i = &rec->info;
    struct history h;
    uint64_t inputs = 0;
    (void)cli;
    int rc = history_read(&h, rec, err);
    if (rc < 0)
        return rc;
    for (size_t n = 0; n < h.outside_n; n++)
        inputs += !h.outside[n].poke;
    uint32_t hz = rec->board.clock_hz;
    printf("firmware   %s%s%s\n", i->firmware, i->build_id[0] ? ", build-id " : "", i->build_id);
    printf("board      %s, %s, %" PRIu32 " Hz\n", rec->board.name, rec->board.core, hz);
    printf("made by    moat %s, Unicorn %s\n", i->moat, i->engine);
    printf("run        t=%" PRIu64 " to t=%" PRIu64 " (%.6f s to %.6f s)%s\n", h.first_cycle,
           h.last_cycle, (double)h.first_cycle / hz, (double)h.last_cycle / hz,
           rec->checkpoint.len ? ", from a checkpoint" : "");
    printf("events     e%" PRIu64 " to e%" PRIu64 ", of them %" PRIu64 " input\n", h.first, h.last,
           inputs);
    printf("end        %s\n",
           h.ended         ? machine_stop_text((enum machine_stop_kind)h.stop.reason)
           : rec->complete ? "?"
                           : "the recording was cut off: what there is can be read and replayed");
    printf("digests    every %" PRIu64 " cycles, and after each fault\n", i->digest_every);
    if (i->limit)
        printf("limit      %" PRIu64 " bytes of events\n", i->limit);
    for (uint32_t n = 0; n < i->change_count; n++)
        printf("changed    %s\n", i->changes[n]);
    printf("size       %" PRIu64 " bytes\n", store_bytes(rec->store));
    history_fini(&h);
    return 0;
}

/* All of it was read: every checksum is right. */
static int check(const struct cli *cli, struct recording *rec, struct moat_error *err)
{
    struct history h;
    (void)cli;
    int rc = history_read(&h, rec, err);
    if (rc == 0)
        rc = recording_check(rec, err);
    if (rc == 0)
        printf("whole: %" PRIu64 " events%s\n", h.last + 1 - h.first,
               rec->complete ? "" : ", and then the run was cut off");
    history_fini(&h);
    return rc;
}

static int trim(const struct cli *cli, struct recording *rec, struct moat_error *err)
{
    const char *names[2] = {cli_value(cli, "from"), cli_value(cli, "to")};
    uint64_t at[2] = {0, MACHINE_FOREVER};
    for (int i = 0; i < 2; i++) {
        struct when when;
        int rc = names[i] ? when_parse(names[i], rec->board.clock_hz, &when, err) : 0;
        if (rc == 0 && names[i] && when.kind != WHEN_CYCLE)
            rc = moat_fail(err, MOAT_EUSAGE,
                           "--from and --to take cycles (12345) or a time (1.5ms)");
        if (rc < 0)
            return rc;
        if (names[i])
            at[i] = when.n;
    }
    return recording_trim(rec, at[0], at[1], cli_value(cli, "output"), err);
}

static int pack(const struct cli *cli, struct recording *rec, struct moat_error *err)
{
    const char *to = cli_value(cli, "output");
    if (store_is_file_name(to))
        return store_pack(rec->path, to, err);
    return store_unpack(rec->path, to, err);
}

static const struct {
    const char *name;
    bool output;
    int (*run)(const struct cli *cli, struct recording *rec, struct moat_error *err);
} verbs[] = {
    {"info", false, info},
    {"check", false, check},
    {"trim", true, trim},
    {"copy", true, pack},
};
#define VERBS (sizeof verbs / sizeof *verbs)

int cmd_recording(const struct cli *cli)
{
    struct moat_error err = {0};
    struct recording rec;
    size_t v = 0;
    while (cli->arg_count && v < VERBS && strcmp(verbs[v].name, cli->args[0]) != 0)
        v++;
    if (v == VERBS || cli->arg_count > 2)
        return cli_usage(cli, "expected info, check, trim or copy, and perhaps a recording");
    if (verbs[v].output && !cli_value(cli, "output"))
        return cli_usage(cli, "%s needs --output", verbs[v].name);
    if (!verbs[v].output && cli_value(cli, "output"))
        return cli_usage(cli, "%s writes nothing: no --output", verbs[v].name);
    if (verbs[v].run != trim && (cli_value(cli, "from") || cli_value(cli, "to")))
        return cli_usage(cli, "--from and --to are of trim");
    int rc = recording_open(cli->arg_count > 1 ? cli->args[1] : RECORDING_DEFAULT, machine_parts(),
                            &rec, &err);
    if (rc == 0 && verbs[v].output && cli_same_place(cli_value(cli, "output"), rec.path)) {
        rc = moat_fail(&err, MOAT_EUSAGE, "--output is the recording itself");
        recording_close(&rec);
    }
    if (rc == 0) {
        rc = verbs[v].run(cli, &rec, &err);
        recording_close(&rec);
    }
    return rc < 0 ? cli_fail(rc, &err) : EXIT_FINE;
}
