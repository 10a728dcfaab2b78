/* SPDX-License-Identifier: MIT
 *
 * The growable buffer and its sink. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mlp/buffer.h"

Test(buffer, reads_as_the_text_that_was_appended)
{
    mlp_buffer buffer;
    mlp_buffer_init(&buffer, 1000);
    mlp_buffer_text(&buffer, "one ");
    mlp_buffer_format(&buffer, "%d%s", 2, " three");
    mlp_buffer_append(&buffer, "\0 four", 6);
    cr_assert_eq(buffer.length, 17);
    cr_assert_arr_eq(buffer.data, "one 2 three\0 four", 18);
    cr_assert_eq(buffer.status, MLP_OK);
    mlp_buffer_free(&buffer);
}

Test(buffer, grows_to_its_ceiling_and_not_beyond)
{
    mlp_buffer buffer;
    mlp_buffer_init(&buffer, 1000);
    for (int i = 0; i < 1000; i++)
        mlp_buffer_append(&buffer, "x", 1);
    cr_assert_eq(buffer.status, MLP_OK);
    cr_assert_leq(buffer.capacity, 1001);
    mlp_buffer_append(&buffer, "x", 1);
    cr_assert_eq(buffer.status, MLP_LIMIT);
    cr_assert_eq(buffer.length, 1000);
    mlp_buffer_free(&buffer);
}

Test(buffer, the_first_failure_stays)
{
    mlp_buffer buffer;
    mlp_buffer_init(&buffer, 4);
    mlp_buffer_text(&buffer, "abc");
    mlp_buffer_text(&buffer, "too long");
    mlp_buffer_text(&buffer, "d");
    cr_assert_eq(buffer.status, MLP_LIMIT);
    cr_assert_str_eq(buffer.data, "abc");
    cr_assert_null(mlp_buffer_reserve(&buffer, 0));
    mlp_buffer_clear(&buffer);
    cr_assert_eq(buffer.status, MLP_OK);
    cr_assert_str_eq(buffer.data, "");
    mlp_buffer_text(&buffer, "d");
    cr_assert_str_eq(buffer.data, "d");
    mlp_buffer_free(&buffer);
}

Test(buffer, a_size_that_overflows_is_over_the_limit)
{
    mlp_buffer buffer;
    mlp_buffer_init(&buffer, SIZE_MAX);
    mlp_buffer_text(&buffer, "abc");
    cr_assert_null(mlp_buffer_reserve(&buffer, SIZE_MAX - 2));
    cr_assert_eq(buffer.status, MLP_LIMIT);
    mlp_buffer_free(&buffer);
}

Test(buffer, format_longer_than_the_ceiling_writes_nothing)
{
    mlp_buffer buffer;
    mlp_buffer_init(&buffer, 8);
    mlp_buffer_format(&buffer, "%0100d", 1);
    cr_assert_eq(buffer.status, MLP_LIMIT);
    cr_assert_eq(buffer.length, 0);
    mlp_buffer_free(&buffer);
}

Test(buffer, reserve_is_filled_in_place)
{
    mlp_buffer buffer;
    mlp_buffer_init(&buffer, 5000);
    mlp_buffer_text(&buffer, "head ");
    char *room = mlp_buffer_reserve(&buffer, 4000);
    cr_assert_not_null(room);
    memcpy(room, "body", 4);
    buffer.length += 4;
    mlp_buffer_text(&buffer, " tail");
    cr_assert_str_eq(buffer.data, "head body tail");
    mlp_buffer_free(&buffer);
}

Test(buffer, take_gives_the_bytes_and_leaves_it_empty)
{
    mlp_buffer buffer;
    mlp_buffer_init(&buffer, 100);
    mlp_buffer_text(&buffer, "mine");
    size_t length;
    char *text = mlp_buffer_take(&buffer, &length);
    cr_assert_str_eq(text, "mine");
    cr_assert_eq(length, 4);
    free(text);
    cr_assert(buffer.length == 0 && buffer.data == NULL);
    text = mlp_buffer_take(&buffer, NULL);
    cr_assert_str_eq(text, "");
    free(text);
}

Test(buffer, take_after_a_failure_is_null_and_keeps_the_status)
{
    mlp_buffer buffer;
    mlp_buffer_init(&buffer, 3);
    mlp_buffer_text(&buffer, "abc");
    mlp_buffer_text(&buffer, "d");
    size_t length = 7;
    cr_assert_null(mlp_buffer_take(&buffer, &length));
    cr_assert_eq(length, 0);
    cr_assert_eq(buffer.status, MLP_LIMIT);
    mlp_buffer_free(&buffer);
}

Test(buffer, its_sink_appends_and_reports_the_limit)
{
    mlp_buffer buffer;
    mlp_buffer_init(&buffer, 5);
    mlp_sink sink = mlp_buffer_sink(&buffer);
    mlp_error err;
    cr_assert_eq(sink.write(sink.context, "abc", 3, &err), MLP_OK);
    cr_assert_eq(sink.write(sink.context, "def", 3, &err), MLP_LIMIT);
    cr_assert_str_eq(err.text,
                     "buffer: limit exceeded at 3 bytes and 3 more, at most 5");
    cr_assert_str_eq(buffer.data, "abc");
    mlp_buffer_free(&buffer);
}
