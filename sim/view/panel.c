#include "sim/view/panel.h"

#include <SDL2/SDL.h>
#include <SDL2/SDL_image.h>
#include <SDL2/SDL_ttf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/device.h"
#include "sim/base/assert.h"

#define WIDTH          820
#define HEIGHT         460
#define FONT_FILE      "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"
#define FONT_SIZE      13
#define LINE_HEIGHT    16
#define LINES          24u
#define COLUMNS        62u
#define WINDOW_SECONDS 0.1 /* brightness is what an eye sees: a mean over so long */
#define PINS_MAX       64u

struct lamp {
    bool lit;
    uint64_t since;    /* cycle up to which @on counts */
    uint64_t on, last; /* lit cycles in this window, and in the one before */
};

struct panel {
    const struct board *board;
    uint64_t pins[BOARD_DEVICES_MAX]; /* levels */
    struct lamp lamp[BOARD_LEDS_MAX];
    uint64_t window, begun; /* length in cycles, and where the current one began */
    bool full;              /* a window has ended before this one */
    bool held[BOARD_BUTTONS_MAX];
    char text[LINES][COLUMNS + 1];
    uint32_t line, column;
    TTF_Font *font;
    SDL_Surface *surface;
    SDL_Renderer *draw;
    SDL_Window *shown;
};

int panel_new(const struct board *b, struct panel **out, struct moat_error *err)
{
    struct panel *p = calloc(1, sizeof *p);
    MOAT_ASSERT(p, "no memory");
    p->board = b;
    p->window = (uint64_t)(b->clock_hz * WINDOW_SECONDS) + 1;
    if (TTF_Init() == 0)
        p->font = TTF_OpenFont(FONT_FILE, FONT_SIZE);
    p->surface = SDL_CreateRGBSurfaceWithFormat(0, WIDTH, HEIGHT, 32, SDL_PIXELFORMAT_ARGB8888);
    p->draw = p->surface ? SDL_CreateSoftwareRenderer(p->surface) : NULL;
    if (!p->font || !p->draw) {
        int rc = moat_fail(err, MOAT_EDISPLAY, "cannot draw the panel: %s", SDL_GetError());
        moat_hint(err, "apt-get install fonts-dejavu-core");
        panel_free(p);
        return rc;
    }
    *out = p;
    return 0;
}

void panel_free(struct panel *p)
{
    if (!p)
        return;
    if (p->font)
        TTF_CloseFont(p->font);
    if (p->draw)
        SDL_DestroyRenderer(p->draw);
    SDL_FreeSurface(p->surface);
    if (p->shown) {
        SDL_DestroyWindow(p->shown);
        SDL_QuitSubSystem(SDL_INIT_VIDEO);
    }
    TTF_Quit();
    free(p);
}

/* ---- What the machine tells. ---- */

static bool is_lit(const struct panel *p, const struct board_led *l)
{
    uint64_t pins = p->pins[l->device];
    return (l->high == BOARD_NO_PIN || pins >> l->high & 1u) &&
           (l->low == BOARD_NO_PIN || !(pins >> l->low & 1u));
}

static void count(struct lamp *l, uint64_t until)
{
    l->on += l->lit ? until - l->since : 0;
    l->since = until;
}

/* Windows that have ended by @now. */
static void advance(struct panel *p, uint64_t now)
{
    while (now - p->begun >= p->window) {
        uint64_t end = p->begun + p->window, ended = (now - p->begun) / p->window;
        for (uint32_t i = 0; i < p->board->leds; i++) {
            struct lamp *l = &p->lamp[i];
            count(l, end);
            l->last = l->on;
            l->on = 0;
        }
        p->begun = end;
        p->full = true;
        if (ended > 2) /* nothing changed in all of those between */
            for (uint32_t i = 0; i < p->board->leds; i++)
                p->lamp[i].since += (ended - 2) * p->window;
        p->begun += ended > 2 ? (ended - 2) * p->window : 0;
    }
}

void panel_signal(struct panel *p, const char *name, uint32_t port, bool level, uint64_t now)
{
    const struct board *b = p->board;
    uint32_t device = 0;
    while (device < b->devices && strcmp(b->device[device].name, name) != 0)
        device++;
    if (device == b->devices || port >= PINS_MAX)
        return;
    advance(p, now);
    uint64_t bit = 1ull << port;
    p->pins[device] = level ? p->pins[device] | bit : p->pins[device] & ~bit;
    for (uint32_t i = 0; i < b->leds; i++) {
        bool lit = b->led[i].device == device ? is_lit(p, &b->led[i]) : p->lamp[i].lit;
        if (lit == p->lamp[i].lit)
            continue;
        count(&p->lamp[i], now);
        p->lamp[i].lit = lit;
    }
}

void panel_input(struct panel *p, const char *name, const uint8_t *bytes, size_t n)
{
    for (uint32_t i = 0; i < p->board->buttons; i++) {
        const struct board_button *b = &p->board->button[i];
        if (strcmp(p->board->device[b->device].name, name) == 0 &&
            device_number(bytes, n, 0) == (int32_t)b->pin)
            p->held[i] = (device_number(bytes, n, 1) == 1) == (b->level != 0);
    }
}

static void new_line(struct panel *p)
{
    if (++p->line == LINES) {
        memmove(p->text[0], p->text[1], sizeof p->text - sizeof p->text[0]);
        p->line--;
    }
    memset(p->text[p->line], 0, sizeof p->text[0]);
    p->column = 0;
}

void panel_output(struct panel *p, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < n; i++) {
        if (at[i] == '\n') {
            new_line(p);
        } else if (at[i] == '\r') {
            p->column = 0;
        } else if (at[i] == '\b') {
            p->column -= p->column > 0;
        } else if (at[i] >= ' ' && at[i] < 0x7F) {
            if (p->column == COLUMNS)
                new_line(p);
            p->text[p->line][p->column++] = (char)at[i];
        }
    }
}

/* A mean of the window before and the part of this one. A matrix lights a row at a time: one that
 * is on for a third of the time is as bright as it gets. */
uint8_t panel_brightness(struct panel *p, uint32_t n, uint64_t now)
{
    const struct board_led *led = &p->board->led[n];
    struct lamp *l = &p->lamp[n];
    advance(p, now);
    count(l, now);
    uint64_t over = (p->full ? p->window : 0) + (now - p->begun);
    if (!over)
        return l->lit ? 255 : 0;
    double share = (double)(l->on + (p->full ? l->last : 0)) / (double)over;
    if (led->high != BOARD_NO_PIN && led->low != BOARD_NO_PIN)
        share *= 3;
    return (uint8_t)(255 * (share < 1 ? sqrt(share) : 1)); /* as an eye sees it, nearly */
}

/* ---- Drawing. ---- */

static void set_colour(struct panel *p, uint32_t rgb)
{
    SDL_SetRenderDrawColor(p->draw, (uint8_t)(rgb >> 16), (uint8_t)(rgb >> 8), (uint8_t)rgb, 255);
}

static void box(struct panel *p, int x, int y, int w, int h, uint32_t rgb)
{
    SDL_Rect r = {x, y, w, h};
    set_colour(p, rgb);
    SDL_RenderFillRect(p->draw, &r);
}

static void label(struct panel *p, int x, int y, const char *text, uint32_t rgb)
{
    SDL_Color c = {(uint8_t)(rgb >> 16), (uint8_t)(rgb >> 8), (uint8_t)rgb, 255};
    SDL_Surface *s = text[0] ? TTF_RenderUTF8_Blended(p->font, text, c) : NULL;
    if (!s)
        return;
    SDL_Texture *t = SDL_CreateTextureFromSurface(p->draw, s);
    SDL_Rect r = {x, y, s->w, s->h};
    SDL_RenderCopy(p->draw, t, NULL, &r);
    SDL_DestroyTexture(t);
    SDL_FreeSurface(s);
}

#define BACKGROUND 0x202428u
#define BOARD_TONE 0x14181Bu
#define DIM        0x8A949Cu
#define BRIGHT     0xE8ECEFu

static uint32_t led_colour(const char *name)
{
    static const struct {
        const char *name;
        uint32_t rgb;
    } colours[] = {{"red", 0xFF3B30},
                   {"green", 0x34D058},
                   {"blue", 0x4C8DFF},
                   {"orange", 0xFF9F1C},
                   {"white", 0xFFFFFF}};
    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++)
        if (strcmp(colours[i].name, name) == 0)
            return colours[i].rgb;
    return 0xFFFFFF;
}

/* @rgb at @brightness, over an LED that is off. */
static uint32_t shade(uint32_t rgb, uint8_t brightness)
{
    static const uint32_t off = 0x30363Bu;
    uint32_t out = 0;
    for (int shift = 0; shift < 24; shift += 8) {
        uint32_t a = off >> shift & 0xFFu, b = rgb >> shift & 0xFFu;
        out |= (a * (255u - brightness) + b * brightness) / 255u << shift;
    }
    return out;
}

/* LEDs lie on a grid; a few are drawn large and with their names. */
static void draw_leds(struct panel *p, uint64_t now)
{
    uint32_t columns = 1, rows = 1;
    for (uint32_t i = 0; i < p->board->leds; i++) {
        columns = p->board->led[i].x >= columns ? p->board->led[i].x + 1 : columns;
        rows = p->board->led[i].y >= rows ? p->board->led[i].y + 1 : rows;
    }
    bool names = rows < 4;
    int pitch = 220 / (int)(columns > 5 ? columns : 5), size = pitch * 6 / 10;
    for (uint32_t i = 0; i < p->board->leds; i++) {
        const struct board_led *l = &p->board->led[i];
        int x = 30 + (int)l->x * pitch, y = 70 + (int)l->y * (names ? pitch + 24 : pitch);
        box(p, x, y, size, size, shade(led_colour(l->colour), panel_brightness(p, i, now)));
        if (names && columns <= 5)
            label(p, x - 4, y + size + 4, l->name, DIM);
    }
}

static SDL_Rect button_place(uint32_t n)
{
    return (SDL_Rect){30 + (int)(n % 3) * 80, 330 + (int)(n / 3) * 40, 70, 30};
}

static void draw_buttons(struct panel *p)
{
    for (uint32_t i = 0; i < p->board->buttons; i++) {
        SDL_Rect r = button_place(i);
        box(p, r.x, r.y, r.w, r.h, p->held[i] ? 0x4C8DFFu : 0x3A4147u);
        label(p, r.x + 8, r.y + 7, p->board->button[i].name, BRIGHT);
    }
}

static void draw_console(struct panel *p)
{
    box(p, 290, 40, WIDTH - 305, HEIGHT - 60, 0x0C0F11u);
    for (uint32_t i = 0; i < LINES; i++)
        label(p, 298, 46 + (int)i * LINE_HEIGHT, p->text[i], 0xC8D3DAu);
    box(p, 298 + (int)p->column * 8, 46 + (int)p->line * LINE_HEIGHT + 13, 8, 2, 0xC8D3DAu);
}

static void draw_status(struct panel *p, const struct panel_status *s)
{
    char text[96];
    label(p, 15, 12, p->board->name, BRIGHT);
    box(p, 290, 14, 12, 12, s->asleep ? 0x4C555Cu : s->privileged ? 0xFF9F1Cu : 0x34D058u);
    label(p, 308, 12,
          s->asleep       ? "asleep"
          : s->handler    ? "handler"
          : s->privileged ? "privileged"
                          : "user",
          DIM);
    snprintf(text, sizeof text, "%.6f s  %llu cycles", (double)s->now / p->board->clock_hz,
             (unsigned long long)s->now);
    label(p, 410, 12, text, DIM);
    if (s->speed <= 0)
        return;
    snprintf(text, sizeof text, "%.1fx", s->speed);
    label(p, 740, 12, text, DIM);
}

static void draw(struct panel *p, const struct panel_status *s)
{
    set_colour(p, BACKGROUND);
    SDL_RenderClear(p->draw);
    box(p, 15, 40, 260, HEIGHT - 60, BOARD_TONE);
    draw_leds(p, s->now);
    draw_buttons(p);
    draw_console(p);
    draw_status(p, s);
    SDL_RenderPresent(p->draw);
}

int panel_save(struct panel *p, const struct panel_status *s, const char *path,
               struct moat_error *err)
{
    draw(p, s);
    if (IMG_SavePNG(p->surface, path) != 0)
        return moat_fail(err, MOAT_ECREATE, "cannot write '%s': %s", path, SDL_GetError());
    return 0;
}

/* ---- The window. ---- */

int panel_open_window(struct panel *p, struct moat_error *err)
{
    char title[64];
    snprintf(title, sizeof title, "moat: %s", p->board->name);
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    if (SDL_InitSubSystem(SDL_INIT_VIDEO) == 0)
        p->shown = SDL_CreateWindow(title, SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, WIDTH,
                                    HEIGHT, 0);
    if (p->shown) {
        SDL_StartTextInput();
        return 0;
    }
    int rc = moat_fail(err, MOAT_EDISPLAY, "cannot open a window: %s", SDL_GetError());
    moat_hint(err, "--shot FILE.png draws without a display");
    return rc;
}

static struct panel_event clicked(struct panel *p, int x, int y, bool down)
{
    SDL_Point at = {x, y};
    for (uint32_t i = 0; i < p->board->buttons; i++) {
        SDL_Rect r = button_place(i);
        if (SDL_PointInRect(&at, &r) || (!down && p->held[i]))
            return (struct panel_event){.kind = PANEL_BUTTON, .n = i, .down = down};
    }
    return (struct panel_event){0};
}

/* Buttons with Alt and their key; all other keys go to the console. */
static struct panel_event key(const struct panel *p, const SDL_KeyboardEvent *k, bool down)
{
    SDL_Keycode c = k->keysym.sym;
    for (uint32_t i = 0; i < p->board->buttons; i++)
        if (c == p->board->button[i].key && (k->keysym.mod & KMOD_ALT || (!down && p->held[i])))
            return (struct panel_event){.kind = PANEL_BUTTON, .n = i, .down = down};
    bool control = k->keysym.mod & KMOD_CTRL && c >= 'a' && c <= 'z';
    if (down &&
        (control || c == SDLK_RETURN || c == SDLK_BACKSPACE || c == SDLK_TAB || c == SDLK_ESCAPE))
        return (struct panel_event){
            .kind = PANEL_TEXT, .n = 1, .text = {(char)(control ? c - 'a' + 1 : c)}};
    return (struct panel_event){0};
}

static struct panel_event translate(struct panel *p, const SDL_Event *e)
{
    struct panel_event out = {0};
    switch (e->type) {
    case SDL_QUIT:
        out.kind = PANEL_QUIT;
        return out;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
        return clicked(p, e->button.x, e->button.y, e->type == SDL_MOUSEBUTTONDOWN);
    case SDL_KEYDOWN:
    case SDL_KEYUP:
        return e->key.repeat && e->key.keysym.mod & KMOD_ALT
                   ? out
                   : key(p, &e->key, e->type == SDL_KEYDOWN);
    case SDL_TEXTINPUT:
        if (SDL_GetModState() & KMOD_ALT)
            return out;
        out.kind = PANEL_TEXT;
        out.n = (uint32_t)SDL_strlcpy(out.text, e->text.text, sizeof out.text);
        return out;
    default:
        return out;
    }
}

struct panel_event panel_poll(struct panel *p)
{
    SDL_Event e;
    while (p->shown && SDL_PollEvent(&e)) {
        struct panel_event out = translate(p, &e);
        if (out.kind != PANEL_NOTHING)
            return out;
    }
    return (struct panel_event){0};
}

void panel_show(struct panel *p, const struct panel_status *s)
{
    if (!p->shown)
        return;
    draw(p, s);
    SDL_Surface *on = SDL_GetWindowSurface(p->shown);
    if (on && SDL_BlitSurface(p->surface, NULL, on, NULL) == 0)
        SDL_UpdateWindowSurface(p->shown);
}
