/*
 * SHA-256, for the kernel and for the tool that makes what it loads.
 *
 * Source: FIPS 180-4, 4.1.2, 4.2.2, 5.1.1, 5.3.3, 6.2.
 */
#ifndef KEEP_ABI_SHA256_H
#define KEEP_ABI_SHA256_H

#include <stdint.h>

/** The digest of @count bytes, 32 bytes to @digest. */
void keep_sha256(const uint8_t *bytes, uint32_t count, uint8_t digest[32]);

#endif
