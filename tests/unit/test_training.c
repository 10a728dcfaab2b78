/* SPDX-License-Identifier: MIT */
#include "training/training.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "http/json.h"
#include "temp_folder.h"

/* --- a daemon without HTTP ------------------------------------------------ */

static char folder[TEMP_PATH];
static struct loop *loop;
static struct catalog *catalog;
static struct registry *registry;
static struct training *training;
static struct jobs *jobs;

enum { MAX_PARAMETERS = 10000, MAX_QUEUED = 3 };
static double checkpoint_interval_s = 30;
static size_t n_threads = 2;

static void open_all(void)
{
    mlp_error err = {.text = ""};

    cr_assert_eq(loop_create(2, &loop, &err), MLP_OK);
    cr_assert_eq(catalog_open(folder, &catalog, &err), MLP_OK, "%s", err.text);
    cr_assert_eq(registry_create(folder, catalog, 0, &registry, &err), MLP_OK);
    const struct training_options how = {
        .max_parameters = MAX_PARAMETERS,
        .n_threads = n_threads,
        .n_jobs = 1,
        .checkpoint_interval_s = checkpoint_interval_s,
    };
    cr_assert_eq(
        training_create(folder, catalog, registry, &how, &training, &err),
        MLP_OK, "%s", err.text);
    const struct jobs_options options = {
        .n_parallel = 1,
        .max_queued = MAX_QUEUED,
        .runner = training_runner(training),
    };
    cr_assert_eq(jobs_create(loop, catalog, &options, &jobs, &err), MLP_OK);
}

static void close_all(void)
{
    jobs_destroy(jobs);
    training_destroy(training);
    registry_destroy(registry);
    catalog_close(catalog);
    loop_destroy(loop);
}

static void begin(void)
{
    temp_folder_make(folder);
    open_all();
}

static void end(void)
{
    close_all();
    temp_folder_remove(folder);
}

TestSuite(training, .init = begin, .fini = end, .timeout = 60);

static size_t count_in(const char *name)
{
    char path[TEMP_PATH];

    return temp_folder_count(temp_path(folder, name, path));
}

/* --- something to learn --------------------------------------------------- */

static mlp_cell number_cell(char *text, double value)
{
    mlp_cell cell = {.kind = MLP_CELL_NUMBER, .text = text};

    cell.length = (size_t)snprintf(text, 32, "%.6f", value);
    cr_assert_eq(mlp_decimal_scan(text, cell.length, &cell.decimal),
                 cell.length);
    return cell;
}

/* Columns a, b, c, y and kind: kind is the sign of a·b as text, y = a + 2 b. */
static mlp_table *make_table(size_t n_rows)
{
    static const char *const names[] = {"a", "b", "c", "y", "kind"};
    mlp_table *table;
    mlp_error err;

    cr_assert_eq(mlp_table_create(SIZE_MAX, &table, &err), MLP_OK);
    for (size_t i = 0; i < 5; i++)
        cr_assert_eq(mlp_table_add_column(table, names[i], strlen(names[i]),
                                          false, &err),
                     MLP_OK);
    for (size_t i = 0; i < n_rows; i++) {
        char texts[4][32];
        double a = sin((double)i * 12.9898), b = cos((double)i * 78.233);
        const char *kind = a * b > 0 ? "same" : "other";
        mlp_cell cells[] = {
            number_cell(texts[0], a),
            number_cell(texts[1], b),
            number_cell(texts[2], sin((double)i)),
            number_cell(texts[3], a + 2 * b),
            {.kind = MLP_CELL_TEXT, .text = kind, .length = strlen(kind)},
        };
        cr_assert_eq(mlp_table_append(table, cells, 5, &err), MLP_OK, "%s",
                     err.text);
    }
    return table;
}

static json_t *tree(const char *text)
{
    struct problem problem = {0};
    json_t *json = json_parse(text, strlen(text), &problem);

    cr_assert_not_null(json, "%s: %s", text, problem.detail);
    return json;
}

static void prepare(const char *settings,
                    bool dry_run,
                    struct training_prepared *out,
                    struct problem *problem)
{
    mlp_table *table = make_table(120);
    json_t *json = tree(settings);

    training_prepare(training, json, table, dry_run, out, problem);
    if (!dry_run && !problem_is_set(problem))
        training_write(training, table, out, problem);
    json_decref(json);
    mlp_table_destroy(table);
}

static void ignore(void *argument)
{
    (void)argument;
}

static int64_t submit_text(const char *model,
                           const char *spec,
                           const char *table,
                           const char *warnings)
{
    struct jobs_submission submission = {.model = model,
                                         .spec = spec,
                                         .table = table,
                                         .warnings = warnings,
                                         .done = ignore};

    jobs_submit(jobs, &submission);
    jobs_flush(jobs);
    cr_assert_eq(submission.outcome, JOBS_ACCEPTED, "%s", submission.err.text);
    return submission.id;
}

/* Prepared, kept and submitted; the job's id. */
static int64_t submit(const char *settings)
{
    struct problem problem = {0};
    struct training_prepared prepared;
    mlp_error err;

    prepare(settings, false, &prepared, &problem);
    cr_assert_not(problem_is_set(&problem), "%s", problem.detail);
    cr_assert_eq(training_keep(training, &prepared, &err), MLP_OK);
    int64_t id = submit_text(prepared.model, prepared.spec, prepared.table,
                             prepared.warnings);
    training_prepared_free(&prepared);
    return id;
}

static void stop(void *argument)
{
    (void)argument;
    loop_stop(loop);
}

static struct job_view run(int64_t id)
{
    struct job_view view;
    mlp_error err;

    cr_assert_eq(jobs_wait(jobs, id, 50000, stop, NULL, &err), MLP_OK);
    loop_run(loop);
    cr_assert(jobs_get(jobs, id, &view));
    return view;
}

#define CLASSES                                                                \
    "{\"model\":\"m\",\"target\":\"kind\",\"exclude\":\"y\","                  \
    "\"network\":{\"hidden\":[8]},\"training\":{\"epochs\":20,"                \
    "\"learning_rate\":0.05}}"

/* --- the way through ------------------------------------------------------ */

Test(training, a_job_becomes_a_served_model_and_leaves_no_table)
{
    int64_t id = submit(CLASSES);
    mlp_error err;
    char *history;

    cr_expect_eq(count_in("tables"), 1);
    struct job_view view = run(id);
    cr_assert_eq(view.state, JOB_SUCCEEDED, "%s", view.error_detail);
    cr_expect_eq(view.version, 1);
    cr_expect_eq(view.progress.progress, 1.0);
    cr_expect_geq(view.progress.step, 1);
    cr_expect_lt(view.progress.metrics[0], 1.0);
    cr_expect_eq(count_in("tables"), 0);
    cr_expect_eq(count_in("models/m"), 1);

    struct live_model *live = registry_borrow(registry, "m", 0, NULL);
    cr_assert_not_null(live);
    cr_expect_eq(mlp_model_n_features(live->model), 3);
    cr_expect_eq(mlp_model_n_outputs(live->model), 2);
    registry_release(registry, live);

    cr_assert_eq(jobs_history(jobs, id, &history, &err), MLP_OK);
    cr_expect_not_null(strstr(history, "\"validation_loss\""));
    free(history);
}

/* One with its tables and what it is compared with. */
static void check_validation(const json_t *scores)
{
    const json_t *classes = json_object_get(scores, "classes");
    const json_t *matrix = json_object_get(scores, "confusion_matrix");
    const json_t *baseline = json_object_get(scores, "baseline");
    json_int_t support = 0;

    for (size_t i = 0; i < json_array_size(classes); i++)
        support += json_integer_value(
            json_object_get(json_array_get(classes, i), "support"));
    cr_expect_eq(json_array_size(classes), 2);
    cr_expect_eq(support, 24);
    cr_expect_eq(json_array_size(json_object_get(matrix, "counts")), 2);
    cr_expect_eq(json_array_size(json_object_get(scores, "calibration")), 15);
    cr_expect_gt(json_number_value(json_object_get(scores, "auc")), 0.5);
    cr_expect_eq(json_number_value(json_object_get(scores, "loss")),
                 json_number_value(json_object_get(scores, "log_loss")));
    cr_expect_gt(json_number_value(json_object_get(baseline, "log_loss")), 0);
}

/* The shares of two classes. */
static void check_baseline(const json_t *baseline)
{
    cr_assert_eq(json_array_size(baseline), 2);
    cr_expect_float_eq(json_number_value(json_array_get(baseline, 0)) +
                           json_number_value(json_array_get(baseline, 1)),
                       1, 1e-12);
}

Test(training, the_record_says_how_the_model_came_to_be)
{
    run(submit(CLASSES));
    struct live_model *live = registry_borrow(registry, "m", 1, NULL);
    cr_assert_not_null(live);
    json_t *record = tree(mlp_model_record(live->model));
    json_t *scores = json_object_get(record, "scores");
    json_t *train = json_object_get(scores, "train");

    cr_expect_str_eq(json_string_value(json_object_get(
                         json_object_get(record, "spec"), "model")),
                     "m");
    cr_expect_eq(json_integer_value(
                     json_object_get(json_object_get(record, "data"), "rows")),
                 120);
    cr_expect_eq(json_integer_value(json_object_get(train, "rows")), 96);
    cr_expect_gt(json_number_value(json_object_get(train, "accuracy")), 0.5);
    cr_expect_null(json_object_get(train, "rmse"));
    cr_expect_not_null(json_object_get(scores, "validation"));
    check_validation(json_object_get(scores, "validation"));
    check_baseline(json_object_get(record, "baseline"));
    cr_expect_not_null(json_object_get(record, "importance"));
    cr_expect_not_null(json_object_get(record, "epochs_run"));
    cr_expect_not_null(json_object_get(record, "best_epoch"));
    cr_expect_not_null(json_object_get(record, "stopped"));
    json_decref(record);
    registry_release(registry, live);
}

Test(training, equal_trainings_write_equal_files)
{
    run(submit(CLASSES));
    run(submit(CLASSES));
    struct live_model *first = registry_borrow(registry, "m", 1, NULL);
    struct live_model *second = registry_borrow(registry, "m", 2, NULL);

    cr_assert(first != NULL && second != NULL);
    cr_expect_str_eq(first->sha256, second->sha256);
    registry_release(registry, first);
    registry_release(registry, second);
}

Test(training, a_warm_start_names_the_version_that_it_took)
{
    run(submit(CLASSES));
    int64_t id = submit("{\"model\":\"n\",\"target\":\"kind\","
                        "\"exclude\":\"y\",\"from\":\"m\","
                        "\"training\":{\"epochs\":1}}");
    struct job_view view = run(id);

    cr_assert_eq(view.state, JOB_SUCCEEDED, "%s", view.error_detail);
    cr_expect_not_null(strstr(view.spec, "\"from\":\"m@1\""));
}

Test(training, two_jobs_on_equal_data_share_a_table_until_the_last_ends)
{
    int64_t first = submit(CLASSES), second = submit(CLASSES);

    cr_expect_eq(count_in("tables"), 1);
    run(first);
    cr_assert_eq(run(second).state, JOB_SUCCEEDED);
    cr_expect_eq(count_in("tables"), 0);
}

/* --- ends that publish nothing -------------------------------------------- */

Test(training, a_loss_that_is_not_finite_fails_the_job_as_diverged)
{
    struct job_view view =
        run(submit("{\"model\":\"m\",\"target\":\"y\",\"exclude\":\"kind\","
                   "\"network\":{\"hidden\":[8,8],"
                   "\"activation\":\"identity\"},"
                   "\"training\":{\"optimizer\":\"sgd\",\"epochs\":50,"
                   "\"learning_rate\":1000000}}"));

    cr_assert_eq(view.state, JOB_FAILED);
    cr_expect_str_eq(view.error_reason, "diverged");
    cr_expect_eq(count_in("models"), 0);
    cr_expect_eq(count_in("tables"), 0);
}

static void cancel_when_running(void *argument)
{
    const int64_t *id = argument;
    struct job_view view;

    cr_assert(jobs_get(jobs, *id, &view));
    if (view.state == JOB_RUNNING && view.progress.step > 0)
        jobs_cancel(jobs, *id);
}

Test(training, a_cancelled_job_leaves_no_files)
{
    int64_t id = submit("{\"model\":\"m\",\"target\":\"kind\","
                        "\"exclude\":\"y\",\"training\":{\"epochs\":100000,"
                        "\"early_stopping\":false}}");
    struct loop_timer *timer =
        loop_timer_start(loop, 1, 1, cancel_when_running, &id);
    struct job_view view = run(id);

    loop_timer_stop(timer);
    cr_assert_eq(view.state, JOB_CANCELLED);
    cr_expect_eq(count_in("models"), 0);
    cr_expect_eq(count_in("tables"), 0);
}

Test(training, a_job_whose_table_is_gone_fails_and_says_so)
{
    int64_t id = submit_text("m", "{\"settings\":{}}", "00", "[]");
    struct job_view view = run(id);
    cr_assert_eq(view.state, JOB_FAILED);
    cr_expect_str_eq(view.error_reason, "storage");
}

/* --- what is refused before it is a job ----------------------------------- */

Test(training, what_the_data_cannot_give_is_refused_at_its_key)
{
    static const struct {
        const char *settings, *pointer;
    } bad[] = {
        {"{\"target\":\"kind\"}", "/model"},
        {"{\"model\":\"m\"}", "/target"},
        {"{\"model\":\"m\",\"target\":\"nope\"}", "/target"},
        {"{\"model\":\"m\",\"target\":[\"kind\",\"y\"]}", "/target"},
        {"{\"model\":\"m\",\"target\":\"y\",\"columns\":{\"kind\":\"numeric\"}"
         "}",
         "/columns"},
        {"{\"model\":\"m\",\"target\":\"y\",\"features\":[\"no\"]}",
         "/features"},
        {"{\"model\":\"m\",\"target\":\"y\",\"exclude\":[\"no\"]}", "/exclude"},
        {"{\"model\":\"m\",\"target\":\"kind\",\"task\":\"regression\"}",
         "/target"},
        {"{\"model\":\"m\",\"target\":\"kind\",\"from\":\"none\"}", "/from"},
        {"{\"model\":\"m\",\"target\":\"kind\",\"from\":\"none@3\"}", "/from"},
        {"{\"model\":\"m\",\"target\":\"kind\","
         "\"network\":{\"hidden\":[10000,1000]}}",
         "/network"},
        {"{\"model\":\"m\",\"target\":\"kind\","
         "\"training\":{\"class_weight\":{\"nobody\":1}}}",
         "/training/class_weight"},
        {"{\"model\":\"m\",\"target\":\"kind\","
         "\"training\":{\"loss\":\"binary_cross_entropy\"}}",
         "/training/loss"},
        {"{\"model\":\"m\",\"target\":\"kind\",\"trainning\":{}}",
         "/trainning"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct problem problem = {0};
        struct training_prepared prepared;
        prepare(bad[i].settings, false, &prepared, &problem);
        cr_expect(problem_is_set(&problem), "%s", bad[i].settings);
        cr_expect_eq(problem_status(problem.type), 422);
        cr_expect_str_eq(problem.pointer, bad[i].pointer, "%s: %s at %s",
                         bad[i].settings, problem.detail, problem.pointer);
        training_prepared_free(&prepared);
    }
    cr_expect_eq(count_in("tables"), 0);
}

Test(training, a_dry_run_estimates_and_stores_nothing)
{
    struct problem problem = {0};
    struct training_prepared prepared;

    prepare(CLASSES, true, &prepared, &problem);
    cr_assert_not(problem_is_set(&problem), "%s", problem.detail);
    cr_expect_str_eq(prepared.table, "");
    cr_expect_str_eq(prepared.model, "m");
    cr_expect_not_null(
        strstr(prepared.spec, "\"parameters\":{\"weights\":40,\"biases\":10}"));
    cr_expect_not_null(
        strstr(prepared.spec, "\"rows\":{\"training\":96,\"validation\":24}"));
    json_t *columns = json_object_get(prepared.estimate, "columns");
    cr_assert_eq(json_array_size(columns), 5);
    static const char *const roles[] = {"feature", "feature", "feature",
                                        "excluded", "target"};
    for (size_t i = 0; i < 5; i++)
        cr_expect_str_eq(json_string_value(json_object_get(
                             json_array_get(columns, i), "role")),
                         roles[i]);
    cr_expect_eq(json_array_size(json_object_get(prepared.estimate, "classes")),
                 2);
    cr_expect_gt(prepared.memory_bytes, 120 * 5 * sizeof(float));
    cr_expect_gt(prepared.disk_bytes, 120 * 5 * sizeof(float));
    char memory[48];
    (void)snprintf(memory, sizeof memory, "\"memory_bytes\":%llu}",
                   (unsigned long long)prepared.memory_bytes);
    cr_expect_not_null(strstr(prepared.spec, memory));
    training_prepared_free(&prepared);
    cr_expect_eq(count_in("tables"), 0);
}

/* --- threads -------------------------------------------------------------- */

/* A job as a killed daemon leaves it. */
static int64_t leave_job(const char *settings, const char *state)
{
    struct problem problem = {0};
    struct training_prepared prepared;
    mlp_error err;

    prepare(settings, false, &prepared, &problem);
    cr_assert_eq(training_keep(training, &prepared, &err), MLP_OK);
    struct catalog_job job = {
        .model = prepared.model,
        .state = state,
        .spec = prepared.spec,
        .table = prepared.table,
        .warnings = prepared.warnings,
        .created_ms = 1,
    };
    cr_assert_eq(catalog_insert_job(catalog, &job, &err), MLP_OK);
    training_prepared_free(&prepared);
    return job.id;
}

/* Work enough for several of them. `more` is added to the training. */
static char *wish_of_work(const char *more)
{
    char *wish;

    cr_assert(asprintf(&wish,
                       "{\"model\":\"m\",\"target\":\"kind\",\"exclude\":\"y\","
                       "\"network\":{\"hidden\":[64,64]},\"training\":{"
                       "\"batch_size\":\"full\",\"epochs\":20%s}}",
                       more) > 0);
    return wish;
}

static void restart_with(size_t threads)
{
    close_all();
    n_threads = threads;
    open_all();
}

static void expect_one_file(uint32_t n_versions)
{
    struct live_model *first = registry_borrow(registry, "m", 1, NULL);

    cr_assert_not_null(first);
    cr_expect_null(strstr(mlp_model_record(first->model), "threads"));
    for (uint32_t i = 2; i <= n_versions; i++) {
        struct live_model *next = registry_borrow(registry, "m", i, NULL);
        cr_assert_not_null(next);
        cr_expect_str_eq(first->sha256, next->sha256, "version %u",
                         (unsigned)i);
        registry_release(registry, next);
    }
    registry_release(registry, first);
}

Test(training, any_number_of_threads_writes_the_same_file)
{
    static const char *const wishes[] = {"", ",\"threads\":1", ",\"threads\":2",
                                         ",\"threads\":5"};
    const size_t n = sizeof wishes / sizeof *wishes;

    restart_with(5);
    for (size_t i = 0; i < n; i++) {
        char *wish = wish_of_work(wishes[i]);
        cr_expect_eq(run(submit(wish)).state, JOB_SUCCEEDED, "%s", wish);
        free(wish);
    }
    expect_one_file((uint32_t)n);
}

Test(training, more_threads_than_there_are_are_refused)
{
    struct problem problem = {0};
    struct training_prepared prepared;
    char *wish = wish_of_work(",\"threads\":3");

    prepare(wish, true, &prepared, &problem);
    cr_expect_eq(problem_status(problem.type), 422);
    cr_expect_str_eq(problem.pointer, "/training/threads");
    cr_expect_str_eq(problem.detail,
                     "/training/threads: expected at most 2, the --threads of "
                     "this daemon, got 3");
    free(wish);
}

Test(training, a_job_from_before_there_were_fewer_threads_runs_all_the_same)
{
    char *wish = wish_of_work(",\"threads\":4");

    restart_with(4);
    run(submit(wish));
    int64_t id = leave_job(wish, "running");
    restart_with(1);
    struct job_view view = run(id);
    cr_expect_eq(view.state, JOB_SUCCEEDED, "%s", view.error_detail);
    cr_expect_not_null(strstr(view.spec, "\"threads\":4"));
    expect_one_file(2);
    free(wish);
}

/* --- resolved settings ---------------------------------------------------- */

static char *resolved(const char *settings)
{
    struct problem problem = {0};
    struct training_prepared prepared;

    prepare(settings, true, &prepared, &problem);
    cr_assert_not(problem_is_set(&problem), "%s: %s", settings, problem.detail);
    const char *begin_text = strchr(prepared.spec + 1, '{');
    const char *end_text = strstr(prepared.spec, ",\"parameters\"");
    cr_assert(begin_text != NULL && end_text != NULL);
    char *text = strndup(begin_text, (size_t)(end_text - begin_text));
    training_prepared_free(&prepared);
    return text;
}

Test(training, resolved_settings_resolve_to_themselves)
{
    static const char *const columns[] = {
        "\"target\":\"kind\",\"exclude\":\"y\"",
        "\"target\":\"kind\",\"features\":[\"b\",\"a\"]",
        "\"target\":\"y\",\"exclude\":[\"kind\",\"c\"]",
        ("\"target\":[\"y\",\"c\"],\"exclude\":[\"kind\"],"
         "\"scaling\":\"none\""),
    };
    static const char *const networks[] = {
        "",
        ",\"network\":{\"hidden\":[]}",
        ",\"network\":{\"activation\":\"tanh\",\"init\":\"lecun_uniform\"}",
        ",\"network\":{\"hidden\":[7,5,3],\"activation\":\"gelu\"}",
        (",\"network\":{\"layers\":[{\"units\":4,\"dropout\":0.3},"
         "{\"units\":4,\"activation\":\"mish\"}]}"),
    };
    static const char *const trainings[] = {
        "{}",
        "{\"optimizer\":\"gd\"}",
        "{\"optimizer\":\"auto\",\"weight_decay\":0.1,\"validation\":0}",
        "{\"optimizer\":\"adamw\",\"schedule\":\"one_cycle\"}",
        "{\"optimizer\":\"adamw\",\"weight_decay\":0}",
        "{\"optimizer\":{\"name\":\"nesterov\",\"momentum\":0.8},"
        "\"schedule\":\"step\",\"dropout\":0.1}",
        "{\"optimizer\":\"adagrad\",\"early_stopping\":false,"
        "\"batch_size\":\"full\"}",
        "{\"optimizer\":\"rmsprop\",\"schedule\":{\"name\":\"exponential\","
        "\"warmup_epochs\":3},\"early_stopping\":{\"restore_best\":false}}",
        "{\"optimizer\":\"momentum\",\"schedule\":\"cosine\",\"l1\":0.001,"
        "\"l2\":0.01,\"gradient_clip\":1,\"shuffle\":false,\"seed\":3,"
        "\"time_limit_s\":60,\"epochs\":3,\"batch_size\":5,\"threads\":2,"
        "\"validation\":0.1}",
    };

    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
        for (size_t n = 0; n < sizeof networks / sizeof *networks; n++) {
            for (size_t t = 0; t < sizeof trainings / sizeof *trainings; t++) {
                char *wish;
                cr_assert(asprintf(&wish,
                                   "{\"model\":\"m\",%s%s,\"training\":%s}",
                                   columns[c], networks[n], trainings[t]) > 0);
                char *once = resolved(wish);
                char *twice = resolved(once);
                cr_expect_str_eq(once, twice, "%s:\n%s\n%s", wish, once, twice);
                free(wish);
                free(once);
                free(twice);
            }
        }
    }
}

Test(training, class_weights_survive_being_resolved)
{
    static const char *const wishes[] = {
        "{\"model\":\"m\",\"target\":\"kind\",\"exclude\":\"y\","
        "\"training\":{\"class_weight\":\"balanced\"}}",
        "{\"model\":\"m\",\"target\":\"kind\",\"exclude\":\"y\","
        "\"training\":{\"class_weight\":{\"same\":2.5}}}",
    };

    for (size_t i = 0; i < 2; i++) {
        char *once = resolved(wishes[i]), *twice = resolved(once);
        cr_expect_not_null(strstr(once, i == 0 ? "\"class_weight\":\"balanced\""
                                               : "\"same\":2.5"),
                           "%s", once);
        cr_expect_str_eq(once, twice);
        free(once);
        free(twice);
    }
}

/* --- the folder of tables ------------------------------------------------- */

Test(training, a_start_sweeps_the_tables_that_no_open_job_needs)
{
    char path[TEMP_PATH], name[BLOB_SHA256_TEXT], tables[TEMP_PATH];
    int64_t id = leave_job(CLASSES, "running");

    temp_path(folder, "tables", tables);
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    temp_file_write(temp_path(tables, name, path), "nobody's");
    temp_file_write(temp_path(tables, "tmp-x", path), "half");
    temp_file_write(temp_path(tables, "notes", path), "mine");
    close_all();
    open_all();
    cr_expect_eq(count_in("tables"), 2);
    cr_expect_eq(run(id).state, JOB_SUCCEEDED);
    cr_expect_eq(count_in("tables"), 1);
}

Test(training, an_ended_jobs_table_is_swept_as_well)
{
    leave_job(CLASSES, "succeeded");
    close_all();
    open_all();
    cr_expect_eq(count_in("tables"), 0);
}
