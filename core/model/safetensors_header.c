/* SPDX-License-Identifier: MIT
 *
 * The header as a state machine over JSON tokens; a token that no row of the
 * table names is refused. */
#include "model/safetensors_header.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "mlp/json.h"

/* --- entries ---- */

void safetensors_free(struct safetensors *file)
{
    free(file->tensors);
    free(file->pairs);
    mlp_buffer_free(&file->texts);
    *file = (struct safetensors){0};
}

const struct safetensors_tensor *
safetensors_tensor_of(const struct safetensors *file, const char *name)
{
    for (size_t i = 0; i < file->n_tensors; i++)
        if (strcmp(file->tensors[i].name, name) == 0)
            return &file->tensors[i];
    return NULL;
}

const struct safetensors_pair *
safetensors_pair_of(const struct safetensors *file, const char *key)
{
    for (size_t i = 0; i < file->n_pairs; i++)
        if (strcmp(file->pairs[i].key, key) == 0)
            return &file->pairs[i];
    return NULL;
}

/* --- reading --- */

/* START -{-> NAMES -key-> MEMBER -{-> PAIRS or FIELDS -}-> NAMES -}-> END
 * PAIRS -key-> PAIR -string-> PAIRS
 * FIELDS -key-> DTYPE -string-> FIELDS
 *        -key-> SHAPE | OFFSETS -[-> DIMENSIONS | BOUNDS -]-> FIELDS */
typedef enum state {
    START,
    NAMES,
    MEMBER,
    PAIRS,
    PAIR,
    FIELDS,
    DTYPE,
    SHAPE,
    DIMENSIONS,
    OFFSETS,
    BOUNDS,
    END,
} state;

/* What a tensor must have, each once. */
enum { HAS_DTYPE = 1, HAS_SHAPE = 2, HAS_OFFSETS = 4, HAS_ALL = 7 };

struct header_reader {
    struct safetensors *out;
    state state;
    bool in_metadata, had_metadata;
    unsigned has;    /* of the tensor being read */
    size_t n_bounds; /* of its data_offsets */
};

typedef mlp_status (*header_action)(struct header_reader *reader,
                                    const mlp_json_token *token,
                                    mlp_error *err);

static struct safetensors_tensor *
last_tensor(const struct header_reader *reader)
{
    return &reader->out->tensors[reader->out->n_tensors - 1];
}

/* Keep what a key or string says. Texts never outgrow the header that spells
 * them, quotes included, so the buffer never moves. */
static const char *keep_text(struct header_reader *reader,
                             const mlp_json_token *token,
                             size_t *length)
{
    mlp_buffer *texts = &reader->out->texts;
    size_t begin = texts->length;
    mlp_json_unescape(token->text, token->length, texts);
    *length = texts->length - begin;
    mlp_buffer_append(texts, "", 1);
    return texts->data + begin;
}

/* Room for one more of `n` elements in *items: doubling, up to the ceiling. */
static mlp_status grow(void **items, size_t n, size_t size, mlp_error *err)
{
    if (n == SAFETENSORS_MAX_ENTRIES)
        return mlp_fail(err, MLP_LIMIT, "safetensors: more than %d entries",
                        SAFETENSORS_MAX_ENTRIES);
    if ((n & (n - 1)) != 0)
        return MLP_OK;
    void *larger = realloc(*items, (n == 0 ? 1 : 2 * n) * size);
    if (larger == NULL)
        return mlp_fail(err, MLP_NOMEM, "safetensors: out of memory");
    *items = larger;
    return MLP_OK;
}

static mlp_status
add_tensor(struct header_reader *reader, const char *name, mlp_error *err)
{
    struct safetensors *out = reader->out;
    void *items = out->tensors;
    if (safetensors_tensor_of(out, name) != NULL)
        return mlp_fail(err, MLP_FORMAT, "safetensors: '%.64s' comes twice",
                        name);
    mlp_status status = grow(&items, out->n_tensors, sizeof *out->tensors, err);
    out->tensors = items;
    if (status == MLP_OK) {
        out->tensors[out->n_tensors++] =
            (struct safetensors_tensor){.name = name};
        reader->has = 0;
    }
    return status;
}

static mlp_status take_name(struct header_reader *reader,
                            const mlp_json_token *token,
                            mlp_error *err)
{
    size_t length;
    const char *name = keep_text(reader, token, &length);
    reader->in_metadata = strcmp(name, "__metadata__") == 0;
    if (!reader->in_metadata)
        return add_tensor(reader, name, err);
    if (reader->had_metadata)
        return mlp_fail(err, MLP_FORMAT, "safetensors: two '__metadata__'");
    reader->had_metadata = true;
    return MLP_OK;
}

static mlp_status open_member(struct header_reader *reader,
                              const mlp_json_token *token,
                              mlp_error *err)
{
    (void)token;
    (void)err;
    reader->state = reader->in_metadata ? PAIRS : FIELDS;
    return MLP_OK;
}

static mlp_status take_key(struct header_reader *reader,
                           const mlp_json_token *token,
                           mlp_error *err)
{
    struct safetensors *out = reader->out;
    void *items = out->pairs;
    size_t length;
    const char *key = keep_text(reader, token, &length);
    if (safetensors_pair_of(out, key) != NULL)
        return mlp_fail(err, MLP_FORMAT, "metadata: '%.64s' comes twice", key);
    mlp_status status = grow(&items, out->n_pairs, sizeof *out->pairs, err);
    out->pairs = items;
    if (status == MLP_OK)
        out->pairs[out->n_pairs++] = (struct safetensors_pair){.key = key};
    return status;
}

static mlp_status take_value(struct header_reader *reader,
                             const mlp_json_token *token,
                             mlp_error *err)
{
    (void)err;
    struct safetensors_pair *pair =
        &reader->out->pairs[reader->out->n_pairs - 1];
    pair->value = keep_text(reader, token, &pair->length);
    return MLP_OK;
}

static mlp_status take_field(struct header_reader *reader,
                             const mlp_json_token *token,
                             mlp_error *err)
{
    static const struct {
        const char *name;
        unsigned bit;
        state next;
    } fields[] = {
        {"dtype", HAS_DTYPE, DTYPE},
        {"shape", HAS_SHAPE, SHAPE},
        {"data_offsets", HAS_OFFSETS, OFFSETS},
    };
    const char *tensor = last_tensor(reader)->name;
    size_t length;
    const char *field = keep_text(reader, token, &length);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (strcmp(field, fields[i].name) != 0)
            continue;
        if (reader->has & fields[i].bit)
            return mlp_fail(err, MLP_FORMAT, "tensor '%.64s': '%s' comes twice",
                            tensor, fields[i].name);
        reader->has |= fields[i].bit;
        reader->state = fields[i].next;
        return MLP_OK;
    }
    return mlp_fail(err, MLP_FORMAT, "tensor '%.64s': unknown key '%.64s'",
                    tensor, field);
}

static mlp_status take_dtype(struct header_reader *reader,
                             const mlp_json_token *token,
                             mlp_error *err)
{
    (void)err;
    size_t length;
    last_tensor(reader)->dtype = keep_text(reader, token, &length);
    return MLP_OK;
}

static mlp_status take_size(const struct header_reader *reader,
                            const mlp_json_token *token,
                            size_t *out,
                            mlp_error *err)
{
    const mlp_decimal *number = &token->decimal;
    if (!number->integer || number->negative || number->truncated ||
        number->exponent != 0 || number->digits > SIZE_MAX)
        return mlp_fail(err, MLP_FORMAT,
                        "tensor '%.64s': expected a whole number, got %.*s",
                        last_tensor(reader)->name,
                        (int)(token->length < 32 ? token->length : 32),
                        token->text);
    *out = (size_t)number->digits;
    return MLP_OK;
}

static mlp_status take_dimension(struct header_reader *reader,
                                 const mlp_json_token *token,
                                 mlp_error *err)
{
    struct safetensors_tensor *tensor = last_tensor(reader);
    if (tensor->rank == SAFETENSORS_MAX_RANK)
        return mlp_fail(err, MLP_LIMIT, "tensor '%.64s': more than %d axes",
                        tensor->name, SAFETENSORS_MAX_RANK);
    return take_size(reader, token, &tensor->shape[tensor->rank++], err);
}

static mlp_status open_offsets(struct header_reader *reader,
                               const mlp_json_token *token,
                               mlp_error *err)
{
    (void)token;
    (void)err;
    reader->n_bounds = 0;
    return MLP_OK;
}

static mlp_status take_bound(struct header_reader *reader,
                             const mlp_json_token *token,
                             mlp_error *err)
{
    struct safetensors_tensor *tensor = last_tensor(reader);
    size_t surplus;
    size_t *const bounds[] = {&tensor->begin, &tensor->end, &surplus};
    size_t i = reader->n_bounds < 2 ? reader->n_bounds : 2;
    reader->n_bounds = i + 1;
    return take_size(reader, token, bounds[i], err);
}

static mlp_status close_offsets(struct header_reader *reader,
                                const mlp_json_token *token,
                                mlp_error *err)
{
    (void)token;
    if (reader->n_bounds != 2)
        return mlp_fail(err, MLP_FORMAT,
                        "tensor '%.64s': data_offsets takes two numbers",
                        last_tensor(reader)->name);
    return MLP_OK;
}

static mlp_status close_tensor(struct header_reader *reader,
                               const mlp_json_token *token,
                               mlp_error *err)
{
    (void)token;
    if (reader->has != HAS_ALL)
        return mlp_fail(err, MLP_FORMAT,
                        "tensor '%.64s': expected dtype, shape and "
                        "data_offsets",
                        last_tensor(reader)->name);
    return MLP_OK;
}

/* `next` is set before the action, which may set another. */
static const struct {
    state state;
    mlp_json_event event;
    state next;
    header_action action;
} transitions[] = {
    {START, MLP_JSON_OBJECT_BEGIN, NAMES, NULL},
    {NAMES, MLP_JSON_KEY, MEMBER, take_name},
    {NAMES, MLP_JSON_OBJECT_END, END, NULL},
    {MEMBER, MLP_JSON_OBJECT_BEGIN, MEMBER, open_member},
    {PAIRS, MLP_JSON_KEY, PAIR, take_key},
    {PAIRS, MLP_JSON_OBJECT_END, NAMES, NULL},
    {PAIR, MLP_JSON_STRING, PAIRS, take_value},
    {FIELDS, MLP_JSON_KEY, FIELDS, take_field},
    {FIELDS, MLP_JSON_OBJECT_END, NAMES, close_tensor},
    {DTYPE, MLP_JSON_STRING, FIELDS, take_dtype},
    {SHAPE, MLP_JSON_ARRAY_BEGIN, DIMENSIONS, NULL},
    {DIMENSIONS, MLP_JSON_NUMBER, DIMENSIONS, take_dimension},
    {DIMENSIONS, MLP_JSON_ARRAY_END, FIELDS, NULL},
    {OFFSETS, MLP_JSON_ARRAY_BEGIN, BOUNDS, open_offsets},
    {BOUNDS, MLP_JSON_NUMBER, BOUNDS, take_bound},
    {BOUNDS, MLP_JSON_ARRAY_END, FIELDS, close_offsets},
};

static mlp_status
on_token(void *context, const mlp_json_token *token, mlp_error *err)
{
    struct header_reader *reader = context;
    for (size_t i = 0; i < sizeof transitions / sizeof *transitions; i++) {
        if (transitions[i].state != reader->state ||
            transitions[i].event != token->event)
            continue;
        reader->state = transitions[i].next;
        header_action action = transitions[i].action;
        return action != NULL ? action(reader, token, err) : MLP_OK;
    }
    return mlp_fail(err, MLP_FORMAT,
                    "safetensors: unexpected value at byte %llu of the header",
                    (unsigned long long)token->offset);
}

mlp_status safetensors_header_read(const char *text,
                                   size_t length,
                                   struct safetensors *out,
                                   mlp_error *err)
{
    enum { MAX_DEPTH = 4 };
    struct header_reader reader = {.out = out};
    while (length > 0 && text[length - 1] == ' ')
        length--;
    if (length == 0 || text[0] != '{' || text[length - 1] != '}')
        return mlp_fail(err, MLP_FORMAT,
                        "safetensors: the header is not one JSON object with "
                        "blanks behind it");
    mlp_buffer_init(&out->texts, length);
    if (mlp_buffer_reserve(&out->texts, length) == NULL)
        return mlp_fail(err, MLP_NOMEM, "safetensors: out of memory");
    mlp_status status =
        mlp_json_read(text, length, on_token, &reader, MAX_DEPTH, err);
    if (status == MLP_OK && out->texts.status != MLP_OK)
        status = mlp_fail(err, out->texts.status, "safetensors: texts");
    return status;
}

/* --- writing --- */

static void write_pairs(mlp_buffer *out, const struct safetensors *file)
{
    mlp_buffer_text(out, "\"__metadata__\":{");
    for (size_t i = 0; i < file->n_pairs; i++) {
        const struct safetensors_pair *pair = &file->pairs[i];
        mlp_buffer_text(out, i == 0 ? "" : ",");
        mlp_json_write_string(out, pair->key, strlen(pair->key));
        mlp_buffer_text(out, ":");
        mlp_json_write_string(out, pair->value, pair->length);
    }
    mlp_buffer_text(out, "}");
}

static void write_entry(mlp_buffer *out,
                        const struct safetensors_tensor *tensor)
{
    mlp_buffer_text(out, ",");
    mlp_json_write_string(out, tensor->name, strlen(tensor->name));
    mlp_buffer_format(out, ":{\"dtype\":\"%s\",\"shape\":[", tensor->dtype);
    for (size_t i = 0; i < tensor->rank; i++)
        mlp_buffer_format(out, i == 0 ? "%zu" : ",%zu", tensor->shape[i]);
    mlp_buffer_format(out, "],\"data_offsets\":[%zu,%zu]}", tensor->begin,
                      tensor->end);
}

void safetensors_header_write(const struct safetensors *file, mlp_buffer *out)
{
    mlp_buffer_text(out, "{");
    write_pairs(out, file);
    for (size_t i = 0; i < file->n_tensors; i++)
        write_entry(out, &file->tensors[i]);
    mlp_buffer_text(out, "}");
}
