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
#define PRIORITY_USER 20u

extern struct keep_uart keep_console;

/* ---- Memory: one partition each, and one for two. ---- */

struct secret {
    char text[28];
    uint32_t sum;
};

KEEP_PARTITION(shared);
KEEP_PARTITION(alice_private);
KEEP_PARTITION(bob_private);
KEEP_PARTITION(mallory_private);

static uint32_t number KEEP_APP_BSS(shared);
static struct secret alice_secret KEEP_APP_BSS(alice_private);
static struct secret bob_secret KEEP_APP_BSS(bob_private);
static struct secret mallory_secret KEEP_APP_BSS(mallory_private);

KEEP_DOMAIN(alice_domain, "shared alice_private");
KEEP_DOMAIN(bob_domain, "shared bob_private");
KEEP_DOMAIN(mallory_domain, "mallory_private");

/* ---- Threads, semaphores, and who may use what. ---- */

static void alice_program(void *arg);
static void bob_program(void *arg);
static void mallory_program(void *arg);

KEEP_USER_THREAD(alice, 1024, alice_program, NULL, &alice_domain, NULL, PRIORITY_USER, 0, 0);
KEEP_USER_THREAD(bob, 1024, bob_program, NULL, &bob_domain, NULL, PRIORITY_USER, 0, 0);
KEEP_USER_THREAD(mallory, 1024, mallory_program, NULL, NULL, NULL, PRIORITY_USER, 0, KEEP_FOREVER);

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

static void rest_at_half_time(uint32_t round)
{
    if (round != ROUNDS / 2)
        return;
    keep_sem_give(&half_time);
    keep_sem_take(&resume, KEEP_FOREVER);
}

static void alice_program(void *arg)
{
    (void)arg;
    keep_puts(&keep_console, "alice: I make numbers\n");
    for (uint32_t i = 0; i < ROUNDS; i++) {
        rest_at_half_time(i);
        keep_sem_take(&empty, KEEP_FOREVER);
        alice_secret.sum += 10 + i;
        number = 10 + i;
        keep_sem_give(&full);
        keep_sleep(KEEP_MS(1));
    }
    keep_puts(&keep_console, "alice: done\n");
}

static void bob_program(void *arg)
{
    (void)arg;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        rest_at_half_time(i);
        keep_sem_take(&full, KEEP_FOREVER);
        bob_secret.sum += number;
        keep_puts(&keep_console, "bob: got a number\n");
        keep_sem_give(&empty);
    }
    keep_puts(&keep_console, bob_secret.sum == 10 + 11 + 12 + 13 ? "bob: the sum is right\n"
                                                                 : "bob: the sum is wrong\n");
}

/* ---- The attacks. An attack that comes to its end has succeeded. ---- */

__attribute__((noinline)) static void read_neighbour(void)
{
    mallory_secret.sum = alice_secret.sum;
}

__attribute__((noinline)) static void write_code(void)
{
    *(volatile uint16_t *)((uint32_t)read_neighbour & ~1u) = 0xBF00;
}

__attribute__((noinline)) static void write_kernel_object(void)
{
    *(volatile uint32_t *)&full.object.permissions = 0xFFFFFFFFu;
}

static void pass_kernel_address(void)
{
    keep_uart_write(&keep_console, &full, sizeof full, KEEP_FOREVER);
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

static void mallory_program(void *attack)
{
    switch ((uint32_t)attack) {
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
        pass_kernel_address();
        break;
    case OVERFLOW_STACK:
        overflow_stack(1000);
        break;
    }
}

/* Was the attack refused, and by whom? */
static uint32_t try_attack(uint32_t attack)
{
    const struct keep_thread_spec spec = {mallory_program, (void *)attack, PRIORITY_USER, KEEP_USER,
                                          KEEP_FOREVER};
    keep_print("mallory tries to ");
    keep_print(attack_names[attack]);
    keep_thread_create(&mallory, &mallory_stack, &spec);
    keep_domain_join(&mallory_domain, &mallory);
    keep_object_grant(&keep_console.object, &mallory);
    keep_thread_start(&mallory);
    keep_thread_join(&mallory, KEEP_FOREVER);
    if (mallory.end != KEEP_END_FAULT) {
        keep_print(": SUCCEEDED\n");
        return 0;
    }
    keep_print(mallory.fault.kind == KEEP_FAULT_BUFFER ? ": refused by the kernel\n"
                                                       : ": refused by the MPU\n");
    return 1;
}

void keep_main(void)
{
    uint32_t refused = 0;
    keep_print("Keep: two programs that share, one that may not\n");
    keep_sem_take(&half_time, KEEP_FOREVER);
    keep_sem_take(&half_time, KEEP_FOREVER);
    for (uint32_t attack = 0; attack < ATTACKS; attack++)
        refused += try_attack(attack);
    keep_sem_give(&resume);
    keep_sem_give(&resume);
    keep_thread_join(&alice, KEEP_FOREVER);
    keep_thread_join(&bob, KEEP_FOREVER);
    keep_print("summary: ");
    keep_print_number(refused);
    keep_print(" of ");
    keep_print_number(ATTACKS);
    keep_print(" attacks refused, the sum is ");
    keep_print_number(bob_secret.sum);
    keep_print("\n");
    keep_shutdown(refused == ATTACKS && bob_secret.sum == 46 && alice.end == KEEP_END_EXIT ? 0 : 1);
}
