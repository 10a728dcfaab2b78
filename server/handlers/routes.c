/* SPDX-License-Identifier: MIT
 *
 * The whole HTTP surface. What only reads memory is answered on the HTTP
 * thread; what asks jobs or the catalog, or changes anything, on the loop. */
#include "handlers/app.h"
#include "handlers/handlers.h"
#include "handlers/train_query.h"

#define MODEL      "/models/{model}"
#define VERSIONS   MODEL "/versions"
#define VERSION    VERSIONS "/{version}"
#define ALIASES    MODEL "/aliases"
#define ALIAS      ALIASES "/{alias}"
#define DATASET    "/datasets/{dataset}"
#define V2         "/v2"
#define V2_MODEL   V2 "/models/{model}"
#define V2_VERSION V2_MODEL "/versions/{version}"
#define V2_LOAD    V2 "/repository/models/{model}"

/* Their last segment may have a verb behind a colon: iris:predict. */
#define V1       "/v1/models"
#define V1_MODEL V1 "/{model}"
#define V1_AT    V1_MODEL "/versions/{version}"
#define V1_LABEL V1_MODEL "/labels/{label}"

/* clang-format off */
/*    method  pattern              scope    thread   handler  body  query */
#define ROUTES(X)                                                              \
    X(POST,   "/train",            TRAIN,   ON_LOOP, train_post,               \
      train_open_body, train_query_keys)                                       \
    X(GET,    "/jobs",             TRAIN,   ON_LOOP, job_list,                 \
      NULL, "state model limit after")                                         \
    X(GET,    "/jobs/{id}",        TRAIN,   ON_LOOP, job_get, NULL, "wait")    \
    X(GET,    "/jobs/{id}/history", TRAIN,  ON_LOOP, job_get_history, NULL, "")\
    X(GET,    "/jobs/{id}/events", TRAIN,   ON_LOOP, job_get_events,           \
      NULL, "after")                                                           \
    X(POST,   "/jobs/{id}/cancel", TRAIN,   ON_LOOP, job_cancel, NULL, "")     \
    X(DELETE, "/jobs/{id}",        TRAIN,   ON_LOOP, job_delete, NULL, "")     \
    X(POST,   "/predict",          PREDICT, ON_HTTP, predict_post,             \
      predict_open_body, "model version top explain delimiter header "         \
      "missing_columns warnings interval")                                     \
    X(GET,    "/models",           PREDICT, ON_HTTP, model_list, NULL, "")     \
    X(GET,    MODEL,               PREDICT, ON_HTTP, model_get, NULL, "")      \
    X(PUT,    MODEL,               ADMIN,   ON_LOOP, model_put,                \
      model_open_body, "task labels output activation target inputs")          \
    X(DELETE, MODEL,               ADMIN,   ON_LOOP, model_delete, NULL,       \
      "force")                                                                 \
    X(GET,    VERSIONS,            PREDICT, ON_HTTP, model_list_versions,      \
      NULL, "")                                                                \
    X(GET,    VERSION,             PREDICT, ON_HTTP, model_get_version,        \
      NULL, "")                                                                \
    X(DELETE, VERSION,             ADMIN,   ON_LOOP, model_delete, NULL, "")   \
    X(GET,    VERSION "/file",     TRAIN,   ON_HTTP, model_get_file,           \
      NULL, "format")                                                          \
    X(GET,    MODEL "/compare",    PREDICT, ON_HTTP, model_compare, NULL,      \
      "a b")                                                                   \
    X(POST,   MODEL "/compare",    PREDICT, ON_LOOP, compare_rows_post,        \
      train_open_body, "a b limit delimiter header")                           \
    X(GET,    ALIASES,             PREDICT, ON_HTTP, alias_list, NULL, "")     \
    X(GET,    ALIAS,               PREDICT, ON_HTTP, alias_get, NULL, "")      \
    X(PUT,    ALIAS,               ADMIN,   ON_LOOP, alias_put,                \
      alias_open_body, "")                                                     \
    X(DELETE, ALIAS,               ADMIN,   ON_LOOP, alias_delete, NULL, "")   \
    X(POST,   ALIAS "/rollback",   ADMIN,   ON_LOOP, alias_rollback, NULL, "") \
    X(GET,    MODEL "/audit",      ADMIN,   ON_LOOP, audit_list_model, NULL,   \
      "limit after")                                                           \
    X(GET,    "/audit",            ADMIN,   ON_LOOP, audit_list, NULL,         \
      "limit after")                                                           \
    X(POST,   MODEL "/evaluate",   PREDICT, ON_LOOP, evaluate_post,            \
      train_open_body, "version delimiter header")                             \
    X(POST,   VERSION "/evaluate", PREDICT, ON_LOOP, evaluate_post,            \
      train_open_body, "delimiter header")                                     \
    X(GET,    "/datasets",         TRAIN,   ON_LOOP, dataset_list, NULL, "")   \
    X(GET,    DATASET,             TRAIN,   ON_LOOP, dataset_get, NULL, "")    \
    X(PUT,    DATASET,             TRAIN,   ON_LOOP, dataset_put,              \
      dataset_open_body, "delimiter header")                                   \
    X(DELETE, DATASET,             TRAIN,   ON_LOOP, dataset_delete, NULL, "") \
    X(GET,    V2,                  PREDICT, ON_HTTP, v2_server_get, NULL, "*") \
    X(GET,    V2 "/",              PREDICT, ON_HTTP, v2_server_get, NULL, "*") \
    X(GET,    V2 "/health/live",   OPEN,    ON_HTTP, v2_live_get, NULL, "*")   \
    X(GET,    V2 "/health/ready",  OPEN,    ON_HTTP, v2_ready_get, NULL, "*")  \
    X(GET,    V2 "/models",        PREDICT, ON_HTTP, v2_model_list, NULL, "*") \
    X(GET,    V2 "/models/stats",  PREDICT, ON_HTTP, v2_stats_get, NULL, "*")  \
    X(GET,    V2_MODEL,            PREDICT, ON_HTTP, v2_model_get, NULL, "*")  \
    X(GET,    V2_VERSION,          PREDICT, ON_HTTP, v2_model_get, NULL, "*")  \
    X(GET,    V2_MODEL "/ready",   PREDICT, ON_HTTP, v2_model_ready_get,       \
      NULL, "*")                                                               \
    X(GET,    V2_VERSION "/ready", PREDICT, ON_HTTP, v2_model_ready_get,       \
      NULL, "*")                                                               \
    X(POST,   V2_MODEL "/infer",   PREDICT, ON_HTTP, v2_infer_post,            \
      v2_infer_open_body, "*")                                                 \
    X(POST,   V2_VERSION "/infer", PREDICT, ON_HTTP, v2_infer_post,            \
      v2_infer_open_body, "*")                                                 \
    X(GET,    V2_MODEL "/stats",   PREDICT, ON_HTTP, v2_model_stats_get,       \
      NULL, "*")                                                               \
    X(GET,    V2_VERSION "/stats", PREDICT, ON_HTTP, v2_model_stats_get,       \
      NULL, "*")                                                               \
    X(GET,    V2_MODEL "/config",  PREDICT, ON_HTTP, v2_model_config_get,      \
      NULL, "*")                                                               \
    X(GET,    V2_VERSION "/config", PREDICT, ON_HTTP, v2_model_config_get,     \
      NULL, "*")                                                               \
    X(POST,   V2 "/repository/index", PREDICT, ON_HTTP, v2_index_post,         \
      v2_repository_open_body, "*")                                            \
    X(POST,   V2_LOAD "/load",     ADMIN,   ON_HTTP, v2_load_post,             \
      v2_repository_open_body, "*")                                            \
    X(POST,   V2_LOAD "/unload",   ADMIN,   ON_HTTP, v2_unload_post,           \
      v2_repository_open_body, "*")                                            \
    X(GET,    V1,                  PREDICT, ON_HTTP, v1_list, NULL, "")        \
    X(GET,    V1_MODEL,            PREDICT, ON_HTTP, v1_status, NULL, "")      \
    X(GET,    V1_AT,               PREDICT, ON_HTTP, v1_status, NULL, "")      \
    X(GET,    V1_LABEL,            PREDICT, ON_HTTP, v1_status, NULL, "")      \
    X(GET,    V1_MODEL "/metadata", PREDICT, ON_HTTP, v1_metadata, NULL, "")   \
    X(GET,    V1_AT "/metadata",   PREDICT, ON_HTTP, v1_metadata, NULL, "")    \
    X(GET,    V1_LABEL "/metadata", PREDICT, ON_HTTP, v1_metadata, NULL, "")   \
    X(POST,   V1_MODEL,            PREDICT, ON_HTTP, v1_post,                  \
      v1_open_body, "")                                                        \
    X(POST,   V1_AT,               PREDICT, ON_HTTP, v1_post,                  \
      v1_open_body, "")                                                        \
    X(POST,   V1_LABEL,            PREDICT, ON_HTTP, v1_post,                  \
      v1_open_body, "")                                                        \
    X(GET,    "/v1/**",            PREDICT, ON_HTTP, v1_nowhere, NULL, "")     \
    X(POST,   "/v1/**",            PREDICT, ON_HTTP, v1_nowhere,               \
      v1_open_body, "")                                                        \
    X(GET,    "/healthz",          OPEN,    ON_HTTP, health_get, NULL, "")     \
    X(GET,    "/readyz",           OPEN,    ON_HTTP, ready_get, NULL, "")      \
    X(GET,    "/version",          PREDICT, ON_HTTP, version_get, NULL, "")    \
    X(GET,    "/openapi.json",     PREDICT, ON_HTTP, openapi_get, NULL, "")    \
    X(GET,    "/metrics",          PREDICT, ON_LOOP, metrics_get, NULL, "")    \
    X(GET,    "/",                 PREDICT, ON_HTTP, index_get, NULL, "")

#define X(method, pattern, scope, thread, handler, body, query)                \
    {HTTP_##method, pattern, SCOPE_##scope, thread, handler, body, query},
const struct http_route app_routes[] = {ROUTES(X)};
#undef X

#define X(method, pattern, scope, thread, handler, body, query)                \
    #method " " pattern,
const char *const app_route_names[] = {ROUTES(X)};
#undef X
/* clang-format on */

const size_t app_n_routes = sizeof app_routes / sizeof app_routes[0];
