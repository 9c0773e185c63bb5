/*
 * A producer, an untrusted parser and a consumer, each sandboxed apart.
 *
 * The producer is paced by a hardware timer, through its driver and interrupt. It sends lines; the
 * parser, which has the bug that parsers have, turns "name=value" into numbers; the consumer adds
 * them up. Two lines are made to break the parser: it faults, is begun anew by its program's
 * policy, and nobody else notices.
 */
#include "kernel/abi/supervisor.h"
#include "kernel/user/keep.h"

#define LINES    20u
#define LINE_MAX 48u
#define PRIORITY 20u
#define PERIOD   (BOARD_CLOCK_HZ / 2000u) /* cycles: a line each half millisecond */
#define OVERFLOW 7u                       /* this line is too long for the parser */
#define WILD     13u                      /* this one leads it to the consumer's memory */

extern struct keep_counter keep_counter0;

KEEP_PARTITION(produced);
KEEP_PARTITION(parsed);
KEEP_PARTITION(consumed);
KEEP_DOMAIN(producer_domain, "produced");
KEEP_DOMAIN(parser_domain, "parsed");
KEEP_DOMAIN(consumer_domain, "consumed");

static volatile uint32_t lines_sent KEEP_APP_BSS(produced);
static volatile uint32_t lines_parsed KEEP_APP_BSS(parsed);
static volatile uint32_t total KEEP_APP_BSS(consumed), values KEEP_APP_BSS(consumed);

KEEP_MSGQ(lines, LINE_MAX, 4);
KEEP_MSGQ(numbers, 4, 4);

static void begin_parser(struct keep_program *p);
KEEP_PROGRAM(parser_program, .policy = KEEP_POLICY_RESTART, .restarts = 5, .window_us = 10000000,
             .start = begin_parser);
KEEP_PROGRAM(others_program, .policy = KEEP_POLICY_STOP);

static void produce(void *arg);
static void parse(void *arg);
static void consume(void *arg);

KEEP_USER_THREAD(producer, 512, produce, NULL, &producer_domain, &others_program, PRIORITY, 0, 0);
KEEP_USER_THREAD(parser, 512, parse, NULL, &parser_domain, &parser_program, PRIORITY, 0, 0);
KEEP_USER_THREAD(consumer, 512, consume, NULL, &consumer_domain, &others_program, PRIORITY, 0, 0);
KEEP_GRANT(producer, keep_counter0);
KEEP_GRANT(producer, lines);
KEEP_GRANT(parser, lines);
KEEP_GRANT(parser, numbers);
KEEP_GRANT(consumer, numbers);

/* ---- The producer. ---- */

static uint32_t put_text(char *to, uint32_t at, const char *text)
{
    while (*text)
        to[at++] = *text++;
    return at;
}

static void make_line(char *line, uint32_t n)
{
    uint32_t at = put_text(line, 0, "value=");
    if (n == OVERFLOW)
        while (at < LINE_MAX - 1)
            line[at++] = '9';
    else if (n == WILD)
        at = put_text(line, at, "*");
    else {
        line[at++] = (char)('0' + n / 10);
        line[at++] = (char)('0' + n % 10);
    }
    line[at] = '\0';
}

static void produce(void *arg)
{
    (void)arg;
    keep_counter_start(&keep_counter0, PERIOD);
    for (uint32_t n = 0; n < LINES; n++) {
        char line[LINE_MAX] = {0};
        keep_counter_wait(&keep_counter0, KEEP_FOREVER);
        make_line(line, n);
        keep_msgq_put(&lines, line, LINE_MAX, KEEP_FOREVER);
        lines_sent++;
    }
    keep_counter_stop(&keep_counter0);
}

/* ---- The parser: somebody else's code. ---- */

/* It believes the line: digits are copied without a look at the room, a star is a pointer. */
static uint32_t number_in(const char *text)
{
    volatile char digits[8];
    uint32_t n = 0, value = 0;
    if (*text == '*')
        return total;
    for (; text[n]; n++)
        digits[n * (n < 8 ? 1 : 64)] = text[n]; /* off the stack it goes, soon */
    for (uint32_t i = 0; i < n; i++)
        value = value * 10 + (uint32_t)(digits[i] - '0');
    return value;
}

static void parse(void *arg)
{
    (void)arg;
    for (;;) {
        char line[LINE_MAX];
        keep_msgq_get(&lines, line, LINE_MAX, KEEP_FOREVER);
        uint32_t at = 0;
        while (line[at] != '=')
            at++;
        uint32_t value = number_in(line + at + 1);
        lines_parsed++;
        keep_msgq_put(&numbers, &value, sizeof value, KEEP_FOREVER);
    }
}

static uint32_t restarts;

static void begin_parser(struct keep_program *p)
{
    const struct keep_thread_spec spec = {parse, NULL, PRIORITY, KEEP_USER, KEEP_FOREVER};
    restarts++;
    keep_print("the parser has failed: ");
    keep_print(keep_fault_words(parser.fault.kind));
    keep_print("\n");
    keep_thread_make(&parser, &parser_stack, &spec);
    keep_domain_join(&parser_domain, &parser);
    parser.program = p;
    keep_object_grant(&lines.object, &parser);
    keep_object_grant(&numbers.object, &parser);
    keep_thread_start(&parser);
}

/* ---- The consumer. ---- */

static void consume(void *arg)
{
    (void)arg;
    for (;;) {
        uint32_t value;
        if (keep_msgq_get(&numbers, &value, sizeof value, KEEP_MS(20)) < 0)
            return;
        total += value;
        values++;
    }
}

void keep_main(void)
{
    keep_thread_join(&producer, KEEP_FOREVER);
    keep_thread_join(&consumer, KEEP_FOREVER);
    keep_print_number(lines_sent);
    keep_print(" lines, ");
    keep_print_number(values);
    keep_print(" values, the sum is ");
    keep_print_number(total);
    keep_print(", ");
    keep_print_number(restarts);
    keep_print(" restarts\n");
    uint32_t right = LINES * (LINES - 1) / 2 - OVERFLOW - WILD;
    keep_shutdown(total == right && restarts == 2 && values == LINES - 2 ? 0 : 1);
}
