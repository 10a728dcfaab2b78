/* SPDX-License-Identifier: MIT
 *
 * onnxruntime in process, by its C interface, with the models that
 * onnx_models.py wrote: the peer of infer.c, asked and answering in the same
 * way.
 *
 *   echo "forward 784-128-10 256 - 0 0.5 0.5" | ort FOLDER THREADS MODELS LIB
 *
 * Tensors are made once and bound to fixed memory; a call is one Run. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../measure.h"
#include "ort_api.h"

enum { MAX_MODELS = 32 };

/* A session with its input and output, kept to the end of the process. */
struct model {
    char net[32];
    size_t batch;
    ort_session *session;
    ort_value *x_value, *y_value;
    float *y; /* [batch, N_CLASSES] */
};

static const ort_api *api;
static const char *version;
static ort_env *env;

static void check(ort_status *status)
{
    if (status != NULL)
        die("onnxruntime: %s", api->get_error_message(status));
}

static void open_library(const char *path)
{
    void *library = dlopen(path, RTLD_NOW);
    void *symbol = library ? dlsym(library, "OrtGetApiBase") : NULL;
    if (symbol == NULL)
        die("%s", dlerror());
    const ort_api_base *(*get_base)(void);
    memcpy(&get_base, &symbol, sizeof get_base);
    api = get_base()->get_api(ORT_API_VERSION);
    version = get_base()->get_version();
    if (api == NULL)
        die("onnxruntime %s has no interface %d", version, ORT_API_VERSION);
    check(api->create_env(ORT_LOG_ERRORS, "bench", &env));
}

static ort_value *
tensor(const ort_memory *memory_info, float *data, size_t rows, size_t columns)
{
    int64_t shape[] = {(int64_t)rows, (int64_t)columns};
    ort_value *value;
    check(api->create_tensor_with_data(memory_info, data,
                                       rows * columns * sizeof *data, shape, 2,
                                       ORT_FLOAT, &value));
    return value;
}

static void model_open(struct model *model,
                       const struct request *request,
                       const struct digits *test,
                       const char *models,
                       int threads)
{
    ort_options *options;
    check(api->create_session_options(&options));
    check(api->set_intra_op_threads(options, threads));
    check(api->set_inter_op_threads(options, 1));
    check(api->set_optimization(options, ORT_OPTIMIZE_ALL));
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.onnx", models, request->net);
    check(api->create_session(env, path, options, &model->session));

    size_t batch = request->batch;
    float *x = memory(batch * PIXELS, sizeof *x);
    model->y = memory(batch * N_CLASSES, sizeof *model->y);
    for (size_t i = 0; i < batch; i++)
        digits_row(test, i, x + i * PIXELS);
    ort_memory *memory_info;
    check(api->create_cpu_memory(ORT_ARENA_ALLOCATOR, ORT_MEMORY_DEFAULT,
                                 &memory_info));
    model->x_value = tensor(memory_info, x, batch, PIXELS);
    model->y_value = tensor(memory_info, model->y, batch, N_CLASSES);
    memcpy(model->net, request->net, sizeof model->net);
    model->batch = batch;
}

static void call(void *context)
{
    const struct model *model = context;
    static const char *const input[] = {"x"};
    static const char *const output[] = {"y"};
    const ort_value *x_value = model->x_value;
    ort_value *y_value = model->y_value;
    check(api->run(model->session, NULL, input, &x_value, 1, output, 1,
                   &y_value));
}

static struct model *model_for(const struct request *request,
                               const struct digits *test,
                               const char *folder,
                               int threads)
{
    static struct model models[MAX_MODELS];
    if (request->batch == 0 || request->batch > test->n_rows)
        die("a batch of 1 to %zu rows, not %zu", test->n_rows, request->batch);
    for (size_t i = 0; i < MAX_MODELS; i++) {
        struct model *model = &models[i];
        if (model->session == NULL)
            model_open(model, request, test, folder, threads);
        if (model->batch == request->batch &&
            strcmp(model->net, request->net) == 0)
            return model;
    }
    die("more than %d models", MAX_MODELS);
}

int main(int argc, char **argv)
{
    if (argc != 5)
        die("usage: ort FOLDER THREADS MODELS LIBRARY, requests on stdin");
    struct digits test = digits_load(argv[1], "t10k");
    int threads = (int)strtol(argv[2], NULL, 10);
    open_library(argv[4]);
    printf("{\"version\": \"%s\"}\n", version);
    fflush(stdout);
    struct request request;
    while (request_read(&request)) {
        struct model *model = model_for(&request, &test, argv[3], threads);
        double call_s = median_call_s(call, model, request.min_s);
        printf("{\"samples_per_s\": %.1f, \"call_us\": %.3f, \"threads\": %d, "
               "\"first\": [",
               (double)request.batch / call_s, call_s * 1e6, threads);
        for (size_t i = 0; i < N_CLASSES; i++)
            printf("%s%.6f", i == 0 ? "" : ", ", (double)model->y[i]);
        puts("]}");
        fflush(stdout);
    }
    return 0;
}
