/*
 * "Did you mean": the distance between two words.
 */
#ifndef MOAT_NEAREST_H
#define MOAT_NEAREST_H

#include <stdbool.h>

/** Edits (insert, delete, replace, swap of neighbours) from @a to @b; words over 63 bytes: 99. */
unsigned nearest_distance(const char *a, const char *b);

/** Is @b near enough to @a to be suggested for it? */
bool nearest_is_near(const char *a, const char *b);

#endif
