/* SPDX-License-Identifier: MIT */
#include "handlers/predict_health.h"

#include <string.h>

#include "mlp/json.h"

static void put_head(mlp_buffer *out,
                     const mlp_model *model,
                     size_t feature,
                     const char *kind)
{
    const char *name = mlp_model_feature(model, feature);
    mlp_buffer_text(out, "{\"column\":");
    mlp_json_write_string(out, name, strlen(name));
    mlp_buffer_format(out, ",\"kind\":\"%s\"", kind);
}

static void tell(struct predict_health *health, size_t feature, mlp_oddity kind)
{
    static const char begin[] = ",\"value\":";
    mlp_buffer *out = health->out;
    mlp_buffer_text(out, health->n_told++ == 0 ? ",\"warnings\":[" : ",");
    put_head(out, health->model, feature, mlp_oddity_name(kind));
    size_t before = out->length;
    mlp_buffer_text(out, begin);
    if (!predict_rows_quote(health->rows, health->model, health->row, feature,
                            out) &&
        out->status == MLP_OK)
        out->length = before;
    mlp_buffer_text(out, "}");
}

static void on_oddity(void *context, size_t feature, mlp_oddity kind)
{
    struct predict_health *health = context;
    const bool *absent = health->rows->absent;
    health->counts[kind]++;
    if (health->out != NULL && (absent == NULL || !absent[feature]))
        tell(health, feature, kind);
}

void predict_health_row(struct predict_health *health,
                        size_t row,
                        mlp_buffer *out)
{
    size_t width = mlp_model_n_features(health->model);
    health->row = row;
    health->out = out;
    health->n_told = 0;
    mlp_model_check_row(health->model, health->rows->values + row * width,
                        on_oddity, health);
    if (health->n_told > 0)
        mlp_buffer_text(out, "]");
}

void predict_health_columns(const struct predict_health *health,
                            mlp_buffer *out)
{
    const bool *absent = health->rows->absent;
    bool any = false;
    for (size_t i = 0;
         absent != NULL && i < mlp_model_n_features(health->model); i++) {
        if (!absent[i])
            continue;
        mlp_buffer_text(out, any ? "," : "\"warnings\":[");
        put_head(out, health->model, i, "missing_column");
        mlp_buffer_text(out, "}");
        any = true;
    }
    if (any)
        mlp_buffer_text(out, "],");
}
