/* SPDX-License-Identifier: MIT
 *
 * Rows of the audit trail. */
#include "store/catalog_audit.h"

#include <time.h>

#include "store/catalog_inner.h"

const char *audit_action_name(enum audit_action action)
{
    static const char *const names[] = {
#define X(name, word) [AUDIT_##name] = (word),
        AUDIT_TABLE(X)
#undef X
    };
    return names[action];
}

/* --- writing -------------------------------------------------------------- */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* "" is as good as none. */
static const char *or_null(const char *text)
{
    return text != NULL && text[0] != '\0' ? text : NULL;
}

static mlp_status put(struct catalog *catalog,
                      enum statement statement,
                      enum audit_action action,
                      const struct audit_author *author,
                      const struct catalog_audit *row,
                      mlp_error *err)
{
    static const struct audit_author nobody;

    if (author == NULL)
        author = &nobody;
    return database_run(
        catalog->database, statement,
        DB_VALUES(DB_INTEGER(now_ms()), DB_TEXT(audit_action_name(action)),
                  DB_TEXT(row->model), DB_INTEGER(row->version),
                  DB_TEXT(row->alias), DB_INTEGER(row->from),
                  DB_TEXT(or_null(author->key)),
                  DB_TEXT(or_null(author->request)), DB_INTEGER(author->job),
                  DB_TEXT(row->detail)),
        NULL, NULL, err);
}

mlp_status catalog_put_audit(struct catalog *catalog,
                             enum audit_action action,
                             const struct audit_author *author,
                             const struct catalog_audit *row,
                             mlp_error *err)
{
    return put(catalog, PUT_AUDIT, action, author, row, err);
}

mlp_status catalog_put_audit_once(struct catalog *catalog,
                                  enum audit_action action,
                                  const struct audit_author *author,
                                  const struct catalog_audit *row,
                                  mlp_error *err)
{
    return put(catalog, PUT_AUDIT_ONCE, action, author, row, err);
}

mlp_status catalog_withdraw_model_file(struct catalog *catalog,
                                       const char *model,
                                       uint32_t version,
                                       mlp_error *err)
{
    mlp_status status = catalog_begin(catalog, err);

    if (status != MLP_OK)
        return status;
    status = catalog_forget_model_file(catalog, model, version, err);
    if (status == MLP_OK)
        status = database_run(catalog->database, WITHDRAW_AUDIT,
                              DB_VALUES(DB_TEXT(model), DB_INTEGER(version)),
                              NULL, NULL, err);
    return catalog_end(catalog, status, err);
}

mlp_status catalog_lose_model_file(struct catalog *catalog,
                                   const char *model,
                                   uint32_t version,
                                   mlp_error *err)
{
    const struct catalog_audit row = {.model = model, .version = version};
    mlp_status status = catalog_begin(catalog, err);

    if (status != MLP_OK)
        return status;
    status = catalog_forget_model_file(catalog, model, version, err);
    if (status == MLP_OK)
        status = catalog_put_audit(catalog, AUDIT_LOST, NULL, &row, err);
    return catalog_end(catalog, status, err);
}

mlp_status
catalog_purge_audit(struct catalog *catalog, int64_t before_ms, mlp_error *err)
{
    return database_run(catalog->database, PURGE_AUDIT,
                        DB_VALUES(DB_INTEGER(before_ms)), NULL, NULL, err);
}

/* --- reading -------------------------------------------------------------- */

struct each_row {
    catalog_audit_each *each;
    void *context;
};

static void take_row(void *context, const struct database_row *row)
{
    const struct each_row *to = context;
    const struct catalog_audit audit = {
        .id = database_integer(row, 0),
        .at_ms = database_integer(row, 1),
        .action = database_text(row, 2),
        .model = database_text(row, 3),
        .version = (uint32_t)database_integer(row, 4),
        .alias = database_text(row, 5),
        .from = (uint32_t)database_integer(row, 6),
        .key = database_text(row, 7),
        .request = database_text(row, 8),
        .job = database_integer(row, 9),
        .detail = database_text(row, 10),
    };
    to->each(to->context, &audit);
}

mlp_status catalog_each_audit(struct catalog *catalog,
                              const char *model,
                              int64_t after,
                              int64_t limit,
                              catalog_audit_each *each,
                              void *context,
                              mlp_error *err)
{
    struct each_row to = {each, context};
    return database_run(
        catalog->database, EACH_AUDIT,
        DB_VALUES(DB_TEXT(model), DB_INTEGER(after), DB_INTEGER(limit)),
        take_row, &to, err);
}

mlp_status catalog_find_promotion(struct catalog *catalog,
                                  const char *model,
                                  int64_t job,
                                  catalog_audit_each *each,
                                  void *context,
                                  mlp_error *err)
{
    struct each_row to = {each, context};
    return database_run(catalog->database, FIND_PROMOTION,
                        DB_VALUES(DB_TEXT(model), DB_INTEGER(job)), take_row,
                        &to, err);
}
