/*
 * What can be put in from outside, in words: "console "text"", "gpio 3 1", "irq 5 on".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/debug.h"
#include "sim/cli/script.h"
#include "sim/record/change.h"

bool script_word(const char **at, char *out, size_t cap)
{
    *at += strspn(*at, " \t");
    size_t n = strcspn(*at, " \t\r\n");
    if (n == 0 || n >= cap)
        return false;
    memcpy(out, *at, n);
    out[n] = '\0';
    *at += n;
    return true;
}

bool script_at_end(const char *at)
{
    return at[strspn(at, " \t\r\n")] == '\0';
}

static bool number(const char **at, int32_t least, int32_t most, int32_t *out)
{
    char word[32], *end;
    if (!script_word(at, word, sizeof word))
        return false;
    long v = strtol(word, &end, 0);
    *out = (int32_t)v;
    return *end == '\0' && v >= least && v <= most;
}

static const char *interrupt(const char *at, const struct machine *m, struct machine_input *out)
{
    int32_t most = (int32_t)cpu_config(machine_cpu((struct machine *)m))->irqs - 1;
    int32_t line;
    char level[16];
    if (!number(&at, 0, most, &line) || !script_word(&at, level, sizeof level) ||
        !script_at_end(at) || (strcmp(level, "on") != 0 && strcmp(level, "off") != 0))
        return "expected an interrupt line of the board, and on or off";
    out->bytes[0] = (uint8_t)line;
    out->bytes[1] = (uint8_t)(line >> 8);
    out->bytes[2] = strcmp(level, "on") == 0;
    out->n = 3;
    return NULL;
}

/* What numbers a device wants, in words. The text lasts until the next call. */
static const char *wanted_numbers(const struct device_input *numbers)
{
    static char text[256];
    size_t n = (size_t)snprintf(text, sizeof text, "expected");
    for (; numbers->name && n < sizeof text; numbers++)
        n += (size_t)snprintf(text + n, sizeof text - n, " %s: %d to %d%s", numbers->name,
                              numbers->min, numbers->max, numbers[1].name ? "," : "");
    return text;
}

const char *script_input(const char *text, const struct machine *m, struct machine_input *out)
{
    char device[64];
    uint32_t n = 0;
    *out = (struct machine_input){0};
    if (!script_word(&text, device, sizeof device))
        return "expected a device and a value";
    const char *console = machine_console(m);
    bool is_console = strcmp(device, "console") == 0 && console;
    out->device = is_console ? console : machine_input_name(m, device);
    if (!out->device || strcmp(out->device, MACHINE_DEBUGGER) == 0)
        return "the board has no such device that takes input";
    if (strcmp(out->device, MACHINE_IRQ) == 0)
        return interrupt(text, m, out);
    const struct device_input *numbers = machine_input_numbers(m, out->device), *wanted = numbers;
    for (; numbers && numbers->name; numbers++) {
        int32_t v;
        if (!number(&text, numbers->min, numbers->max, &v))
            return wanted_numbers(wanted);
        machine_input_number(out, v);
    }
    if (wanted)
        return script_at_end(text) ? NULL : wanted_numbers(wanted);
    text += strspn(text, " \t");
    if (!change_parse_text(text, out->bytes, sizeof out->bytes, &n))
        return "expected a text in double quotes of 1 to 64 bytes";
    out->n = n;
    return NULL;
}
