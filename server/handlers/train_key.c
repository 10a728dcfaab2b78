/* SPDX-License-Identifier: MIT */
#include "handlers/train_key.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "store/digest.h"

enum { KEY_MAX = 255 };

_Static_assert((int)TRAIN_KEY_BYTES > (int)KEY_MAX + (int)HTTP_KEY_ID_BYTES + 1,
               "a key and whose it is fit");

const char *train_key_of(const struct http_request *request,
                         char out[TRAIN_KEY_BYTES],
                         struct problem *problem)
{
    const char *key = request_header(request, "Idempotency-Key");
    const char *whose = request_key_id(request);
    size_t n = 0;

    if (key == NULL)
        return NULL;
    while (key[n] > ' ' && key[n] <= '~')
        n++;
    if (n >= 1 && n <= KEY_MAX && key[n] == '\0') {
        (void)snprintf(out, TRAIN_KEY_BYTES, "%s%s%s", whose,
                       whose[0] != '\0' ? " " : "", key);
        return out;
    }
    problem_set(problem, PROBLEM_MALFORMED, NULL,
                "Idempotency-Key: expected 1 to %d visible ASCII characters",
                KEY_MAX);
    return NULL;
}

bool train_key_is_known(const struct app *app, const char *key)
{
    struct jobs_submission any = {.key = key, .request = ""};
    mlp_error err;

    return key != NULL && jobs_find_key(app->jobs, &any, &err) == MLP_OK &&
           any.outcome != JOBS_ACCEPTED;
}

/* --- what was asked for --------------------------------------------------- */

static int add_text(const char *text, size_t n, void *digest)
{
    digest_add(digest, text, n);
    return 0;
}

/* Parts begin with their name and size, so that none reads as another's end. */
static void begin_part(struct digest *digest, const char *name, uint64_t size)
{
    char text[64];
    int n = snprintf(text, sizeof text, "\n%s %" PRIu64 "\n", name, size);

    digest_add(digest, text, (size_t)n);
}

static mlp_status add_table(struct digest *digest,
                            const char *name,
                            const mlp_table *table,
                            mlp_error *err)
{
    if (table == NULL)
        return MLP_OK;
    begin_part(digest, name, mlp_table_n_rows(table));
    return mlp_table_write(table, digest_sink(digest), err);
}

static void add_inputs(struct digest *digest, const struct train_source *source)
{
    if (source->inputs == NULL)
        return;
    begin_part(digest, "inputs", source->n_columns);
    digest_add(digest, source->inputs,
               source->n_rows * source->n_columns * sizeof *source->inputs);
}

/* A file's bytes, and how they are meant to be read. */
static void add_file(struct digest *digest, const struct train_source *source)
{
    const mlp_read_options *options = &source->data.options;
    char sha256[BLOB_SHA256_TEXT];

    if (source->blob == NULL)
        return;
    blob_digest(source->blob, sha256);
    begin_part(digest, mlp_file_format_name(source->data.format),
               blob_size(source->blob));
    digest_add(digest, sha256, sizeof sha256);
    digest_add(digest, &options->delimiter, 1);
    digest_add(digest, options->no_header ? "0" : "1", 1);
}

static mlp_status add_request(struct digest *digest,
                              const json_t *settings,
                              const struct train_source *source,
                              mlp_error *err)
{
    if (json_dump_callback(settings, add_text, digest,
                           JSON_SORT_KEYS | JSON_COMPACT) != 0)
        return mlp_fail(err, MLP_NOMEM, "settings: out of memory");
    add_inputs(digest, source);
    add_file(digest, source);
    mlp_status status = add_table(digest, "targets", source->targets, err);
    return status == MLP_OK ? add_table(digest, "rows", source->rows, err)
                            : status;
}

void train_key_digest(const json_t *settings,
                      const struct train_source *source,
                      char out[BLOB_SHA256_TEXT],
                      struct problem *problem)
{
    struct digest *digest = digest_create();
    mlp_error err = {.status = MLP_NOMEM};
    mlp_status status = MLP_NOMEM;

    if (digest != NULL)
        status = add_request(digest, settings, source, &err);
    if (status == MLP_OK)
        digest_take(digest, out);
    else
        problem_from_error(problem, NULL, &err);
    digest_destroy(digest);
}
