/* SPDX-License-Identifier: MIT
 *
 * An encoder's texts in a model file, all of it but its numbers:
 *
 *     kinds      ["numeric","categorical"]     a column each
 *     encodings  ["periodic+missing","plain"]  its flags
 *     levels     [["a","b"]]                   of categorical and discrete ones
 *
 * None of them for an encoder whose columns are plain numbers. */
#ifndef MLP_MODEL_ENCODER_TEXT_H
#define MLP_MODEL_ENCODER_TEXT_H

#include "model/encoder.h"

void encoder_write_kinds(const struct encoder *encoder, mlp_buffer *out);
void encoder_write_flags(const struct encoder *encoder, mlp_buffer *out);
void encoder_write_levels(const struct encoder *encoder, mlp_buffer *out);

/* In this order; encoder_init() comes before.
 * Errors: MLP_FORMAT, MLP_LIMIT, MLP_NOMEM */
MLP_NODISCARD
mlp_status encoder_read_kinds(struct encoder *encoder,
                              const char *text,
                              size_t length,
                              mlp_error *err);
MLP_NODISCARD
mlp_status encoder_read_flags(struct encoder *encoder,
                              const char *text,
                              size_t length,
                              mlp_error *err);
MLP_NODISCARD
mlp_status encoder_read_levels(struct encoder *encoder,
                               const char *text,
                               size_t length,
                               mlp_error *err);

/* Whether all that was read makes sense together, and would be written again
 * just so.  Errors: MLP_FORMAT */
MLP_NODISCARD
mlp_status encoder_check(const struct encoder *encoder, mlp_error *err);

#endif
