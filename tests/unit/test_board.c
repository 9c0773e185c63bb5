/*
 * Board files: every key of every table is tried missing, of a wrong type and out of range; and the
 * normalised form of a board is a board, the same one.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loaders/board.h"
#include "sim/base/file.h"
#include "sim/machine/machine.h"
#include "tests/unit/test.h"

static cJSON *good(void)
{
    struct buf text = {0};
    struct moat_error err;
    ck_assert(file_read("configs/boards/mps2-an386.json", "board", &text, &err) == 0);
    cJSON *root = cJSON_Parse(text.data);
    buf_fini(&text);
    return root;
}

static int parse(cJSON *root, struct board *out, struct moat_error *err)
{
    char *text = cJSON_Print(root);
    int rc = board_parse("b.json", text, strlen(text), machine_parts(), out, err);
    cJSON_free(text);
    return rc;
}

/* The object that the table describes: the board, its cpu, its first memory or device. */
static cJSON *part(cJSON *root, int which)
{
    switch (which) {
    case 1:
        return cJSON_GetObjectItem(root, "cpu");
    case 2:
        return cJSON_GetArrayItem(cJSON_GetObjectItem(root, "memory"), 0);
    case 3:
        return cJSON_GetArrayItem(cJSON_GetObjectItem(root, "devices"), 0);
    }
    return root;
}

static void refused(cJSON *root, const char *key, const char *why)
{
    struct board b;
    struct moat_error err;
    ck_assert_msg(parse(root, &b, &err) == -MOAT_EINPUT, "\"%s\" %s is accepted", key, why);
    ck_assert_msg(strncmp(err.text, "b.json:", 7) == 0 && strstr(err.text, key) != NULL,
                  "\"%s\" %s: %s", key, why, err.text);
    cJSON_Delete(root);
}

static cJSON *wrong_type(enum field_type type)
{
    if (type == FIELD_INT || type == FIELD_SIZE)
        return cJSON_CreateNumber(1.5);
    return type == FIELD_ARRAY ? cJSON_CreateObject() : cJSON_CreateArray();
}

static cJSON *out_of_range(const struct field *f)
{
    static char name[200];
    switch (f->type) {
    case FIELD_INT:
    case FIELD_SIZE:
        return cJSON_CreateNumber((double)f->max + 1);
    case FIELD_ADDR:
        return cJSON_CreateString("0x100000000");
    case FIELD_STRING:
        memset(name, 'x', sizeof name - 1);
        return cJSON_CreateString(name);
    default:
        return NULL;
    }
}

START_TEST(every_key_is_checked)
{
    for (const struct field *f = board_fields(_i); f->name; f++) {
        cJSON *root = good();
        if (f->required) {
            cJSON_DeleteItemFromObjectCaseSensitive(part(root, _i), f->name);
            refused(root, f->name, "missing");
            root = good();
        }
        if (!cJSON_GetObjectItemCaseSensitive(part(root, _i), f->name))
            cJSON_AddItemToObject(part(root, _i), f->name, wrong_type(f->type));
        else
            cJSON_ReplaceItemInObjectCaseSensitive(part(root, _i), f->name, wrong_type(f->type));
        refused(root, f->name, "of a wrong type");
        cJSON *far = out_of_range(f);
        if (!far)
            continue;
        root = good();
        if (!cJSON_GetObjectItemCaseSensitive(part(root, _i), f->name))
            cJSON_AddItemToObject(part(root, _i), f->name, far);
        else
            cJSON_ReplaceItemInObjectCaseSensitive(part(root, _i), f->name, far);
        refused(root, f->name, "out of range");
    }
}
END_TEST

START_TEST(the_normalised_form_is_the_same_board)
{
    struct board a, b;
    struct moat_error err;
    struct buf text = {0}, again = {0};
    cJSON *root = good();
    ck_assert_msg(parse(root, &a, &err) == 0, "%s", err.text);
    board_print(&a, machine_parts(), &text);
    ck_assert(board_parse("n.json", text.data, text.len, machine_parts(), &b, &err) == 0);
    ck_assert(memcmp(&a, &b, sizeof a) == 0);
    board_print(&b, machine_parts(), &again);
    ck_assert_str_eq(text.data, again.data);
    cJSON_Delete(root);
    buf_fini(&text);
    buf_fini(&again);
}
END_TEST

START_TEST(places_are_exact)
{
    static const char text[] =
        "{\n  \"moat\": 1,\n  \"name\": \"x\",\n  \"cpu\": {\"core\": 3}\n}\n";
    struct board b;
    struct moat_error err;
    ck_assert(board_parse("p.json", text, strlen(text), machine_parts(), &b, &err) < 0);
    ck_assert_msg(strstr(err.text, "p.json:4:19: /cpu/core: expected a string") != NULL, "%s",
                  err.text);
    ck_assert(strstr(err.text, "p.json:1:1: missing key \"summary\"") != NULL);
}
END_TEST

static const char *const not_json[] = {
    "", "{", "[1,2", "{\"moat\": 1} x", "{\"moat\" 1}", "nul", "{\"a\":\"\\u12\"}", "\xff\xfe",
};

START_TEST(what_is_not_json_has_a_place_too)
{
    struct board b;
    struct moat_error err;
    const char *text = not_json[_i];
    ck_assert(board_parse("s.json", text, strlen(text), machine_parts(), &b, &err) == -MOAT_EINPUT);
    ck_assert_msg(strncmp(err.text, "s.json:1:", 9) == 0, "%s", err.text);
}
END_TEST

START_TEST(random_damage_is_never_a_crash)
{
    struct buf text = {0};
    struct moat_error err;
    struct board b;
    uint64_t rnd = 5;
    ck_assert(file_read("configs/boards/mps2-an386.json", "board", &text, &err) == 0);
    char *copy = malloc(text.len + 1);
    for (int i = 0; i < (test_long() ? 100000 : 3000); i++) {
        memcpy(copy, text.data, text.len + 1);
        for (uint32_t k = 0; k <= test_random(&rnd) % 3; k++)
            copy[test_random(&rnd) % text.len] = "{}[]\",:0x9-e\\n "[test_random(&rnd) % 15];
        if (board_parse("r.json", copy, text.len, machine_parts(), &b, &err) < 0)
            ck_assert(strncmp(err.text, "r.json:", 7) == 0);
    }
    free(copy);
    buf_fini(&text);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("board");
    TCase *tc = tcase_create("boards");
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, every_key_is_checked, 0, 4);
    ADD(tc, the_normalised_form_is_the_same_board);
    ADD(tc, places_are_exact);
    tcase_add_loop_test(tc, what_is_not_json_has_a_place_too, 0,
                        sizeof not_json / sizeof *not_json);
    ADD(tc, random_damage_is_never_a_crash);
    suite_add_tcase(s, tc);
    return s;
}
