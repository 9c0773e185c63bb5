#include "tests/unit/session.h"

#include "sim/base/file.h"
#include "sim/record/recording.h"
#include "sim/record/session.h"
#include "tests/unit/test.h"

static const char *record(const char *board_file, const char *guest,
                          const struct cpu_disturbance *d, const char *folder)
{
    struct moat_error err = {0};
    struct board board;
    struct image *image;
    struct session s;
    struct recording_out *out;
    test_board(board_file, &board);
    ck_assert_msg(image_open(test_guest(board.name, guest), &image, &err) == 0, "%s", err.text);
    struct recording_info info = {
        .firmware = "guest.elf", .engine = "test", .digest_every = SESSION_DIGEST_EVERY};
    struct session_host host = {0};
    ck_assert_msg(session_open(&s, &board, image, &host, &err) == 0, "%s", err.text);
    ck_assert_msg(recording_create(folder, &board, machine_parts(), image, &info, &out, &err) == 0,
                  "%s", err.text);
    s.recorder.sink = recording_sink(out);
    if (d)
        cpu_disturb(machine_cpu(s.machine), d);
    session_start(&s, info.digest_every);
    struct machine_stop stop = session_run(&s, MACHINE_FOREVER);
    ck_assert_msg(stop.kind == MACHINE_STOP_EXIT || stop.kind == MACHINE_STOP_LOCKUP ||
                      stop.kind == MACHINE_STOP_IDLE,
                  "%s: %s", guest, machine_stop_text(stop.kind));
    session_end(&s, &stop);
    ck_assert_msg(recording_finish(out, &err) == 0, "%s", err.text);
    session_close(&s);
    image_close(image);
    return folder;
}

const char *session_record(const char *board_file, const char *guest,
                           const struct cpu_disturbance *d)
{
    return record(board_file, guest, d, test_folder("session"));
}

void test_board(const char *file, struct board *out)
{
    struct moat_error err = {0};
    struct buf text = {0};
    ck_assert_msg(file_read(file, "board", &text, &err) == 0, "%s", err.text);
    ck_assert_msg(board_parse(file, text.data, text.len, machine_parts(), out, &err) == 0, "%s",
                  err.text);
    buf_fini(&text);
}
