#include "sim/cli/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "sim/base/assert.h"

#define HANDLE_FIRST 4u
#define MODE_NEW     0666

int files_open(struct files *f, const char *folder, uint64_t limit, const char *args,
               struct moat_error *err)
{
    *f = (struct files){.ready = true, .folder = -1, .left = limit, .args = args};
    for (uint32_t i = 0; i < FILES_OPEN; i++)
        f->fd[i] = -1;
    if (!folder)
        return 0;
    f->folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (f->folder >= 0)
        return 0;
    int rc = moat_fail(err, MOAT_ENOINPUT, "cannot open folder '%s': %s", folder, strerror(errno));
    moat_hint(err, "--files DIR is a folder that is there");
    return rc;
}

void files_close(struct files *f)
{
    for (uint32_t i = 0; f->ready && i < FILES_OPEN; i++)
        if (f->fd[i] >= 0)
            close(f->fd[i]);
    if (f->ready && f->folder >= 0)
        close(f->folder);
    f->ready = false;
}

/* Open @name inside the folder. */
static int open_inside(const struct files *f, const char *name, int flags)
{
    struct open_how how = {.flags = (uint64_t)flags | O_CLOEXEC,
                           .mode = flags & O_CREAT ? MODE_NEW : 0,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    if (f->folder < 0) {
        errno = EACCES;
        return -1;
    }
    return (int)syscall(SYS_openat2, f->folder, name, &how, sizeof how);
}

/* The folder that @name is in, inside ours, and its last part. */
static int parent_of(const struct files *f, const char *name, const char **last)
{
    const char *slash = strrchr(name, '/');
    *last = slash ? slash + 1 : name;
    if (!slash)
        return open_inside(f, ".", O_PATH | O_DIRECTORY);
    char *folder = strndup(name, (size_t)(slash - name));
    MOAT_ASSERT(folder, "no memory");
    int fd = open_inside(f, folder[0] ? folder : "/", O_PATH | O_DIRECTORY);
    free(folder);
    return fd;
}

/* ---- Questions. Each gives a result; -1 with errno. ---- */

static int *descriptor(struct files *f, uint32_t handle)
{
    uint32_t i = handle - HANDLE_FIRST;
    if (i < FILES_OPEN && f->fd[i] >= 0)
        return &f->fd[i];
    errno = EBADF;
    return NULL;
}

/*
 * May it be opened to write? No more new files than FILES_NEW, and none that has another name: that
 * may lie outside the folder.
 */
static bool may_write(struct files *f, const char *name, bool creates)
{
    struct stat st = {0};
    int fd = open_inside(f, name, O_PATH);
    bool is_new = fd < 0,
         may = is_new ? f->created < FILES_NEW : fstat(fd, &st) == 0 && st.st_nlink == 1;
    if (fd >= 0)
        close(fd);
    f->created += is_new && may && creates;
    errno = is_new ? ENOSPC : EACCES;
    return may;
}

/* Modes are those of fopen(): r, rb, r+, r+b, w, ..., a+b. Semihosting 2.0, 5.5. */
static int64_t ask_open(struct files *f, const struct machine_question *q)
{
    static const int flags[] = {O_RDONLY,
                                O_RDWR,
                                O_WRONLY | O_CREAT | O_TRUNC,
                                O_RDWR | O_CREAT | O_TRUNC,
                                O_WRONLY | O_CREAT | O_APPEND,
                                O_RDWR | O_CREAT | O_APPEND};
    uint32_t i = 0;
    while (i < FILES_OPEN && f->fd[i] >= 0)
        i++;
    if (i == FILES_OPEN) {
        errno = EMFILE;
        return -1;
    }
    if (flags[q->n / 2] != O_RDONLY && !may_write(f, q->name, flags[q->n / 2] & O_CREAT))
        return -1;
    int fd = open_inside(f, q->name, flags[q->n / 2] | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) { /* no pipe, no device */
        close(fd);
        fd = -1;
        errno = EACCES;
    }
    f->fd[i] = fd;
    return fd < 0 ? -1 : (int64_t)(HANDLE_FIRST + i);
}

static int64_t ask_close(struct files *f, const struct machine_question *q)
{
    int *fd = descriptor(f, q->handle);
    if (!fd)
        return -1;
    int rc = close(*fd);
    *fd = -1;
    return rc;
}

static int64_t ask_write(struct files *f, const struct machine_question *q)
{
    int *fd = descriptor(f, q->handle);
    struct stat st;
    if (!fd || fstat(*fd, &st) < 0)
        return q->n;
    bool appends = fcntl(*fd, F_GETFL) & O_APPEND;
    off_t at = appends ? st.st_size : lseek(*fd, 0, SEEK_CUR), grows = at + q->n - st.st_size;
    uint64_t cost = grows > (off_t)q->n ? (uint64_t)grows : q->n; /* a gap counts as written */
    if (cost > f->left) {
        errno = ENOSPC;
        return q->n;
    }
    ssize_t done = write(*fd, q->data, q->n);
    f->left -= done > 0 ? cost : 0;
    return (int64_t)q->n - (done > 0 ? done : 0);
}

static int64_t ask_read(struct files *f, struct console *c, const struct machine_question *q,
                        struct buf *data)
{
    uint8_t bytes[ASK_BYTES_MAX];
    ssize_t got = 0;
    if (q->handle == ASK_CONSOLE) { /* a line, or what there is of one */
        while (got < (ssize_t)q->n && console_read(c, &bytes[got]) && bytes[got++] != '\n')
            ;
    } else {
        int *fd = descriptor(f, q->handle);
        got = fd ? read(*fd, bytes, q->n) : -1;
    }
    if (got > 0)
        buf_add(data, bytes, (size_t)got);
    return got;
}

static int64_t ask_seek(struct files *f, const struct machine_question *q)
{
    int *fd = descriptor(f, q->handle);
    return fd && lseek(*fd, (off_t)q->n, SEEK_SET) >= 0 ? 0 : -1;
}

static int64_t ask_flen(struct files *f, const struct machine_question *q)
{
    int *fd = descriptor(f, q->handle);
    struct stat st;
    return fd && fstat(*fd, &st) == 0 && st.st_size <= INT32_MAX ? (int64_t)st.st_size : -1;
}

static int64_t ask_remove(struct files *f, const struct machine_question *q)
{
    const char *last;
    int in = parent_of(f, q->name, &last), rc = -1;
    if (in >= 0) {
        rc = unlinkat(in, last, 0);
        f->created -= rc == 0 && f->created;
        int kept = errno;
        close(in);
        errno = kept;
    }
    return rc;
}

static int64_t ask_rename(struct files *f, const struct machine_question *q)
{
    const char *from, *to;
    int in = parent_of(f, q->name, &from), out = parent_of(f, q->to, &to), rc = -1;
    if (in >= 0 && out >= 0)
        rc = renameat(in, from, out, to);
    int kept = errno;
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    errno = kept;
    return rc;
}

static int64_t answer_of(struct files *f, struct console *c, const struct machine_question *q,
                         struct buf *data)
{
    switch (q->kind) {
    case ASK_OPEN:
        return ask_open(f, q);
    case ASK_CLOSE:
        return ask_close(f, q);
    case ASK_WRITE:
        return ask_write(f, q);
    case ASK_READ:
        return ask_read(f, c, q, data);
    case ASK_SEEK:
        return ask_seek(f, q);
    case ASK_FLEN:
        return ask_flen(f, q);
    case ASK_TMPNAM:
        buf_addf(data, "tmp%03u.tmp", q->n & 0xFFu);
        return 0;
    case ASK_REMOVE:
        return ask_remove(f, q);
    case ASK_RENAME:
        return ask_rename(f, q);
    case ASK_TIME: {
        struct timespec t; /* it is recorded */
        clock_gettime(CLOCK_REALTIME, &t);
        return t.tv_sec;
    }
    case ASK_CMDLINE:
        buf_addf(data, "%s", f->args ? f->args : "");
        return 0;
    case ASK_READC:
        break;
    }
    errno = ENOSYS;
    return -1;
}

bool files_ask(struct files *f, struct console *c, const struct machine_question *q,
               struct buf *answer)
{
    struct buf data = {0};
    uint8_t byte;
    if (q->kind == ASK_READC) {
        if (!console_read(c, &byte))
            return false;
        buf_add(answer, &byte, 1);
        return true;
    }
    errno = 0;
    int32_t head[2] = {(int32_t)answer_of(f, c, q, &data)};
    head[1] = errno;
    buf_add(answer, head, sizeof head);
    buf_add(answer, data.data, data.len < ASK_BYTES_MAX ? data.len : ASK_BYTES_MAX);
    buf_fini(&data);
    return true;
}
