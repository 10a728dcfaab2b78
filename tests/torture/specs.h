/* SPDX-License-Identifier: MIT
 *
 * The few trainings that all tests use, and the bytes that each must end with,
 * learnt from a daemon that nobody disturbs. A model file names its model:
 * names are of one length, so that the bytes for one are those for another
 * with the name replaced. */
#ifndef TESTS_TORTURE_SPECS_H
#define TESTS_TORTURE_SPECS_H

#include <stddef.h>
#include <stdint.h>

struct client;
struct answer;

enum { N_SPECS = 6, N_TABLES = 3, NAME_LENGTH = 7, NAME_BYTES = 8 };

struct content {
    char *bytes;
    size_t length;
    char sha256[65];
};

/* Data files, as they are sent. */
extern struct content tables[N_TABLES];
/* The model files of the specs, under the name "x0-0000". */
extern struct content models[N_SPECS];

/* Read the tables and train every spec on a daemon of its own. */
void specs_learn(const char *program);
void specs_free(void);

/* Give a daemon the model that the clients predict with. */
void specs_import(uint16_t port);

/* POST /train. `key` is an Idempotency-Key or NULL. */
void spec_submit(struct client *client,
                 unsigned spec,
                 const char *model,
                 const char *key,
                 struct answer *answer);
/* A job says how many epochs it has: each spec another number. -1: none. */
int spec_of_epochs(int64_t epochs);
/* sha256 of the file that the spec ends with under a model's name. */
void spec_sha256(unsigned spec, const char *model, char out[65]);

#endif
