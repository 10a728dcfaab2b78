/* SPDX-License-Identifier: MIT
 *
 * Every list of names that a user may spell: base/names.h makes them all. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "mlp/columns.h"
#include "mlp/fit_spec.h"
#include "mlp/model.h"
#include "mlp/network.h"
#include "mlp/optimizer.h"
#include "mlp/training.h"

#define SPELLED(name, text) text,
/* No name of the list is longer or shorter than one that is meant. */
#define EXPECT_SPELLING(kind, table)                                           \
    do {                                                                       \
        static const char *const names[] = {table(SPELLED)};                   \
        char other[64];                                                        \
        mlp_##kind found = (mlp_##kind)77;                                     \
        size_t n = sizeof names / sizeof *names;                               \
        for (size_t i = 0; i < n; i++) {                                       \
            cr_expect_str_eq(mlp_##kind##_name((mlp_##kind)i), names[i]);      \
            cr_expect(mlp_##kind##_parse(names[i], &found));                   \
            cr_expect_eq((size_t)found, i, "%s", names[i]);                    \
            found = (mlp_##kind)77;                                            \
            snprintf(other, sizeof other, "%sx", names[i]);                    \
            cr_expect_not(mlp_##kind##_parse(other, &found), "%s", other);     \
            cr_expect_not(mlp_##kind##_parse("", &found));                     \
            cr_expect_eq((size_t)found, 77, "%s", other);                      \
        }                                                                      \
        cr_expect_str_eq(mlp_##kind##_name((mlp_##kind)n), "?");               \
    } while (0)

Test(name_tables, each_name_is_found_whole_and_nothing_like_it)
{
    EXPECT_SPELLING(activation, MLP_ACTIVATION_TABLE);
    EXPECT_SPELLING(initializer, MLP_INITIALIZER_TABLE);
    EXPECT_SPELLING(output, MLP_OUTPUT_TABLE);
    EXPECT_SPELLING(loss, MLP_LOSS_TABLE);
    EXPECT_SPELLING(optimizer, MLP_OPTIMIZER_TABLE);
    EXPECT_SPELLING(schedule, MLP_SCHEDULE_TABLE);
    EXPECT_SPELLING(parametrization, MLP_PARAMETRIZATION_TABLE);
    EXPECT_SPELLING(task, MLP_TASK_TABLE);
    EXPECT_SPELLING(scaling, MLP_SCALING_TABLE);
    EXPECT_SPELLING(quality, MLP_QUALITY_TABLE);
    EXPECT_SPELLING(column_kind, MLP_COLUMN_KIND_TABLE);
    EXPECT_SPELLING(numeric_embedding, MLP_NUMERIC_EMBEDDING_TABLE);
}
