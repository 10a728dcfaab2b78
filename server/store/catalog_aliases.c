/* SPDX-License-Identifier: MIT
 *
 * Rows of aliases. */
#include "store/catalog_aliases.h"

#include "store/catalog_inner.h"

mlp_status catalog_put_alias(struct catalog *catalog,
                             const struct catalog_alias *alias,
                             mlp_error *err)
{
    return database_run(catalog->database, PUT_ALIAS,
                        DB_VALUES(DB_TEXT(alias->model), DB_TEXT(alias->alias),
                                  DB_INTEGER(alias->version),
                                  DB_INTEGER(alias->previous),
                                  DB_INTEGER(alias->changed_ms)),
                        NULL, NULL, err);
}

mlp_status catalog_delete_alias(struct catalog *catalog,
                                const char *model,
                                const char *alias,
                                mlp_error *err)
{
    return database_run(catalog->database, DELETE_ALIAS,
                        DB_VALUES(DB_TEXT(model), DB_TEXT(alias)), NULL, NULL,
                        err);
}

struct each_alias {
    void (*each)(void *context, const struct catalog_alias *alias);
    void *context;
};

static void take_alias(void *context, const struct database_row *row)
{
    const struct each_alias *to = context;
    const struct catalog_alias alias = {
        .model = database_text(row, 0),
        .alias = database_text(row, 1),
        .version = (uint32_t)database_integer(row, 2),
        .previous = (uint32_t)database_integer(row, 3),
        .changed_ms = database_integer(row, 4),
    };
    to->each(to->context, &alias);
}

mlp_status catalog_each_alias(struct catalog *catalog,
                              void (*each)(void *context,
                                           const struct catalog_alias *alias),
                              void *context,
                              mlp_error *err)
{
    struct each_alias to = {each, context};
    return database_run(catalog->database, EACH_ALIAS, NULL, 0, take_alias, &to,
                        err);
}
