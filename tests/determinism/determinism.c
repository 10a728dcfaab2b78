/* SPDX-License-Identifier: MIT
 *
 * Trains the same models with a given instruction set and number of threads;
 * run.sh compares the files.
 *
 *   determinism isas                  the instruction sets of this machine
 *   determinism names                 the trials
 *   determinism DATA ISA THREADS OUT [NAME…]
 *
 * The last one writes OUT/NAME for each trial, or for those that are named.
 * DATA is a folder as samples.h says. It knows the library by its public
 * headers alone. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mlp/isa.h"

#include "trials.h"

static mlp_status
write_file(void *context, const void *bytes, size_t n, mlp_error *err)
{
    if (fwrite(bytes, 1, n, context) == n)
        return MLP_OK;
    return mlp_fail(err, MLP_IO, "cannot write");
}

static mlp_status run(const struct trial *trial,
                      const mlp_table *table,
                      size_t n_threads,
                      const char *folder,
                      mlp_error *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, trial->name);
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return mlp_fail(err, MLP_IO, "cannot open %s", path);
    mlp_sink sink = {write_file, file};
    mlp_status status = trial_run(trial, table, n_threads, sink, err);
    if (fclose(file) != 0 && status == MLP_OK)
        status = mlp_fail(err, MLP_IO, "cannot write %s", path);
    if (status != MLP_OK)
        remove(path);
    return status;
}

static bool is_wanted(const struct trial *trial, char **names)
{
    bool wanted = *names == NULL;
    for (; *names != NULL; names++)
        wanted |= strcmp(*names, trial->name) == 0;
    return wanted;
}

/* False when one of them fails; the others are run all the same. */
static bool run_all(const char *data, size_t n_threads, char **out_names)
{
    mlp_table *tables[N_SAMPLES] = {NULL};
    bool ok = true;
    for (const struct trial *trial = trials; trial < trials + N_TRIALS;
         trial++) {
        mlp_table **table = &tables[trial->sample];
        mlp_status status = MLP_OK;
        mlp_error err;
        if (!is_wanted(trial, out_names + 1))
            continue;
        if (*table == NULL)
            status = sample_read(trial->sample, data, table, &err);
        if (status == MLP_OK)
            status = run(trial, *table, n_threads, out_names[0], &err);
        if (status != MLP_OK)
            fprintf(stderr, "%s: %s\n", trial->name, err.text);
        ok &= status == MLP_OK;
    }
    for (size_t i = 0; i < N_SAMPLES; i++)
        mlp_table_destroy(tables[i]);
    return ok;
}

static void list_isas(void)
{
    static const char *const known[] = {"portable", "neon", "avx2", "avx512"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (mlp_isa_select(known[i], NULL) == MLP_OK)
            puts(known[i]);
}

int main(int argc, char **argv)
{
    mlp_error err;
    if (argc == 2 && strcmp(argv[1], "isas") == 0) {
        list_isas();
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "names") == 0) {
        for (size_t i = 0; i < N_TRIALS; i++)
            puts(trials[i].name);
        return 0;
    }
    if (argc < 5) {
        fprintf(stderr,
                "usage: %s isas | names | DATA ISA THREADS OUT [NAME…]\n",
                argv[0]);
        return 2;
    }
    if (mlp_isa_select(argv[2], &err) != MLP_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    return run_all(argv[1], strtoul(argv[3], NULL, 10), argv + 4) ? 0 : 1;
}
