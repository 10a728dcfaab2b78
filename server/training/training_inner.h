/* SPDX-License-Identifier: MIT
 *
 * What the files of this folder share. Nothing here is for others. */
#ifndef MLPD_TRAINING_INNER_H
#define MLPD_TRAINING_INNER_H

#include "mlp/evaluate.h"
#include "mlp/explain.h"
#include "training/spec.h"
#include "training/training.h"

struct training {
    char *folder;      /* DATA/tables */
    char *checkpoints; /* DATA/checkpoints */
    struct training_options options;
    struct catalog *catalog;
    struct registry *registry;
};

/* A plan and what must live as long as it. The plan has the threads that it
 * runs with here and now; `spec` and `resolved` those that were asked for. */
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

/* The threads of a training that asks for `asked` (0: nothing was said): as
 * many, or an equal part of all; no more than there are now, which a job from
 * before a restart could not know.  Threads: any. */
size_t training_threads(const struct training *training, size_t asked);

/* The runner's steps (training_run.c). */
mlp_status training_run(void *context, struct job *job, void **result);
mlp_status training_reserve(void *context,
                            struct job *job,
                            void *result,
                            uint32_t *version,
                            mlp_error *err);
mlp_status training_finish(void *context,
                           struct job *job,
                           void *result,
                           uint32_t *version,
                           mlp_error *err);
void training_store(void *context, struct job *job, void *result);
void training_discard(void *context, const struct job *job, void *result);
bool training_published(void *context, struct job *job, uint32_t version);

/* Run a job's plan from its newest good checkpoint, else from the start; tell
 * the job how it gets on, and leave checkpoints. err is not NULL.
 * Threads: pool. */
mlp_status training_watch(const struct training *training,
                          struct job *job,
                          const mlp_plan *plan,
                          mlp_model **out,
                          mlp_fit_report *figures,
                          mlp_error *err);

/* What job_text() said of it; 0 of jobs from before it did. */
uint64_t training_memory(void *context, const struct job *job);

/* What a record says besides the report. */
struct training_scores {
    mlp_score_table *validation; /* NULL: there are no such rows */
    double *baseline;            /* [n_outputs] */
    size_t n_outputs;
    double *importance; /* [n_features], of mlp_plan_importance(); or NULL */
    size_t n_features;
};

/* The training record of a model: how it came to be, and nothing that would
 * make two equal trainings differ. Appends one JSON object. Tables of more than
 * 100 classes, or too long for a record, are left out. */
void training_record(const struct training_setup *setup,
                     const mlp_table *table,
                     const char *sha256,
                     const mlp_model *model,
                     const mlp_fit_report *report,
                     const struct training_scores *more,
                     mlp_buffer *out);

enum { TRAINING_TEXT_MAX = 16 * 1024 * 1024 };

#endif
