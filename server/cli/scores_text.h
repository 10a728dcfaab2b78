/* SPDX-License-Identifier: MIT
 *
 * A model and its scores as text for people. */
#ifndef MLPD_SCORES_TEXT_H
#define MLPD_SCORES_TEXT_H

#include <jansson.h>
#include <stdio.h>

/* A version of GET /models/NAME/versions/N: its name, what it is, and how good
 * it was on rows held out. */
void scores_text_print_model(const json_t *model, FILE *out);

/* "scores" of an evaluation or a training: a line a score, beside the
 * baseline's where that has one. */
void scores_text_print(json_t *scores, FILE *out);

/* The columns with the largest "importance", at most `n`. */
void scores_text_print_importance(const json_t *model, size_t n, FILE *out);

#endif
