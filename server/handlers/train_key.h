/* SPDX-License-Identifier: MIT
 *
 * Idempotency-Key on POST /train: a retry with the key of a first try gets the
 * job of the first try. The key is bound to what was asked for: the settings
 * as they were sent, in a canonical order, and the data of the body. A data set
 * counts by its name: what it holds may have changed since. */
#ifndef MLPD_TRAIN_KEY_H
#define MLPD_TRAIN_KEY_H

#include "handlers/app.h"
#include "handlers/train_source.h"

/* Of the header, and before it whose API key it came with: nobody meets the
 * jobs of others by their words. */
enum { TRAIN_KEY_BYTES = 300 };

/* NULL when there is none, else `out`; a 400 when it is not 1 to 255 visible
 * ASCII characters.  Threads: any. */
const char *train_key_of(const struct http_request *request,
                         char out[TRAIN_KEY_BYTES],
                         struct problem *problem);

/* Has it a job, of whatever request? key may be NULL.  Threads: loop. */
bool train_key_is_known(const struct app *app, const char *key);

/* The sha256 text of the request; the source is not read yet, and stays.
 * Threads: pool. */
void train_key_digest(const json_t *settings,
                      const struct train_source *source,
                      char out[BLOB_SHA256_TEXT],
                      struct problem *problem);

#endif
