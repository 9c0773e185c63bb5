/*
 * Message queues, pipes, byte streams, events, polling.
 */
#include "kernel/apps/suite/suite.h"

KEEP_MSGQ(queue, 4, 3);
KEEP_PIPE(queue_pipe, 16);
KEEP_STREAM(stream, 16, 4);
static KEEP_EVENT(event);
static KEEP_SEM(sem, 0, 4);
static KEEP_TIMER(timer, NULL);

static uint8_t buffer[16] KEEP_APP_BSS(test_part);

static void start(struct keep_thread *t, struct keep_stack *s, void (*entry)(void *), void *arg)
{
    struct keep_object *const objects[] = {&queue.object, &queue_pipe.object, &stream.object,
                                           &event.object, &sem.object,        &timer.object};
    suite_prepare(t, s, entry, arg);
    for (uint32_t i = 0; i < sizeof objects / sizeof *objects; i++)
        keep_object_grant(objects[i], t);
    keep_thread_start(t);
}

static void settle(void)
{
    keep_sleep(KEEP_MS(1));
}

static void clear(void)
{
    told = 0;
    for (uint32_t i = 0; i < 16; i++)
        words[i] = 99;
}

static void get_one(void *timeout)
{
    uint32_t message = 0;
    words[0] = (uint32_t)keep_msgq_get(&queue, &message, 4, (uint32_t)timeout);
    words[1] = message;
}

static void put_one(void *message)
{
    uint32_t m = (uint32_t)message;
    words[0] = (uint32_t)keep_msgq_put(&queue, &m, 4, KEEP_FOREVER);
}

TEST(test_msgq_order)
{
    uint32_t m = 0;
    for (uint32_t i = 1; i <= 3; i++)
        CHECK(keep_msgq_put(&queue, &i, 4, KEEP_NO_WAIT) == 0);
    CHECK(keep_msgq_put(&queue, &m, 4, KEEP_NO_WAIT) == -KEEP_EAGAIN);
    CHECK(keep_msgq_used(&queue) == 3);
    CHECK(keep_msgq_peek(&queue, &m, 4) == 0 && m == 1);
    for (uint32_t i = 1; i <= 3; i++)
        CHECK(keep_msgq_get(&queue, &m, 4, KEEP_NO_WAIT) == 0 && m == i);
    CHECK(keep_msgq_get(&queue, &m, 4, KEEP_NO_WAIT) == -KEEP_EAGAIN);
    CHECK(keep_msgq_put(&queue, &m, 8, KEEP_NO_WAIT) == -KEEP_EINVAL);
}

TEST(test_msgq_wait_to_get)
{
    uint32_t m = 77;
    clear();
    start(&subject, &subject_stack, get_one, (void *)KEEP_FOREVER);
    settle();
    CHECK(keep_msgq_put(&queue, &m, 4, KEEP_NO_WAIT) == 0);
    suite_finish(&subject);
    CHECK(words[0] == 0 && words[1] == 77);
    start(&subject, &subject_stack, get_one, (void *)KEEP_MS(2));
    suite_finish(&subject);
    CHECK(words[0] == (uint32_t)-KEEP_EAGAIN);
}

TEST(test_msgq_wait_to_put)
{
    uint32_t m = 5;
    clear();
    for (uint32_t i = 0; i < 3; i++)
        keep_msgq_put(&queue, &m, 4, KEEP_NO_WAIT);
    start(&subject, &subject_stack, put_one, (void *)6);
    settle();
    CHECK(words[0] == 99);
    for (uint32_t i = 0; i < 4; i++) {
        CHECK(keep_msgq_get(&queue, &m, 4, KEEP_MS(5)) == 0);
        CHECK(m == (i == 3 ? 6 : 5));
    }
    suite_finish(&subject);
    CHECK(words[0] == 0);
}

TEST(test_msgq_purge)
{
    uint32_t m = 5;
    clear();
    for (uint32_t i = 0; i < 3; i++)
        keep_msgq_put(&queue, &m, 4, KEEP_NO_WAIT);
    start(&subject, &subject_stack, put_one, (void *)6);
    settle();
    keep_msgq_purge(&queue);
    suite_finish(&subject);
    CHECK(words[0] == (uint32_t)-KEEP_ECANCELED && keep_msgq_used(&queue) == 0);
}

/* The first that waits is suspended: the message is for the next. */
TEST(test_msgq_first_reader_suspended)
{
    uint32_t m = 9;
    clear();
    start(&subject, &subject_stack, get_one, (void *)KEEP_FOREVER);
    start(&second, &second_stack, get_one, (void *)KEEP_FOREVER);
    settle();
    keep_thread_suspend(&subject);
    CHECK(keep_msgq_put(&queue, &m, 4, KEEP_NO_WAIT) == 0);
    suite_finish(&second);
    CHECK(words[0] == 0 && words[1] == 9);
    keep_thread_abort(&subject);
}

/* The buffer of a thread that waits is its own no more when the wait ends: it is refused. */
static void get_into_buffer(void *arg)
{
    (void)arg;
    keep_msgq_get(&queue, buffer, 4, KEEP_FOREVER);
}

TEST(test_msgq_buffer_goes_while_waiting)
{
    uint32_t m = 0x11111111;
    for (uint32_t i = 0; i < 4; i++)
        buffer[i] = 7;
    start(&subject, &subject_stack, get_into_buffer, NULL);
    settle();
    keep_domain_join(&other_domain, &subject);
    keep_msgq_put(&queue, &m, 4, KEEP_NO_WAIT);
    suite_finish(&subject);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_BUFFER, 0);
    CHECK(buffer[0] == 7);
    keep_msgq_purge(&queue);
}

/* ---- Pipes and streams. ---- */

static void write_ten(void *arg)
{
    (void)arg;
    words[0] = (uint32_t)keep_pipe_write(&queue_pipe, "0123456789", 10, KEEP_FOREVER);
}

TEST(test_pipe_whole_writes)
{
    clear();
    CHECK(keep_pipe_write(&queue_pipe, "abcdefgh", 8, KEEP_NO_WAIT) == 8);
    CHECK(keep_pipe_write(&queue_pipe, "abcdefghi", 9, KEEP_NO_WAIT) == -KEEP_EAGAIN);
    CHECK(keep_pipe_write(&queue_pipe, buffer, 17, KEEP_NO_WAIT) == -KEEP_EINVAL);
    start(&subject, &subject_stack, write_ten, NULL);
    settle();
    CHECK(words[0] == 99);
    CHECK(keep_pipe_read(&queue_pipe, buffer, 3, KEEP_NO_WAIT) == 3 && buffer[2] == 'c');
    suite_finish(&subject);
    CHECK(words[0] == 10);
    CHECK(keep_pipe_read(&queue_pipe, buffer, 16, KEEP_NO_WAIT) == 15);
    CHECK(buffer[4] == 'h' && buffer[5] == '0' && buffer[14] == '9');
    CHECK(keep_pipe_read(&queue_pipe, buffer, 16, KEEP_NO_WAIT) == -KEEP_EAGAIN);
}

static void read_some(void *arg)
{
    (void)arg;
    words[0] = (uint32_t)keep_pipe_read(&queue_pipe, buffer, 16, KEEP_MS(5));
}

TEST(test_pipe_wait_to_read)
{
    clear();
    start(&subject, &subject_stack, read_some, NULL);
    settle();
    keep_pipe_write(&queue_pipe, "xy", 2, KEEP_NO_WAIT);
    suite_finish(&subject);
    CHECK(words[0] == 2 && buffer[1] == 'y');
}

static void receive(void *arg)
{
    (void)arg;
    words[0] = (uint32_t)keep_stream_receive(&stream, buffer, 16, KEEP_FOREVER);
}

TEST(test_stream_trigger)
{
    clear();
    start(&subject, &subject_stack, receive, NULL);
    settle();
    CHECK(keep_stream_send(&stream, "abc", 3, KEEP_NO_WAIT) == 3);
    settle();
    CHECK(words[0] == 99);
    CHECK(keep_stream_send(&stream, "d", 1, KEEP_NO_WAIT) == 1);
    suite_finish(&subject);
    CHECK(words[0] == 4 && buffer[3] == 'd');
    CHECK(keep_stream_send(&stream, "0123456789abcdefXYZ", 19, KEEP_NO_WAIT) == 16);
    CHECK(keep_stream_receive(&stream, buffer, 16, KEEP_NO_WAIT) == 16 && buffer[15] == 'f');
}

const struct test queue_tests[] = {ROW(test_msgq_order),
                                   ROW(test_msgq_wait_to_get),
                                   ROW(test_msgq_wait_to_put),
                                   ROW(test_msgq_purge),
                                   ROW(test_msgq_first_reader_suspended),
                                   ROW(test_msgq_buffer_goes_while_waiting),
                                   ROW(test_pipe_whole_writes),
                                   ROW(test_pipe_wait_to_read),
                                   ROW(test_stream_trigger),
                                   {0}};

/* ---- Events. ---- */

static void wait_any(void *bits)
{
    words[0] = (uint32_t)keep_event_wait(&event, (uint32_t)bits, 0, KEEP_FOREVER);
}

static void wait_all(void *bits)
{
    words[0] = (uint32_t)keep_event_wait(&event, (uint32_t)bits, KEEP_EVENT_ALL | KEEP_EVENT_TAKE,
                                         KEEP_FOREVER);
}

TEST(test_event_any)
{
    clear();
    start(&subject, &subject_stack, wait_any, (void *)6);
    settle();
    keep_event_post(&event, 1);
    settle();
    CHECK(words[0] == 99);
    keep_event_post(&event, 2);
    suite_finish(&subject);
    CHECK(words[0] == 2 && keep_event_clear(&event, KEEP_EVENTS) == 3);
}

TEST(test_event_all_and_take)
{
    clear();
    start(&subject, &subject_stack, wait_all, (void *)6);
    settle();
    keep_event_post(&event, 2);
    settle();
    CHECK(words[0] == 99);
    keep_event_post(&event, 5);
    suite_finish(&subject);
    CHECK(words[0] == 6 && keep_event_clear(&event, KEEP_EVENTS) == 1);
    CHECK(keep_event_wait(&event, 1, 0, KEEP_MS(1)) == -KEEP_EAGAIN);
}

static void post_bad(void *arg)
{
    (void)arg;
    keep_event_post(&event, 0x80000000u);
}

TEST(test_event_bounds)
{
    start(&subject, &subject_stack, post_bad, NULL);
    suite_finish(&subject);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_BOUNDS, 0);
}

/* ---- Polling. ---- */

static void poll_three(void *timeout)
{
    const struct keep_poll_item items[] = {{&sem.object, KEEP_POLL_SEM},
                                           {&queue.object, KEEP_POLL_MSGQ},
                                           {&event.object, KEEP_POLL_EVENT}};
    words[0] = (uint32_t)keep_poll(items, 3, (uint32_t)timeout);
}

TEST(test_poll)
{
    uint32_t m = 1;
    clear();
    start(&subject, &subject_stack, poll_three, (void *)KEEP_FOREVER);
    settle();
    CHECK(words[0] == 99);
    keep_msgq_put(&queue, &m, 4, KEEP_NO_WAIT);
    suite_finish(&subject);
    CHECK(words[0] == 2);
    keep_sem_give(&sem);
    start(&subject, &subject_stack, poll_three, (void *)KEEP_NO_WAIT);
    suite_finish(&subject);
    CHECK(words[0] == 3);
    keep_msgq_purge(&queue);
    keep_sem_reset(&sem);
    start(&subject, &subject_stack, poll_three, (void *)KEEP_MS(1));
    suite_finish(&subject);
    CHECK(words[0] == (uint32_t)-KEEP_EAGAIN);
}

static void poll_other(void *object)
{
    const struct keep_poll_item item = {object, KEEP_POLL_SEM};
    keep_poll(&item, 1, KEEP_NO_WAIT);
}

static void poll_many(void *count)
{
    keep_poll((const struct keep_poll_item *)words, (uint32_t)count, KEEP_NO_WAIT);
}

TEST(test_poll_checks)
{
    REFUSED(poll_other, &second, OBJECT);
    REFUSED(poll_other, &sem, PERMISSION);
    REFUSED(poll_other, NULL, OBJECT);
    REFUSED(poll_many, (void *)(KEEP_POLL_MAX + 1), BOUNDS);
    REFUSED(poll_many, (void *)0x20000001, BOUNDS);
}

const struct test event_tests[] = {ROW(test_event_any),    ROW(test_event_all_and_take),
                                   ROW(test_event_bounds), ROW(test_poll),
                                   ROW(test_poll_checks),  {0}};
