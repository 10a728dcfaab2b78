/* SPDX-License-Identifier: MIT
 *
 * One table says which figure has which key, for writing and for reading:
 *
 *   {"progress":0.4,"step":12,"n_steps":30,"rate":81000,"eta_s":null,
 *    "best_step":11,"metrics":{"loss":0.2},"best_metrics":{"loss":0.2},
 *    "stopped":""} */
#include "jobs/job_record.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "mlp/json.h"

enum kind { REAL, COUNT, METRICS, WORD };

static const struct figure {
    const char *key;
    enum kind kind;
    size_t offset; /* in struct job_progress */
} figures[] = {
    {"progress", REAL, offsetof(struct job_progress, progress)},
    {"step", COUNT, offsetof(struct job_progress, step)},
    {"n_steps", COUNT, offsetof(struct job_progress, n_steps)},
    {"rate", REAL, offsetof(struct job_progress, rate)},
    {"eta_s", REAL, offsetof(struct job_progress, eta_s)},
    {"best_step", COUNT, offsetof(struct job_progress, best_step)},
    {"metrics", METRICS, offsetof(struct job_progress, metrics)},
    {"best_metrics", METRICS, offsetof(struct job_progress, best_metrics)},
    {"stopped", WORD, offsetof(struct job_progress, stopped)},
};
enum { N_FIGURES = sizeof figures / sizeof *figures };

/* --- writing -------------------------------------------------------------- */

static void write_key(mlp_buffer *out, const char *key)
{
    mlp_json_write_string(out, key, strlen(key));
    mlp_buffer_text(out, ":");
}

static void
write_metrics(const double *metrics, const char *const *names, mlp_buffer *out)
{
    mlp_buffer_text(out, "{");
    for (size_t i = 0; names[i] != NULL; i++) {
        mlp_buffer_text(out, i ? "," : "");
        write_key(out, names[i]);
        mlp_json_write_double(out, metrics[i]);
    }
    mlp_buffer_text(out, "}");
}

void job_progress_write(const struct job_progress *progress,
                        const char *const *names,
                        mlp_buffer *out)
{
    for (size_t i = 0; i < N_FIGURES; i++) {
        const void *value = (const char *)progress + figures[i].offset;
        mlp_buffer_text(out, i ? "," : "{");
        write_key(out, figures[i].key);
        switch (figures[i].kind) {
        case REAL:
            mlp_json_write_double(out, *(const double *)value);
            break;
        case COUNT:
            mlp_buffer_format(out, "%zu", *(const size_t *)value);
            break;
        case METRICS:
            write_metrics(value, names, out);
            break;
        case WORD:
            mlp_json_write_string(out, value, strlen(value));
            break;
        }
    }
    mlp_buffer_text(out, "}");
}

void job_error_write(const struct job *job, mlp_buffer *out)
{
    mlp_buffer_text(out, "{\"reason\":");
    mlp_json_write_string(out, job->error_reason, strlen(job->error_reason));
    mlp_buffer_text(out, ",\"detail\":");
    mlp_json_write_string(out, job->error.text, strlen(job->error.text));
    mlp_buffer_text(out, "}");
}

/* --- reading -------------------------------------------------------------- */

enum { MAX_DEPTH = 4 };

static bool token_is(const mlp_json_token *token, const char *text)
{
    return strlen(text) == token->length &&
           memcmp(text, token->text, token->length) == 0;
}

struct progress_reader {
    struct job_progress *out;
    const char *const *names;
    const struct figure *figure; /* of the last key in the object, or NULL */
    double *metric;              /* of the last key inside that, or NULL */
};

static void progress_key(struct progress_reader *reader,
                         const mlp_json_token *token)
{
    reader->metric = NULL;
    if (token->depth == 1) {
        reader->figure = NULL;
        for (size_t i = 0; i < N_FIGURES; i++)
            if (token_is(token, figures[i].key))
                reader->figure = &figures[i];
    } else if (reader->figure != NULL && reader->figure->kind == METRICS) {
        void *metrics = (char *)reader->out + reader->figure->offset;
        for (size_t i = 0; reader->names[i] != NULL; i++)
            if (token_is(token, reader->names[i]))
                reader->metric = (double *)metrics + i;
    }
}

static void progress_number(struct progress_reader *reader, double value)
{
    /* Counts are far below 2^53; anything else was not written here. */
    const double most = 9007199254740992.0;

    if (reader->metric != NULL) {
        *reader->metric = value;
        return;
    }
    if (reader->figure == NULL || reader->figure->kind == METRICS ||
        reader->figure->kind == WORD)
        return;
    void *target = (char *)reader->out + reader->figure->offset;
    if (reader->figure->kind == REAL)
        *(double *)target = value;
    else if (value >= 0 && value <= most)
        *(size_t *)target = (size_t)value;
}

/* One that is too long was not written here. */
static void progress_word(struct progress_reader *reader,
                          const mlp_json_token *token)
{
    const struct figure *figure = reader->figure;

    if (figure == NULL || figure->kind != WORD ||
        token->length >= JOB_STOPPED_MAX)
        return;
    char *word = (char *)reader->out + figure->offset;
    memcpy(word, token->text, token->length);
    word[token->length] = '\0';
}

static mlp_status
progress_token(void *context, const mlp_json_token *token, mlp_error *err)
{
    (void)err;
    if (token->event == MLP_JSON_KEY)
        progress_key(context, token);
    else if (token->event == MLP_JSON_STRING)
        progress_word(context, token);
    else if (token->event == MLP_JSON_NUMBER)
        progress_number(context, mlp_decimal_to_double(&token->decimal));
    else if (token->event == MLP_JSON_NULL)
        progress_number(context, (double)NAN);
    return MLP_OK;
}

mlp_status job_progress_read(const char *text,
                             const char *const *names,
                             struct job_progress *out,
                             mlp_error *err)
{
    struct progress_reader reader = {.out = out, .names = names};
    return mlp_json_read(text, strlen(text), progress_token, &reader, MAX_DEPTH,
                         err);
}

struct error_reader {
    mlp_buffer reason, detail;
    mlp_buffer *target; /* of the last key, or NULL */
};

static mlp_status
error_token(void *context, const mlp_json_token *token, mlp_error *err)
{
    struct error_reader *reader = context;

    (void)err;
    if (token->event == MLP_JSON_KEY)
        reader->target = token_is(token, "reason")   ? &reader->reason
                         : token_is(token, "detail") ? &reader->detail
                                                     : NULL;
    else if (token->event == MLP_JSON_STRING && reader->target != NULL)
        mlp_json_unescape(token->text, token->length, reader->target);
    return MLP_OK;
}

mlp_status job_error_read(const char *text, struct job *job, mlp_error *err)
{
    struct error_reader reader = {.target = NULL};
    mlp_status status;

    mlp_buffer_init(&reader.reason, strlen(text));
    mlp_buffer_init(&reader.detail, strlen(text));
    status =
        mlp_json_read(text, strlen(text), error_token, &reader, MAX_DEPTH, err);
    if (status == MLP_OK)
        job_fail(job, reader.reason.data ? reader.reason.data : "unknown",
                 reader.detail.data ? reader.detail.data : "");
    mlp_buffer_free(&reader.reason);
    mlp_buffer_free(&reader.detail);
    return status;
}
