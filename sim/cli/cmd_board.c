#include <stdio.h>
#include <string.h>

#include "sim/cli/cli.h"
#include "sim/machine/machine.h"

static int list(void)
{
    struct moat_error err;
    for (const struct cli_board *b = cli_boards; b->name; b++) {
        struct board board;
        int rc = cli_load_board(b->name, &board, &err);
        if (rc < 0)
            return cli_fail(rc, &err);
        printf("%-15s %s\n", board.name, board.summary);
    }
    return EXIT_FINE;
}

static int show(const char *name, bool print)
{
    struct moat_error err;
    struct board board;
    struct buf text = {0};
    int rc = cli_load_board(name, &board, &err);
    if (rc < 0)
        return cli_fail(rc, &err);
    board_print(&board, machine_parts(), &text);
    if (print)
        fputs(buf_text(&text), stdout);
    buf_fini(&text);
    return EXIT_FINE;
}

int cmd_board(const struct cli *cli)
{
    const char *verb = cli->arg_count ? cli->args[0] : "list";
    int operands = cli->arg_count ? cli->arg_count - 1 : 0;
    if (strcmp(verb, "list") == 0 && operands == 0)
        return list();
    if (strcmp(verb, "show") == 0 && operands == 1)
        return show(cli->args[1], true);
    if (strcmp(verb, "check") == 0 && operands == 1)
        return show(cli->args[1], false);
    return cli_usage(cli, "expected list, show NAME or check FILE");
}
