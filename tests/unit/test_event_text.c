/* SPDX-License-Identifier: MIT */
#include "handlers/event_text.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static const char *const names[] = {"loss", "accuracy", NULL};
static const struct job_step step = {.step = 12, .metrics = {0.5, (double)NAN}};

static const char *text_of(mlp_buffer *out)
{
    static char text[1000];
    cr_assert_eq(out->status, MLP_OK);
    cr_assert_lt(out->length, sizeof text);
    memcpy(text, out->data, out->length + 1);
    mlp_buffer_free(out);
    return text;
}

static mlp_buffer buffer(void)
{
    mlp_buffer out;
    mlp_buffer_init(&out, 1000);
    return out;
}

Test(event_text, an_epoch_has_its_number_as_id)
{
    mlp_buffer out = buffer();
    event_text_step(&out, EVENT_STREAM, &step, names);
    cr_expect_str_eq(text_of(&out),
                     "event: epoch\nid: 12\n"
                     "data: {\"epoch\":12,\"loss\":0.5,\"accuracy\":null}\n\n");
    out = buffer();
    event_text_step(&out, EVENT_LINES, &step, names);
    cr_expect_str_eq(text_of(&out), "{\"event\":\"epoch\",\"id\":12,\"data\":"
                                    "{\"epoch\":12,\"loss\":0.5,\"accuracy\":"
                                    "null}}\n");
}

Test(event_text, only_the_last_state_has_an_id)
{
    mlp_buffer out = buffer();
    event_text_state(&out, EVENT_STREAM, json_pack("{s:i}", "id", 3), false);
    cr_expect_str_eq(text_of(&out), "event: state\ndata: {\"id\":3}\n\n");
    out = buffer();
    event_text_state(&out, EVENT_STREAM, json_pack("{s:i}", "id", 3), true);
    cr_expect_str_eq(text_of(&out),
                     "event: state\nid: end\ndata: {\"id\":3}\n\n");
    out = buffer();
    event_text_state(&out, EVENT_LINES, json_pack("{s:i}", "id", 3), true);
    cr_expect_str_eq(
        text_of(&out),
        "{\"event\":\"state\",\"id\":\"end\",\"data\":{\"id\":3}}\n");
}

/* A line break in a name would be another field. */
Test(event_text, data_is_one_line_whatever_it_holds)
{
    mlp_buffer out = buffer();
    event_text_state(&out, EVENT_STREAM,
                     json_pack("{s:s}", "model", "a\n\ndata: b\r"), false);
    cr_expect_str_eq(text_of(&out), "event: state\ndata: "
                                    "{\"model\":\"a\\n\\ndata: b\\r\"}\n\n");
}

Test(event_text, a_remark_is_a_comment_or_a_line)
{
    mlp_buffer out = buffer();
    event_text_remark(&out, EVENT_STREAM, "keep-alive");
    cr_expect_str_eq(text_of(&out), ": keep-alive\n\n");
    out = buffer();
    event_text_remark(&out, EVENT_LINES, "keep-alive");
    cr_expect_str_eq(text_of(&out), "{\"event\":\"keep-alive\"}\n");
}

Test(event_text, no_memory_for_the_job_is_remembered)
{
    mlp_buffer out = buffer();
    event_text_state(&out, EVENT_STREAM, NULL, true);
    cr_expect_eq(out.status, MLP_NOMEM);
    mlp_buffer_free(&out);
}
