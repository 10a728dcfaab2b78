/* SPDX-License-Identifier: MIT
 *
 * The part of onnxruntime's C interface that ort.c calls. Its package brings
 * the library without a header; its table of functions only ever grows at the
 * end, so that a member's place, given here by the gaps between those that are
 * named, holds for each version from 1.2 on. */
#ifndef BENCH_ORT_API_H
#define BENCH_ORT_API_H

#include <stddef.h>
#include <stdint.h>

typedef struct ort_status ort_status; /* NULL: all is well */
typedef struct ort_env ort_env;
typedef struct ort_options ort_options;
typedef struct ort_session ort_session;
typedef struct ort_memory ort_memory;
typedef struct ort_value ort_value;

enum {
    ORT_API_VERSION = 15,
    ORT_LOG_ERRORS = 3,
    ORT_OPTIMIZE_ALL = 99,
    ORT_ARENA_ALLOCATOR = 1,
    ORT_MEMORY_DEFAULT = 0,
    ORT_FLOAT = 1
};

typedef struct ort_api {
    void (*unused_0[2])(void);
    const char *(*get_error_message)(const ort_status *status);
    ort_status *(*create_env)(int log_level, const char *id, ort_env **out);
    void (*unused_4[3])(void);
    ort_status *(*create_session)(const ort_env *env,
                                  const char *path,
                                  const ort_options *options,
                                  ort_session **out);
    void (*unused_8[1])(void);
    ort_status *(*run)(ort_session *session,
                       const void *run_options,
                       const char *const *input_names,
                       const ort_value *const *inputs,
                       size_t n_inputs,
                       const char *const *output_names,
                       size_t n_outputs,
                       ort_value **outputs);
    ort_status *(*create_session_options)(ort_options **out);
    void (*unused_11[12])(void);
    ort_status *(*set_optimization)(ort_options *options, int level);
    ort_status *(*set_intra_op_threads)(ort_options *options, int n);
    ort_status *(*set_inter_op_threads)(ort_options *options, int n);
    void (*unused_26[23])(void);
    ort_status *(*create_tensor_with_data)(const ort_memory *memory,
                                           void *data,
                                           size_t n_bytes,
                                           const int64_t *shape,
                                           size_t n_dimensions,
                                           int element_type,
                                           ort_value **out);
    void (*unused_50[19])(void);
    ort_status *(*create_cpu_memory)(int allocator, int kind, ort_memory **out);
} ort_api;

typedef struct ort_api_base {
    const ort_api *(*get_api)(uint32_t version);
    const char *(*get_version)(void);
} ort_api_base;

#define ORT_PLACE(member) (offsetof(ort_api, member) / sizeof(void (*)(void)))
_Static_assert(ORT_PLACE(create_session) == 7, "place of CreateSession");
_Static_assert(ORT_PLACE(run) == 9, "place of Run");
_Static_assert(ORT_PLACE(set_optimization) == 23, "place of the level");
_Static_assert(ORT_PLACE(create_tensor_with_data) == 49, "place of the tensor");
_Static_assert(ORT_PLACE(create_cpu_memory) == 69, "place of the memory");

#endif
