/* SPDX-License-Identifier: MIT */
#include "cli/predict_table.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "http/json_text.h"

enum { REASONS_MAX = 4, TEXT_BYTES = 480, PIECE_BYTES = 120 };

void predict_table_init(struct predict_table *table)
{
    *table = (struct predict_table){.started = false};
}

void predict_table_free(struct predict_table *table)
{
    if (table->started)
        text_table_free(&table->table);
}

/* --- text in pieces --------------------------------------------------------
 */

struct pieces {
    char text[TEXT_BYTES];
    size_t used, n;
};

static void add_piece(struct pieces *pieces, const char *piece)
{
    size_t room = sizeof pieces->text - pieces->used;
    int n = snprintf(pieces->text + pieces->used, room, "%s%s",
                     pieces->n++ > 0 ? ", " : "", piece);
    pieces->used += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

/* A label or a cell: a text as it is, a number as JSON has it. */
static void value_text(const json_t *value, char out[PIECE_BYTES])
{
    mlp_buffer text;
    out[0] = '\0';
    if (json_is_string(value)) {
        (void)snprintf(out, PIECE_BYTES, "%s", json_string_value(value));
    } else if (json_is_real(value)) {
        (void)snprintf(out, PIECE_BYTES, "%.6g", json_real_value(value));
    } else if (value != NULL) {
        mlp_buffer_init(&text, 4096);
        json_text_write(&text, value);
        if (text.status == MLP_OK && text.data != NULL)
            (void)snprintf(out, PIECE_BYTES, "%s", text.data);
        mlp_buffer_free(&text);
    }
}

static void
add_pair(struct pieces *pieces, const char *name, const json_t *value)
{
    char text[PIECE_BYTES], piece[2 * PIECE_BYTES];
    value_text(value, text);
    (void)snprintf(piece, sizeof piece, "%.100s %s", name, text);
    add_piece(pieces, piece);
}

/* --- cells -----------------------------------------------------------------
 */

/* label, labels, value or values. */
static void add_answer(struct text_table *table, const json_t *prediction)
{
    struct pieces pieces = {.n = 0};
    const json_t *labels = json_object_get(prediction, "labels");
    json_t *values = json_object_get(prediction, "values");
    const json_t *one = json_object_get(prediction, "label");
    char text[PIECE_BYTES];
    const char *key;
    json_t *item;
    size_t i;
    json_array_foreach(labels, i, item)
    {
        value_text(item, text);
        add_piece(&pieces, text);
    }
    json_object_foreach(values, key, item) add_pair(&pieces, key, item);
    if (one == NULL)
        one = json_object_get(prediction, "value");
    value_text(one, text);
    if (one != NULL)
        add_piece(&pieces, text);
    text_table_add(table, pieces.n == 0 ? "(none)" : pieces.text);
}

/* "setosa 98.0%, versicolor 2.0%", in the daemon's order: the best first. */
static void add_probabilities(struct text_table *table,
                              const json_t *prediction)
{
    struct pieces pieces = {.n = 0};
    json_t *all = json_object_get(prediction, "probabilities");
    char piece[2 * PIECE_BYTES];
    const char *key;
    json_t *item;
    json_object_foreach(all, key, item)
    {
        (void)snprintf(piece, sizeof piece, "%.100s %.1f%%", key,
                       100 * json_number_value(item));
        add_piece(&pieces, piece);
    }
    text_table_add(table, pieces.text);
}

static void add_interval(struct text_table *table, const json_t *prediction)
{
    const json_t *interval = json_object_get(prediction, "interval");
    for (size_t i = 0; i < 2; i++) {
        const json_t *end = json_array_get(interval, i);
        if (json_is_number(end))
            text_table_format(table, "%.6g", json_number_value(end));
        else
            text_table_add(table, "");
    }
}

/* The largest contributions, whichever way they go. */
static void add_reasons(struct text_table *table, const json_t *prediction)
{
    const json_t *explanation = json_object_get(prediction, "explanation");
    json_t *all = json_object_get(explanation, "contributions");
    struct pieces pieces = {.n = 0};
    double limit = HUGE_VAL;
    for (size_t i = 0; i < REASONS_MAX; i++) {
        const char *key, *best = NULL;
        json_t *item;
        double size = -1;
        json_object_foreach(all, key, item)
        {
            double here = fabs(json_number_value(item));
            if (here > size && here < limit) {
                size = here;
                best = key;
            }
        }
        char piece[PIECE_BYTES];
        if (best == NULL || size == 0)
            break;
        (void)snprintf(piece, sizeof piece, "%.80s %+.3g", best,
                       json_number_value(json_object_get(all, best)));
        add_piece(&pieces, piece);
        limit = size;
    }
    text_table_add(table, pieces.text);
}

static void add_remarks(struct text_table *table, const json_t *prediction)
{
    const json_t *warnings = json_object_get(prediction, "warnings");
    struct pieces pieces = {.n = 0};
    size_t i;
    json_t *warning;
    json_array_foreach(warnings, i, warning)
    {
        const char *column =
            json_string_value(json_object_get(warning, "column"));
        const char *kind = json_string_value(json_object_get(warning, "kind"));
        char piece[PIECE_BYTES];
        (void)snprintf(piece, sizeof piece, "%.60s: %.40s",
                       column == NULL ? "" : column, kind == NULL ? "" : kind);
        for (char *c = piece; *c != '\0'; c++)
            *c = *c == '_' && c > strchr(piece, ':') ? ' ' : *c;
        add_piece(&pieces, piece);
    }
    text_table_add(table, pieces.text);
}

/* --- the table -------------------------------------------------------------
 */

static void start(struct predict_table *table, const json_t *first)
{
    char heading[128];
    table->labels = json_object_get(first, "probabilities") != NULL;
    table->interval = json_is_array(json_object_get(first, "interval"));
    table->explain = json_object_get(first, "explanation") != NULL;
    (void)snprintf(heading, sizeof heading, ">ROW|%sPREDICTION%s%s%s|REMARKS",
                   table->labels ? "" : ">",
                   table->labels ? "|PROBABILITIES" : "",
                   table->interval ? "|>LOW|>HIGH" : "",
                   table->explain ? "|BECAUSE OF" : "");
    text_table_init(&table->table, heading);
    table->started = true;
}

mlp_status predict_table_print(struct predict_table *table,
                               const json_t *answer,
                               uint64_t n_before,
                               FILE *out,
                               mlp_error *err)
{
    const json_t *predictions = json_object_get(answer, "predictions");
    bool is_first = !table->started;
    size_t i;
    json_t *prediction;
    if (is_first)
        start(table, json_array_get(predictions, 0));
    json_array_foreach(predictions, i, prediction)
    {
        uint64_t row = n_before + i + 1;
        text_table_format(&table->table, "%" PRIu64, row);
        add_answer(&table->table, prediction);
        if (table->labels)
            add_probabilities(&table->table, prediction);
        if (table->interval)
            add_interval(&table->table, prediction);
        if (table->explain)
            add_reasons(&table->table, prediction);
        add_remarks(&table->table, prediction);
    }
    return text_table_print(&table->table, is_first, out, err);
}
