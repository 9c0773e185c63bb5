/*
 * The board as a picture: LEDs with their brightness, buttons, the console, the privilege lamp,
 * time. The same code draws into a file and into a window.
 *
 *     panel_new(&board, &panel, &err);
 *     panel_signal(panel, "gpio", 13, true, now);      as the machine tells
 *     panel_output(panel, bytes, n);
 *     panel_save(panel, &status, "shot.png", &err);
 */
#ifndef MOAT_PANEL_H
#define MOAT_PANEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loaders/board.h"
#include "sim/base/error.h"

struct panel;

/** What is drawn beside LEDs and console. */
struct panel_status {
    uint64_t now; /* cycle */
    bool privileged, handler, asleep;
    double speed; /* of the guest against real time; 0: not shown */
};

/** @b outlives it. -MOAT_EDISPLAY: no font. */
MOAT_CHECKED int panel_new(const struct board *b, struct panel **out, struct moat_error *err);
void panel_free(struct panel *p);

/** Pin @port of device @name is at @level from cycle @now on. */
void panel_signal(struct panel *p, const char *name, uint32_t port, bool level, uint64_t now);

/** The guest printed something. */
void panel_output(struct panel *p, const void *bytes, size_t n);

/** Device @name was given an input: perhaps a button is pressed or released. */
void panel_input(struct panel *p, const char *name, const uint8_t *bytes, size_t n);

/** Brightness of LED @n of the board by cycle @now, 0 to 255. */
uint8_t panel_brightness(struct panel *p, uint32_t n, uint64_t now);

/** Draw it into a PNG file; -MOAT_ECREATE. */
MOAT_CHECKED int panel_save(struct panel *p, const struct panel_status *s, const char *path,
                            struct moat_error *err);

/** Open a window for it; -MOAT_EDISPLAY. */
MOAT_CHECKED int panel_open_window(struct panel *p, struct moat_error *err);

/** What a person did in the window. */
enum panel_event_kind {
    PANEL_NOTHING,
    PANEL_BUTTON, /* button @n is @down */
    PANEL_TEXT,   /* @n bytes of @text for the console */
    PANEL_QUIT
};
struct panel_event {
    enum panel_event_kind kind;
    uint32_t n;
    bool down;
    char text[32];
};

/** The next one; PANEL_NOTHING: there is none. */
struct panel_event panel_poll(struct panel *p);

/** Draw the window anew. */
void panel_show(struct panel *p, const struct panel_status *s);

#endif
