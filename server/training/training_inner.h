/* SPDX-License-Identifier: MIT
 *
 * What the files of this folder share. Nothing here is for others. */
#ifndef MLPD_TRAINING_INNER_H
#define MLPD_TRAINING_INNER_H

#include "training/spec.h"
#include "training/training.h"

struct training {
    char *folder; /* DATA/tables */
    struct catalog *catalog;
    struct registry *registry;
    size_t max_parameters;
};

/* A plan and what must live as long as it. */
struct training_setup {
    struct spec spec; /* as it was wished for */
    struct live_model *from;
    mlp_plan *plan;
    struct spec resolved; /* borrows from spec and plan: never freed */
};

/* Settings and table to a plan; `settings` and `table` must outlive the setup,
 * which is to be freed in any case.  Threads: pool. */
void training_setup_open(struct training *training,
                         const json_t *settings,
                         const mlp_table *table,
                         struct training_setup *out,
                         struct problem *problem);
void training_setup_free(struct training *training,
                         struct training_setup *setup);

/* The runner's two halves (training_run.c). */
mlp_status training_run(void *context, struct job *job, void **result);
mlp_status training_finish(void *context,
                           struct job *job,
                           void *result,
                           uint32_t *version,
                           mlp_error *err);

/* The training record of a model: how it came to be, and nothing that would
 * make two equal trainings differ. Appends one JSON object. */
void training_record(const struct training_setup *setup,
                     const mlp_table *table,
                     const char *sha256,
                     const mlp_fit_report *report,
                     mlp_buffer *out);

enum { TRAINING_TEXT_MAX = 16 * 1024 * 1024 };

#endif
