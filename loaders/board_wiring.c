/*
 * Between the devices of a board: wires, and what a person sees and presses.
 */
#include <cjson/cJSON.h>
#include <string.h>

#include "loaders/board_private.h"

#define NAME(help)                                 \
    {                                              \
        "name", FIELD_STRING, true, 1, 31, 0, help \
    }
#define DEVICE(key, help)                                       \
    {                                                           \
        key, FIELD_STRING, true, 1, BOARD_NAME_MAX - 1, 0, help \
    }

enum {
    W_FROM,
    W_FIRST,
    W_COUNT,
    W_TO,
    W_AT
};
const struct field board_wire_keys[] = {
    DEVICE("from", "the device whose outputs these are"),
    {"first", FIELD_INT, false, 0, 4095, 0, "its first output"},
    {"count", FIELD_INT, false, 1, 4096, 1, "how many outputs in a row"},
    DEVICE("to", "the device that sees them"),
    {"at", FIELD_INT, false, 0, 4095, 0, "the input that the first one goes to"},
    {0},
};

enum {
    L_NAME,
    L_DEVICE,
    L_HIGH,
    L_LOW,
    L_X,
    L_Y,
    L_COLOUR
};
const struct field board_led_keys[] = {
    NAME("name of the LED"),
    DEVICE("device", "the device with its pins"),
    {"high", FIELD_INT, false, 0, 255, BOARD_NO_PIN, "it is lit while this pin is high"},
    {"low", FIELD_INT, false, 0, 255, BOARD_NO_PIN, "and while this one is low"},
    {"x", FIELD_INT, false, 0, 63, 0, "column on the panel"},
    {"y", FIELD_INT, false, 0, 63, 0, "row on the panel"},
    {"colour", FIELD_STRING, false, 1, 15, 0, "red, green, blue, orange or white"},
    {0},
};

enum {
    U_NAME,
    U_DEVICE,
    U_PIN,
    U_LEVEL,
    U_KEY
};
const struct field board_button_keys[] = {
    NAME("name of the button"),
    DEVICE("device", "the device with its pin"),
    {"pin", FIELD_INT, true, 0, 254, 0, "its pin"},
    {"level", FIELD_INT, false, 0, 1, 0, "what the pin reads while it is pressed"},
    {"key", FIELD_STRING, true, 1, 1, 0, "the key that presses it"},
    {0},
};

int board_device_index(const struct board *b, const struct json_at *at, const char *key,
                       const char *name)
{
    struct json_at where = json_member(at, key);
    const struct board_device *d = board_device_named(b, name);
    if (d)
        return (int)(d - b->device);
    if (name[0])
        json_error(&where, "expected the name of a device, got \"%s\"", name);
    return -1;
}

static int device_of(const struct board *b, const struct json_at *at, const struct field *key)
{
    char name[BOARD_NAME_MAX];
    json_string(at, key, name, sizeof name);
    return board_device_index(b, at, key->name, name);
}

static void parse_wire(struct board *b, const struct json_at *at)
{
    const struct field *k = board_wire_keys;
    int from = device_of(b, at, &k[W_FROM]), to = device_of(b, at, &k[W_TO]);
    if (from < 0 || to < 0)
        return;
    b->wire[b->wires++] = (struct board_wire){.from = (uint32_t)from,
                                              .to = (uint32_t)to,
                                              .first = (uint32_t)json_value(at, &k[W_FIRST]),
                                              .count = (uint32_t)json_value(at, &k[W_COUNT]),
                                              .at = (uint32_t)json_value(at, &k[W_AT])};
}

static void parse_led(struct board *b, const struct json_at *at)
{
    const struct field *k = board_led_keys;
    struct board_led l = {.high = (uint32_t)json_value(at, &k[L_HIGH]),
                          .low = (uint32_t)json_value(at, &k[L_LOW]),
                          .x = (uint32_t)json_value(at, &k[L_X]),
                          .y = (uint32_t)json_value(at, &k[L_Y])};
    int device = device_of(b, at, &k[L_DEVICE]);
    json_string(at, &k[L_NAME], l.name, sizeof l.name);
    json_string(at, &k[L_COLOUR], l.colour, sizeof l.colour);
    if (device < 0)
        return;
    l.device = (uint32_t)device;
    b->led[b->leds++] = l;
}

static void parse_button(struct board *b, const struct json_at *at)
{
    const struct field *k = board_button_keys;
    struct board_button u = {.pin = (uint32_t)json_value(at, &k[U_PIN]),
                             .level = (uint32_t)json_value(at, &k[U_LEVEL])};
    int device = device_of(b, at, &k[U_DEVICE]);
    char key[2];
    json_string(at, &k[U_NAME], u.name, sizeof u.name);
    json_string(at, &k[U_KEY], key, sizeof key);
    u.key = key[0];
    if (device < 0)
        return;
    u.device = (uint32_t)device;
    b->button[b->buttons++] = u;
}

static void parse_array(struct board *b, const struct json_at *root, const char *key,
                        const struct field *keys, uint32_t max,
                        void (*parse)(struct board *b, const struct json_at *at))
{
    struct json_at array = json_member(root, key), e;
    for (unsigned i = 0; (e = json_element(&array, i)).node; i++) {
        if (i >= max) {
            json_error(&e, "expected at most %u %s", max, key);
            return;
        }
        if (json_check_object(&e, keys, NULL))
            parse(b, &e);
    }
}

void board_parse_wiring(struct board *b, const struct json_at *root)
{
    parse_array(b, root, "wires", board_wire_keys, BOARD_WIRES_MAX, parse_wire);
    parse_array(b, root, "leds", board_led_keys, BOARD_LEDS_MAX, parse_led);
    parse_array(b, root, "buttons", board_button_keys, BOARD_BUTTONS_MAX, parse_button);
}

static void print_buttons(const struct board *b, cJSON *array)
{
    for (uint32_t i = 0; i < b->buttons; i++) {
        const struct board_button *u = &b->button[i];
        cJSON *o = cJSON_CreateObject();
        char key[2] = {u->key, '\0'};
        cJSON_AddStringToObject(o, "device", b->device[u->device].name);
        cJSON_AddStringToObject(o, "key", key);
        cJSON_AddNumberToObject(o, "level", u->level);
        cJSON_AddStringToObject(o, "name", u->name);
        cJSON_AddNumberToObject(o, "pin", u->pin);
        cJSON_AddItemToArray(array, o);
    }
}

static void print_leds(const struct board *b, cJSON *array)
{
    for (uint32_t i = 0; i < b->leds; i++) {
        const struct board_led *l = &b->led[i];
        cJSON *o = cJSON_CreateObject();
        if (l->colour[0])
            cJSON_AddStringToObject(o, "colour", l->colour);
        cJSON_AddStringToObject(o, "device", b->device[l->device].name);
        if (l->high != BOARD_NO_PIN)
            cJSON_AddNumberToObject(o, "high", l->high);
        if (l->low != BOARD_NO_PIN)
            cJSON_AddNumberToObject(o, "low", l->low);
        cJSON_AddStringToObject(o, "name", l->name);
        cJSON_AddNumberToObject(o, "x", l->x);
        cJSON_AddNumberToObject(o, "y", l->y);
        cJSON_AddItemToArray(array, o);
    }
}

static void print_wires(const struct board *b, cJSON *array)
{
    for (uint32_t i = 0; i < b->wires; i++) {
        const struct board_wire *w = &b->wire[i];
        cJSON *o = cJSON_CreateObject();
        cJSON_AddNumberToObject(o, "at", w->at);
        cJSON_AddNumberToObject(o, "count", w->count);
        cJSON_AddNumberToObject(o, "first", w->first);
        cJSON_AddStringToObject(o, "from", b->device[w->from].name);
        cJSON_AddStringToObject(o, "to", b->device[w->to].name);
        cJSON_AddItemToArray(array, o);
    }
}

void board_print_wiring(const struct board *b, cJSON *root)
{
    if (b->buttons)
        print_buttons(b, cJSON_AddArrayToObject(root, "buttons"));
    if (b->leds)
        print_leds(b, cJSON_AddArrayToObject(root, "leds"));
    if (b->wires)
        print_wires(b, cJSON_AddArrayToObject(root, "wires"));
}
