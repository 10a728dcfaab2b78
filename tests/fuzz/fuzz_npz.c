/* SPDX-License-Identifier: MIT
 *
 * Any bytes as NumPy's arrays: a model or a refusal, and what is accepted
 * answers and is written as a model file that is read again. The first byte
 * says what is told of the network, and whether the rest is an archive, or
 * members of one that is written here: with the right CRC they get further. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "mlp/npz.h"

enum { MADE = 0x80, MAX_MEMBERS = 8 };

static void check(int holds)
{
    if (!holds)
        abort();
}

static void ask(const mlp_model *model)
{
    size_t n_in = mlp_model_n_features(model);
    size_t n_out = mlp_model_n_outputs(model);
    float *rows = calloc(2 * n_in, sizeof *rows);
    float *answers = calloc(2 * n_out, sizeof *answers);
    mlp_predictor *predictor;
    check(rows != NULL && answers != NULL);
    check(mlp_predictor_create(model, 2, &predictor, NULL) == MLP_OK);
    mlp_model_predict(model, predictor, rows, 2, answers);
    mlp_predictor_destroy(predictor);
    free(rows);
    free(answers);
}

static void read_all(const void *data, size_t size, unsigned told)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    const mlp_activation activations[] = {(mlp_activation)(told % 11),
                                          MLP_RELU};
    const mlp_npz_options options = {
        .task = (mlp_task)(told % 4),
        .output = (mlp_output)(told / 4 % 4),
        .activations = activations,
        .n_activations = told / 16 % 3,
        .labels = told % 3 == 1 ? names : NULL,
        .n_labels = told % 3 == 1 ? 3 : 0,
        .targets = names,
        .n_targets = told % 5,
        .features = names,
        .n_features = told % 7 == 1   ? 4
                      : told % 7 == 2 ? 3
                                      : 0,
    };
    mlp_model *model, *again;
    mlp_error err = {0};
    mlp_buffer file;
    mlp_status status = mlp_model_read_npz(data, size, &options, &model, &err);
    if (status != MLP_OK) {
        check(model == NULL && err.status == status && err.text[0] != '\0');
        return;
    }
    ask(model);
    mlp_buffer_init(&file, SIZE_MAX - 1);
    check(mlp_model_write(model, mlp_buffer_sink(&file), NULL) == MLP_OK);
    check(mlp_model_read(file.data, file.length, &again, NULL) == MLP_OK);
    mlp_buffer_free(&file);
    mlp_model_destroy(model);
    mlp_model_destroy(again);
}

/* --- an archive of members that were sent ------------------------------------
 */

static void put(mlp_buffer *out, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++, value >>= 8) {
        char byte = (char)(value & 0xff);
        mlp_buffer_append(out, &byte, 1);
    }
}

/* A byte for the name's length, two for the data's, both of them. */
struct member {
    const uint8_t *name, *data;
    size_t name_length, length, at;
};

static int take(const uint8_t **data, size_t *size, struct member *member)
{
    if (*size < 3)
        return 0;
    member->name_length = (*data)[0] % 32u;
    member->length = (*data)[1] + 256u * (*data)[2];
    *data += 3;
    *size -= 3;
    if (member->name_length > *size)
        return 0;
    member->name = *data;
    member->data = *data + member->name_length;
    *size -= member->name_length;
    if (member->length > *size)
        member->length = *size;
    *data = member->data + member->length;
    *size -= member->length;
    return 1;
}

/* What header and directory have in common. */
static void put_common(mlp_buffer *out, const struct member *member)
{
    uLong crc = crc32(0, member->data, (uInt)member->length);
    put(out, 20, 10); /* version, flags, method, time */
    put(out, crc, 4);
    put(out, member->length, 4);
    put(out, member->length, 4);
    put(out, member->name_length, 2);
}

static mlp_buffer make(const uint8_t *data, size_t size)
{
    struct member members[MAX_MEMBERS];
    mlp_buffer out;
    size_t n = 0;
    mlp_buffer_init(&out, SIZE_MAX - 1);
    while (n < MAX_MEMBERS && take(&data, &size, &members[n]))
        n++;
    for (size_t i = 0; i < n; i++) {
        members[i].at = out.length;
        put(&out, 0x04034b50, 4);
        put_common(&out, &members[i]);
        put(&out, 0, 2);
        mlp_buffer_append(&out, members[i].name, members[i].name_length);
        mlp_buffer_append(&out, members[i].data, members[i].length);
    }
    size_t directory = out.length;
    for (size_t i = 0; i < n; i++) {
        put(&out, 0x02014b50, 4);
        put(&out, 20, 2);
        put_common(&out, &members[i]);
        put(&out, 0, 12);
        put(&out, members[i].at, 4);
        mlp_buffer_append(&out, members[i].name, members[i].name_length);
    }
    size_t length = out.length - directory;
    put(&out, 0x06054b50, 4);
    put(&out, 0, 4);
    put(&out, n, 2);
    put(&out, n, 2);
    put(&out, length, 4);
    put(&out, directory, 4);
    put(&out, 0, 2);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    unsigned told = data[0];
    if ((told & MADE) == 0) {
        read_all(data + 1, size - 1, told);
        return 0;
    }
    mlp_buffer archive = make(data + 1, size - 1);
    read_all(archive.data, archive.length, told);
    mlp_buffer_free(&archive);
    return 0;
}
