/* SPDX-License-Identifier: MIT */
#include "cli/scores_text.h"

#include <math.h>
#include <string.h>

#include "cli/terminal.h"
#include "cli/text_table.h"

enum { TEXT_BYTES = 128 };

static double figure(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static void text_of(const json_t *object, const char *key, char out[TEXT_BYTES])
{
    const char *text = json_string_value(json_object_get(object, key));
    terminal_clean(text == NULL ? "" : text, out, TEXT_BYTES);
}

/* A score's key is its name: log_loss → "log loss". */
static void name_of(const char *key, char out[TEXT_BYTES])
{
    terminal_clean(key, out, TEXT_BYTES);
    for (char *c = out; *c != '\0'; c++)
        if (*c == '_')
            *c = ' ';
}

static void add_score(struct text_table *table,
                      const char *key,
                      double value,
                      double baseline)
{
    char name[TEXT_BYTES];
    name_of(key, name);
    text_table_format(table, "  %s", name);
    text_table_format(table, "%.4g", value);
    if (isfinite(baseline))
        text_table_format(table, "%.4g", fabs(baseline) < 1e-12 ? 0 : baseline);
    else
        text_table_add(table, "");
}

static void add_scores(struct text_table *table, json_t *scores)
{
    const json_t *baseline = json_object_get(scores, "baseline");
    const char *key;
    json_t *value;
    json_object_foreach(scores, key, value)
    {
        bool said = strcmp(key, "rows") == 0 || strcmp(key, "loss") == 0;
        if (json_is_number(value) && !said)
            add_score(table, key, json_number_value(value),
                      figure(baseline, key));
    }
}

void scores_text_print(json_t *scores, FILE *out)
{
    struct text_table table;
    mlp_error err;
    const json_t *targets = json_object_get(scores, "targets");
    size_t i;
    json_t *target;
    text_table_init(&table, "  SCORE|>VALUE|>BASELINE");
    add_scores(&table, scores);
    json_array_foreach(targets, i, target)
    {
        char name[TEXT_BYTES];
        text_of(target, "target", name);
        text_table_format(&table, "  of %s", name);
        text_table_add(&table, "");
        text_table_add(&table, "");
        add_scores(&table, target);
    }
    (void)text_table_print(&table, true, out, &err);
    text_table_free(&table);
}

void scores_text_print_importance(const json_t *model, size_t n, FILE *out)
{
    const json_t *list = json_object_get(model, "importance");
    struct text_table table;
    mlp_error err;
    size_t i;
    json_t *item;
    if (json_array_size(list) == 0)
        return;
    text_table_init(&table, "  COLUMN|>SHUFFLED, THE LOSS RISES BY");
    json_array_foreach(list, i, item)
    {
        char name[TEXT_BYTES];
        if (i >= n)
            break;
        text_of(item, "column", name);
        text_table_format(&table, "  %s", name);
        text_table_format(&table, "%+.4g", figure(item, "loss_increase"));
    }
    (void)text_table_print(&table, true, out, &err);
    text_table_free(&table);
}

void scores_text_print_model(const json_t *model, FILE *out)
{
    const json_t *scores = json_object_get(model, "scores");
    json_t *held = json_object_get(scores, "validation");
    const json_t *parameters = json_object_get(model, "parameters");
    bool has_held = json_is_object(held);
    char name[TEXT_BYTES], task[TEXT_BYTES];
    bool bold = terminal_has_colour(out);
    double version = figure(model, "version");
    text_of(model, "model", name);
    if (name[0] == '\0') { /* GET /models/NAME: of the latest */
        text_of(model, "name", name);
        version = figure(model, "latest");
    }
    text_of(model, "task", task);
    if (!has_held)
        held = json_object_get(scores, "train");
    (void)fprintf(out, "%s%s@%.0f%s  %s, %zu columns, %.0f parameters\n",
                  bold ? TERMINAL_BOLD : "", name, version,
                  bold ? TERMINAL_PLAIN : "", task,
                  json_array_size(json_object_get(model, "features")),
                  figure(parameters, "weights") + figure(parameters, "biases"));
    if (!json_is_object(held))
        return;
    (void)fprintf(out, "on %.0f rows %s:\n", figure(held, "rows"),
                  has_held ? "held out" : "that it was trained on");
    scores_text_print(held, out);
}
