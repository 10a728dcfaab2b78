/* SPDX-License-Identifier: MIT
 *
 * What the route table points at, one line a route; each is in the file of its
 * resource. */
#ifndef MLPD_HANDLERS_H
#define MLPD_HANDLERS_H

#include "http/body.h"
#include "http/problem.h"
#include "http/request.h"

/* train.c. Threads: loop. */
void train_post(struct http_request *request);
struct http_body *train_open_body(struct http_request *request,
                                  struct problem *problem);

/* jobs.c. Threads: loop. */
void job_list(struct http_request *request);
void job_get(struct http_request *request);
void job_get_history(struct http_request *request);
void job_cancel(struct http_request *request);
void job_delete(struct http_request *request);

/* job_events.c. Threads: loop. */
void job_get_events(struct http_request *request);

/* predict.c. Threads: http. */
void predict_post(struct http_request *request);
struct http_body *predict_open_body(struct http_request *request,
                                    struct problem *problem);

/* evaluate.c; its body is one of training's. Threads: loop. */
void evaluate_post(struct http_request *request);

/* models.c. Threads: http for what only reads, loop for what changes. */
void model_list(struct http_request *request);
void model_get(struct http_request *request);
void model_list_versions(struct http_request *request);
void model_get_version(struct http_request *request);
void model_delete(struct http_request *request);

/* model_file.c. Threads: http. */
void model_get_file(struct http_request *request);

/* compare.c. Threads: http. */
void model_compare(struct http_request *request);

/* compare_rows.c; its body is one of training's. Threads: loop. */
void compare_rows_post(struct http_request *request);

/* aliases.c. Threads: http for what only reads, loop for what changes. */
void alias_list(struct http_request *request);
void alias_get(struct http_request *request);
void alias_put(struct http_request *request);
void alias_delete(struct http_request *request);
void alias_rollback(struct http_request *request);
struct http_body *alias_open_body(struct http_request *request,
                                  struct problem *problem);

/* audit.c. Threads: loop. */
void audit_list(struct http_request *request);
void audit_list_model(struct http_request *request);

/* model_import.c. Threads: loop. */
void model_put(struct http_request *request);
struct http_body *model_open_body(struct http_request *request,
                                  struct problem *problem);

/* datasets.c. Threads: loop. */
void dataset_put(struct http_request *request);
void dataset_get(struct http_request *request);
void dataset_list(struct http_request *request);
void dataset_delete(struct http_request *request);
struct http_body *dataset_open_body(struct http_request *request,
                                    struct problem *problem);

/* v2.c. Threads: http. */
void v2_server_get(struct http_request *request);
void v2_live_get(struct http_request *request);
void v2_ready_get(struct http_request *request);
void v2_model_list(struct http_request *request);
void v2_model_get(struct http_request *request);
void v2_model_ready_get(struct http_request *request);
void v2_model_config_get(struct http_request *request);
void v2_stats_get(struct http_request *request);
void v2_model_stats_get(struct http_request *request);

/* v2_infer.c. Threads: http. */
void v2_infer_post(struct http_request *request);
struct http_body *v2_infer_open_body(struct http_request *request,
                                     struct problem *problem);

/* v2_repository.c. Threads: http. */
void v2_index_post(struct http_request *request);
void v2_load_post(struct http_request *request);
void v2_unload_post(struct http_request *request);
struct http_body *v2_repository_open_body(struct http_request *request,
                                          struct problem *problem);

/* v1_models.c and v1_predict.c: TensorFlow Serving's and KServe's dialect.
 * Threads: http. */
void v1_list(struct http_request *request);
void v1_status(struct http_request *request);
void v1_metadata(struct http_request *request);
void v1_nowhere(struct http_request *request);
void v1_post(struct http_request *request);
struct http_body *v1_open_body(struct http_request *request,
                               struct problem *problem);

/* openapi.c. Threads: http. */
void openapi_get(struct http_request *request);

/* health.c. Threads: http, but metrics_get: loop. */
void index_get(struct http_request *request);
void health_get(struct http_request *request);
void ready_get(struct http_request *request);
void version_get(struct http_request *request);
void metrics_get(struct http_request *request);

#endif
