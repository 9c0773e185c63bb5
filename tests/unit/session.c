#include "tests/unit/session.h"

#include <string.h>

#include "sim/base/file.h"
#include "sim/record/recording.h"
#include "sim/record/session.h"
#include "tests/unit/test.h"

/* What is typed, 2 bytes each tenth of a second. */
struct typist {
    struct session session;
    const char *text;
    uint64_t next;
};

static bool type(void *ctx, struct machine_input *in, bool wait, uint64_t *again)
{
    struct typist *t = ctx;
    uint64_t now = *cpu_now(machine_cpu(t->session.machine));
    bool due = *t->text && (now >= t->next || wait);
    if (due) {
        in->device = machine_console(t->session.machine);
        in->n = t->text[1] ? 2 : 1;
        memcpy(in->bytes, t->text, in->n);
        t->text += in->n;
        t->next = now + t->session.board.clock_hz / 10;
    }
    *again = *t->text ? t->next : MACHINE_FOREVER;
    return due;
}

static const char *record(const char *board_file, const char *guest,
                          const struct cpu_disturbance *d, const char *text, const char *folder)
{
    struct moat_error err = {0};
    struct board board;
    struct image *image;
    struct typist typist = {.text = text ? text : ""};
    struct session *s = &typist.session;
    struct recording_out *out;
    test_board(board_file, &board);
    ck_assert_msg(image_open(test_guest(board.name, guest), &image, &err) == 0, "%s", err.text);
    struct recording_info info = {
        .firmware = "guest.elf", .engine = "test", .digest_every = SESSION_DIGEST_EVERY};
    struct session_host host = {.ctx = &typist, .input = text ? type : NULL};
    ck_assert_msg(session_open(s, &board, image, &host, &err) == 0, "%s", err.text);
    ck_assert_msg(recording_create(folder, &board, machine_parts(), image, &info, &out, &err) == 0,
                  "%s", err.text);
    s->recorder.sink = recording_sink(out);
    if (d)
        cpu_disturb(machine_cpu(s->machine), d);
    session_start(s, info.digest_every);
    struct machine_stop stop = session_run(s, MACHINE_FOREVER);
    ck_assert_msg(stop.kind == MACHINE_STOP_EXIT || stop.kind == MACHINE_STOP_LOCKUP ||
                      stop.kind == MACHINE_STOP_IDLE,
                  "%s: %s", guest, machine_stop_text(stop.kind));
    session_end(s, &stop);
    ck_assert_msg(recording_finish(out, &err) == 0, "%s", err.text);
    session_close(s);
    image_close(image);
    return folder;
}

const char *session_record(const char *board_file, const char *guest,
                           const struct cpu_disturbance *d)
{
    return record(board_file, guest, d, NULL, test_folder("session"));
}

const char *session_record_input(const char *board_file, const char *guest, const char *text)
{
    return record(board_file, guest, NULL, text, test_folder("session"));
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
