/*
 * Loads programs after boot: two from a memory region, one of which does harm; then those that come
 * over the console, each as its length (four bytes, the lowest first) and its file.
 */
#include "kernel/abi/supervisor.h"
#include "kernel/user/keep.h"

#define PRIORITY  20u
#define QUOTA     512u
#define FILE_MAX  4096u
#define BYTE_WAIT KEEP_MS(50)

extern struct keep_uart keep_console;
extern const uint8_t program_guest[], program_guest_end[], program_evil[], program_evil_end[];

KEEP_PROGRAM(guest_program, .policy = KEEP_POLICY_THREAD, .quota = QUOTA);
static uint32_t file[FILE_MAX / 4];

static void run(const void *program, uint32_t bytes)
{
    int32_t rc = keep_program_check(program, bytes);
    if (rc < 0) {
        keep_print(rc == -KEEP_EIO ? "refused: its digest is wrong\n"
                                   : "refused: no sound program\n");
        return;
    }
    keep_print(rc ? "loaded, trusted\n" : "loaded\n");
    struct keep_thread *t =
        keep_program_load(program, bytes, PRIORITY, &guest_program, &keep_console);
    keep_object_grant(&keep_console.object, t);
    keep_thread_start(t);
    keep_thread_join(t, KEEP_FOREVER);
    if (t->end == KEEP_END_FAULT)
        keep_print(keep_fault_words(t->fault.kind));
    else {
        keep_print("it ended with ");
        keep_print_number((uint32_t)t->status);
    }
    keep_print(guest_program.used ? ", and left something\n" : "\n");
}

static bool read_bytes(void *to, uint32_t bytes)
{
    for (uint32_t at = 0; at < bytes;) {
        int32_t n = keep_uart_read(&keep_console, (uint8_t *)to + at, bytes - at, BYTE_WAIT);
        if (n <= 0)
            return false;
        at += (uint32_t)n;
    }
    return true;
}

static bool load_from_console(void)
{
    uint32_t bytes;
    if (!read_bytes(&bytes, sizeof bytes))
        return false;
    if (bytes > FILE_MAX || !read_bytes(file, bytes)) {
        keep_print("refused: too long, or cut off\n");
        return false;
    }
    run(file, bytes);
    return true;
}

void keep_main(void)
{
    run(program_guest, (uint32_t)(program_guest_end - program_guest));
    run(program_evil, (uint32_t)(program_evil_end - program_evil));
    while (load_from_console())
        ;
    keep_print("no more programs\n");
    keep_shutdown(0);
}
