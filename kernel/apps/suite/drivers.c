/*
 * Drivers are objects: each instance is granted by itself.
 */
#include "kernel/apps/suite/suite.h"

extern struct keep_uart keep_console, keep_uart1;
extern struct keep_counter keep_counter0, keep_counter1;
extern struct keep_gpio keep_leds, keep_buttons;

static void send(void *uart)
{
    MUST(keep_uart_write(uart, "x", 1, KEEP_FOREVER) == 1);
}

static void with(void (*entry)(void *), void *arg, struct keep_object *may)
{
    suite_prepare(&subject, &subject_stack, entry, arg);
    keep_object_grant(may, &subject);
    suite_finish(&subject);
}

TEST(test_uart_per_instance)
{
    with(send, &keep_uart1, &keep_uart1.object);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0);
    with(send, &keep_console, &keep_uart1.object);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_PERMISSION, 0);
}

static void send_kernel_memory(void *uart)
{
    keep_uart_write(uart, &keep_console, 16, KEEP_NO_WAIT);
}

TEST(test_uart_buffer)
{
    with(send_kernel_memory, &keep_uart1, &keep_uart1.object);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_BUFFER, 0);
}

extern struct keep_config keep_uart1_config;

static void set_baud(void *config)
{
    MUST(keep_uart_configure(config, 9600) == 0);
    MUST(keep_uart_configure(config, 115200) == 0);
}

static void set_wild_baud(void *config)
{
    keep_uart_configure(config, 1);
}

/* To send is one thing, to configure another: each is granted by itself. */
TEST(test_uart_configuration)
{
    with(set_baud, &keep_uart1_config, &keep_uart1_config.object);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0);
    with(set_baud, &keep_uart1_config, &keep_uart1.object);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_PERMISSION, 0);
    with(set_baud, &keep_uart1, &keep_uart1.object);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_OBJECT_TYPE, 0);
    with(set_wild_baud, &keep_uart1_config, &keep_uart1_config.object);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_BOUNDS, 0);
}

static void read_uart(void *uart)
{
    uint8_t byte;
    MUST(keep_uart_read(uart, &byte, 1, KEEP_MS(1)) == -KEEP_EAGAIN);
}

TEST(test_uart_read_timeout)
{
    with(read_uart, &keep_uart1, &keep_uart1.object);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0);
}

static void periods(void *counter)
{
    uint32_t value;
    MUST(keep_counter_start(counter, BOARD_CLOCK_HZ / 1000) == 0);
    MUST(keep_counter_wait(counter, KEEP_MS(100)) >= 1);
    MUST(keep_counter_wait(counter, KEEP_MS(100)) >= 1);
    MUST(keep_counter_value(counter, &value) == 0 && value <= BOARD_CLOCK_HZ / 1000);
    MUST(keep_counter_stop(counter) == 0);
    MUST(keep_counter_wait(counter, KEEP_MS(3)) == -KEEP_EAGAIN);
}

TEST(test_counter)
{
    with(periods, &keep_counter0, &keep_counter0.object);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0);
    with(periods, &keep_counter1, &keep_counter0.object);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_PERMISSION, 0);
}

static void blink(void *leds)
{
    uint32_t pins = 0;
    MUST(keep_gpio_write(leds, 3, 1) == 0);
    MUST(keep_gpio_read(leds, &pins) == 0 && (pins & 3) == 1);
    MUST(keep_gpio_write(leds, 2, 2) == 0);
    MUST(keep_gpio_read(leds, &pins) == 0 && (pins & 3) == 3);
    MUST(keep_gpio_write(leds, 4, 4) == -KEEP_EINVAL);
    MUST(keep_gpio_write(leds, 3, 0) == 0);
}

static void press(void *buttons)
{
    uint32_t pins;
    MUST(keep_gpio_write(buttons, 1, 1) == -KEEP_EINVAL); /* inputs */
    MUST(keep_gpio_read(buttons, &pins) == 0);
}

TEST(test_gpio)
{
    with(blink, &keep_leds, &keep_leds.object);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0);
    with(press, &keep_buttons, &keep_buttons.object);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0);
    with(blink, &keep_leds, &keep_buttons.object);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_PERMISSION, 0);
}

const struct test driver_tests[] = {ROW(test_uart_per_instance),
                                    ROW(test_uart_buffer),
                                    ROW(test_uart_configuration),
                                    ROW(test_uart_read_timeout),
                                    ROW(test_counter),
                                    ROW(test_gpio),
                                    {0}};
