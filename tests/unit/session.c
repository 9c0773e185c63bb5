#include "tests/unit/session.h"

#include "sim/base/file.h"
#include "sim/record/recorder.h"
#include "sim/record/recording.h"
#include "tests/unit/test.h"

struct bench {
    struct recorder recorder;
    struct machine *machine;
};

static void host_cpu_event(void *ctx, const struct cpu_event *e)
{
    recorder_cpu_event(&((struct bench *)ctx)->recorder, e);
}

static void host_output(void *ctx, const char *name, const void *bytes, size_t n)
{
    recorder_output(&((struct bench *)ctx)->recorder, name, bytes, n);
}

static void host_unmodelled(void *ctx, const char *name, uint32_t offset, bool write)
{
    recorder_unmodelled(&((struct bench *)ctx)->recorder, name, offset, write);
}

const char *session_record(const char *board_file, const char *guest,
                           const struct cpu_disturbance *d)
{
    struct moat_error err = {0};
    struct buf text = {0};
    struct board board;
    struct image *image;
    struct bench b = {0};
    const char *folder = test_folder("session");
    ck_assert_msg(file_read(board_file, "board", &text, &err) == 0, "%s", err.text);
    ck_assert_msg(board_parse(board_file, text.data, text.len, machine_parts(), &board, &err) == 0,
                  "%s", err.text);
    ck_assert_msg(image_open(test_guest(board.name, guest), &image, &err) == 0, "%s", err.text);
    ck_assert_msg(keep_read(image, &b.recorder.keep, &err) == 0, "%s", err.text);
    struct recording_info info = {.firmware = "guest.elf", .build_id = "", .engine = "test"};
    ck_assert_msg(recording_create(folder, &board, machine_parts(), image, &info, &b.recorder.trace,
                                   &err) == 0,
                  "%s", err.text);
    struct machine_host host = {.ctx = &b,
                                .cpu_event = host_cpu_event,
                                .output = host_output,
                                .unmodelled = host_unmodelled};
    ck_assert_msg(machine_new(&board, image, &host, &b.machine, &err) == 0, "%s", err.text);
    b.recorder.machine = b.machine;
    if (d)
        cpu_disturb(machine_cpu(b.machine), d);
    machine_reset(b.machine);
    struct machine_stop stop = machine_run(b.machine, MACHINE_FOREVER);
    ck_assert_msg(stop.kind == MACHINE_STOP_EXIT || stop.kind == MACHINE_STOP_LOCKUP ||
                      stop.kind == MACHINE_STOP_IDLE,
                  "%s: %s", guest, machine_stop_text(stop.kind));
    recorder_stop(&b.recorder, &stop);
    ck_assert(recording_finish(folder, &info, b.recorder.trace, &err) == 0);
    machine_free(b.machine);
    keep_fini(&b.recorder.keep);
    image_close(image);
    buf_fini(&text);
    return folder;
}
