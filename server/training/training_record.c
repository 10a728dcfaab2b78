/* SPDX-License-Identifier: MIT
 *
 * What a model file says about its own training. No clock has a word in it, and
 * no number of threads: equal spec, data and seed give equal bytes. */
#include <math.h>

#include "mlp/json.h"
#include "training/training_inner.h"

static const char *const stops[] = {
    [MLP_STOP_EPOCHS] = "epochs",
    [MLP_STOP_EARLY] = "early",
    [MLP_STOP_TIME] = "time",
};

/* NaN: the task has no such score. */
static void score(mlp_buffer *out, const char *name, double value)
{
    if (isnan(value))
        return;
    mlp_buffer_format(out, ",\"%s\":", name);
    mlp_json_write_double(out, value);
}

static void scores(mlp_buffer *out, const char *name, const mlp_scores *of)
{
    mlp_buffer_format(out, "\"%s\":", name);
    if (of->n_rows == 0) {
        mlp_buffer_text(out, "null");
        return;
    }
    mlp_buffer_format(out, "{\"rows\":%zu", of->n_rows);
    score(out, "loss", of->loss);
    score(out, "accuracy", of->accuracy);
    score(out, "rmse", of->rmse);
    score(out, "mae", of->mae);
    score(out, "r2", of->r2);
    mlp_buffer_text(out, "}");
}

void training_record(const struct training_setup *setup,
                     const mlp_table *table,
                     const char *sha256,
                     const mlp_fit_report *report,
                     mlp_buffer *out)
{
    struct spec spec = setup->resolved;

    spec.fit.training.threads = 0;
    mlp_buffer_text(out, "{\"mlpd\":\"" MLPD_VERSION "\",\"spec\":");
    spec_write(&spec, out);
    mlp_buffer_format(out,
                      ",\"seed\":%llu,\"data\":{\"sha256\":\"%s\",\"rows\":%zu,"
                      "\"columns\":%zu},\"scores\":{",
                      (unsigned long long)spec.fit.training.seed, sha256,
                      mlp_table_n_rows(table), mlp_table_n_columns(table));
    scores(out, "train", &report->train);
    mlp_buffer_text(out, ",");
    scores(out, "validation", &report->validation);
    mlp_buffer_format(out,
                      "},\"epochs_run\":%zu,\"best_epoch\":%zu,"
                      "\"stopped\":\"%s\"}",
                      report->training.epochs_run, report->training.best_epoch,
                      stops[report->training.stop]);
}
