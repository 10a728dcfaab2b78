/* SPDX-License-Identifier: MIT
 *
 * Levels by LabelEncoder of ai.onnx.ml, rows by Gather. */
#include "onnx/export_levels.h"

#include <string.h>

static const char *const boolean_words[] = {"false", "False", "FALSE",
                                            "true",  "True",  "TRUE"};
enum { N_BOOLEAN_WORDS = sizeof boolean_words / sizeof *boolean_words };

bool export_is_embedded(const struct encoded_column *column)
{
    return column->levels.n > ENCODER_ONE_HOT;
}

/* --- which level -----------------------------------------------------------
 */

/* LabelEncoder's keys are of one kind, its values the numbers of levels. */
static void
set_values(struct graph *g, int64_t *values, size_t n, size_t unseen)
{
    graph_set_ints(g, "values_int64s", values, n);
    graph_set_int(g, "default_int64", (int64_t)unseen);
    graph_set_ml(g);
}

/* Levels that one float stands for are one key. */
static const char *index_of_numbers(struct graph *g,
                                    const struct encoded_column *column,
                                    const char *cells)
{
    const struct label_list *levels = &column->levels;
    float *keys = graph_alloc(g, levels->n, sizeof *keys);
    int64_t *values = graph_alloc(g, levels->n, sizeof *values);
    size_t n = 0;
    for (size_t i = 0; keys && values && i < levels->n; i++) {
        float key = (float)levels->items[i].number + 0.0F;
        if (n > 0 && keys[n - 1] == key)
            continue;
        keys[n] = key;
        values[n++] = (int64_t)encoder_level_of_number(column, key);
    }
    const char *index = graph_unary(g, "LabelEncoder", cells);
    graph_set_floats(g, "keys_floats", keys, n);
    set_values(g, values, n, levels->n);
    return graph_node(g, "Where",
                      (const char *const[]){
                          graph_unary(g, "IsNaN", cells),
                          graph_number(g, GRAPH_INT64, (double)levels->n + 1),
                          index},
                      3);
}

/* Each spelling of a boolean that the levels have. */
static size_t boolean_keys(const struct encoded_column *column,
                           struct graph_string *keys,
                           int64_t *values)
{
    size_t n = 0;
    for (size_t i = 0; i < N_BOOLEAN_WORDS; i++) {
        const char *word = boolean_words[i];
        mlp_label label = {
            .kind = MLP_CELL_TEXT, .text = word, .length = strlen(word)};
        float level = encoder_level(column, &label);
        if (level < 0)
            continue;
        keys[n] = (struct graph_string){word, strlen(word)};
        values[n++] = (int64_t)level;
    }
    return n;
}

static size_t text_keys(const struct encoded_column *column,
                        struct graph_string *keys,
                        int64_t *values)
{
    const struct label_list *levels = &column->levels;
    for (size_t i = 0; i < levels->n; i++) {
        keys[i] = (struct graph_string){levels->items[i].text,
                                        levels->items[i].length};
        values[i] = (int64_t)i;
    }
    return levels->n;
}

static const char *index_of_texts(struct graph *g,
                                  const struct encoded_column *column,
                                  const char *cells)
{
    size_t most = column->levels.n + N_BOOLEAN_WORDS + 1;
    struct graph_string *keys = graph_alloc(g, most, sizeof *keys);
    int64_t *values = graph_alloc(g, most, sizeof *values);
    if (keys == NULL || values == NULL)
        return "";
    bool boolean = column->levels.items[0].kind == MLP_CELL_BOOLEAN;
    size_t n = boolean ? boolean_keys(column, keys, values)
                       : text_keys(column, keys, values);
    /* Ascending, an empty level is the first; then it is that. */
    if (column->levels.items[0].length > 0) {
        keys[n] = (struct graph_string){"", 0};
        values[n++] = (int64_t)column->levels.n + 1;
    }
    const char *index = graph_unary(g, "LabelEncoder", cells);
    graph_set_strings(g, "keys_strings", keys, n);
    set_values(g, values, n, column->levels.n);
    return index;
}

const char *export_level_index(struct graph *g,
                               const struct encoded_column *column,
                               const char *name)
{
    static const int64_t flat = -1;
    bool numbers = column->levels.items[0].kind == MLP_CELL_NUMBER;
    graph_input(g, name, numbers ? GRAPH_FLOAT : GRAPH_STRING, 1,
                numbers ? "a level, a number; NaN: missing"
                        : "a level; empty: missing");
    const char *cells =
        graph_binary(g, "Reshape", name, graph_ints(g, &flat, 1));
    return numbers ? index_of_numbers(g, column, cells)
                   : index_of_texts(g, column, cells);
}

/* --- its row ----------------------------------------------------------------
 */

const char *export_level_table(struct graph *g,
                               const struct encoded_column *column)
{
    const char *name;
    size_t n = column->levels.n, width = column->n_inputs;
    float *table = graph_constant(g, GRAPH_FLOAT, 2,
                                  (const size_t[]){n + 2, width}, &name);
    for (size_t i = 0; table != NULL && i < n; i++) {
        if (n == 2)
            table[i * width] = i == 0 ? -1 : 1;
        else
            table[i * width + i] = 1;
    }
    if (table != NULL && column->missing)
        table[(n + 2) * width - 1] = 1;
    return name;
}

const char *export_embedding_table(struct graph *g,
                                   const struct encoded_column *column,
                                   const mlp_network *network,
                                   size_t embedding)
{
    const char *name;
    const mlp_embedding_spec *spec =
        &mlp_network_shape(network)->embeddings[embedding];
    size_t n = column->levels.n, width = spec->n_units;
    float *table = graph_constant(g, GRAPH_FLOAT, 2,
                                  (const size_t[]){n + 2, width}, &name);
    if (table == NULL)
        return name;
    mlp_network_get_embedding(network, embedding, table);
    if (column->missing) { /* its row lies where those unseen have theirs */
        memcpy(table + (n + 1) * width, table + n * width,
               width * sizeof *table);
        memset(table + n * width, 0, width * sizeof *table);
    }
    return name;
}
