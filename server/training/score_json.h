/* SPDX-License-Identifier: MIT
 *
 * Scores as JSON text: the same for a model's training record, where equal
 * scores must give equal bytes, and for an answer. */
#ifndef MLPD_SCORE_JSON_H
#define MLPD_SCORE_JSON_H

#include "mlp/buffer.h"
#include "mlp/model.h"
#include "mlp/scores.h"

/* A label with the JSON type that it was trained with. A number's spelling may
 * be one that JSON does not have (+1, 007): then its value is written. */
void score_json_label(mlp_buffer *out, const mlp_label *label);

/* "rows":30,"loss":0.1,"accuracy":0.9,…,"baseline":{…}: the members of an
 * object, those figures that there are.  Threads: any. */
void score_json_figures(mlp_buffer *out, const mlp_scores *scores);

/* ,"classes":[…],"confusion_matrix":{…},"calibration":[…] of `model`, or
 * ,"targets":[…] where there are several: further members, a comma before
 * each. A figure that there is not is null.  Threads: any. */
void score_json_tables(mlp_buffer *out,
                       const mlp_model *model,
                       const mlp_score_table *table);

#endif
