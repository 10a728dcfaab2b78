/* SPDX-License-Identifier: MIT
 *
 * Any bytes as the body of a request in TensorFlow Serving's dialect, plain or
 * packed: the same verdict however it is cut, within its limits; a refusal is
 * the client's fault; what is accepted gives numbers, or a table that holds
 * together. */
#include "check.h"

#include "handlers/v1_body.h"
#include "handlers/v1_request.h"
#include "round_trip.h"

enum {
    GZIP = 1, /* of the first byte */
    DEFLATE = 2,
    BODY_MAX_BYTES = 1 << 16,
    CELLS_MAX = 1 << 12,
    CONTROL_MAX_BYTES = 1 << 12,
};

static struct http_body *create(uint8_t choice)
{
    const struct v1_body_limits limits = {
        .max_bytes = BODY_MAX_BYTES,
        .max_cells = CELLS_MAX,
        .max_control_bytes = CONTROL_MAX_BYTES,
    };
    struct http_body *body = v1_body_create(&limits);
    if (choice & GZIP)
        body = body_gunzip(body, false);
    if (choice & DEFLATE)
        body = body_inflate(body);
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

static void expect_refusal(const struct problem *problem)
{
    int status = problem_status(problem->type);
    CHECK(status == 400 || status == 413);
    CHECK(problem->detail[0] != '\0');
}

static void use_table(struct v1_values *values)
{
    struct problem problem = {0};
    bool named;
    mlp_table *table = v1_values_take_table(values, &named, &problem);
    CHECK((table == NULL) == problem_is_set(&problem));
    if (table == NULL) {
        v1_use_codes(&problem);
        expect_refusal(&problem);
        return;
    }
    CHECK(named || mlp_table_n_columns(table) == 1);
    CHECK(mlp_table_n_rows(table) * mlp_table_n_columns(table) <= CELLS_MAX);
    fuzz_round_trip(table);
}

static void use_values(struct v1_values *values)
{
    size_t n_rows = 0, n_columns = 0;
    const float *numbers = v1_values_numbers(values, &n_rows, &n_columns);
    if (numbers == NULL) {
        use_table(values);
        return;
    }
    CHECK(n_rows * n_columns <= CELLS_MAX);
    CHECK(n_rows == v1_values_n_rows(values));
    for (size_t i = 0; i < n_rows * n_columns; i++)
        CHECK(numbers[i] != numbers[i] || numbers[i] - numbers[i] == 0);
}

static void use(struct http_body *body)
{
    const char *member = v1_body_member(body);
    struct v1_values *context = v1_body_context(body);
    CHECK(v1_body_signature(body) != NULL);
    if (member != NULL)
        use_values(v1_body_values(body));
    if (context != NULL)
        use_values(context);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t choice = fuzz_take(&data, &size);
    uint8_t chunk = fuzz_take(&data, &size);
    struct problem problem = {0}, of_cut = {0};
    struct http_body *whole = fill(data, size, 0, choice, &problem);
    struct http_body *cut = fill(data, size, chunk, choice, &of_cut);
    CHECK(problem.type == of_cut.type);
    CHECK(strcmp(problem.detail, of_cut.detail) == 0);
    CHECK(strcmp(problem.pointer, of_cut.pointer) == 0);
    if (problem_is_set(&problem)) {
        expect_refusal(&problem);
    } else {
        use(body_inner(whole));
        use(body_inner(cut));
    }
    body_destroy(whole);
    body_destroy(cut);
    return 0;
}
