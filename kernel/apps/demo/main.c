/*
 * Two programs that work together, and one that may not join in.
 *
 * Alice makes numbers and Bob adds them up, each in a domain of its own, through one partition
 * that both have, taking turns by two semaphores. Mallory shares nothing: its five attacks each
 * end in a fault or an error, and Alice and Bob never notice.
 */
#include "kernel/abi/supervisor.h"
#include "kernel/user/keep.h"

#define ROUNDS        4u
#define PRIORITY_USER 3u

extern struct keep_uart keep_console;

/* ---- Memory: one partition each, and one for two. ---- */

struct mailbox {
    uint32_t number;
};
struct secret {
    char text[28];
    uint32_t sum;
};

KEEP_PARTITION(shared, struct mailbox);
KEEP_PARTITION(alice_private, struct secret);
KEEP_PARTITION(bob_private, struct secret);
KEEP_PARTITION(mallory_private, struct secret);

static const struct keep_domain alice_domain = {{&shared_partition, &alice_private_partition}};
static const struct keep_domain bob_domain = {{&shared_partition, &bob_private_partition}};
static const struct keep_domain mallory_domain = {{&mallory_private_partition}};

/* ---- Threads, semaphores, and who may use what. ---- */

KEEP_USER_THREAD(alice, 1024, PRIORITY_USER, &alice_domain);
KEEP_USER_THREAD(bob, 1024, PRIORITY_USER, &bob_domain);
KEEP_USER_THREAD(mallory, 1024, PRIORITY_USER, &mallory_domain);

KEEP_SEM(full, 0, 1);
KEEP_SEM(empty, 1, 1);
KEEP_SEM(half_time, 0, 2); /* Alice and Bob are through with the first half */
KEEP_SEM(resume, 0, 2);

KEEP_GRANT(alice, keep_console);
KEEP_GRANT(alice, full);
KEEP_GRANT(alice, empty);
KEEP_GRANT(alice, half_time);
KEEP_GRANT(alice, resume);
KEEP_GRANT(bob, keep_console);
KEEP_GRANT(bob, full);
KEEP_GRANT(bob, empty);
KEEP_GRANT(bob, half_time);
KEEP_GRANT(bob, resume);
KEEP_GRANT(mallory, keep_console);

static void rest_at_half_time(uint32_t round)
{
    if (round != ROUNDS / 2)
        return;
    keep_sem_give(&half_time);
    keep_sem_take(&resume, KEEP_FOREVER);
}

static void alice_program(uint32_t arg)
{
    (void)arg;
    keep_puts(&keep_console, "alice: I make numbers\n");
    for (uint32_t i = 0; i < ROUNDS; i++) {
        rest_at_half_time(i);
        keep_sem_take(&empty, KEEP_FOREVER);
        alice_private.data.sum += 10 + i;
        shared.data.number = 10 + i;
        keep_sem_give(&full);
        keep_sleep(1);
    }
    keep_puts(&keep_console, "alice: done\n");
}

static void bob_program(uint32_t arg)
{
    (void)arg;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        rest_at_half_time(i);
        keep_sem_take(&full, KEEP_FOREVER);
        bob_private.data.sum += shared.data.number;
        keep_puts(&keep_console, "bob: got a number\n");
        keep_sem_give(&empty);
    }
    keep_puts(&keep_console, bob_private.data.sum == 10 + 11 + 12 + 13 ? "bob: the sum is right\n"
                                                                       : "bob: the sum is wrong\n");
}

/* ---- The attacks. An attack that comes to its end has succeeded. ---- */

static void read_neighbour(void)
{
    mallory_private.data.sum = alice_private.data.sum;
}

static void write_code(void)
{
    *(volatile uint16_t *)((uint32_t)read_neighbour & ~1u) = 0xBF00;
}

static void write_kernel_object(void)
{
    *(volatile uint32_t *)&full.object.permissions = 0xFFFFFFFFu;
}

static int32_t pass_kernel_address(void)
{
    return keep_console_write(&keep_console, (const char *)&full, sizeof full);
}

__attribute__((noinline)) static uint32_t overflow_stack(uint32_t depth)
{
    volatile uint32_t here[16];
    here[0] = depth;
    if (depth == 0)
        return 0;
    return overflow_stack(depth - 1) + here[0];
}

enum {
    READ_NEIGHBOUR,
    WRITE_CODE,
    WRITE_KERNEL_OBJECT,
    PASS_KERNEL_ADDRESS,
    OVERFLOW_STACK,
    ATTACKS
};
static const char *const attack_names[ATTACKS] = {
    "read a neighbour's memory", "write code",
    "write a kernel object",     "pass a kernel address to a system call",
    "overflow its stack",
};

static void mallory_program(uint32_t attack)
{
    switch (attack) {
    case READ_NEIGHBOUR:
        read_neighbour();
        break;
    case WRITE_CODE:
        write_code();
        break;
    case WRITE_KERNEL_OBJECT:
        write_kernel_object();
        break;
    case PASS_KERNEL_ADDRESS:
        keep_thread_exit(pass_kernel_address());
        break;
    case OVERFLOW_STACK:
        overflow_stack(1000);
        break;
    }
}

/* Was the attack answered by a fault or by an error? */
static uint32_t try_attack(uint32_t attack)
{
    keep_print("mallory tries to ");
    keep_print(attack_names[attack]);
    keep_thread_start(&mallory, mallory_program, attack);
    keep_thread_join(&mallory);
    if (mallory.end == KEEP_END_FAULT)
        keep_print(": refused by the MPU\n");
    else if (mallory.end == KEEP_END_EXIT && mallory.status < 0)
        keep_print(": refused by the kernel\n");
    else {
        keep_print(": SUCCEEDED\n");
        return 0;
    }
    return 1;
}

void keep_main(void)
{
    uint32_t refused = 0;
    keep_print("Keep: two programs that share, one that may not\n");
    keep_thread_start(&alice, alice_program, 0);
    keep_thread_start(&bob, bob_program, 0);
    keep_sem_take(&half_time, KEEP_FOREVER);
    keep_sem_take(&half_time, KEEP_FOREVER);
    for (uint32_t attack = 0; attack < ATTACKS; attack++)
        refused += try_attack(attack);
    keep_sem_give(&resume);
    keep_sem_give(&resume);
    keep_thread_join(&alice);
    keep_thread_join(&bob);
    keep_print("summary: ");
    keep_print_number(refused);
    keep_print(" of ");
    keep_print_number(ATTACKS);
    keep_print(" attacks refused, the sum is ");
    keep_print_number(bob_private.data.sum);
    keep_print("\n");
    keep_shutdown(
        refused == ATTACKS && bob_private.data.sum == 46 && alice.end == KEEP_END_EXIT ? 0 : 1);
}
