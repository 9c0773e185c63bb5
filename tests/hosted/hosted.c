/*
 * A program for a C library over semihosting: console, files, clock, memory's end, exit status.
 * What it prints is the same with every library, core and machine.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void files(void)
{
    char line[64] = "";
    FILE *f = fopen("out.txt", "w");
    printf("open for writing: %d\n", f != NULL);
    if (!f)
        return;
    for (int i = 0; i < 200; i++)
        fprintf(f, "line %d of 200\n", i);
    printf("close: %d\n", fclose(f));
    f = fopen("out.txt", "r");
    printf("seek: %d\n", fseek(f, 15 * 10 - 10, SEEK_SET));
    printf("read: %d\n", fgets(line, sizeof line, f) != NULL);
    printf("it says: %s", line);
    fseek(f, 0, SEEK_END);
    printf("length: %ld\n", ftell(f));
    fclose(f);
    f = fopen("nosuch.txt", "r");
    printf("a file that is not there: %d\n", f == NULL);
    printf("remove: %d\n", remove("out.txt"));
    f = fopen("out.txt", "r");
    printf("it is gone: %d\n", f == NULL);
}

/* Blocks of twice the size each until there are no more; then they are given back. */
static void memory(void)
{
    void *blocks[32];
    int n = 0;
    while (n < 32 && (blocks[n] = malloc(1024u << n)) != NULL)
        n++;
    printf("memory ends: %d\n", n > 4 && n < 32);
    while (n--)
        free(blocks[n]);
    void *again = malloc(4096);
    printf("and comes back: %d\n", again != NULL);
    free(again);
}

int main(int argc, char **argv)
{
    (void)argv;
    clock_t begun = clock();
    printf("hello, %s %d %c %x\n", "world", 42, 'z', 0xBEEF);
    puts("stdout by puts");
    fprintf(stderr, "stderr too\n");
    files();
    memory();
    printf("clock goes on: %d\n", clock() >= begun);
    printf("time is after 2020: %d\n", time(NULL) > 1577836800);
    printf("arguments: %d\n", argc > 0);
    fflush(stdout);
    exit(7);
}
