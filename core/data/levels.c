/* SPDX-License-Identifier: MIT
 *
 * A hash table with linear probing. A slot keeps its value's hash, so that
 * growing does not look at the values again. */
#include "data/levels.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "data/numeral.h"

enum { SLOTS_MIN = 16 };

/* The dictionary's own text, const to everybody else. */
static void free_text(mlp_label *label)
{
    free((void *)(uintptr_t)label->text);
}

void levels_free(struct levels *levels)
{
    for (size_t i = 0; i < levels->n; i++)
        free_text(&levels->labels[i]);
    free(levels->labels);
    free(levels->slots);
    *levels = (struct levels){0};
}

/* What a cell says, as bytes that stay where they are. */
struct spelling {
    mlp_cell_kind kind;
    const char *text;
    size_t length;
    struct numeral numeral; /* MLP_CELL_NUMBER */
};

static struct spelling spelling_of(const mlp_cell *cell)
{
    struct spelling out = {.kind = cell->kind};
    switch (cell->kind) {
    case MLP_CELL_NUMBER:
        out.text = cell->decimal.text;
        out.length = cell->decimal.length;
        numeral_trim(&out.text, &out.length);
        out.numeral = numeral_of(out.text, out.length);
        break;
    case MLP_CELL_BOOLEAN:
        out.text = cell->boolean ? "true" : "false";
        out.length = strlen(out.text);
        break;
    default:
        out.text = cell->text ? cell->text : "";
        out.length = cell->length;
    }
    return out;
}

static uint32_t hash_of(const struct spelling *spelling, uint64_t secret)
{
    uint64_t sum = spelling->length;
    if (spelling->kind == MLP_CELL_NUMBER)
        sum = numeral_hash(&spelling->numeral, secret);
    else
        for (size_t i = 0; i < spelling->length; i++)
            sum = polynomial_step(sum, secret, (uint8_t)spelling->text[i]);
    return (uint32_t)(sum ^ sum >> 32);
}

static bool is_level(const mlp_label *label, const struct spelling *spelling)
{
    if (spelling->kind == MLP_CELL_NUMBER) {
        struct numeral other = numeral_of(label->text, label->length);
        return numeral_equal(&other, &spelling->numeral);
    }
    return label->length == spelling->length &&
           memcmp(label->text, spelling->text, spelling->length) == 0;
}

/* The slot of a value, or the free one where it belongs. */
static struct levels_slot *find_slot(const struct levels *levels,
                                     const struct spelling *spelling,
                                     uint32_t hash)
{
    size_t mask = levels->n_slots - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        struct levels_slot *slot = &levels->slots[i];
        if (slot->number == 0 ||
            (slot->hash == hash &&
             is_level(&levels->labels[slot->number - 1], spelling)))
            return slot;
    }
}

static uint64_t make_secret(const void *here)
{
    uint64_t secret = 0;
    if (getrandom(&secret, sizeof secret, GRND_NONBLOCK) != sizeof secret)
        secret = (uintptr_t)here * UINT64_C(0x9e3779b97f4a7c15);
    return secret >> 4 | 1; /* below the prime of the polynomial */
}

/* Room for one more, at most half of the slots being taken. */
static mlp_status grow_slots(struct levels *levels)
{
    if (levels->n * 2 < levels->n_slots)
        return MLP_OK;
    size_t n_slots = levels->n_slots ? levels->n_slots * 2 : SLOTS_MIN;
    struct levels_slot *slots = alloc_array(n_slots, sizeof *slots);
    if (!slots)
        return MLP_NOMEM;
    for (size_t i = 0; i < levels->n_slots; i++) {
        struct levels_slot slot = levels->slots[i];
        size_t at = slot.hash & (n_slots - 1);
        while (slot.number != 0 && slots[at].number != 0)
            at = (at + 1) & (n_slots - 1);
        if (slot.number != 0)
            slots[at] = slot;
    }
    free(levels->slots);
    levels->slots = slots;
    levels->n_slots = n_slots;
    if (levels->secret == 0)
        levels->secret = make_secret(slots);
    return MLP_OK;
}

static mlp_status grow_labels(struct levels *levels)
{
    if (levels->n < levels->capacity)
        return MLP_OK;
    size_t capacity = levels->capacity ? levels->capacity * 2 : 4;
    mlp_label *labels = reallocarray(levels->labels, capacity, sizeof *labels);
    if (!labels)
        return MLP_NOMEM;
    levels->labels = labels;
    levels->capacity = capacity;
    return MLP_OK;
}

/* A label of its own. NULL text: no memory. */
static mlp_label make_label(const mlp_cell *cell,
                            const struct spelling *spelling)
{
    mlp_label label = {.kind = spelling->kind};
    char *text = malloc(spelling->length + 2); /* one more for JSON, and NUL */
    if (!text)
        return label;
    if (spelling->kind == MLP_CELL_NUMBER) {
        label.number = mlp_decimal_to_double(&cell->decimal);
        label.length =
            numeral_write_json(spelling->text, spelling->length, text);
    } else {
        label.length = spelling->length;
        memcpy(text, spelling->text, spelling->length);
    }
    text[label.length] = '\0';
    label.text = text;
    return label;
}

static mlp_status append(struct levels *levels,
                         const mlp_cell *cell,
                         const struct spelling *spelling)
{
    mlp_status status = grow_labels(levels);
    if (status != MLP_OK)
        return status;
    mlp_label label = make_label(cell, spelling);
    if (!label.text)
        return MLP_NOMEM;
    levels->labels[levels->n++] = label;
    levels->text_bytes += label.length + 2;
    return MLP_OK;
}

mlp_status levels_add(struct levels *levels, const mlp_cell *cell, size_t *out)
{
    mlp_status status = grow_slots(levels);
    if (status != MLP_OK)
        return status;
    struct spelling spelling = spelling_of(cell);
    uint32_t hash = hash_of(&spelling, levels->secret);
    struct levels_slot *slot = find_slot(levels, &spelling, hash);
    if (slot->number == 0) {
        if (levels->n == LEVELS_MAX)
            return MLP_LIMIT;
        status = append(levels, cell, &spelling);
        if (status != MLP_OK)
            return status;
        *slot = (struct levels_slot){hash, (uint32_t)levels->n};
    }
    *out = slot->number - 1;
    return MLP_OK;
}

bool levels_find(const struct levels *levels, const mlp_cell *cell, size_t *out)
{
    if (levels->n == 0)
        return false;
    struct spelling spelling = spelling_of(cell);
    uint32_t hash = hash_of(&spelling, levels->secret);
    const struct levels_slot *slot = find_slot(levels, &spelling, hash);
    if (slot->number == 0)
        return false;
    *out = slot->number - 1;
    return true;
}

/* Free a slot and move those behind it up, so that each is still found from
 * where its hash points (Knuth, TAOCP 3, algorithm 6.4R). */
static void clear_slot(struct levels *levels, struct levels_slot *slot)
{
    size_t mask = levels->n_slots - 1;
    size_t hole = (size_t)(slot - levels->slots);
    for (size_t i = (hole + 1) & mask; levels->slots[i].number != 0;
         i = (i + 1) & mask) {
        size_t home = levels->slots[i].hash & mask;
        if (((i - home) & mask) < ((i - hole) & mask))
            continue;
        levels->slots[hole] = levels->slots[i];
        hole = i;
    }
    levels->slots[hole] = (struct levels_slot){0};
}

mlp_status
levels_replace(struct levels *levels, size_t number, const mlp_cell *cell)
{
    struct spelling spelling = spelling_of(cell);
    mlp_label label = make_label(cell, &spelling);
    if (!label.text)
        return MLP_NOMEM;

    mlp_label *old = &levels->labels[number];
    mlp_cell old_cell = {
        .kind = old->kind, .text = old->text, .length = old->length};
    struct spelling old_spelling = spelling_of(&old_cell);
    clear_slot(levels, find_slot(levels, &old_spelling,
                                 hash_of(&old_spelling, levels->secret)));
    free_text(old);
    *old = label;
    uint32_t hash = hash_of(&spelling, levels->secret);
    *find_slot(levels, &spelling, hash) =
        (struct levels_slot){hash, (uint32_t)number + 1};
    return MLP_OK;
}

size_t levels_bytes(const struct levels *levels)
{
    return levels->capacity * sizeof *levels->labels +
           levels->n_slots * sizeof *levels->slots + levels->text_bytes;
}
