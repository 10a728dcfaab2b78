/* SPDX-License-Identifier: MIT
 *
 * mlpd predict: one row from the command line, or a file in slices. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/data_file.h"
#include "cli/interrupt.h"
#include "cli/nearest.h"
#include "cli/predict_table.h"
#include "cli/row_slices.h"
#include "cli/session.h"
#include "cli/terminal.h"

enum {
    PATH_MAX_BYTES = 8192,
    BODY_MAX_BYTES = 1 << 27,
    SLICE_BYTES = 2 << 20, /* well below the limits that a daemon has */
    SLICE_ROWS = 8192,
    TABLE_ROWS = 200,  /* a table grows by so many at a time */
    EXPLAIN_ROWS = 50, /* each row of it is long */

};

enum format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON };

struct asking {
    const struct args *args;
    enum format format;
    const char *type; /* of the body */
    struct session session;
    mlp_buffer path;
    struct predict_table table;
    uint64_t n_done; /* rows that were answered */
    bool any;        /* there was an answer */
};

static void make_path(struct asking *asking)
{
    const struct args *args = asking->args;
    const char *top = args->top;
    if (top == NULL && asking->format == FORMAT_TABLE)
        top = "3";
    const char *const pairs[][2] = {
        {"model", args->model},
        {"version", args->version},
        {"top", top},
        {"explain", args->explain ? "1" : NULL},
        {"interval", args->interval},
        {"missing_columns", args->missing ? "missing" : NULL}};
    mlp_buffer_text(&asking->path, "/predict");
    for (size_t i = 0, n = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (pairs[i][1] == NULL)
            continue;
        mlp_buffer_format(&asking->path, "%c%s=", n++ == 0 ? '?' : '&',
                          pairs[i][0]);
        client_escape(&asking->path, pairs[i][1]);
    }
}

/* --- answers ---------------------------------------------------------------
 */

static int print_table(struct asking *asking,
                       const struct client_answer *answer)
{
    mlp_error err;
    json_t *json = session_json(answer);
    if (json == NULL)
        return CLI_NO_CONNECTION;
    mlp_status status =
        predict_table_print(&asking->table, json, asking->n_done, stdout, &err);
    json_decref(json);
    return status == MLP_OK ? CLI_OK : session_fail(CLI_USAGE, "%s", err.text);
}

/* The heading once. */
static void print_csv(const struct asking *asking,
                      const struct client_answer *answer)
{
    const mlp_buffer *body = &answer->body;
    size_t skip = asking->any ? row_slices_first(body->data, body->length) : 0;
    (void)fwrite(body->data + skip, 1, body->length - skip, stdout);
}

static int print_answer(struct asking *asking,
                        const struct client_answer *answer)
{
    int code = CLI_OK;
    if (asking->format == FORMAT_TABLE)
        code = print_table(asking, answer);
    else if (asking->format == FORMAT_JSON)
        session_print(answer);
    else if (answer->body.data != NULL)
        print_csv(asking, answer);
    asking->any = true;
    return code;
}

static struct client_request request_of(const struct asking *asking)
{
    return (struct client_request){
        .method = "POST",
        .path = asking->path.data,
        .type = asking->type,
        .accept =
            asking->format == FORMAT_CSV ? "text/csv" : "application/json",
    };
}

/* --- rows in slices --------------------------------------------------------
 */

/* Is it only too much at once? Then *answer says so, and nothing is printed. */
static int ask_part(struct asking *asking,
                    const struct row_slices *slices,
                    size_t from,
                    size_t to,
                    bool *too_large)
{
    struct client_request request = request_of(asking);
    struct client_answer answer = {0};
    mlp_error err;
    mlp_buffer body;
    int code = CLI_OK;
    mlp_buffer_init(&body, BODY_MAX_BYTES);
    row_slices_part(slices, from, to, &body);
    request.body = body.data;
    request.n_body = body.length;
    mlp_status status =
        body.status == MLP_OK
            ? client_send(&asking->session.client, &request, &answer, &err)
            : mlp_fail(&err, body.status, "the rows do not fit in memory");
    *too_large = status == MLP_OK && answer.status == 413 && to - from > 1;
    if (status == MLP_CANCELLED)
        code = CLI_INTERRUPTED;
    else if (status != MLP_OK)
        code = session_fail(CLI_NO_CONNECTION, "%s", err.text);
    else if (!*too_large && answer.status != 200) {
        session_complain(&answer);
        code = CLI_REFUSED;
    } else if (!*too_large) {
        code = print_answer(asking, &answer);
        asking->n_done += to - from;
    }
    client_answer_free(&answer);
    mlp_buffer_free(&body);
    return code;
}

/* Rows [0, n) in order; what the daemon finds too large goes in halves. */
static int ask_slice(struct asking *asking, const struct row_slices *slices)
{
    size_t from = 0, step = slices->n_rows;
    while (from < slices->n_rows) {
        size_t to = from + step < slices->n_rows ? from + step : slices->n_rows;
        bool too_large;
        int code = ask_part(asking, slices, from, to, &too_large);
        if (code != CLI_OK) {
            if (code == CLI_REFUSED && asking->n_done > 0)
                (void)fprintf(stderr,
                              "      (rows are counted from row %llu "
                              "of the file on)\n",
                              (unsigned long long)asking->n_done + 1);
            return code;
        }
        if (too_large)
            step = (to - from) / 2;
        else
            from = to;
    }
    return CLI_OK;
}

static size_t slice_rows(const struct asking *asking)
{
    if (asking->args->explain)
        return EXPLAIN_ROWS;
    return asking->format == FORMAT_TABLE ? TABLE_ROWS : SLICE_ROWS;
}

static int ask_stream(struct asking *asking, FILE *in, bool csv)
{
    struct row_slices slices;
    mlp_error err;
    int code = CLI_OK;
    mlp_status status = row_slices_init(&slices, in, csv, slice_rows(asking),
                                        SLICE_BYTES, &err);
    while (code == CLI_OK && status == MLP_OK) {
        status = row_slices_next(&slices, &err);
        if (status != MLP_OK || slices.n_rows == 0)
            break;
        code = ask_slice(asking, &slices);
    }
    if (status != MLP_OK)
        code = session_fail(CLI_USAGE, "%s", err.text);
    else if (code == CLI_OK && asking->n_done == 0)
        code = session_fail(CLI_USAGE, "--data: there is no row in it");
    row_slices_free(&slices);
    return code;
}

/* --- other bodies ----------------------------------------------------------
 */

/* NPY, IDX and what is gzipped goes in one piece. */
static int ask_whole(struct asking *asking, const struct data_file *file)
{
    struct client_request request = request_of(asking);
    struct client_answer answer;
    request.has_file = true;
    request.file = file->fd;
    request.n_body = file->n_bytes;
    int code = session_ask(&asking->session, &request, &answer);
    if (code == CLI_OK)
        code = print_answer(asking, &answer);
    client_answer_free(&answer);
    return code;
}

static void add_cell(mlp_buffer *out, const char *text, size_t length)
{
    mlp_buffer_text(out, "\"");
    for (size_t i = 0; i < length; i++)
        mlp_buffer_append(out, text[i] == '"' ? "\"\"" : text + i,
                          text[i] == '"' ? 2 : 1);
    mlp_buffer_text(out, "\"");
}

/* A name that the model has not would be no error of the daemon's, which
 * ignores further columns: here it is a slip of the hand. */
static int check_names(struct asking *asking)
{
    const struct args *args = asking->args;
    struct client_answer answer;
    mlp_buffer path;
    mlp_buffer_init(&path, PATH_MAX_BYTES);
    mlp_buffer_text(&path, "/models/");
    client_escape(&path, args->model);
    if (args->version != NULL) {
        mlp_buffer_text(&path, "/versions/");
        client_escape(&path, args->version);
    }
    int code = session_ask(
        &asking->session,
        &(struct client_request){.method = "GET", .path = path.data}, &answer);
    json_t *json = code == CLI_OK ? session_json(&answer) : NULL;
    const json_t *columns = json_object_get(json, "features");
    for (size_t i = 0; i < args->n_words && code == CLI_OK && json != NULL;
         i++) {
        char name[256];
        (void)snprintf(name, sizeof name, "%.*s",
                       (int)strcspn(args->words[i], "="), args->words[i]);
        struct nearest search = nearest_to(name);
        bool known = false;
        size_t k;
        json_t *column;
        json_array_foreach(columns, k, column)
        {
            known = known || strcmp(json_string_value(column), name) == 0;
            nearest_offer(&search, json_string_value(column));
        }
        if (!known)
            code = session_fail(CLI_USAGE, "%s has no column '%s'%s%s%s",
                                args->model, name,
                                search.best != NULL ? ", did you mean '" : "",
                                search.best != NULL ? search.best : "",
                                search.best != NULL ? "'?" : "");
    }
    json_decref(json);
    client_answer_free(&answer);
    mlp_buffer_free(&path);
    return code;
}

/* A CSV of one row, made of COLUMN=VALUE. */
static int ask_words(struct asking *asking)
{
    const struct args *args = asking->args;
    struct client_request request = request_of(asking);
    struct client_answer answer = {0};
    mlp_buffer body;
    int code = check_names(asking);
    if (code != CLI_OK)
        return code;
    mlp_buffer_init(&body, BODY_MAX_BYTES);
    for (int row = 0; row < 2; row++)
        for (size_t i = 0; i < args->n_words; i++) {
            size_t length = strcspn(args->words[i], "=");
            const char *value = args->words[i] + length + 1;
            add_cell(&body, row == 0 ? args->words[i] : value,
                     row == 0 ? length : strlen(value));
            mlp_buffer_text(&body, i + 1 < args->n_words ? "," : "\n");
        }
    request.body = body.data;
    request.n_body = body.length;
    code = session_ask(&asking->session, &request, &answer);
    if (code == CLI_OK)
        code = print_answer(asking, &answer);
    client_answer_free(&answer);
    mlp_buffer_free(&body);
    return code;
}

static int ask_file(struct asking *asking)
{
    const char *path = asking->args->data;
    struct data_file file;
    mlp_error err;
    if (strcmp(path, "-") == 0)
        return ask_stream(asking, stdin, true);
    if (data_file_open(path, &file, &err) != MLP_OK)
        return session_fail(CLI_USAGE, "--data: %s", err.text);
    asking->type = file.type;
    if (!data_file_is_text(&file) || file.zipped) {
        int code = ask_whole(asking, &file);
        data_file_close(&file);
        return code;
    }
    FILE *in = fdopen(file.fd, "r"); /* the descriptor is its own now */
    if (in == NULL) {
        data_file_close(&file);
        return session_fail(CLI_USAGE, "--data: %s", strerror(errno));
    }
    int code = ask_stream(asking, in, file.kind == DATA_FILE_CSV);
    (void)fclose(in);
    return code;
}

/* --- the command line ------------------------------------------------------
 */

static int choose_format(struct asking *asking)
{
    const struct args *args = asking->args;
    const char *word = args->format != NULL                   ? args->format
                       : args->json                           ? "json"
                       : args->explain || terminal_is(stdout) ? "table"
                                                              : "csv";
    asking->format = strcmp(word, "table") == 0 ? FORMAT_TABLE
                     : strcmp(word, "csv") == 0 ? FORMAT_CSV
                                                : FORMAT_JSON;
    if (args->json && asking->format != FORMAT_JSON)
        return session_fail(CLI_USAGE,
                            "--json and --format %s contradict each "
                            "other",
                            word);
    if (args->explain && asking->format == FORMAT_CSV)
        return session_fail(CLI_USAGE, "--explain does not fit in a CSV: take "
                                       "--format table or json");
    return CLI_OK;
}

static int check_words(const struct args *args)
{
    if (args->model == NULL)
        return session_fail(CLI_USAGE, "--model NAME is missing: which one "
                                       "shall predict?");
    if (args->data == NULL && args->n_words == 0)
        return session_fail(CLI_USAGE, "of which row? COLUMN=VALUE..., or "
                                       "--data FILE");
    if (args->data != NULL && args->n_words > 0)
        return session_fail(CLI_USAGE,
                            "predict: '%s' beside --data: one of "
                            "them",
                            args->words[0]);
    for (size_t i = 0; i < args->n_words; i++)
        if (strchr(args->words[i], '=') == NULL || args->words[i][0] == '=')
            return session_fail(CLI_USAGE,
                                "predict: expected COLUMN=VALUE, got '%s'",
                                args->words[i]);
    return CLI_OK;
}

int verb_predict(const struct args *args)
{
    struct asking asking = {.args = args, .type = "text/csv"};
    struct data_file named;
    mlp_error err;
    int code = check_words(args);
    if (code == CLI_OK)
        code = choose_format(&asking);
    if (code == CLI_OK && args->data != NULL &&
        data_file_name(args->data, &named, &err) != MLP_OK)
        code = session_fail(CLI_USAGE, "--data: %s", err.text);
    if (code == CLI_OK && args->data != NULL && strcmp(args->data, "-") != 0 &&
        access(args->data, R_OK) != 0)
        code = session_fail(CLI_USAGE, "--data: %s: %s", args->data,
                            strerror(errno));
    if (code != CLI_OK)
        return code;
    mlp_buffer_init(&asking.path, PATH_MAX_BYTES);
    make_path(&asking);
    predict_table_init(&asking.table);
    code = asking.path.status == MLP_OK
               ? session_open(&asking.session, args, false)
               : session_fail(CLI_USAGE, "a value is too long");
    if (code == CLI_OK)
        code = args->data != NULL ? ask_file(&asking) : ask_words(&asking);
    session_close(&asking.session);
    predict_table_free(&asking.table);
    mlp_buffer_free(&asking.path);
    return code;
}
