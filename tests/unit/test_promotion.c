/* SPDX-License-Identifier: MIT
 *
 * A start that finds a job whose version is there, as a kill leaves it, settles
 * its promotion: no training is needed for what is decided. */
#include "training/promotion.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobs/job.h"
#include "store/registry_alias.h"
#include "telemetry/log.h"
#include "temp_folder.h"

static char folder[TEMP_PATH];
static struct loop *loop;
static struct catalog *catalog;
static struct registry *registry;
static struct training *training;
static struct jobs *jobs;
static mlp_error err;

static void open_store_of(uint64_t max_bytes)
{
    cr_assert_eq(loop_create(1, &loop, &err), MLP_OK);
    cr_assert_eq(catalog_open(folder, &catalog, &err), MLP_OK, "%s", err.text);
    cr_assert_eq(registry_create(folder, catalog, max_bytes, &registry, &err),
                 MLP_OK);
}

static void open_store(void)
{
    open_store_of(0);
}

static void open_jobs(void)
{
    const struct training_options how = {.max_parameters = 100};
    cr_assert_eq(
        training_create(folder, catalog, registry, &how, &training, &err),
        MLP_OK, "%s", err.text);
    const struct jobs_options options = {
        .n_parallel = 1, .max_queued = 3, .runner = training_runner(training)};
    cr_assert_eq(jobs_create(loop, catalog, &options, &jobs, &err), MLP_OK);
}

static void close_all(void)
{
    jobs_destroy(jobs);
    training_destroy(training);
    registry_destroy(registry);
    catalog_close(catalog);
    loop_destroy(loop);
    jobs = NULL;
}

static void set_up(void)
{
    log_open((enum log_level)(LOG_ERROR + 1), LOG_JSON);
    temp_folder_make(folder);
}

static void tear_down(void)
{
    temp_folder_remove(folder);
}

TestSuite(promotion, .init = set_up, .fini = tear_down, .timeout = 60);

/* Version `number` of m, whose record has those scores. */
static void make_version(unsigned number, const char *scores)
{
    static const char *const names[] = {"x", "y"};
    static const char *const targets[] = {"y"};
    float *block = calloc(8, sizeof *block);
    mlp_fit_spec spec = {.task = MLP_TASK_REGRESSION,
                         .targets = targets,
                         .n_targets = 1,
                         .hidden_given = true,
                         .training = {.epochs = 1, .seed = number}};
    char record[128], path[TEMP_PATH + 64];
    mlp_fit_report report;
    mlp_table *table;
    mlp_plan *plan;
    mlp_model *model;

    for (unsigned i = 0; i < 8; i++)
        block[i] = (float)(i * number);
    cr_assert_eq(mlp_table_adopt(block, false, 4, 2, names, &table, &err),
                 MLP_OK);
    cr_assert_eq(mlp_plan_create(table, &spec, &plan, &err), MLP_OK);
    cr_assert_eq(mlp_plan_run(plan, NULL, &model, &report, &err), MLP_OK);
    snprintf(record, sizeof record, "{\"scores\":%s}", scores);
    cr_assert_eq(mlp_model_set_record(model, record, strlen(record), &err),
                 MLP_OK);
    snprintf(path, sizeof path, "%s/models/m/%u.safetensors", folder, number);
    cr_assert_eq(mlp_model_save(model, path, &err), MLP_OK, "%s", err.text);
    mlp_model_destroy(model);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

static void make_folders(void)
{
    char path[TEMP_PATH + 64];

    snprintf(path, sizeof path, "%s/models", folder);
    cr_assert_eq(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/models/m", folder);
    cr_assert_eq(mkdir(path, 0700), 0);
}

static void move(const char *alias, uint32_t version)
{
    const struct alias_move wish = {.model = "m",
                                    .alias = alias,
                                    .version = version,
                                    .action = AUDIT_ALIAS_SET};
    struct model_alias now, was;

    cr_assert_eq(registry_move_alias(registry, &wish, NULL, &now, &was, &err),
                 MLP_OK, "%s", err.text);
}

static uint32_t where(const char *alias)
{
    struct model_alias now = {.version = 0};

    return registry_alias(registry, "m", alias, &now) ? now.version : 0;
}

/* A job that had taken version 2 when the daemon died. */
static int64_t leave_job(const char *rule)
{
    char spec[512];
    struct catalog_job job = {.model = "m",
                              .state = "running",
                              .spec = spec,
                              .reserved = 2,
                              .created_ms = 1};

    snprintf(spec, sizeof spec, "{\"settings\":{\"promote\":%s}}", rule);
    cr_assert_eq(catalog_insert_job(catalog, &job, &err), MLP_OK);
    return job.id;
}

static void expect_outcome(int64_t id, const char *outcome)
{
    struct job_view view;

    cr_assert(jobs_get(jobs, id, &view));
    cr_expect_eq(view.state, JOB_SUCCEEDED);
    cr_assert_not_null(view.outcome, "%s", outcome);
    cr_expect_str_eq(view.outcome, outcome);
}

#define IF(score, than)                                                        \
    "{\"alias\":\"a\",\"if\":\"" score "\",\"better_than\":" than "}"
#define TAKEN(from, because)                                                   \
    "{\"promoted\":{\"alias\":\"a\",\"from\":" from ",\"because\":\"" because  \
    "\"}}"
#define LEFT(because) "{\"promoted\":null,\"because\":\"" because "\"}"

static const struct {
    const char *one, *two; /* the scores of the versions */
    const char *rule;
    const char *outcome;
} cases[] = {
    {"{}", "{}", "{\"alias\":\"a\"}",
     TAKEN("1", "every version was to be promoted")},
    {"{\"train\":{\"rmse\":2}}", "{\"train\":{\"rmse\":1}}",
     IF("rmse", "\"a\""),
     TAKEN("1", "rmse 1 is better than 2 of version 1, a")},
    {"{\"train\":{\"rmse\":1}}", "{\"train\":{\"rmse\":1}}",
     IF("rmse", "\"a\""), LEFT("rmse 1 is not better than 1 of version 1, a")},
    {"{\"train\":{\"r2\":0.5}}", "{\"train\":{\"r2\":0.25}}", IF("r2", "\"a\""),
     LEFT("r2 0.25 is not better than 0.5 of version 1, a")},
    {"{\"train\":{\"r2\":0.5}}", "{\"train\":{\"r2\":0.75}}", IF("r2", "\"a\""),
     TAKEN("1", "r2 0.75 is better than 0.5 of version 1, a")},
    {"{}", "{\"validation\":{\"loss\":1}}", IF("validation_loss", "1.5"),
     TAKEN("1", "validation_loss 1 is better than 1.5")},
    {"{}", "{\"validation\":{\"loss\":1}}", IF("validation_loss", "\"none\""),
     TAKEN("1", "there was no version none")},
    {"{}", "{\"validation\":{\"loss\":1}}", IF("validation_loss", "\"a\""),
     LEFT("there is no validation_loss of version 1, a")},
    {"{}", "{\"validation\":{\"loss\":null}}", IF("validation_loss", "\"a\""),
     LEFT("the version has no validation_loss")},
    {"[]", "7", IF("loss", "\"a\""), LEFT("the version has no loss")},
};

Test(promotion, is_decided_by_what_the_records_say)
{
    make_folders();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[TEMP_PATH + 8];
        snprintf(path, sizeof path, "%s/mlpd.db", folder);
        remove(path);
        make_version(1, cases[i].one);
        make_version(2, cases[i].two);
        open_store();
        move("a", 1);
        int64_t id = leave_job(cases[i].rule);
        open_jobs();
        expect_outcome(id, cases[i].outcome);
        cr_expect_eq(where("a"),
                     strstr(cases[i].outcome, "null") == NULL ? 2u : 1u);
        close_all();
    }
}

static const char *outcome_of(struct job *job, struct live_model *rival)
{
    promotion_settle(training, job, 2, rival, false);
    cr_assert_not_null(job->outcome);
    return job->outcome;
}

/* Borrow another version, where there is room for one alone. */
static void put_to_sleep(uint32_t version, uint32_t other)
{
    struct live_model *live = registry_borrow(registry, "m", other, &err);

    cr_assert_not_null(live);
    registry_release(registry, live);
    cr_assert(registry_sleeps(registry, "m", version, NULL));
}

/* What cannot be read any more when the loop decides was read before. */
Test(promotion, the_loop_reads_no_file_of_the_version_to_be_better_than)
{
    char path[TEMP_PATH + 64];

    make_folders();
    make_version(1, "{\"train\":{\"rmse\":2}}");
    make_version(2, "{\"train\":{\"rmse\":1}}");
    make_version(3, "{\"train\":{\"rmse\":0.5}}");
    open_store_of(1);
    open_jobs();
    move("b", 1);
    struct job *job = job_create(
        jobs, "m", "{\"settings\":{\"promote\":" IF("rmse", "\"b\"") "}}", NULL,
        NULL);
    cr_assert_not_null(job);
    cr_assert(registry_sleeps(registry, "m", 1, NULL));
    struct live_model *rival = promotion_borrow_rival(training, job);
    cr_assert_not_null(rival);
    cr_expect_eq(rival->version, 1);
    put_to_sleep(1, 3);
    snprintf(path, sizeof path, "%s/models/m/1.safetensors", folder);
    cr_assert_eq(truncate(path, 0), 0);
    cr_expect_str_eq(outcome_of(job, rival),
                     TAKEN("null", "rmse 1 is better than 2 of version 1, b"));
    cr_expect(registry_sleeps(registry, "m", 1, NULL));

    /* Moved meanwhile: what it is better than is the other one. */
    move("b", 3);
    cr_expect_str_eq(outcome_of(job, rival),
                     LEFT("rmse 1 is not better than 0.5 of version 3, b"));
    registry_release(registry, rival);
    job_destroy(job);
    close_all();
}

Test(promotion, nothing_is_read_ahead_where_no_version_is_asked_about)
{
    static const char *const rules[] = {"{\"alias\":\"a\"}", IF("rmse", "1.5"),
                                        IF("rmse", "\"none\"")};

    make_folders();
    make_version(1, "{}");
    open_store();
    open_jobs();
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        char spec[256];
        snprintf(spec, sizeof spec, "{\"settings\":{\"promote\":%s}}",
                 rules[i]);
        struct job *job = job_create(jobs, "m", spec, NULL, NULL);
        cr_assert_not_null(job);
        cr_expect_null(promotion_borrow_rival(training, job), "%s", spec);
        job_destroy(job);
    }
    close_all();
}

/* Killed once more, between the move and the job's row; then somebody has
 * moved the alias. */
Test(promotion, is_made_once_whatever_became_of_the_alias)
{
    make_folders();
    make_version(1, "{}");
    make_version(2, "{\"train\":{\"loss\":1}}");
    open_store();
    move("a", 1);
    int64_t id = leave_job(IF("loss", "2"));
    open_jobs();
    cr_expect_eq(where("a"), 2);
    move("a", 1);
    struct catalog_job job = {.id = id, .state = "running", .reserved = 2};
    cr_assert_eq(catalog_update_job(catalog, &job, &err), MLP_OK);
    close_all();
    open_store();
    open_jobs();
    expect_outcome(id, TAKEN("1", "loss 1 is better than 2"));
    cr_expect_eq(where("a"), 1);
    close_all();
}
