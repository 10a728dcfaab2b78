/* SPDX-License-Identifier: MIT */
#include "handlers/dataset_json.h"

#include <string.h>

#include "handlers/time_json.h"
#include "http/json.h"
#include "http/json_text.h"
#include "training/columns.h"

enum { DESCRIPTION_MAX_BYTES = 16 << 20 };

static json_t *parse(const struct dataset_view *view)
{
    return json_read(view->description);
}

/* Only what differs from finding it out is kept. */
static void add_options(json_t *description, const mlp_read_options *options)
{
    if (options->no_header)
        json_object_set_new(description, "header", json_false());
    if (options->delimiter != 0)
        json_object_set_new(description, "delimiter",
                            json_stringn(&options->delimiter, 1));
}

char *dataset_describe(const mlp_table *table, const mlp_read_options *options)
{
    size_t n = mlp_table_n_columns(table);
    json_t *description = json_pack(
        "{s:I, s:I, s:o}", "rows", (json_int_t)mlp_table_n_rows(table),
        "n_columns", (json_int_t)n, "columns", columns_describe(table));
    mlp_buffer text;

    if (description == NULL)
        return NULL;
    if (n > COLUMNS_MAX_LISTED)
        json_object_set_new(description, "columns_truncated", json_true());
    add_options(description, options);
    mlp_buffer_init(&text, DESCRIPTION_MAX_BYTES);
    json_text_write(&text, description);
    json_decref(description);
    char *taken = mlp_buffer_take(&text, NULL);
    mlp_buffer_free(&text);
    return taken;
}

void dataset_read_options(const struct dataset_view *view,
                          mlp_read_options *out)
{
    json_t *description = parse(view);
    const char *delimiter =
        json_string_value(json_object_get(description, "delimiter"));

    memset(out, 0, sizeof *out);
    out->no_header = json_is_false(json_object_get(description, "header"));
    out->delimiter = delimiter != NULL ? delimiter[0] : 0;
    json_decref(description);
}

json_t *dataset_json(const struct dataset_view *view)
{
    json_t *description = parse(view);
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:I, s:o}", "name", view->name, "format",
                  mlp_file_format_name(view->format), "sha256", view->sha256,
                  "size_bytes", (json_int_t)view->size, "created_at",
                  time_json(view->created_ms));

    if (json != NULL && description != NULL)
        json_object_update(json, description);
    json_decref(description);
    return json;
}
