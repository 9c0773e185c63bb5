#include "sim/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536u

/* @size: how much there probably is. */
static int read_all(int fd, size_t size, struct buf *out)
{
    for (size_t room = size + 1;; room = CHUNK) {
        buf_room(out, room);
        ssize_t n = read(fd, out->data + out->len, room);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return (int)n;
        out->len += (size_t)n;
        out->data[out->len] = '\0';
    }
}

int file_read(const char *path, const char *what, struct buf *out, struct moat_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return moat_fail(err, MOAT_ENOINPUT, "cannot open %s '%s': %s", what, path,
                         strerror(errno));
    struct stat st = {0};
    int rc = 0;
    if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        rc = moat_fail(err, MOAT_ENOINPUT, "cannot read %s '%s': not a regular file", what, path);
    else if (read_all(fd, S_ISREG(st.st_mode) ? (size_t)st.st_size : 0, out) < 0)
        rc = moat_fail(err, MOAT_ENOINPUT, "cannot read %s '%s': %s", what, path, strerror(errno));
    close(fd);
    return rc;
}

static int write_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, bytes, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        bytes += done;
        n -= (size_t)done;
    }
    return 0;
}

int file_write(const char *path, const void *bytes, size_t n, bool durable, struct moat_error *err)
{
    struct buf part = {0};
    buf_addf(&part, "%s.part", path);
    int rc = 0;
    int fd = open(part.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        rc = moat_fail(err, MOAT_ECREATE, "cannot create '%s': %s", path, strerror(errno));
        goto out_buf;
    }
    int bad = write_all(fd, bytes, n) < 0 || (durable && fsync(fd) < 0);
    int why = errno;
    bad |= close(fd) < 0;
    if (!bad && rename(part.data, path) < 0) {
        bad = 1;
        why = errno;
    }
    if (bad) {
        unlink(part.data);
        rc = moat_fail(err, MOAT_EIO, "cannot write '%s': %s", path, strerror(why));
    }
out_buf:
    buf_fini(&part);
    return rc;
}

int file_make_folder(const char *path, struct moat_error *err)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return 0;
    return moat_fail(err, MOAT_ECREATE, "cannot create '%s': %s", path, strerror(errno));
}

void file_join(struct buf *out, const char *dir, const char *name)
{
    buf_clear(out);
    buf_addf(out, "%s/%s", dir, name);
}

const char *file_basename(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
