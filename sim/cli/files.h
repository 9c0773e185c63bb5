/*
 * What the guest's debugger has on the host: files of one folder, the time, a command line.
 *
 * No name leads out of the folder: not by "..", an absolute name or a link (openat2(2),
 * RESOLVE_BENEATH). Without a folder every file is refused.
 */
#ifndef MOAT_FILES_H
#define MOAT_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/buf.h"
#include "sim/cli/console.h"
#include "sim/machine/machine.h"

#define FILES_LIMIT (64u << 20)
#define FILES_NEW   1024u /* files that a guest may have made, and not removed, at a time */
#define FILES_OPEN  32u

struct files {
    bool ready;
    int folder; /* -1: none */
    int fd[FILES_OPEN];
    uint64_t left;    /* bytes that may still be written */
    uint32_t created; /* files that the guest has made, less those that it has removed */
    const char *args; /* the command line, NULL: none */
};

/** @folder may be NULL. -MOAT_ENOINPUT: it cannot be opened. @args is the caller's. */
MOAT_CHECKED int files_open(struct files *f, const char *folder, uint64_t limit, const char *args,
                            struct moat_error *err);
void files_close(struct files *f);

/** As struct machine_host's ask(); the console's bytes come from @c. */
bool files_ask(struct files *f, struct console *c, const struct machine_question *q,
               struct buf *answer);

#endif
