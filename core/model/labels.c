/* SPDX-License-Identifier: MIT
 *
 * Lists of labels. */
#include "model/labels.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "data/canonical.h"
#include "mlp/json.h"

static mlp_status out_of_memory(mlp_error *err)
{
    return mlp_fail(err, MLP_NOMEM, "out of memory for labels");
}

static bool make_room(struct label_list *list)
{
    size_t capacity, bytes;
    if (list->n < list->capacity)
        return true;
    if (!size_mul(list->capacity, 2, &capacity))
        return false;
    if (capacity == 0)
        capacity = 8;
    if (!size_mul(capacity, sizeof *list->items, &bytes))
        return false;
    mlp_label *items = realloc(list->items, bytes);
    if (items == NULL)
        return false;
    list->items = items;
    list->capacity = capacity;
    return true;
}

/* `owned` is the label's text, which is the list's from here on. */
static mlp_status add_owned(struct label_list *list,
                            const mlp_label *label,
                            char *owned,
                            mlp_error *err)
{
    if (owned == NULL || !make_room(list)) {
        free(owned);
        return out_of_memory(err);
    }
    list->items[list->n] = *label;
    list->items[list->n++].text = owned;
    return MLP_OK;
}

mlp_status
labels_add(struct label_list *list, const mlp_label *label, mlp_error *err)
{
    return add_owned(list, label, alloc_text(label->text, label->length), err);
}

mlp_status
labels_add_text(struct label_list *list, const char *text, mlp_error *err)
{
    mlp_label label = {MLP_CELL_TEXT, text, strlen(text), 0};
    return labels_add(list, &label, err);
}

mlp_status labels_copy(struct label_list *list,
                       const struct label_list *from,
                       mlp_error *err)
{
    mlp_status status = MLP_OK;
    for (size_t i = 0; status == MLP_OK && i < from->n; i++)
        status = labels_add(list, &from->items[i], err);
    return status;
}

/* The text is the list's own, const for its readers alone. */
static void free_text(mlp_label *label)
{
    free((void *)(uintptr_t)label->text);
}

void labels_free(struct label_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free_text(&list->items[i]);
    free(list->items);
    *list = (struct label_list){0};
}

mlp_label label_of_float(float value, char text[LABEL_OF_FLOAT_MAX])
{
    mlp_label label = {MLP_CELL_NUMBER, text, canonical_float(value, text), 0};
    mlp_decimal decimal;
    text[label.length] = '\0';
    if (mlp_parse_decimal(text, label.length, &decimal))
        label.number = mlp_decimal_to_double(&decimal);
    return label;
}

/* --- order --------------------------------------------------------------- */

static int compare_texts(const mlp_label *a, const mlp_label *b)
{
    size_t n = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->text, b->text, n);
    if (order != 0)
        return order;
    return a->length < b->length ? -1 : a->length > b->length;
}

/* Beyond 2^53 whole numbers share a double, and only their digits differ. */
static const double exact_below = 9007199254740992.0;

int label_compare(const mlp_label *a, const mlp_label *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->kind == MLP_CELL_NUMBER && a->number != b->number)
        return a->number < b->number ? -1 : 1;
    if (a->kind == MLP_CELL_NUMBER && fabs(a->number) < exact_below)
        return 0;
    return compare_texts(a, b);
}

static int by_label_and_text(const void *left, const void *right)
{
    int order = label_compare(left, right);
    return order != 0 ? order : compare_texts(left, right);
}

void labels_sort(struct label_list *list)
{
    size_t kept = 0;
    if (list->n > 0)
        qsort(list->items, list->n, sizeof *list->items, by_label_and_text);
    for (size_t i = 0; i < list->n; i++) {
        if (kept > 0 &&
            label_compare(&list->items[kept - 1], &list->items[i]) == 0)
            free_text(&list->items[i]);
        else
            list->items[kept++] = list->items[i];
    }
    list->n = kept;
}

static int by_label(const void *left, const void *right)
{
    return label_compare(left, right);
}

mlp_status labels_find_twin(const struct label_list *list,
                            const char **twin,
                            mlp_error *err)
{
    mlp_label *order = alloc_array(list->n, sizeof *order);
    *twin = NULL;
    if (order == NULL)
        return out_of_memory(err);
    for (size_t i = 0; i < list->n; i++)
        order[i] = list->items[i];
    qsort(order, list->n, sizeof *order, by_label);
    for (size_t i = 1; i < list->n; i++) {
        if (label_compare(&order[i - 1], &order[i]) == 0) {
            *twin = order[i].text;
            break;
        }
    }
    free(order);
    return MLP_OK;
}

/* --- JSON ---------------------------------------------------------------- */

void labels_write(const struct label_list *list, mlp_buffer *out)
{
    mlp_buffer_text(out, "[");
    for (size_t i = 0; i < list->n; i++) {
        const mlp_label *label = &list->items[i];
        mlp_buffer_text(out, i == 0 ? "" : ",");
        if (label->kind == MLP_CELL_TEXT)
            mlp_json_write_string(out, label->text, label->length);
        else
            mlp_buffer_append(out, label->text, label->length);
    }
    mlp_buffer_text(out, "]");
}

/* Lists at the depth `depth`, the next one to begin being lists[next]. */
struct list_reader {
    struct label_list *const *lists;
    size_t n, next, depth;
    size_t n_items, max_items;
    mlp_buffer text;
};

static mlp_status add_string(struct list_reader *reader,
                             const mlp_json_token *token,
                             mlp_error *err)
{
    mlp_buffer *text = &reader->text;
    mlp_buffer_clear(text);
    mlp_json_unescape(token->text, token->length, text);
    mlp_buffer_append(text, "", 0);
    if (text->status != MLP_OK)
        return mlp_fail(err, text->status, "a string of %zu bytes",
                        token->length);
    mlp_label label = {MLP_CELL_TEXT, text->data, text->length, 0};
    return labels_add(reader->lists[reader->next - 1], &label, err);
}

static mlp_status add_scalar(struct list_reader *reader,
                             const mlp_json_token *token,
                             mlp_error *err)
{
    mlp_label label = {MLP_CELL_BOOLEAN, token->text, token->length, 0};
    if (token->event == MLP_JSON_NUMBER) {
        label.kind = MLP_CELL_NUMBER;
        label.number = mlp_decimal_to_double(&token->decimal);
    }
    return labels_add(reader->lists[reader->next - 1], &label, err);
}

static mlp_status add_item(struct list_reader *reader,
                           const mlp_json_token *token,
                           mlp_error *err)
{
    if (reader->n_items++ == reader->max_items)
        return mlp_fail(err, MLP_LIMIT, "more than %zu values",
                        reader->max_items);
    switch (token->event) {
    case MLP_JSON_STRING:
        return add_string(reader, token, err);
    case MLP_JSON_NUMBER:
    case MLP_JSON_TRUE:
    case MLP_JSON_FALSE:
        return add_scalar(reader, token, err);
    default:
        return mlp_fail(err, MLP_FORMAT, "expected a flat array of values");
    }
}

static mlp_status
on_token(void *context, const mlp_json_token *token, mlp_error *err)
{
    struct list_reader *reader = context;
    bool begins = token->event == MLP_JSON_ARRAY_BEGIN;
    bool bracket = begins || token->event == MLP_JSON_ARRAY_END;
    if (token->depth <= reader->depth ? !bracket : bracket)
        return mlp_fail(err, MLP_FORMAT,
                        reader->depth == 0 ? "expected a flat array of values"
                                           : "expected an array of arrays");
    if (!bracket)
        return add_item(reader, token, err);
    if (!begins || token->depth < reader->depth)
        return MLP_OK;
    if (reader->next++ < reader->n)
        return MLP_OK;
    return mlp_fail(err, MLP_FORMAT, "expected %zu arrays, got more",
                    reader->n);
}

static mlp_status read_lists(struct list_reader *reader,
                             const char *text,
                             size_t length,
                             mlp_error *err)
{
    mlp_buffer_init(&reader->text, length);
    mlp_status status =
        mlp_json_read(text, length, on_token, reader, reader->depth + 2, err);
    mlp_buffer_free(&reader->text);
    if (status == MLP_OK && reader->next != reader->n)
        status = mlp_fail(err, MLP_FORMAT, "expected %zu arrays, got %zu",
                          reader->n, reader->next);
    return status;
}

mlp_status labels_read(struct label_list *list,
                       const char *text,
                       size_t length,
                       size_t max_items,
                       mlp_error *err)
{
    struct list_reader reader = {
        .lists = &list, .n = 1, .max_items = max_items};
    return read_lists(&reader, text, length, err);
}

void labels_write_lists(struct label_list *const *lists,
                        size_t n,
                        mlp_buffer *out)
{
    mlp_buffer_text(out, "[");
    for (size_t i = 0; i < n; i++) {
        mlp_buffer_text(out, i == 0 ? "" : ",");
        labels_write(lists[i], out);
    }
    mlp_buffer_text(out, "]");
}

mlp_status labels_read_lists(struct label_list *const *lists,
                             size_t n,
                             const char *text,
                             size_t length,
                             size_t max_items,
                             mlp_error *err)
{
    struct list_reader reader = {
        .lists = lists, .n = n, .depth = 1, .max_items = max_items};
    return read_lists(&reader, text, length, err);
}
