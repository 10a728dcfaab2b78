/* SPDX-License-Identifier: MIT */
#include "training/promotion.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/json.h"
#include "store/registry_alias.h"
#include "telemetry/log.h"
#include "training/spec_parts.h"

enum { BECAUSE_BYTES = 384 };

struct verdict {
    bool promoted;
    char because[BECAUSE_BYTES];
    uint32_t from; /* where the alias was; 0: nowhere */
};

static const char *rows_of(const struct spec_promotion *rule)
{
    return rule->held_out ? "validation_" : "";
}

void promotion_check(const struct training_setup *setup,
                     struct problem *problem)
{
    const struct spec_promotion *rule = &setup->spec.promotion;
    mlp_task task = mlp_plan_resolved(setup->plan)->task;

    if (rule->alias == NULL || rule->score == NULL)
        return;
    if ((rule->score->tasks >> task & 1) == 0)
        problem_set(problem, PROBLEM_INVALID, "/promote/if",
                    "/promote/if: a model of %s has no %s", mlp_task_name(task),
                    rule->score->key);
    else if (rule->held_out && mlp_plan_n_validation(setup->plan) == 0)
        problem_set(problem, PROBLEM_INVALID, "/promote/if",
                    "/promote/if: no rows are held out for %s%s; "
                    "training.validation holds some out",
                    rows_of(rule), rule->score->key);
}

/* --- deciding ------------------------------------------------------------- */

static void MLP_PRINTF(3, 4)
    decide(struct verdict *verdict, bool promoted, const char *format, ...)
{
    va_list arguments;

    verdict->promoted = promoted;
    va_start(arguments, format);
    (void)vsnprintf(verdict->because, sizeof verdict->because, format,
                    arguments);
    va_end(arguments);
}

/* What the version's record says; NaN: nothing. */
static double recorded(const struct live_model *live,
                       const struct spec_promotion *rule)
{
    json_t *record = json_read(mlp_model_record(live->model));
    const json_t *rows =
        json_object_get(json_object_get(record, "scores"),
                        rule->held_out ? "validation" : "train");
    const json_t *value = json_object_get(rows, rule->score->key);
    double figure =
        json_is_number(value) ? json_number_value(value) : (double)NAN;

    json_decref(record);
    return figure;
}

/* `of` says whose the bound is, "" for a mere number. */
static void weigh(const struct spec_promotion *rule,
                  double figure,
                  double bound,
                  const char *of,
                  struct verdict *verdict)
{
    double gain = rule->score->higher ? figure - bound : bound - figure;
    bool better = gain > rule->min_delta;
    char delta[48] = "";

    if (rule->min_delta > 0)
        (void)snprintf(delta, sizeof delta, " by more than %.6g",
                       rule->min_delta);
    decide(verdict, better, "%s%s %.6g is %s%s than %.6g%s", rows_of(rule),
           rule->score->key, figure, better ? "better" : "not better", delta,
           bound, of);
}

/* The rival, unless the alias has been moved since, which takes a read if that
 * version sleeps. */
static struct live_model *borrow_other(struct training *training,
                                       const char *model,
                                       const struct spec_promotion *rule,
                                       struct live_model *rival,
                                       mlp_error *err)
{
    struct model_alias now;

    if (rival != NULL &&
        registry_alias(training->registry, model, rule->better_than, &now) &&
        now.version == rival->version)
        return rival;
    return registry_borrow_alias(training->registry, model, rule->better_than,
                                 err);
}

static void compare_alias(struct training *training,
                          const char *model,
                          const struct spec_promotion *rule,
                          struct live_model *rival,
                          double figure,
                          struct verdict *verdict)
{
    mlp_error err;
    char of[ALIAS_MAX_BYTES + 32];
    struct live_model *other = borrow_other(training, model, rule, rival, &err);

    if (other == NULL && err.status == MLP_INVALID) {
        decide(verdict, true, "there was no version %s", rule->better_than);
        return;
    }
    if (other == NULL) {
        decide(verdict, false, "the version %s cannot be read: %s",
               rule->better_than, err.text);
        return;
    }
    double bound = recorded(other, rule);
    (void)snprintf(of, sizeof of, " of version %u, %s",
                   (unsigned)other->version, rule->better_than);
    if (isnan(bound))
        decide(verdict, false, "there is no %s%s%s", rows_of(rule),
               rule->score->key, of);
    else
        weigh(rule, figure, bound, of, verdict);
    if (other != rival)
        registry_release(training->registry, other);
}

static void judge(struct training *training,
                  const char *model,
                  uint32_t version,
                  const struct spec_promotion *rule,
                  struct live_model *rival,
                  struct verdict *verdict)
{
    mlp_error err;

    if (rule->score == NULL) {
        decide(verdict, true, "every version was to be promoted");
        return;
    }
    struct live_model *live =
        registry_borrow(training->registry, model, version, &err);
    if (live == NULL) {
        decide(verdict, false, "the version cannot be read: %s", err.text);
        return;
    }
    double figure = recorded(live, rule);
    registry_release(training->registry, live);
    if (isnan(figure))
        decide(verdict, false, "the version has no %s%s", rows_of(rule),
               rule->score->key);
    else if (rule->better_than != NULL)
        compare_alias(training, model, rule, rival, figure, verdict);
    else
        weigh(rule, figure, rule->bound, "", verdict);
}

/* --- doing ---------------------------------------------------------------- */

static void move(struct training *training,
                 const struct job *job,
                 uint32_t version,
                 const char *alias,
                 struct verdict *verdict)
{
    const struct audit_author author = {.job = job_id(job)};
    const struct alias_move wish = {.model = job_model(job),
                                    .alias = alias,
                                    .version = version,
                                    .action = AUDIT_PROMOTE,
                                    .detail = verdict->because};
    struct model_alias now, was;
    mlp_error err;

    if (registry_move_alias(training->registry, &wish, &author, &now, &was,
                            &err) == MLP_OK)
        verdict->from = was.version;
    else
        decide(verdict, false, "the alias could not be moved: %s", err.text);
}

static void tell(struct job *job,
                 uint32_t version,
                 const char *alias,
                 const struct verdict *verdict)
{
    json_t *from =
        verdict->from != 0 ? json_integer(verdict->from) : json_null();
    json_t *json =
        verdict->promoted
            ? json_pack("{s:{s:s, s:o, s:s}}", "promoted", "alias", alias,
                        "from", from, "because", verdict->because)
            : json_pack("{s:n, s:s}", "promoted", "because", verdict->because);
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;

    if (!verdict->promoted)
        json_decref(from);
    /* The trail has it, whatever becomes of this. */
    if (text == NULL || !job_set_outcome(job, text))
        log_event(LOG_WARN, "job_outcome_lost", LOG_INT("job", job_id(job)));
    log_event(LOG_INFO, verdict->promoted ? "promoted" : "not_promoted",
              LOG_INT("job", job_id(job)),
              LOG_TEXT_FIELD("model", job_model(job)),
              LOG_INT("version", version), LOG_TEXT_FIELD("alias", alias),
              LOG_TEXT_FIELD("because", verdict->because));
    free(text);
    json_decref(json);
}

static void take_audit(void *context, const struct catalog_audit *row)
{
    struct verdict *verdict = context;

    decide(verdict, true, "%s", row->detail != NULL ? row->detail : "");
    verdict->from = row->from;
}

/* The alias may have been moved on since: a promotion is made once. */
static bool was_made(struct training *training,
                     const struct job *job,
                     struct verdict *verdict)
{
    mlp_error err;

    if (catalog_find_promotion(training->catalog, job_model(job), job_id(job),
                               take_audit, verdict, &err) != MLP_OK)
        decide(verdict, false, "the audit trail cannot be read: %s", err.text);
    return verdict->because[0] != '\0' || verdict->promoted;
}

static void settle(struct training *training,
                   struct job *job,
                   uint32_t version,
                   const struct spec_promotion *rule,
                   struct live_model *rival,
                   bool again)
{
    struct verdict verdict = {.promoted = false};

    if (!again || !was_made(training, job, &verdict)) {
        judge(training, job_model(job), version, rule, rival, &verdict);
        if (verdict.promoted)
            move(training, job, version, rule->alias, &verdict);
    }
    tell(job, version, rule->alias, &verdict);
}

/* What the job's spec wishes for, which *spec has: json_decref(). False:
 * nothing. */
static bool
read_rule(const struct job *job, json_t **spec, struct spec_promotion *rule)
{
    struct problem problem = {0};
    *spec = json_read(job_spec(job));
    struct json_place root =
        json_root(json_object_get(*spec, "settings"), &problem);

    spec_read_promotion(&root, rule);
    return rule->alias != NULL && !problem_is_set(&problem);
}

struct live_model *promotion_borrow_rival(struct training *training,
                                          const struct job *job)
{
    struct spec_promotion rule;
    json_t *spec;
    struct live_model *rival = NULL;

    if (read_rule(job, &spec, &rule) && rule.better_than != NULL)
        rival = registry_borrow_alias(training->registry, job_model(job),
                                      rule.better_than, NULL);
    json_decref(spec);
    return rival;
}

void promotion_settle(struct training *training,
                      struct job *job,
                      uint32_t version,
                      struct live_model *rival,
                      bool again)
{
    struct spec_promotion rule;
    json_t *spec;

    if (read_rule(job, &spec, &rule))
        settle(training, job, version, &rule, rival, again);
    json_decref(spec);
}
