/* SPDX-License-Identifier: MIT
 *
 * The audit trail: what was done to models, when and by whom. A row is written
 * in the transaction of the change that it tells of, and outlives its model.
 * Errors as in catalog.h.  Threads: loop. */
#ifndef MLPD_CATALOG_AUDIT_H
#define MLPD_CATALOG_AUDIT_H

#include "store/catalog.h"

/* Who did it. All zero, or NULL for a pointer to one: the daemon itself. */
struct audit_author {
    const char *key;     /* the id of the API key, "" or NULL: none */
    const char *request; /* the request's id, or NULL */
    int64_t job;         /* of a training; 0: none */
};

/*    action        what it says */
#define AUDIT_TABLE(X)                                                           \
    X(PUBLISH, "publish")           /* a training made a version */              \
    X(IMPORT, "import")             /* a file was sent and became one */         \
    X(FOUND, "found")               /* … or lay in the folder at a start */    \
    X(LOST, "lost")                 /* … or lay there no more */               \
    X(DELETE, "delete")             /* a version was deleted */                  \
    X(ALIAS_SET, "alias_set")       /* an alias was made, or moved */            \
    X(ALIAS_DELETE, "alias_delete") /* … or deleted, maybe with its version */ \
    X(ROLLBACK, "rollback")         /* … or went back to where it was */       \
    X(PROMOTE, "promote")           /* … or a training moved it to its own */

enum audit_action {
#define X(name, word) AUDIT_##name,
    AUDIT_TABLE(X)
#undef X
};
const char *audit_action_name(enum audit_action action);

struct catalog_audit {
    int64_t id; /* from 1; given when it is written */
    int64_t at_ms;
    const char *action;
    const char *model;
    uint32_t version;  /* that it is about; of an alias where it is now */
    const char *alias; /* NULL: it is about a version */
    uint32_t from;     /* where an alias was; 0: nowhere */
    const char *key, *request;
    int64_t job;
    const char *detail; /* more of it, or NULL */
};

/* id, action, key, request, job and at_ms of `row` are not read: they come
 * from the other arguments and the clock. */
mlp_status catalog_put_audit(struct catalog *catalog,
                             enum audit_action action,
                             const struct audit_author *author,
                             const struct catalog_audit *row,
                             mlp_error *err);
/* The same, unless it is the last that was said of that version: a change that
 * is tried again is told once. */
mlp_status catalog_put_audit_once(struct catalog *catalog,
                                  enum audit_action action,
                                  const struct audit_author *author,
                                  const struct catalog_audit *row,
                                  mlp_error *err);

/* A file that got no name, in spite of catalog_reserve_version(): its row goes,
 * and what the trail says of it, in a transaction of its own. */
mlp_status catalog_withdraw_model_file(struct catalog *catalog,
                                       const char *model,
                                       uint32_t version,
                                       mlp_error *err);
/* A file that is not there any more: its row goes, and the trail says so, in a
 * transaction of its own. */
mlp_status catalog_lose_model_file(struct catalog *catalog,
                                   const char *model,
                                   uint32_t version,
                                   mlp_error *err);

/* The rows that are older than `before_ms` go, up to the first that is not. */
mlp_status
catalog_purge_audit(struct catalog *catalog, int64_t before_ms, mlp_error *err);

/* At most `limit` rows, newest first, of `model` (NULL: all), below id `after`
 * (0: from the newest). Texts are valid for the call. */
typedef void catalog_audit_each(void *context, const struct catalog_audit *row);
mlp_status catalog_each_audit(struct catalog *catalog,
                              const char *model,
                              int64_t after,
                              int64_t limit,
                              catalog_audit_each *each,
                              void *context,
                              mlp_error *err);
/* The row of the promotion that a job has made, if it has. */
mlp_status catalog_find_promotion(struct catalog *catalog,
                                  const char *model,
                                  int64_t job,
                                  catalog_audit_each *each,
                                  void *context,
                                  mlp_error *err);

#endif
