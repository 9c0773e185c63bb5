/*
 * Calls that nobody may make, forced into every host file by the Makefile (-include).
 *
 * The first group overruns buffers or hides state; the second would let the host's clock or chance
 * into a simulation that must be the same on every run.
 */
#ifndef MOAT_BANNED_H
#define MOAT_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok gets
#pragma GCC poison gmtime localtime rand srand random time

#endif
