/*
 * A growable byte buffer; also our string builder (always kept NUL-terminated).
 *
 *     struct buf b = {0};
 *     buf_addf(&b, "region %d", 3);
 *     puts(b.data);
 *     buf_fini(&b);
 */
#ifndef MOAT_BUF_H
#define MOAT_BUF_H

#include <stddef.h>

#include "sim/base/error.h"

/** Zero-initialise. @data is NULL until something is added; owned by the buffer. */
struct buf {
    char *data;
    size_t len; /* bytes in use, without the NUL */
    size_t cap;
};

/** Make room for @n more bytes behind those in use, for who stores there and adds to len. */
void buf_room(struct buf *b, size_t n);

/** Append @n bytes. Out of memory is an assertion: the host cannot go on. */
void buf_add(struct buf *b, const void *bytes, size_t n);

/** Append formatted text. */
void buf_addf(struct buf *b, const char *fmt, ...) MOAT_PRINTF(2, 3);

/** Append formatted text, arguments already collected. */
void buf_vaddf(struct buf *b, const char *fmt, va_list args);

/** The text, "" when nothing was added. Valid until the next change. */
const char *buf_text(const struct buf *b);

/** Forget the contents, keep the storage. */
void buf_clear(struct buf *b);

/** Release the storage; the buffer may be used again. */
void buf_fini(struct buf *b);

#endif
