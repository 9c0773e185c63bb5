/*
 * A shell on the UART, in user mode: each command is what its grants allow. What it was not given
 * it cannot do, whatever it is told to; when it is led to a fault it is begun anew.
 */
#include "kernel/abi/supervisor.h"
#include "kernel/user/keep.h"

#define LINE_MAX 64u
#define PRIORITY 20u

extern struct keep_uart keep_console, keep_uart1;
extern struct keep_gpio keep_leds;
extern struct keep_counter keep_counter0;

KEEP_PARTITION(shell_part);
KEEP_DOMAIN(shell_domain, "shell_part");
static char line[LINE_MAX] KEEP_APP_BSS(shell_part);
static uint32_t length KEEP_APP_BSS(shell_part);

static void run_shell(void *arg);
static void run_clock(void *arg);
static void begin_shell(struct keep_program *p);
KEEP_PROGRAM(shell_program, .policy = KEEP_POLICY_RESTART, .restarts = 8, .window_us = 10000000,
             .start = begin_shell);
KEEP_USER_THREAD(shell, 1024, run_shell, NULL, &shell_domain, &shell_program, PRIORITY, 0, 0);
KEEP_USER_THREAD(clock_thread, 512, run_clock, NULL, &shell_domain, NULL, PRIORITY + 1, 0, 0);
KEEP_SEM(goodbye, 0, 1);
static struct keep_object *const granted[] = {&keep_console.object, &keep_leds.object,
                                              &clock_thread.object, &goodbye.object};

static void run_clock(void *arg)
{
    (void)arg;
    for (;;)
        keep_sleep(KEEP_MS(100));
}

/* ---- Words in and out. ---- */

static void print(const char *text)
{
    keep_puts(&keep_console, text);
}

static void print_number(uint32_t n, uint32_t base)
{
    char digits[12];
    uint32_t at = sizeof digits - 1;
    digits[at] = '\0';
    do {
        digits[--at] = "0123456789abcdef"[n % base];
        n /= base;
    } while (n);
    print(digits + at);
}

static bool read_line(void)
{
    length = 0;
    for (;;) {
        char c;
        if (keep_uart_read(&keep_console, &c, 1, KEEP_MS(1000)) != 1)
            return false;
        if (c == '\n' || c == '\r')
            break;
        if (length < LINE_MAX - 1)
            line[length++] = c;
    }
    line[length] = '\0';
    return true;
}

/* What follows the command, or NULL when the line is another's. */
static const char *argument_of(const char *command)
{
    uint32_t i = 0;
    while (command[i] && line[i] == command[i])
        i++;
    if (command[i] || (line[i] && line[i] != ' '))
        return NULL;
    return line[i] ? line + i + 1 : line + i;
}

static uint32_t number_in(const char *text)
{
    uint32_t n = 0;
    for (; *text; text++) {
        char c = *text;
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                                                : 16u;
        if (digit < 16)
            n = n * 16 + digit;
    }
    return n;
}

/* ---- Commands. ---- */

static void do_led(const char *argument)
{
    uint32_t pins;
    keep_gpio_write(&keep_leds, 3, number_in(argument));
    keep_gpio_read(&keep_leds, &pins);
    print("leds ");
    print_number(pins & 3, 16);
    print("\n");
}

static void do_may(const char *argument)
{
    static const struct {
        const char *name;
        const struct keep_object *object;
    } objects[] = {{"console", &keep_console.object},
                   {"uart1", &keep_uart1.object},
                   {"leds", &keep_leds.object},
                   {"counter", &keep_counter0.object}};
    (void)argument;
    for (uint32_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        print(objects[i].name);
        print(keep_access_check(objects[i].object) == 0 ? ": yes\n" : ": no\n");
    }
}

static void do_thread(const char *argument)
{
    struct keep_thread_info info;
    (void)argument;
    keep_thread_info(&clock_thread, &info);
    print(info.name);
    print(", priority ");
    print_number(info.priority, 10);
    print(", stack of ");
    print_number(info.stack_bytes, 10);
    print("\n");
}

static void do_peek(const char *argument)
{
    print_number(*(volatile uint32_t *)number_in(argument), 16);
    print("\n");
}

static void do_count(const char *argument)
{
    (void)argument;
    keep_counter_start(&keep_counter0, 1000000); /* not granted */
    print("counting\n");
}

static void do_exit(const char *argument)
{
    (void)argument;
    keep_sem_give(&goodbye);
}

static void do_help(const char *argument);
static const struct {
    const char *name, *help;
    void (*run)(const char *argument);
} commands[] = {
    {"help", "this text", do_help},
    {"led", "PINS: light LEDs", do_led},
    {"may", "what this shell may use", do_may},
    {"thread", "about the clock's thread", do_thread},
    {"peek", "ADDRESS: read a word, if it may", do_peek},
    {"count", "start a counter that it may not", do_count},
    {"exit", "the end", do_exit},
};
#define COMMANDS (sizeof commands / sizeof *commands)

static void do_help(const char *argument)
{
    (void)argument;
    for (uint32_t i = 0; i < COMMANDS; i++) {
        print(commands[i].name);
        print("  ");
        print(commands[i].help);
        print("\n");
    }
}

static void obey(void)
{
    for (uint32_t i = 0; i < COMMANDS; i++) {
        const char *argument = argument_of(commands[i].name);
        if (argument) {
            commands[i].run(argument);
            return;
        }
    }
    if (length)
        print("no such command: help lists them\n");
}

static void run_shell(void *arg)
{
    (void)arg;
    for (;;) {
        print("> ");
        if (!read_line())
            do_exit(NULL); /* nobody is there */
        print(line);
        print("\n");
        obey();
    }
}

/* ---- Privileged. ---- */

static void begin(void)
{
    const struct keep_thread_spec spec = {run_shell, NULL, PRIORITY, KEEP_USER, KEEP_FOREVER};
    keep_thread_make(&shell, &shell_stack, &spec);
    keep_domain_join(&shell_domain, &shell);
    shell.program = &shell_program;
    for (uint32_t i = 0; i < sizeof granted / sizeof *granted; i++)
        keep_object_grant(granted[i], &shell);
    keep_thread_start(&shell);
}

static void begin_shell(struct keep_program *p)
{
    (void)p;
    keep_print("[the shell was stopped: ");
    keep_print(keep_fault_words(shell.fault.kind));
    keep_print(", at ");
    keep_print_hex(shell.fault.addr);
    keep_print("]\n");
    begin();
}

void keep_main(void)
{
    for (uint32_t i = 0; i < sizeof granted / sizeof *granted; i++)
        keep_object_grant(granted[i], &shell);
    keep_sem_take(&goodbye, KEEP_FOREVER);
    keep_print("\n");
    keep_shutdown(0);
}
