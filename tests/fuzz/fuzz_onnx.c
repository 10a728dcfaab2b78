/* SPDX-License-Identifier: MIT
 *
 * Any bytes as an ONNX file: a model or a refusal, and what is accepted
 * answers, is written as a model file that is read again, and as ONNX. */
#include <stdint.h>
#include <stdlib.h>

#include "mlp/onnx.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mlp_model *model, *again;
    mlp_error err = {0};
    mlp_buffer file;
    mlp_status status = mlp_model_read_onnx(data, size, NULL, &model, &err);
    if (status != MLP_OK) {
        check(model == NULL && err.status == status && err.text[0] != '\0');
        return 0;
    }
    ask(model);
    mlp_buffer_init(&file, SIZE_MAX - 1);
    check(mlp_model_write(model, mlp_buffer_sink(&file), NULL) == MLP_OK);
    check(mlp_model_read(file.data, file.length, &again, NULL) == MLP_OK);
    mlp_buffer_clear(&file);
    check(mlp_model_write_onnx(model, NULL, 0, mlp_buffer_sink(&file), NULL) ==
          MLP_OK);
    mlp_buffer_free(&file);
    mlp_model_destroy(model);
    mlp_model_destroy(again);
    return 0;
}
