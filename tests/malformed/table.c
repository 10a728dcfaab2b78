/* SPDX-License-Identifier: MIT */
#include "malformed/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "malformed/lines.h"

enum { PLACES_MAX = 8, VALUES_MAX = 64, NAME_BYTES = 200 };

struct place {
    char *method; /* NULL: raw */
    char *target, *type, *text;
};

struct table {
    struct tester *tester;
    struct lines lines;
    struct place places[PLACES_MAX];
    size_t n_places;
    bool complete; /* the next place begins a new list */
    char *values_line;
    const char *values[VALUES_MAX];
    size_t n_values;
};

/* --- places --------------------------------------------------------------- */

static char *copy(const char *text)
{
    char *out = strdup(text);
    if (out == NULL)
        abort();
    return out;
}

static void clear_places(struct table *table)
{
    for (size_t i = 0; i < table->n_places; i++) {
        free(table->places[i].method);
        free(table->places[i].target);
        free(table->places[i].type);
        free(table->places[i].text);
    }
    table->n_places = 0;
}

static void add_place(struct table *table, bool raw, char *rest)
{
    struct place place = {0};
    if (table->complete)
        clear_places(table);
    table->complete = false;
    if (table->n_places == PLACES_MAX)
        lines_refuse(&table->lines, "too many places");
    if (!raw) {
        place.method = copy(lines_word(&rest));
        place.target = copy(lines_word(&rest));
        place.type = copy(lines_word(&rest));
    }
    place.text = copy(rest);
    table->places[table->n_places++] = place;
}

/* Append the template with `text` for its '#', still in the notation. */
static void fill(struct bytes *out, const char *template, const char *text)
{
    const char *mark = strchr(template, '#');
    if (mark == NULL) {
        bytes_text(out, template);
        return;
    }
    bytes_append(out, template, (size_t)(mark - template));
    bytes_text(out, text);
    bytes_text(out, mark + 1);
}

static void decode(const struct table *table,
                   struct bytes *out,
                   const char *template,
                   const char *text)
{
    struct bytes filled = {0};
    fill(&filled, template, text);
    if (!bytes_decode(out, filled.data, filled.length))
        lines_refuse(&table->lines, "a '<' without what belongs behind it");
    bytes_free(&filled);
}

static void make_request(const struct table *table,
                         const struct place *place,
                         const char *text,
                         struct bytes *out)
{
    struct bytes target = {0}, body = {0};
    decode(table, &body, place->text, text);
    if (place->method == NULL) {
        bytes_append(out, body.data, body.length);
    } else {
        decode(table, &target, place->target, text);
        bool none = strcmp(place->type, "-") == 0;
        tester_format(out, place->method, target.data,
                      none ? NULL : place->type, body.data, body.length);
    }
    bytes_free(&target);
    bytes_free(&body);
}

static void run_at(struct table *table,
                   const struct place *place,
                   const char *expected,
                   const char *name,
                   const char *text)
{
    struct bytes request = {0};
    char full_name[NAME_BYTES];
    const struct origin origin = {table->lines.path, table->lines.number,
                                  full_name};
    if (strcmp(expected, "-") == 0)
        return;
    (void)snprintf(full_name, sizeof full_name, "%s%s%s", name,
                   place->method != NULL ? " at " : "",
                   place->method != NULL ? place->target : "");
    make_request(table, place, text, &request);
    tester_run(table->tester, &origin, expected, &request);
    bytes_free(&request);
}

/* --- lines ---------------------------------------------------------------- */

static void run_case(struct table *table, char *expected, char *rest)
{
    const char *name = lines_word(&rest);
    table->complete = true;
    if (table->n_places == 0)
        lines_refuse(&table->lines, "a case without a place");
    for (size_t i = 0; i < table->n_places; i++) {
        char *comma = strchr(expected, ',');
        if (comma != NULL)
            *comma = '\0';
        run_at(table, &table->places[i], expected, name, rest);
        if (comma != NULL && i + 1 == table->n_places)
            lines_refuse(&table->lines, "more expectations than places");
        expected = comma != NULL ? comma + 1 : expected;
    }
}

static void set_values(struct table *table, const char *rest)
{
    char *text;
    free(table->values_line);
    text = table->values_line = copy(rest);
    table->n_values = 0;
    while (*text != '\0') {
        if (table->n_values == VALUES_MAX)
            lines_refuse(&table->lines, "too many values");
        table->values[table->n_values++] = lines_word(&text);
    }
}

static const char *expected_by(const struct table *table, char mark)
{
    switch (mark) {
    case '.':
        return "200";
    case 'x':
        return "422";
    case 'b':
        return "400";
    default:
        lines_refuse(&table->lines, "a mark is one of . x b");
    }
}

static void run_field(struct table *table, char *rest)
{
    const char *marks = lines_word(&rest);
    struct bytes text = {0};
    char name[NAME_BYTES];
    table->complete = true;
    if (strlen(marks) != table->n_values)
        lines_refuse(&table->lines, "expected one mark for each value");
    for (size_t i = 0; i < table->n_values; i++) {
        bytes_clear(&text);
        fill(&text, rest, table->values[i]);
        (void)snprintf(name, sizeof name, "%.150s", text.data);
        for (size_t k = 0; k < table->n_places; k++)
            run_at(table, &table->places[k], expected_by(table, marks[i]), name,
                   text.data);
    }
    bytes_free(&text);
}

static void run_line(struct table *table)
{
    char *rest = table->lines.text;
    char *word = lines_word(&rest);
    if (strcmp(word, "send") == 0 || strcmp(word, "raw") == 0)
        add_place(table, word[0] == 'r', rest);
    else if (strcmp(word, "values") == 0)
        set_values(table, rest);
    else if (strcmp(word, "field") == 0)
        run_field(table, rest);
    else
        run_case(table, word, rest);
}

bool table_run(struct tester *tester, const char *path)
{
    struct table table = {.tester = tester};
    if (!lines_open(&table.lines, path))
        return false;
    while (lines_next(&table.lines) && daemon_lives(tester->daemon))
        run_line(&table);
    clear_places(&table);
    free(table.values_line);
    lines_close(&table.lines);
    return true;
}
