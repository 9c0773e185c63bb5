/*
 * What the files of the board loader share.
 */
#ifndef MOAT_BOARD_PRIVATE_H
#define MOAT_BOARD_PRIVATE_H

#include "loaders/board.h"
#include "loaders/json.h"

#define BOARD_FORMAT 1u /* version of the file format */

extern const struct field board_wire_keys[], board_led_keys[], board_button_keys[];

/** The index of device @name, or -1 with a note at member @key of @at. */
int board_device_index(const struct board *b, const struct json_at *at, const char *key,
                       const char *name);

/** Wires, LEDs and buttons, once the devices are known. */
void board_parse_wiring(struct board *b, const struct json_at *root);

/** And back, as members of @root. */
void board_print_wiring(const struct board *b, struct cJSON *root);

#endif
