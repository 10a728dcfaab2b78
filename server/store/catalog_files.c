/* SPDX-License-Identifier: MIT
 *
 * Data sets, model files and version numbers as rows. */
#include <inttypes.h>

#include "store/catalog_inner.h"

/* --- datasets ------------------------------------------------------------- */

mlp_status catalog_put_dataset(struct catalog *catalog,
                               const struct catalog_dataset *dataset,
                               mlp_error *err)
{
    if (dataset->size > INT64_MAX)
        return mlp_fail(err, MLP_LIMIT, "dataset %s: too large", dataset->name);
    return database_run(
        catalog->database, PUT_DATASET,
        DB_VALUES(DB_TEXT(dataset->name), DB_TEXT(dataset->format),
                  DB_TEXT(dataset->sha256), DB_TEXT(dataset->description),
                  DB_INTEGER(dataset->size), DB_INTEGER(dataset->created_ms)),
        NULL, NULL, err);
}

mlp_status catalog_delete_dataset(struct catalog *catalog,
                                  const char *name,
                                  mlp_error *err)
{
    return database_run(catalog->database, DELETE_DATASET,
                        DB_VALUES(DB_TEXT(name)), NULL, NULL, err);
}

struct each_dataset {
    void (*each)(void *context, const struct catalog_dataset *dataset);
    void *context;
};

static void take_dataset(void *context, const struct database_row *row)
{
    const struct each_dataset *to = context;
    struct catalog_dataset dataset = {
        .name = database_text(row, 0),
        .format = database_text(row, 1),
        .sha256 = database_text(row, 2),
        .description = database_text(row, 3),
        .size = (uint64_t)database_integer(row, 4),
        .created_ms = database_integer(row, 5),
    };
    to->each(to->context, &dataset);
}

mlp_status catalog_each_dataset(struct catalog *catalog,
                                void (*each)(void *context,
                                             const struct catalog_dataset *),
                                void *context,
                                mlp_error *err)
{
    struct each_dataset to = {each, context};
    return database_run(catalog->database, EACH_DATASET, NULL, 0, take_dataset,
                        &to, err);
}

/* --- versions ------------------------------------------------------------- */

static void take_integer(void *context, const struct database_row *row)
{
    *(int64_t *)context = database_integer(row, 0);
}

mlp_status catalog_next_version(struct catalog *catalog,
                                const char *model,
                                uint32_t at_least,
                                uint32_t *out,
                                mlp_error *err)
{
    int64_t highest = 0;
    mlp_status status =
        database_run(catalog->database, NEXT_VERSION,
                     DB_VALUES(DB_TEXT(model), DB_INTEGER(at_least)),
                     take_integer, &highest, err);

    if (status == MLP_INVALID)
        return mlp_fail(err, MLP_LIMIT, "model %s: no version number is left",
                        model);
    *out = (uint32_t)highest;
    return status;
}

/* --- model files ---------------------------------------------------------- */

mlp_status catalog_put_model_file(struct catalog *catalog,
                                  const struct catalog_model_file *file,
                                  mlp_error *err)
{
    if (file->size > INT64_MAX)
        return mlp_fail(err, MLP_LIMIT, "model %s: too large", file->model);
    return database_run(
        catalog->database, PUT_MODEL_FILE,
        DB_VALUES(DB_TEXT(file->model), DB_INTEGER(file->version),
                  DB_TEXT(file->sha256), DB_INTEGER(file->size)),
        NULL, NULL, err);
}

mlp_status catalog_reserve_version(struct catalog *catalog,
                                   struct catalog_model_file *file,
                                   uint32_t at_least,
                                   mlp_error *err)
{
    mlp_status status = MLP_OK;

    if (file->version == 0)
        status = catalog_next_version(catalog, file->model, at_least,
                                      &file->version, err);
    return status == MLP_OK ? catalog_put_model_file(catalog, file, err)
                            : status;
}

static mlp_status run_for_file(struct catalog *catalog,
                               enum statement statement,
                               const char *model,
                               uint32_t version,
                               mlp_error *err)
{
    return database_run(catalog->database, statement,
                        DB_VALUES(DB_TEXT(model), DB_INTEGER(version)), NULL,
                        NULL, err);
}

mlp_status catalog_remove_model_file(struct catalog *catalog,
                                     const char *model,
                                     uint32_t version,
                                     mlp_error *err)
{
    return run_for_file(catalog, REMOVE_MODEL_FILE, model, version, err);
}

mlp_status catalog_forget_model_file(struct catalog *catalog,
                                     const char *model,
                                     uint32_t version,
                                     mlp_error *err)
{
    return run_for_file(catalog, FORGET_MODEL_FILE, model, version, err);
}

struct each_model_file {
    void (*each)(void *context, const struct catalog_model_file *file);
    void *context;
};

static void take_model_file(void *context, const struct database_row *row)
{
    const struct each_model_file *to = context;
    struct catalog_model_file file = {
        .model = database_text(row, 0),
        .version = (uint32_t)database_integer(row, 1),
        .sha256 = database_text(row, 2),
        .size = (uint64_t)database_integer(row, 3),
        .removed = database_integer(row, 4) != 0,
    };
    to->each(to->context, &file);
}

mlp_status
catalog_each_model_file(struct catalog *catalog,
                        void (*each)(void *context,
                                     const struct catalog_model_file *file),
                        void *context,
                        mlp_error *err)
{
    struct each_model_file to = {each, context};
    return database_run(catalog->database, EACH_MODEL_FILE, NULL, 0,
                        take_model_file, &to, err);
}
