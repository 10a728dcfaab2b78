/* SPDX-License-Identifier: MIT
 *
 * Problems, and the replies that carry them and other bodies. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "http/problem.h"
#include "http/reply.h"
#include "http/reply_inner.h"

static json_t *body_of(const struct http_reply *reply)
{
    return json_loadb(reply->bytes, reply->length, 0, NULL);
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value != NULL ? value : "(none)";
}

Test(problem, the_first_one_is_told)
{
    struct problem problem = {0};
    cr_assert_not(problem_is_set(&problem));
    problem_set(&problem, PROBLEM_INVALID, "/a", "first %d", 1);
    problem_set(&problem, PROBLEM_INTERNAL, "/b", "second");
    cr_assert(problem_is_set(&problem));
    cr_assert_str_eq(problem.detail, "first 1");
    cr_assert_str_eq(problem.pointer, "/a");
    cr_assert_eq(problem_status(problem.type), 422);
}

Test(problem, reply_is_the_documented_shape)
{
    struct problem problem = {.retry_after_s = 7, .allow = "GET, HEAD"};
    problem_set(&problem, PROBLEM_SHAPE_MISMATCH, "/inputs/3",
                "inputs[3] has 783 values, digits@2 expects 784");
    struct http_reply *reply = reply_problem(&problem, "id-1");
    json_t *json = body_of(reply);
    const json_t *error = json_array_get(json_object_get(json, "errors"), 0);

    cr_assert_eq(reply_status(reply), 422);
    cr_assert_str_eq(reply->type, "application/problem+json");
    cr_assert_str_eq(text(json, "type"),
                     "https://mlpd.dev/problems/shape-mismatch");
    cr_assert_str_eq(text(json, "title"),
                     "Input width does not match the model");
    cr_assert_eq(json_integer_value(json_object_get(json, "status")), 422);
    cr_assert_str_eq(text(json, "detail"), problem.detail);
    cr_assert_str_eq(text(json, "error"), problem.detail);
    cr_assert_str_eq(text(json, "request_id"), "id-1");
    cr_assert_str_eq(text(error, "pointer"), "/inputs/3");
    cr_assert_str_eq(text(error, "detail"), problem.detail);
    cr_assert_eq(reply->n_fields, 2);
    cr_assert_str_eq(reply->fields[0].name, "Allow");
    cr_assert_str_eq(reply->fields[0].value, "GET, HEAD");
    cr_assert_str_eq(reply->fields[1].name, "Retry-After");
    cr_assert_str_eq(reply->fields[1].value, "7");
    json_decref(json);
    reply_destroy(reply);
}

Test(problem, reply_is_legal_json_whatever_the_client_has_sent)
{
    struct problem problem = {0};
    char hostile[600];
    for (size_t i = 0; i < sizeof hostile - 1; i++)
        hostile[i] = (char)(i % 255 + 1);
    hostile[sizeof hostile - 1] = '\0';
    problem_set(&problem, PROBLEM_MALFORMED, hostile + 100, "%s", hostile);
    struct http_reply *reply = reply_problem(&problem, NULL);
    json_t *json = body_of(reply);
    cr_assert_not_null(json);
    cr_assert_null(json_object_get(json, "request_id"));
    json_decref(json);
    reply_destroy(reply);
}

Test(problem, without_a_pointer_there_is_no_list_of_errors)
{
    struct problem problem = {0};
    problem_set(&problem, PROBLEM_NOT_FOUND, NULL, "no model iris");
    struct http_reply *reply = reply_problem(&problem, "x");
    json_t *json = body_of(reply);
    cr_assert_null(json_object_get(json, "errors"));
    json_decref(json);
    reply_destroy(reply);
}

Test(problem, unset_one_is_told_as_a_500)
{
    struct problem problem = {0};
    struct http_reply *reply = reply_problem(&problem, "x");
    cr_assert_eq(reply_status(reply), 500);
    reply_destroy(reply);
}

Test(problem, engine_errors_keep_their_text_but_not_what_is_inside)
{
    static const struct {
        mlp_status status;
        int http;
        bool told;
    } cases[] = {
        {MLP_INVALID, 422, true}, {MLP_SHAPE, 422, true},
        {MLP_FORMAT, 400, true},  {MLP_LIMIT, 413, true},
        {MLP_NOMEM, 503, false},  {MLP_IO, 503, false},
        {MLP_FULL, 507, false},   {MLP_DIVERGED, 500, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct problem problem = {0};
        mlp_error err = {cases[i].status, "/secret/path"};
        problem_from_error(&problem, "/x", &err);
        cr_expect_eq(problem_status(problem.type), cases[i].http);
        cr_expect_eq(strstr(problem.detail, "secret") != NULL, cases[i].told);
    }
}

Test(reply, json_prints_the_shortest_digits_and_escapes)
{
    struct http_reply *reply =
        reply_json(201, json_pack("{s:f,s:i,s:s,s:[n,b,b],s:{}}", "x", 0.1, "n",
                                  -3, "t", "a\"\xc3\xa4\n", "l", 1, 0, "o"));
    cr_assert_eq(reply_status(reply), 201);
    cr_assert_str_eq(reply->bytes,
                     "{\"x\":0.1,\"n\":-3,\"t\":\"a\\\"\xc3\xa4\\n\","
                     "\"l\":[null,true,false],\"o\":{}}\n");
    reply_destroy(reply);
}

Test(reply, without_memory_it_is_a_constant_503)
{
    struct http_reply *reply = reply_json(200, NULL);
    json_t *json = body_of(reply);
    cr_assert_eq(reply_status(reply), 503);
    cr_assert_not_null(json);
    reply_header(reply, "Location", "/x");
    cr_assert_eq(reply->n_fields, 0);
    json_decref(json);
    reply_destroy(reply);
}

Test(reply, buffer_beyond_its_ceiling_is_a_413)
{
    mlp_buffer buffer;
    mlp_buffer_init(&buffer, 4);
    mlp_buffer_text(&buffer, "too long");
    struct http_reply *reply = reply_buffer(200, "text/plain", &buffer);
    cr_assert_eq(reply_status(reply), 413);
    reply_destroy(reply);
}

Test(reply, buffer_is_taken_over)
{
    mlp_buffer buffer;
    mlp_buffer_init(&buffer, 100);
    mlp_buffer_text(&buffer, "a,b\n");
    struct http_reply *reply = reply_buffer(200, "text/csv", &buffer);
    cr_assert_null(buffer.data);
    cr_assert_str_eq(reply->bytes, "a,b\n");
    cr_assert_eq(reply->length, 4);
    reply_destroy(reply);
}

Test(reply, file_is_closed_with_the_reply)
{
    int fd = open("/dev/null", O_RDONLY);
    reply_destroy(reply_file(200, "application/octet-stream", fd, 0));
    cr_assert_eq(fcntl(fd, F_GETFD), -1);
}

Test(reply, more_headers_than_fit_are_left_out)
{
    struct http_reply *reply = reply_empty(204);
    for (int i = 0; i < 20; i++)
        reply_header(reply, "X-A", "%d", i);
    cr_assert_eq(reply->n_fields, REPLY_HEADERS_MAX);
    reply_destroy(reply);
    reply_destroy(NULL);
}
