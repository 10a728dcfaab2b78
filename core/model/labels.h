/* SPDX-License-Identifier: MIT
 *
 * A list of labels that owns their texts: the classes, columns and other short
 * lists of a model, and their form in its file, a flat JSON array. */
#ifndef MLP_MODEL_LABELS_H
#define MLP_MODEL_LABELS_H

#include <stdbool.h>
#include <stddef.h>

#include "mlp/buffer.h"
#include "mlp/table.h"

/* Zero-initialised it is empty and ready. */
struct label_list {
    mlp_label *items;
    size_t n, capacity;
};

/* Append a copy.  Errors: MLP_NOMEM */
MLP_NODISCARD
mlp_status
labels_add(struct label_list *list, const mlp_label *label, mlp_error *err);
MLP_NODISCARD
mlp_status
labels_add_text(struct label_list *list, const char *text, mlp_error *err);
MLP_NODISCARD
mlp_status labels_copy(struct label_list *list,
                       const struct label_list *from,
                       mlp_error *err);
void labels_free(struct label_list *list);

/* The label that a table's number becomes: in its one spelling, with the double
 * that this spells. Its text is `text`. */
enum { LABEL_OF_FLOAT_MAX = 32 };
mlp_label label_of_float(float value, char text[LABEL_OF_FLOAT_MAX]);

/* Below, equal or above 0, as for strcmp: numbers by value, however they are
 * spelled; text by its bytes; false before true. Of different kinds, numbers
 * come first, then text. */
int label_compare(const mlp_label *a, const mlp_label *b);

/* Into ascending order, each value once; of equal numbers the first spelling
 * in the order of texts stays. */
void labels_sort(struct label_list *list);

/* *twin = the text of an item that comes twice, or NULL.  Errors: MLP_NOMEM */
MLP_NODISCARD
mlp_status labels_find_twin(const struct label_list *list,
                            const char **twin,
                            mlp_error *err);

/* ["a",2,true]: texts as strings, the others as they are spelled. */
void labels_write(const struct label_list *list, mlp_buffer *out);

/* Append what such an array says.
 * Errors:  MLP_FORMAT  malformed, null or a container inside
 *          MLP_LIMIT   more than max_items; MLP_NOMEM */
MLP_NODISCARD
mlp_status labels_read(struct label_list *list,
                       const char *text,
                       size_t length,
                       size_t max_items,
                       mlp_error *err);

/* The same for several: [["a","b"],[1,2]]. There must be n of them, all of
 * them together of at most max_items.  Errors: likewise. */
void labels_write_lists(struct label_list *const *lists,
                        size_t n,
                        mlp_buffer *out);
MLP_NODISCARD
mlp_status labels_read_lists(struct label_list *const *lists,
                             size_t n,
                             const char *text,
                             size_t length,
                             size_t max_items,
                             mlp_error *err);

#endif
