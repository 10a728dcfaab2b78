/* SPDX-License-Identifier: MIT
 *
 * Any bytes as the body of an inference of the Open Inference Protocol, JSON
 * alone or with tensors behind it: the same verdict however it is cut, within
 * its limits; a refusal is the client's fault; what is accepted has all the
 * elements that its shapes say, as floats and as cells. */
#include "check.h"

#include "handlers/v2_body.h"
#include "handlers/v2_request.h"
#include "http/utf8.h"

enum {
    ALL_JSON = 1, /* of the first byte; else the next two: how long it is */
    PACKED = 2,
    BODY_MAX_BYTES = 1 << 16,
    ELEMENTS_MAX = 1 << 12,
    CONTROL_MAX_BYTES = 1 << 12,
};

static struct http_body *fill(const uint8_t *data,
                              size_t size,
                              size_t chunk,
                              uint64_t json_bytes,
                              bool packed,
                              struct problem *problem)
{
    static struct v2_heads heads;
    const struct v2_body_limits limits = {
        .max_bytes = BODY_MAX_BYTES,
        .max_elements = ELEMENTS_MAX,
        .max_control_bytes = CONTROL_MAX_BYTES,
        .heads = &heads,
    };
    struct http_body *body = v2_body_create(json_bytes, &limits);
    if (packed)
        body = body_inflate(body);
    CHECK(body != NULL);
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
    CHECK(status == 400 || status == 413 || status == 501);
    CHECK(problem->detail[0] != '\0');
}

static void use_cells(const struct v2_tensor *tensor, bool exact)
{
    struct v2_cursor cursor = {.tensor = tensor, .exact = exact};
    struct problem problem = {0};
    mlp_cell cell;
    size_t i = 0;
    while (i < tensor->n && v2_cursor_next(&cursor, &cell, &problem)) {
        CHECK(!problem_is_set(&problem));
        CHECK(cell.kind != MLP_CELL_TEXT ||
              utf8_is_valid(cell.text, cell.length));
        i++;
    }
    CHECK(i == tensor->n || problem_status(problem.type) == 400);
}

static void use_floats(const struct v2_tensor *tensor)
{
    struct problem problem = {0};
    float *values = malloc(tensor->n * sizeof *values);
    CHECK(values != NULL);
    if (v2_tensor_floats(tensor, values, &problem)) {
        for (size_t i = 0; i < tensor->n; i++)
            CHECK(values[i] != values[i] || values[i] - values[i] == 0);
    } else {
        CHECK(problem_status(problem.type) == 400);
    }
    const float *view = v2_tensor_view(tensor, &problem);
    CHECK(view == NULL || memcmp(view, values, tensor->n * sizeof *view) == 0);
    free(values);
}

static void use(const struct http_body *body)
{
    struct v2_request request;
    struct problem problem = {0};
    if (!v2_request_read(&request, body, &problem)) {
        expect_refusal(&problem);
        return;
    }
    bool by_element;
    size_t n = 0;
    for (size_t i = 0; i < request.n_inputs; i++) {
        const struct v2_tensor *tensor = &request.inputs[i];
        CHECK(tensor->n > 0 && tensor->n <= BODY_MAX_BYTES);
        n += tensor->n;
        use_cells(tensor, false);
        use_cells(tensor, true);
        use_floats(tensor);
    }
    CHECK(request.raw || v2_request_count(&request, &by_element) == n);
    v2_request_free(&request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t choice = fuzz_take(&data, &size);
    uint8_t chunk = fuzz_take(&data, &size);
    uint64_t json_bytes = V2_ALL_JSON;
    struct problem problem = {0}, of_cut = {0};
    if (!(choice & ALL_JSON)) {
        json_bytes = fuzz_take(&data, &size);
        json_bytes = json_bytes << 8 | fuzz_take(&data, &size);
    }
    bool packed = (choice & PACKED) != 0;
    struct http_body *whole = fill(data, size, 0, json_bytes, packed, &problem);
    struct http_body *cut =
        fill(data, size, chunk, json_bytes, packed, &of_cut);
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
