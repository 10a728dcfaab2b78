/* SPDX-License-Identifier: MIT
 *
 * Any bytes as the settings of a training: refused in words, or planned on a
 * small table; a plan's resolved settings are written, read back and planned
 * with the same bytes again. */
#include "check.h"

#include "http/json.h"
#include "mlp/readers.h"
#include "training/spec.h"

static const char csv[] = "a,b,c,t,u,v\n"
                          "1,2,3,x,0.5,0\n2,1,4,y,1.5,1\n3,4,5,x,2.5,0\n"
                          "4,3,6,y,3.5,1\n5,6,7,x,4.5,0\n6,5,8,y,5.5,1\n"
                          "7,8,9,x,6.5,0\n8,7,1,y,7.5,1\n9,1,2,z,8.5,0\n";

static mlp_table *small_table(void)
{
    static const char *const labels[] = {"t", "v"};
    const mlp_read_options options = {.labels = labels, .n_labels = 2};
    char copy[sizeof csv];
    mlp_table *table;
    memcpy(copy, csv, sizeof csv);
    FILE *file = fmemopen(copy, sizeof csv - 1, "r");
    CHECK(file != NULL);
    CHECK(mlp_table_read_file(file, MLP_FILE_CSV, &options, &table, NULL) ==
          MLP_OK);
    (void)fclose(file);
    return table;
}

/* A refusal has words, and a status of the client's fault. */
static void expect_words(const struct problem *problem)
{
    int status = problem_status(problem->type);
    CHECK(status >= 400 && status < 500);
    CHECK(problem->detail[0] != '\0');
}

static mlp_buffer resolved_text(const struct spec *spec,
                                const mlp_fit_spec *resolved)
{
    struct spec whole = *spec;
    mlp_buffer text;
    whole.fit = *resolved;
    mlp_buffer_init(&text, SIZE_MAX - 1);
    spec_write(&whole, &text);
    CHECK(text.status == MLP_OK);
    return text;
}

/* The text of the plan for these settings; no data when there is none. */
static mlp_buffer
plan_text(const char *text, size_t size, const mlp_table *table)
{
    struct problem problem = {0};
    struct spec spec;
    mlp_buffer out;
    mlp_plan *plan = NULL;
    mlp_error err;
    mlp_buffer_init(&out, SIZE_MAX - 1);
    json_t *settings = json_parse(text, size, &problem);
    if (settings == NULL) {
        expect_words(&problem);
        return out;
    }
    spec_parse(settings, &spec, &problem);
    if (problem_is_set(&problem)) {
        expect_words(&problem);
    } else if (spec.model != NULL && spec.fit.n_targets > 0) {
        if (mlp_plan_create(table, &spec.fit, &plan, &err) == MLP_OK)
            out = resolved_text(&spec, mlp_plan_resolved(plan));
        else
            CHECK(err.text[0] != '\0' && plan == NULL);
    }
    mlp_plan_destroy(plan);
    spec_free(&spec);
    json_decref(settings);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mlp_table *table = small_table();
    char *text = fuzz_text(data, size);
    mlp_buffer first = plan_text(text, size, table);
    if (first.data != NULL) {
        mlp_buffer again = plan_text(first.data, first.length, table);
        CHECK(again.length == first.length);
        CHECK(memcmp(again.data, first.data, first.length) == 0);
        mlp_buffer_free(&again);
    }
    mlp_buffer_free(&first);
    free(text);
    mlp_table_destroy(table);
    return 0;
}
