/* SPDX-License-Identifier: MIT
 *
 * A job's work, on the pool, and its end, on the loop. Files come last: a job
 * that fails or is told to stop leaves none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/json.h"
#include "store/catalog_audit.h"
#include "training/promotion.h"
#include "training/training_inner.h"

/* What run() hands to finish(). */
struct trained {
    char *folder;
    struct blob *blob; /* synced */
    mlp_model *model;
    uint32_t version; /* 0: none is reserved */
    uint64_t size;
    char sha256[BLOB_SHA256_TEXT];
    mlp_error failure; /* why there is no blob; else its status is MLP_OK */
    struct live_model *rival; /* of its promotion, or NULL */
};

static void trained_destroy(struct training *training, struct trained *trained)
{
    if (trained == NULL)
        return;
    if (trained->rival != NULL)
        registry_release(training->registry, trained->rival);
    blob_abort(trained->blob);
    mlp_model_destroy(trained->model);
    free(trained->folder);
    free(trained);
}

/* --- failing -------------------------------------------------------------- */

/* The stable words of a failed job's `error.reason`. */
static const char *const reasons[] = {
    [MLP_INVALID] = "invalid",     [MLP_SHAPE] = "invalid",
    [MLP_FORMAT] = "corrupt",      [MLP_LIMIT] = "too-large",
    [MLP_NOMEM] = "out-of-memory", [MLP_IO] = "storage",
    [MLP_DIVERGED] = "diverged",   [MLP_FULL] = "storage",
};

static mlp_status fail_job(struct job *job, const mlp_error *err)
{
    if (err->status == MLP_CANCELLED)
        return MLP_CANCELLED;
    job_fail(job, reasons[err->status], err->text);
    return err->status;
}

/* --- the work ------------------------------------------------------------- */

static mlp_status read_table(const struct training *training,
                             const char *sha256,
                             mlp_table **out,
                             mlp_error *err)
{
    char *path;

    if (asprintf(&path, "%s/%s", training->folder, sha256) < 0)
        return mlp_fail(err, MLP_NOMEM, "out of memory for the table");
    FILE *file = fopen(path, "rbe");
    free(path);
    if (file == NULL)
        return mlp_fail(err, MLP_IO, "the job's table cannot be opened");
    mlp_status status = mlp_table_read(file, SIZE_MAX, out, err);
    fclose(file);
    return status;
}

/* Which columns the model needs, unless that would take long. */
static mlp_status weigh_columns(const mlp_plan *plan,
                                const mlp_model *model,
                                const mlp_fit_report *figures,
                                struct training_scores *out,
                                mlp_error *err)
{
    bool measured;
    mlp_status status =
        mlp_plan_importance(plan, model, figures->training.epochs_run,
                            out->importance, &measured, err);

    if (status == MLP_OK && !measured) {
        free(out->importance);
        out->importance = NULL;
    }
    return status;
}

static mlp_status score(const mlp_plan *plan,
                        const mlp_model *model,
                        const mlp_fit_report *figures,
                        struct training_scores *out,
                        mlp_error *err)
{
    *out = (struct training_scores){.n_outputs = mlp_model_n_outputs(model),
                                    .n_features = mlp_model_n_features(model)};
    out->baseline = calloc(out->n_outputs, sizeof *out->baseline);
    out->importance = calloc(out->n_features, sizeof *out->importance);
    if (out->baseline == NULL || out->importance == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for scores");
    mlp_plan_baseline(plan, out->baseline);
    mlp_status status = weigh_columns(plan, model, figures, out, err);
    if (status != MLP_OK)
        return status;
    if (mlp_plan_n_validation(plan) == 0)
        return MLP_OK;
    return mlp_plan_score(plan, model, MLP_PLAN_VALIDATION, &out->validation,
                          err);
}

static mlp_status write_record(const struct training_setup *setup,
                               const mlp_table *table,
                               const char *sha256,
                               const mlp_fit_report *figures,
                               const struct training_scores *scores,
                               mlp_model *model,
                               mlp_error *err)
{
    mlp_buffer text;
    mlp_status status;

    mlp_buffer_init(&text, TRAINING_TEXT_MAX);
    training_record(setup, table, sha256, model, figures, scores, &text);
    if (text.status != MLP_OK)
        status = mlp_fail(err, text.status, "no room for the training record");
    else
        status = mlp_model_set_record(model, text.data, text.length, err);
    mlp_buffer_free(&text);
    return status;
}

static mlp_status set_record(const struct training_setup *setup,
                             const mlp_table *table,
                             const char *sha256,
                             const mlp_fit_report *figures,
                             mlp_model *model,
                             mlp_error *err)
{
    struct training_scores scores;
    mlp_status status = score(setup->plan, model, figures, &scores, err);

    if (status == MLP_OK)
        status =
            write_record(setup, table, sha256, figures, &scores, model, err);
    mlp_score_table_destroy(scores.validation);
    free(scores.baseline);
    free(scores.importance);
    return status;
}

static mlp_status write_blob(struct training *training,
                             const char *name,
                             struct trained *trained,
                             mlp_error *err)
{
    mlp_status status = MLP_OK;

    if (trained->folder == NULL)
        status =
            registry_folder(training->registry, name, &trained->folder, err);
    if (status == MLP_OK)
        status = blob_create(trained->folder, &trained->blob, err);
    if (status == MLP_OK)
        status = mlp_model_write(trained->model, blob_sink(trained->blob), err);
    if (status == MLP_OK)
        status = blob_sync(trained->blob, trained->sha256, err);
    return status;
}

/* A disk that does not take it is no reason to lose the training: the model is
 * in memory, and training_store() tries again. */
static mlp_status write_model(struct training *training,
                              const char *name,
                              struct trained *trained,
                              mlp_error *err)
{
    mlp_status status = write_blob(training, name, trained, err);

    trained->failure.status = status;
    if (status == MLP_OK) {
        trained->size = blob_size(trained->blob);
        return MLP_OK;
    }
    blob_abort(trained->blob);
    trained->blob = NULL;
    trained->failure = *err;
    return status == MLP_FULL || status == MLP_IO ? MLP_OK : status;
}

static mlp_status train(struct training *training,
                        struct job *job,
                        const struct training_setup *setup,
                        const mlp_table *table,
                        struct trained *out,
                        mlp_error *err)
{
    mlp_fit_report figures;
    mlp_status status =
        training_watch(training, job, setup->plan, &out->model, &figures, err);

    if (status == MLP_OK)
        status =
            set_record(setup, table, job_table(job), &figures, out->model, err);
    if (status == MLP_OK)
        status = write_model(training, job_model(job), out, err);
    return status;
}

static mlp_status train_settings(struct training *training,
                                 struct job *job,
                                 const json_t *settings,
                                 const mlp_table *table,
                                 struct trained *out,
                                 mlp_error *err)
{
    struct problem problem = {0};
    struct training_setup setup;
    mlp_status status;

    training_setup_open(training, settings, table, &setup, &problem);
    if (problem_is_set(&problem))
        status = mlp_fail(err, MLP_INVALID, "%s", problem.detail);
    else
        status = train(training, job, &setup, table, out, err);
    training_setup_free(training, &setup);
    return status;
}

static mlp_status train_job(struct training *training,
                            struct job *job,
                            struct trained *out,
                            mlp_error *err)
{
    struct problem problem = {0};
    mlp_table *table = NULL;
    json_t *spec = json_parse(job_spec(job), strlen(job_spec(job)), &problem);
    mlp_status status;

    if (spec == NULL)
        status =
            mlp_fail(err, MLP_FORMAT, "the job's spec: %s", problem.detail);
    else
        status = read_table(training, job_table(job), &table, err);
    if (status == MLP_OK)
        status = train_settings(
            training, job, json_object_get(spec, "settings"), table, out, err);
    mlp_table_destroy(table);
    json_decref(spec);
    return status;
}

mlp_status training_run(void *context, struct job *job, void **result)
{
    mlp_error err = {.text = ""};
    struct trained *trained = calloc(1, sizeof *trained);

    *result = NULL;
    if (trained == NULL) {
        job_fail(job, reasons[MLP_NOMEM], "out of memory");
        return MLP_NOMEM;
    }
    mlp_status status = train_job(context, job, trained, &err);
    if (status != MLP_OK) {
        trained_destroy(context, trained);
        return fail_job(job, &err);
    }
    trained->rival = promotion_borrow_rival(context, job);
    *result = trained;
    return MLP_OK;
}

/* A file that will not come needs no row. If that cannot be stored now, the
 * next start finds it out. */
void training_discard(void *context, const struct job *job, void *result)
{
    struct training *training = context;
    struct trained *trained = result;

    if (trained->version != 0)
        (void)catalog_withdraw_model_file(training->catalog, job_model(job),
                                          trained->version, NULL);
    trained_destroy(training, trained);
}

mlp_status training_reserve(void *context,
                            struct job *job,
                            void *result,
                            uint32_t *version,
                            mlp_error *err)
{
    const struct training *training = context;
    struct trained *trained = result;
    const char *name = job_model(job);

    if (trained->blob == NULL)
        return mlp_fail(err, trained->failure.status, "%s",
                        trained->failure.text);
    struct catalog_model_file file = {.model = name,
                                      .version = *version,
                                      .sha256 = trained->sha256,
                                      .size = trained->size};
    mlp_status status = catalog_reserve_version(
        training->catalog, &file, registry_highest(training->registry, name),
        err);
    const struct audit_author author = {.job = job_id(job)};
    const struct catalog_audit audit = {.model = name, .version = file.version};
    if (status == MLP_OK)
        status = catalog_put_audit_once(training->catalog, AUDIT_PUBLISH,
                                        &author, &audit, err);

    *version = trained->version = file.version;
    return status;
}

void training_store(void *context, struct job *job, void *result)
{
    struct trained *trained = result;
    mlp_error err;

    if (trained->blob == NULL)
        (void)write_model(context, job_model(job), trained, &err);
}

/* A blob that failed to get its name is not tried again: the kernel may have
 * dropped what it was to write. */
mlp_status training_finish(void *context,
                           struct job *job,
                           void *result,
                           uint32_t *version,
                           mlp_error *err)
{
    struct training *training = context;
    struct trained *trained = result;
    mlp_status status =
        registry_publish(training->registry, job_model(job), *version,
                         trained->blob, trained->sha256, trained->model, err);

    if (status != MLP_OK) {
        blob_abort(trained->blob);
        trained->blob = NULL;
        (void)mlp_fail(&trained->failure, status, "%s", err->text);
        return status;
    }
    trained->blob = NULL;
    trained->model = NULL;
    promotion_settle(training, job, *version, trained->rival, false);
    trained_destroy(training, trained);
    return MLP_OK;
}

bool training_published(void *context, struct job *job, uint32_t version)
{
    struct training *training = context;
    mlp_error err;
    struct live_model *live =
        registry_borrow(training->registry, job_model(job), version, &err);

    if (live != NULL)
        registry_release(training->registry, live);
    bool there = live != NULL || err.status != MLP_INVALID;
    if (there)
        promotion_settle(training, job, version, NULL, true);
    return there;
}
