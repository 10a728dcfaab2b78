/* SPDX-License-Identifier: MIT
 *
 * mlpd train: send a file, follow the job, say what came of it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/data_file.h"
#include "cli/follow.h"
#include "cli/interrupt.h"
#include "cli/session.h"
#include "cli/terminal.h"
#include "handlers/train_query.h"
#include "http/json_text.h"

enum { PATH_MAX_BYTES = 30000, BODY_MAX_BYTES = 1 << 20, HEADER_SHOWN = 400 };

struct training {
    const struct args *args;
    const char *model;
    struct data_file file, labels; /* labels.fd is -1: there are none */
    struct session session;
    struct progress progress;
};

/* --- settings --------------------------------------------------------------
 */

/* Of a key of POST /train, from the options of this name and the free ones.
 * Valid as long as the arguments. */
static const char *value_of(const void *context, const char *key)
{
    const struct training *training = context;
    const struct args *args = training->args;
    const char *const named[][2] = {{"model", training->model},
                                    {"target", args->target},
                                    {"task", args->task},
                                    {"quality", args->quality},
                                    {"dry_run", args->dry_run ? "1" : NULL}};
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        if (strcmp(named[i][0], key) == 0 && named[i][1] != NULL)
            return named[i][1];
    for (size_t i = 0; i < args->n_settings; i++)
        if (strcmp(args->settings[i].key, key) == 0)
            return args->settings[i].value;
    return NULL;
}

static void
add_pair(mlp_buffer *path, size_t *n, const char *key, const char *value)
{
    if (value == NULL)
        return;
    mlp_buffer_format(path, "%c%s=", (*n)++ == 0 ? '?' : '&', key);
    client_escape(path, value);
}

static void make_query(const struct training *training, mlp_buffer *path)
{
    static const char *const named[] = {"model", "target", "task", "quality",
                                        "dry_run"};
    size_t n = 0;
    mlp_buffer_text(path, "/train");
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        add_pair(path, &n, named[i], value_of(training, named[i]));
    for (size_t i = 0; i < training->args->n_settings; i++)
        add_pair(path, &n, training->args->settings[i].key,
                 training->args->settings[i].value);
}

/* --- sending ---------------------------------------------------------------
 */

static void on_sent(void *context, uint64_t sent, uint64_t total)
{
    progress_show_sent(context, sent, total);
}

static int send_file(struct training *training,
                     const char *method,
                     const char *path,
                     const struct data_file *file,
                     const char *type,
                     struct client_answer *answer)
{
    int code = session_ask(&training->session,
                           &(struct client_request){
                               .method = method,
                               .path = path,
                               .type = type,
                               .has_file = true,
                               .file = file->fd,
                               .n_body = file->n_bytes,
                               .on_sent = on_sent,
                               .context = &training->progress,
                           },
                           answer);
    progress_end(&training->progress);
    return code;
}

/* CSV and NDJSON: the body is the rows, the settings are in the query. */
static int send_rows(struct training *training, struct client_answer *answer)
{
    mlp_buffer path;
    mlp_buffer_init(&path, PATH_MAX_BYTES);
    make_query(training, &path);
    int code = path.status == MLP_OK
                   ? send_file(training, "POST", path.data, &training->file,
                               training->file.type, answer)
                   : session_fail(CLI_USAGE, "the settings are too long");
    mlp_buffer_free(&path);
    return code;
}

static int put_dataset(struct training *training,
                       const char *name,
                       const struct data_file *file)
{
    char path[128];
    struct client_answer answer = {0};
    (void)snprintf(path, sizeof path, "/datasets/%s", name);
    int code = send_file(training, "PUT", path, file,
                         "application/octet-stream", &answer);
    client_answer_free(&answer);
    return code;
}

static void remove_dataset(struct training *training, const char *name)
{
    char path[128];
    struct client_answer answer = {0};
    mlp_error err;
    struct client client = training->session.client;
    client.stop = NULL; /* after a Ctrl-C, too */
    (void)snprintf(path, sizeof path, "/datasets/%s", name);
    (void)client_send(
        &client, &(struct client_request){.method = "DELETE", .path = path},
        &answer, &err);
    client_answer_free(&answer);
}

static int post_settings(struct training *training,
                         const char *rows,
                         const char *labels,
                         struct client_answer *answer)
{
    struct problem problem = {0};
    mlp_buffer body;
    json_t *settings = train_query_collect(value_of, training, &problem);
    if (settings == NULL)
        return session_fail(CLI_USAGE, "%s", problem.detail);
    (void)json_object_set_new(settings, "dataset", json_string(rows));
    if (training->labels.fd >= 0)
        (void)json_object_set_new(settings, "target_dataset",
                                  json_string(labels));
    mlp_buffer_init(&body, BODY_MAX_BYTES);
    json_text_write(&body, settings);
    json_decref(settings);
    int code = body.status == MLP_OK
                   ? session_ask(&training->session,
                                 &(struct client_request){
                                     .method = "POST",
                                     .path = training->args->dry_run
                                                 ? "/train?dry_run=1"
                                                 : "/train",
                                     .type = "application/json",
                                     .body = body.data,
                                     .n_body = body.length,
                                 },
                                 answer)
                   : session_fail(CLI_USAGE, "the settings are too long");
    mlp_buffer_free(&body);
    return code;
}

/* Arrays go through data sets, which are needed until there is a job: its data
 * is kept with it. */
static int send_arrays(struct training *training, struct client_answer *answer)
{
    char rows[64], labels[64];
    uint64_t number = 0;
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        return session_fail(CLI_USAGE, "there are no random numbers");
    (void)snprintf(rows, sizeof rows, "cli-%016" PRIx64 "-rows", number);
    (void)snprintf(labels, sizeof labels, "cli-%016" PRIx64 "-labels", number);
    int code = put_dataset(training, rows, &training->file);
    if (code != CLI_OK)
        return code;
    if (training->labels.fd >= 0)
        code = put_dataset(training, labels, &training->labels);
    if (code == CLI_OK)
        code = post_settings(training, rows, labels, answer);
    remove_dataset(training, rows);
    if (training->labels.fd >= 0)
        remove_dataset(training, labels);
    return code;
}

/* --- what came of it -------------------------------------------------------
 */

static void print_option(const char *name, const char *value)
{
    (void)fprintf(stderr, " %s ", name);
    terminal_print_word(value, stderr);
}

/* A command to paste: where the answers to the same rows come from. */
static void print_next(const struct training *training, const json_t *job)
{
    const struct args *args = training->args;
    const char *state = json_string_value(json_object_get(job, "state"));
    if (args->quiet || state == NULL || strcmp(state, "succeeded") != 0)
        return;
    (void)fflush(stdout);
    (void)fprintf(stderr, "\nAsk it:  mlpd predict");
    print_option("--model", training->model);
    print_option("--data", strcmp(args->data, "-") == 0 ? "FILE" : args->data);
    if (args->server != NULL)
        print_option("--server", args->server);
    if (training->session.is_private && args->data_folder != NULL)
        print_option("--data-dir", args->data_folder);
    (void)fputc('\n', stderr);
}

static int follow(struct training *training, json_int_t id)
{
    struct client_answer text;
    json_t *job;
    int code = follow_job(&training->session, id, true, &training->progress,
                          &text, &job);
    const char *state = json_string_value(json_object_get(job, "state"));
    bool good = state != NULL && strcmp(state, "succeeded") == 0;
    if (job != NULL && training->args->json) {
        session_print(&text);
        if (code == CLI_OK && !good)
            code = CLI_REFUSED;
    } else if (job != NULL) {
        int reported = follow_report(&training->session, job);
        code = code == CLI_OK ? reported : code;
        print_next(training, job);
    }
    json_decref(job);
    client_answer_free(&text);
    return code;
}

static int run(struct training *training)
{
    struct client_answer answer = {0};
    const struct args *args = training->args;
    bool waits = args->wait == NULL || strcmp(args->wait, "yes") == 0;
    int code = data_file_is_text(&training->file)
                   ? send_rows(training, &answer)
                   : send_arrays(training, &answer);
    json_t *job = code == CLI_OK ? session_json(&answer) : NULL;
    json_int_t id = json_integer_value(json_object_get(job, "id"));
    if (code == CLI_OK && (args->dry_run || (!waits && args->json)))
        session_print(&answer);
    else if (code == CLI_OK && !waits)
        (void)printf("job %" JSON_INTEGER_FORMAT "\n", id);
    else if (code == CLI_OK && id > 0)
        code = follow(training, id);
    json_decref(job);
    client_answer_free(&answer);
    return code;
}

/* --- the command line ------------------------------------------------------
 */

/* The columns that a CSV has, so that one of them can be named. */
static int no_target(const struct data_file *file)
{
    char header[HEADER_SHOWN + 1] = "";
    ssize_t n = file->kind == DATA_FILE_CSV && !file->zipped
                    ? pread(file->fd, header, HEADER_SHOWN, 0)
                    : 0;
    header[n > 0 ? n : 0] = '\0';
    header[strcspn(header, "\r\n")] = '\0';
    return header[0] == '\0'
               ? session_fail(CLI_USAGE, "--target COLUMN is missing: which "
                                         "one is to be predicted?")
               : session_fail(CLI_USAGE,
                              "--target COLUMN is missing: which one of %s is "
                              "to be predicted?",
                              header);
}

static int check_files(struct training *training)
{
    const struct args *args = training->args;
    bool text = data_file_is_text(&training->file);
    mlp_error err;
    if (text && args->labels != NULL)
        return session_fail(CLI_USAGE, "--labels goes with NPY and IDX files; "
                                       "of a CSV name the column: --target");
    if (text && args->target == NULL)
        return no_target(&training->file);
    if (!text && args->target == NULL && args->labels == NULL)
        return session_fail(CLI_USAGE, "--labels FILE is missing: what is to "
                                       "be predicted of these rows?");
    if (args->labels != NULL &&
        data_file_open(args->labels, &training->labels, &err) != MLP_OK)
        return session_fail(CLI_USAGE, "--labels: %s", err.text);
    training->model = args->model != NULL ? args->model : training->file.stem;
    if (training->model[0] == '\0')
        return session_fail(CLI_USAGE, "--model NAME is missing: what shall "
                                       "the model be called?");
    return CLI_OK;
}

static int check_words(const struct args *args)
{
    if (args->n_words > 0)
        return session_fail(CLI_USAGE,
                            "train: '%s' is no option; the file is "
                            "named by --data",
                            args->words[0]);
    if (args->data == NULL)
        return session_fail(CLI_USAGE, "--data FILE is missing: the rows to "
                                       "learn from");
    return CLI_OK;
}

static int connect_and_run(struct training *training)
{
    const struct args *args = training->args;
    bool leaves = args->wait != NULL && strcmp(args->wait, "no") == 0;
    int code = session_open(&training->session, args, true);
    if (code == CLI_OK && training->session.is_private && leaves)
        code = session_fail(CLI_USAGE, "--wait=no: the daemon of this command "
                                       "ends with it, and nobody would train; "
                                       "start 'mlpd serve' first");
    if (code == CLI_OK)
        code = run(training);
    if (code == CLI_INTERRUPTED && !args->quiet)
        (void)fprintf(stderr, "Interrupted.\n");
    session_close(&training->session);
    return code;
}

int verb_train(const struct args *args)
{
    struct training training = {.args = args, .labels = {.fd = -1}};
    mlp_error err;
    int code = check_words(args);
    if (code != CLI_OK)
        return code;
    if (data_file_open(args->data, &training.file, &err) != MLP_OK)
        return session_fail(CLI_USAGE, "--data: %s", err.text);
    progress_begin(&training.progress, stderr, args->quiet || args->dry_run);
    code = check_files(&training);
    if (code == CLI_OK)
        code = connect_and_run(&training);
    data_file_close(&training.file);
    data_file_close(&training.labels);
    return code;
}
