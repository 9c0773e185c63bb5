#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/unit/test.h"

bool test_long(void)
{
    return getenv("MOAT_LONG") != NULL;
}

uint32_t test_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)(*state >> 16);
}

const char *test_guest(const char *board, const char *name)
{
    static char path[256];
    const char *root = getenv("GUEST");
    snprintf(path, sizeof path, "%s/%s/%s.elf", root ? root : "build/guest", board, name);
    return path;
}

const char *test_folder(const char *name)
{
    static char path[256];
    const char *root = getenv("BUILD");
    snprintf(path, sizeof path, "%s/tests/%s.%s.tmp", root ? root : "build/release",
             program_invocation_short_name, name); /* several programs run at a time */
    mkdir(path, 0777);
    return path;
}

int main(void)
{
    SRunner *r = srunner_create(suite());
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    printf("unit: %d passed, %d failed\n", srunner_ntests_run(r) - failed, failed);
    srunner_free(r);
    return failed ? 1 : 0;
}
