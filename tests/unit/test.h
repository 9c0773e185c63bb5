/*
 * One suite per file: define suite() and link with main.c. Narrow with CK_RUN_SUITE, CK_RUN_CASE;
 * debug with CK_FORK=no.
 */
#ifndef TEST_H
#define TEST_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>

Suite *suite(void);

/** More random cases, for `make check-long`. */
bool test_long(void);

/** The next number of a fixed sequence (xorshift); @state is not 0. */
uint32_t test_random(uint64_t *state);

/** Path of a guest image: build/guest/BOARD/NAME.elf. */
const char *test_guest(const char *board, const char *name);

/** A fresh folder under the build tree; its name lives until the next call. */
const char *test_folder(const char *name);

#define ADD(tc, fn) tcase_add_test(tc, fn)

#endif
