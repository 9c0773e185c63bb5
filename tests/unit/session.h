/*
 * A guest run on a board and recorded, as `moat run` does it.
 */
#ifndef SESSION_H
#define SESSION_H

#include "cpu/cpu.h"
#include "loaders/board.h"

/** A board file of configs/boards, parsed. */
void test_board(const char *file, struct board *out);

/**
 * Record build/guest/BOARD/@guest.elf on the board of @board_file until it ends.
 *
 * @d  how to disturb the run, or NULL
 *
 * Returns the recording's folder; its name lives until the next call.
 */
const char *session_record(const char *board_file, const char *guest,
                           const struct cpu_disturbance *d);

/** The same while @text is typed, two bytes each tenth of a second. */
const char *session_record_input(const char *board_file, const char *guest, const char *text);

#endif
