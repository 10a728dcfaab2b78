/* SPDX-License-Identifier: MIT */
#include "samples.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "mlp/readers.h"

enum { N_SPECIES = 3, N_MEASURES = 4 };

static const char *const species[] = {"first", "second", "third"};

static const struct {
    struct sample_targets targets;
    const char *file, *label_file; /* the latter is joined */
} samples[N_SAMPLES] = {
    [IRIS] = {{(const char *const[]){"species"}, 1}, "iris.csv", NULL},
    [SPECIES] = {{species, N_SPECIES}, "iris.csv", NULL},
    [WDBC] = {{(const char *const[]){"diagnosis"}, 1}, "wdbc.csv", NULL},
    [DIABETES] = {{(const char *const[]){"target"}, 1}, "diabetes.csv", NULL},
    [DIGITS] = {{(const char *const[]){"y"}, 1}, "images", "labels"},
};

struct sample_targets sample_targets(enum sample sample)
{
    return samples[sample].targets;
}

static mlp_status read_file(const char *folder,
                            const char *name,
                            bool labels,
                            mlp_table **out,
                            mlp_error *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return mlp_fail(err, MLP_IO, "cannot open %s", path);
    char head[8];
    mlp_file_format format =
        mlp_file_format_sniff(head, fread(head, 1, sizeof head, file));
    mlp_read_options options = {.all_labels = labels,
                                .stem = labels ? "y" : NULL};
    mlp_status status = mlp_table_read_file(file, format, &options, out, err);
    fclose(file);
    return status;
}

/* Turn the column of species into one of 0 and 1 for each. */
static mlp_status spread(const mlp_table *iris, mlp_table **out, mlp_error *err)
{
    enum { WIDTH = N_MEASURES + N_SPECIES };
    size_t n_rows = mlp_table_n_rows(iris);
    float(*cells)[WIDTH] = calloc(n_rows, sizeof *cells);
    const char *names[WIDTH];
    if (cells == NULL)
        return mlp_fail(err, MLP_NOMEM, "no memory for %zu rows", n_rows);
    for (size_t i = 0; i < n_rows; i++) {
        for (size_t j = 0; j < N_MEASURES; j++)
            cells[i][j] = mlp_table_value(iris, i, j);
        size_t level = (size_t)mlp_table_value(iris, i, N_MEASURES);
        cells[i][N_MEASURES + level] = 1;
    }
    for (size_t j = 0; j < WIDTH; j++)
        names[j] = j < N_MEASURES ? mlp_table_column(iris, j)->name
                                  : species[j - N_MEASURES];
    mlp_status status =
        mlp_table_adopt(cells, false, n_rows, WIDTH, names, out, err);
    if (status != MLP_OK)
        free(cells);
    return status;
}

static mlp_status read_joined(const char *folder,
                              const char *file,
                              const char *label_file,
                              mlp_table **out,
                              mlp_error *err)
{
    mlp_table *labels = NULL;
    mlp_status status = read_file(folder, file, false, out, err);
    if (status != MLP_OK || label_file == NULL)
        return status;
    status = read_file(folder, label_file, true, &labels, err);
    if (status == MLP_OK)
        status = mlp_table_join(*out, labels, err);
    if (status == MLP_OK)
        return MLP_OK;
    mlp_table_destroy(labels);
    mlp_table_destroy(*out);
    *out = NULL;
    return status;
}

mlp_status sample_read(enum sample sample,
                       const char *folder,
                       mlp_table **out,
                       mlp_error *err)
{
    mlp_table *table = NULL;
    mlp_status status = read_joined(folder, samples[sample].file,
                                    samples[sample].label_file, &table, err);
    *out = table;
    if (status != MLP_OK || sample != SPECIES)
        return status;
    *out = NULL;
    status = spread(table, out, err);
    mlp_table_destroy(table);
    return status;
}
