/* SPDX-License-Identifier: MIT
 *
 * Settings from JSON: what stands at the root. The network and the training
 * part have files of their own. */
#include "training/spec.h"

#include <stdlib.h>
#include <string.h>

#include "training/spec_parts.h"
#include "training/spec_tables.h"

/* A list of column names, or one name for a list of one; neither is empty. */
static void read_columns(struct json_place *place,
                         const char *key,
                         const char ***storage,
                         const char *const **out,
                         size_t *n)
{
    const json_t *value = json_get(place, key);

    if (value == NULL || json_is_null(value))
        return;
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    if (count == 0) {
        spec_refuse(place, key, "expected at least one column, got none");
        return;
    }
    *storage = calloc(count, sizeof **storage);
    if (*storage == NULL) {
        spec_refuse_memory(place);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *name =
            json_is_array(value) ? json_array_get(value, i) : value;
        if (!json_is_string(name)) {
            spec_refuse(place, key,
                        "expected a column's name or a list of them");
            return;
        }
        (*storage)[i] = json_string_value(name);
    }
    *out = *storage;
    *n = count;
}

static int compare_declarations(const void *a, const void *b)
{
    return strcmp(((const mlp_column_declaration *)a)->column,
                  ((const mlp_column_declaration *)b)->column);
}

/* {"zip": "categorical"}, in any order; equal declarations are equal specs. */
static void read_declarations(struct json_place *root, struct spec *spec)
{
    struct json_place map;
    const char *column;
    json_t *value;
    int kind;

    if (!json_get_object(root, "columns", &map))
        return;
    json_t *object = json_object_get(root->object, "columns");
    spec->columns = calloc(json_object_size(object) + 1, sizeof *spec->columns);
    if (spec->columns == NULL) {
        spec_refuse_memory(root);
        return;
    }
    json_object_foreach(object, column, value)
    {
        map.n_asked = 0; /* a column is no key of the codec's */
        if (json_is_null(value) ||
            !spec_get_name(&map, column, spec_kinds, &kind)) {
            spec_refuse(&map, column, "expected a kind of column");
            return;
        }
        spec->columns[spec->fit.n_columns++] = (mlp_column_declaration){
            .column = column, .kind = (mlp_column_kind)kind};
    }
    qsort(spec->columns, spec->fit.n_columns, sizeof *spec->columns,
          compare_declarations);
    if (spec->fit.n_columns > 0)
        spec->fit.columns = spec->columns;
}

static void read_model(struct json_place *place, struct spec *spec)
{
    if (json_get_text(place, "model", NAME_MAX_BYTES, &spec->model) &&
        !name_is_valid(spec->model))
        spec_refuse(place, "model", "expected " NAME_RULE ", got '%s'",
                    spec->model);
}

/* "digits", "digits@3", "digits@production" or "digits@latest". */
static bool read_reference(const char *text, struct spec *spec)
{
    const char *at = strchrnul(text, '@');
    size_t length = (size_t)(at - text);

    if (length > NAME_MAX_BYTES)
        return false;
    memcpy(spec->from, text, length);
    spec->from[length] = '\0';
    if (!name_is_valid(spec->from))
        return false;
    if (*at == '\0')
        return true;
    if (strcmp(at + 1, ALIAS_LATEST) == 0)
        return true;
    if (alias_is_valid(at + 1)) {
        memcpy(spec->from_alias, at + 1, strlen(at + 1) + 1);
        return true;
    }
    char *end;
    unsigned long version = strtoul(at + 1, &end, 10);
    spec->from_version = (uint32_t)version;
    return at[1] >= '1' && at[1] <= '9' && *end == '\0' &&
           version <= UINT32_MAX;
}

static void read_from(struct json_place *place, struct spec *spec)
{
    const char *text;

    if (json_get_text(place, "from", NAME_MAX_BYTES + 1 + ALIAS_MAX_BYTES,
                      &text) &&
        !read_reference(text, spec)) {
        spec->from[0] = '\0';
        spec_refuse(place, "from",
                    "expected a model's name, name@version or name@alias, got "
                    "'%s'",
                    text);
    }
}

void spec_parse(const json_t *settings,
                struct spec *out,
                struct problem *problem)
{
    struct json_place root = json_root(settings, problem);
    mlp_fit_spec *fit = &out->fit;
    int choice;

    memset(out, 0, sizeof *out);
    read_model(&root, out);
    json_get(&root, "data");
    json_get_text(&root, "dataset", NAME_MAX_BYTES, &out->dataset);
    json_get_text(&root, "target_dataset", NAME_MAX_BYTES,
                  &out->target_dataset);
    read_columns(&root, "target", &out->targets, &fit->targets,
                 &fit->n_targets);
    read_columns(&root, "features", &out->features, &fit->features,
                 &fit->n_features);
    read_columns(&root, "exclude", &out->exclude, &fit->exclude,
                 &fit->n_exclude);
    json_get_text(&root, "weight", COLUMN_BYTES, &fit->weight);
    read_declarations(&root, out);
    if (spec_get_name(&root, "task", spec_tasks, &choice))
        fit->task = (mlp_task)choice;
    if (spec_get_name(&root, "scaling", spec_scalings, &choice))
        fit->scaling = (mlp_scaling)choice;
    if (spec_get_name(&root, "quality", spec_qualities, &choice))
        fit->quality = (mlp_quality)choice;
    spec_read_training(&root, out);
    spec_read_network(&root, out);
    read_from(&root, out);
    spec_read_promotion(&root, &out->promotion);
    json_close(&root);
}

void spec_free(struct spec *spec)
{
    free(spec->targets);
    free(spec->features);
    free(spec->exclude);
    free(spec->columns);
    free(spec->layers);
    free(spec->class_weights);
    memset(spec, 0, sizeof *spec);
}
