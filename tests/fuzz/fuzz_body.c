/* SPDX-License-Identifier: MIT
 *
 * Any bytes as the JSON body of a prediction or a training, plain or as gzip:
 * the same verdict however it is cut, within its limits; a refusal is the
 * client's fault and its document is JSON; what is accepted holds together.
 * With a tree or, where there is no need of one, without: the same again. */
#include "check.h"

#include "http/json.h"
#include "http/json_body.h"
#include "mlp/json.h"
#include "round_trip.h"

enum {
    TRAINING = 1, /* of the first byte: the place, and gzip */
    GZIP = 2,
    SNIFF = 4, /* unpack what begins like gzip, whatever it is said to be */
    BRIEF = 8, /* ours: needs no tree if it is brief */
    BODY_MAX_BYTES = 1 << 16,
    CELLS_MAX = 1 << 12,
    CONTROL_MAX_BYTES = 1 << 12,
};

static struct http_body *create(uint8_t choice)
{
    const struct json_body_limits limits = {
        .max_bytes = BODY_MAX_BYTES,
        .max_cells = CELLS_MAX,
        .max_control_bytes = CONTROL_MAX_BYTES,
        .may_be_brief = (choice & BRIEF) != 0,
    };
    struct http_body *body = json_body_create(
        choice & TRAINING ? JSON_BODY_DATA : JSON_BODY_ROOT, &limits);
    if (choice & (GZIP | SNIFF))
        body = body_gunzip(body, (choice & SNIFF) != 0);
    CHECK(body != NULL);
    return body;
}

static struct http_body *fill(const uint8_t *data,
                              size_t size,
                              size_t chunk,
                              uint8_t choice,
                              struct problem *problem)
{
    struct http_body *body = create(choice);
    char *text = fuzz_text(data, size);
    for (size_t i = 0, n; i < size; i += n) {
        n = chunk > 0 && chunk < size - i ? chunk : size - i;
        body_write(body, text + i, n, problem);
    }
    body_finish(body, problem);
    free(text);
    return body;
}

static void expect_document(const struct problem *problem)
{
    struct problem none = {0};
    mlp_buffer text;
    int status = problem_status(problem->type);
    CHECK(status >= 400 && status < 500);
    mlp_buffer_init(&text, PROBLEM_MAX_BYTES);
    problem_write(&text, problem, "id");
    CHECK(text.status == MLP_OK);
    json_t *json = json_parse(text.data, text.length, &none);
    CHECK(json != NULL);
    CHECK(json_integer_value(json_object_get(json, "status")) == status);
    json_decref(json);
    mlp_buffer_free(&text);
}

static void use(struct http_body *body)
{
    size_t n_rows = 0, n_columns = 0;
    struct http_body *inner = body_inner(body);
    CHECK(json_is_object(json_body_control(inner)));
    const float *inputs = json_body_inputs(inner, &n_rows, &n_columns);
    double sum = 0;
    for (size_t i = 0; inputs != NULL && i < n_rows * n_columns; i++)
        sum += (double)inputs[i];
    CHECK(inputs == NULL || n_rows * n_columns > 0);
    CHECK(n_rows * n_columns <= CELLS_MAX);
    CHECK(sum == sum || sum != sum);
    free(json_body_take_inputs(inner));
    fuzz_round_trip(json_body_take_targets(inner));
    fuzz_round_trip(json_body_take_rows(inner));
}

static void expect_same(const struct problem *a, const struct problem *b)
{
    CHECK(a->type == b->type);
    CHECK(strcmp(a->detail, b->detail) == 0);
    CHECK(strcmp(a->pointer, b->pointer) == 0);
}

/* What it says without a tree is what the tree says. */
static void expect_brief(struct http_body *tree, struct http_body *brief)
{
    size_t n_rows = 0, n_columns = 0, rows = 0, columns = 0;
    tree = body_inner(tree);
    brief = body_inner(brief);
    const json_t *control = json_body_control(tree);
    const char *model = json_body_brief(brief);
    const float *a = json_body_inputs(tree, &n_rows, &n_columns);
    const float *b = json_body_inputs(brief, &rows, &columns);
    CHECK((a == NULL) == (b == NULL));
    CHECK(rows == n_rows && columns == n_columns);
    CHECK(a == NULL || memcmp(a, b, rows * columns * sizeof *a) == 0);
    if (model == NULL) {
        CHECK(json_equal(json_body_control(brief), control));
        return;
    }
    const json_t *said = json_object_get(control, "model");
    CHECK(strcmp(model, said != NULL ? json_string_value(said) : "") == 0);
    CHECK(json_object_size(control) ==
          (said != NULL) + (json_object_get(control, "inputs") != NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t choice = fuzz_take(&data, &size) & (TRAINING | GZIP | SNIFF);
    uint8_t chunk = fuzz_take(&data, &size);
    uint8_t shape = choice & TRAINING ? choice : (uint8_t)(choice | BRIEF);
    struct problem problem = {0}, of_cut = {0}, of_brief = {0};
    struct http_body *whole = fill(data, size, 0, choice, &problem);
    struct http_body *cut = fill(data, size, chunk, choice, &of_cut);
    struct http_body *brief = fill(data, size, chunk, shape, &of_brief);
    expect_same(&problem, &of_cut);
    expect_same(&problem, &of_brief);
    if (problem_is_set(&problem)) {
        expect_document(&problem);
    } else {
        expect_brief(whole, brief);
        use(whole);
        use(cut);
    }
    body_destroy(whole);
    body_destroy(cut);
    body_destroy(brief);
    return 0;
}
