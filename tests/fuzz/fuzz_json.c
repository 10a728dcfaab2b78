/* SPDX-License-Identifier: MIT
 *
 * Any bytes as JSON, cut anywhere: our reader and jansson agree on what is
 * JSON and on what it says, but for a few things on purpose; the fast way
 * through matrices gives the floats of the slow one; what is written is read
 * again as the same. */
#include "check.h"

#include <jansson.h>

#include "http/json_text.h"

enum { FLOATS_MAX = 4096, READER_DEPTH = JSON_TREE_MAX_DEPTH + 8 };

/* What one reading gives. */
struct reading {
    struct json_tree tree;
    struct problem problem;
    mlp_status status;
    mlp_error err;
    bool collect; /* the numbers of arrays, too */
    unsigned arrays;
    bool in_array[READER_DEPTH + 1];
    float floats[FLOATS_MAX];
    size_t n_floats;
};

static void keep_float(struct reading *reading, float value)
{
    if (reading->n_floats < FLOATS_MAX)
        reading->floats[reading->n_floats++] = value;
}

static mlp_status
on_token(void *context, const mlp_json_token *token, mlp_error *err)
{
    struct reading *reading = context;
    (void)err;
    CHECK(token->depth <= READER_DEPTH);
    if (token->event == MLP_JSON_ARRAY_BEGIN ||
        token->event == MLP_JSON_OBJECT_BEGIN)
        reading->in_array[token->depth] = token->event == MLP_JSON_ARRAY_BEGIN;
    if (token->event == MLP_JSON_NUMBER && token->depth > 0 &&
        reading->in_array[token->depth - 1])
        keep_float(reading, mlp_decimal_to_float(&token->decimal));
    return json_tree_push(&reading->tree, token, &reading->problem)
               ? MLP_OK
               : MLP_INVALID;
}

static mlp_status on_token_between_floats(void *context,
                                          const mlp_json_token *token,
                                          mlp_error *err)
{
    (void)context;
    (void)token;
    (void)err;
    return MLP_OK;
}

static mlp_status
on_floats(void *context, const float *values, size_t n, mlp_error *err)
{
    (void)err;
    for (size_t i = 0; i < n; i++)
        keep_float(context, values[i]);
    return MLP_OK;
}

/* chunk: bytes at a time, 0 for all at once. */
static struct reading *
read_all(const char *text, size_t size, size_t chunk, bool floats)
{
    struct reading *reading = calloc(1, sizeof *reading);
    mlp_json_reader *reader;
    CHECK(reading != NULL);
    json_tree_init(&reading->tree, size + 1);
    reading->tree.max_nodes = SIZE_MAX;
    CHECK(mlp_json_reader_create(floats ? on_token_between_floats : on_token,
                                 reading, READER_DEPTH, size + 1, &reader,
                                 NULL) == MLP_OK);
    if (floats)
        mlp_json_reader_set_floats(reader, on_floats);
    for (size_t i = 0; i < size && reading->status == MLP_OK;) {
        size_t n = chunk > 0 && chunk < size - i ? chunk : size - i;
        reading->status =
            mlp_json_reader_feed(reader, text + i, n, &reading->err);
        i += n;
    }
    if (reading->status == MLP_OK)
        reading->status = mlp_json_reader_finish(reader, &reading->err);
    CHECK(mlp_json_reader_finish(reader, NULL) == reading->status);
    mlp_json_reader_destroy(reader);
    return reading;
}

static void reading_free(struct reading *reading)
{
    json_tree_free(&reading->tree);
    free(reading);
}

static void expect_equal(const struct reading *a, const struct reading *b)
{
    CHECK(a->status == b->status);
    CHECK(a->problem.type == b->problem.type);
    CHECK(strcmp(a->problem.detail, b->problem.detail) == 0);
    CHECK(strcmp(a->err.text, b->err.text) == 0);
    if (a->status == MLP_OK)
        CHECK(json_equal(a->tree.root, b->tree.root));
}

/* jansson has deeper nesting and longer numbers, and no whole numbers beyond
 * 64 bits; a NUL, which we never take, may be the end to it. */
static void
compare_with_jansson(const char *text, size_t size, const struct reading *ours)
{
    json_error_t error;
    json_t *theirs = json_loadb(
        text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    bool limits = ours->status == MLP_LIMIT ||
                  ours->problem.type == PROBLEM_TOO_LARGE ||
                  strstr(ours->problem.detail, "deeper than") != NULL;
    if (theirs == NULL && ours->status == MLP_OK)
        CHECK(json_error_code(&error) == json_error_numeric_overflow);
    if (theirs != NULL)
        CHECK(limits || ours->status == MLP_OK);
    if (theirs != NULL && ours->status == MLP_OK)
        CHECK(json_equal(theirs, ours->tree.root));
    json_decref(theirs);
}

/* json_equal(), but 1e2 is 100 and -0.0 is 0. */
static bool same(const json_t *a, json_t *b)
{
    const char *key;
    json_t *member;
    if (json_is_number(a) && json_is_number(b))
        return json_number_value(a) <= json_number_value(b) &&
               json_number_value(a) >= json_number_value(b);
    if (json_typeof(a) != json_typeof(b) ||
        json_array_size(a) != json_array_size(b) ||
        json_object_size(a) != json_object_size(b))
        return false;
    for (size_t i = 0; i < json_array_size(a); i++)
        if (!same(json_array_get(a, i), json_array_get(b, i)))
            return false;
    json_object_foreach(b, key, member) if (json_object_get(a, key) == NULL ||
                                            !same(json_object_get(a, key),
                                                  member)) return false;
    return !json_is_string(a) || json_equal(a, b);
}

static void write_and_read_again(const json_t *root)
{
    mlp_buffer text;
    mlp_buffer_init(&text, SIZE_MAX - 1);
    json_text_write(&text, root);
    CHECK(text.status == MLP_OK);
    struct reading *again = read_all(text.data, text.length, 0, false);
    CHECK(again->status == MLP_OK);
    CHECK(same(root, again->tree.root));
    reading_free(again);
    mlp_buffer_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t chunk = fuzz_take(&data, &size);
    char *text = fuzz_text(data, size);
    struct reading *whole = read_all(text, size, 0, false);
    struct reading *cut = read_all(text, size, chunk, false);
    struct reading *floats = read_all(text, size, chunk, true);
    CHECK((whole->status == MLP_OK) ==
          (whole->tree.root != NULL && !problem_is_set(&whole->problem) &&
           whole->err.status == MLP_OK));
    expect_equal(whole, cut);
    if (memchr(text, '\0', size) != NULL)
        CHECK(whole->status != MLP_OK);
    else
        compare_with_jansson(text, size, whole);
    if (whole->status == MLP_OK) {
        CHECK(floats->status == MLP_OK);
        CHECK(floats->n_floats == whole->n_floats);
        CHECK(memcmp(floats->floats, whole->floats,
                     whole->n_floats * sizeof(float)) == 0);
        write_and_read_again(whole->tree.root);
    }
    reading_free(whole);
    reading_free(cut);
    reading_free(floats);
    free(text);
    return 0;
}
