/* SPDX-License-Identifier: MIT
 *
 * Statuses and error texts. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "mlp/status.h"

Test(status, each_has_its_text_and_others_have_one_too)
{
    cr_assert_str_eq(mlp_status_text(MLP_OK), "ok");
    cr_assert_str_eq(mlp_status_text(MLP_DIVERGED), "diverged");
    cr_assert_str_eq(mlp_status_text((mlp_status)1000), "unknown status");
    cr_assert_str_eq(mlp_status_text((mlp_status)-1), "unknown status");
}

Test(status, fail_fills_the_error_and_returns_the_status)
{
    mlp_error err;
    cr_assert_eq(mlp_fail(&err, MLP_SHAPE, "rows[%d]", 7), MLP_SHAPE);
    cr_assert_eq(err.status, MLP_SHAPE);
    cr_assert_str_eq(err.text, "rows[7]");
}

Test(status, fail_does_without_an_error)
{
    cr_assert_eq(mlp_fail(NULL, MLP_IO, "%s", "nobody listens"), MLP_IO);
}

Test(status, a_caller_can_put_its_place_before_the_text_from_below)
{
    mlp_error err;
    mlp_fail(&err, MLP_FORMAT, "expected a digit");
    mlp_fail(&err, MLP_FORMAT, "line %d: %s", 3, err.text);
    cr_assert_str_eq(err.text, "line 3: expected a digit");
}

Test(status, a_long_text_is_cut_and_terminated)
{
    char text[1000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    mlp_error err;
    mlp_fail(&err, MLP_LIMIT, "%s", text);
    cr_assert_eq(strlen(err.text), sizeof err.text - 1);
}

Test(status, the_cut_leaves_no_half_character)
{
    for (int before = 0; before < 4; before++) {
        char text[400] = "";
        for (int i = 0; i < before; i++)
            strcat(text, "x");
        while (strlen(text) < 300)
            strcat(text, "\xf0\x9f\x98\x80");
        mlp_error err;
        mlp_fail(&err, MLP_LIMIT, "%s", text);
        size_t length = strlen(err.text);
        cr_assert_gt(length, sizeof err.text - 5);
        cr_assert_eq((length - (size_t)before) % 4, 0);
    }
}
