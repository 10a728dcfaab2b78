/* SPDX-License-Identifier: MIT */
#include "cli/compare_text.h"

#include <math.h>
#include <string.h>

#include "cli/terminal.h"
#include "cli/text_table.h"

static json_int_t integer_of(const json_t *json, const char *key)
{
    return json_integer_value(json_object_get(json, key));
}

static double number_of(const json_t *json, const char *key)
{
    const json_t *value = json_object_get(json, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static void
text_of(const json_t *json, const char *key, char out[TEXT_TABLE_CELL_MAX])
{
    const char *text = json_string_value(json_object_get(json, key));
    terminal_clean(text != NULL ? text : "", out, TEXT_TABLE_CELL_MAX);
}

/* Of a classifier loss is log_loss. */
static void print_scores(json_t *scores, FILE *out)
{
    struct text_table table;
    mlp_error err;
    const char *key;
    json_t *pair;
    text_table_init(&table, "  SCORE|>A|>B|BETTER");
    json_object_foreach(scores, key, pair)
    {
        char name[TEXT_TABLE_CELL_MAX], better[TEXT_TABLE_CELL_MAX];
        if (strcmp(key, "loss") == 0 &&
            json_object_get(scores, "log_loss") != NULL)
            continue;
        terminal_clean(key, name, sizeof name);
        for (char *c = name; *c != '\0'; c++)
            if (*c == '_')
                *c = ' ';
        text_of(pair, "better", better);
        text_table_format(&table, "  %s", name);
        text_table_format(&table, "%.4g", number_of(pair, "a"));
        text_table_format(&table, "%.4g", number_of(pair, "b"));
        text_table_add(&table, better);
    }
    (void)text_table_print(&table, true, out, &err);
    text_table_free(&table);
}

static void print_sides(const char *what,
                        json_int_t n_a,
                        json_int_t n_b,
                        double chance,
                        FILE *out)
{
    (void)fprintf(out,
                  "%s: a in %" JSON_INTEGER_FORMAT
                  " rows, b in %" JSON_INTEGER_FORMAT
                  "; by chance as uneven with p = %.2g\n",
                  what, n_a, n_b, chance);
}

static void print_target(const json_t *target, FILE *out)
{
    char name[TEXT_TABLE_CELL_MAX];
    text_of(target, "target", name);
    (void)fprintf(out, "%s differs by %.4g in the mean\n", name,
                  number_of(target, "mean_difference"));
    print_sides("nearer", integer_of(target, "a_nearer"),
                integer_of(target, "b_nearer"), number_of(target, "p_value"),
                out);
}

void compare_text_print(const json_t *comparison, FILE *out)
{
    const json_t *agreement = json_object_get(comparison, "agreement");
    char model[TEXT_TABLE_CELL_MAX];
    json_t *target;
    size_t i;
    text_of(comparison, "model", model);
    (void)fprintf(out,
                  "%s: a is version %" JSON_INTEGER_FORMAT
                  ", b is version %" JSON_INTEGER_FORMAT
                  "; on %" JSON_INTEGER_FORMAT " rows:\n",
                  model,
                  integer_of(json_object_get(comparison, "a"), "version"),
                  integer_of(json_object_get(comparison, "b"), "version"),
                  integer_of(comparison, "rows"));
    print_scores(json_object_get(comparison, "scores"), out);
    (void)fprintf(out, "the same is said of %" JSON_INTEGER_FORMAT " rows\n",
                  integer_of(agreement, "rows"));
    if (json_object_get(agreement, "p_value") != NULL)
        print_sides("right alone", integer_of(agreement, "only_a_right"),
                    integer_of(agreement, "only_b_right"),
                    number_of(agreement, "p_value"), out);
    json_array_foreach(json_object_get(comparison, "targets"), i, target)
        print_target(target, out);
}
