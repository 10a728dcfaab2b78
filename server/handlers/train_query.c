/* SPDX-License-Identifier: MIT */
#include "handlers/train_query.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mlp/number.h"

/*    key               form    place in the settings */
#define TRAIN_QUERY_TABLE(X)                                                   \
    X("model", TEXT, "model")                                                  \
    X("target", NAMES, "target")                                               \
    X("features", NAMES, "features")                                           \
    X("exclude", NAMES, "exclude")                                             \
    X("weight", TEXT, "weight")                                                \
    X("numeric", KIND, "columns")                                              \
    X("categorical", KIND, "columns")                                          \
    X("boolean", KIND, "columns")                                              \
    X("datetime", KIND, "columns")                                             \
    X("ignore", KIND, "columns")                                               \
    X("task", TEXT, "task")                                                    \
    X("scaling", TEXT, "scaling")                                              \
    X("quality", TEXT, "quality")                                              \
    X("from", TEXT, "from")                                                    \
    X("hidden", WIDTHS, "network/hidden")                                      \
    X("activation", TEXT, "network/activation")                                \
    X("output", TEXT, "network/output")                                        \
    X("init", TEXT, "network/init")                                            \
    X("numeric_embedding", TEXT, "network/numeric_embedding")                  \
    X("loss", TEXT, "training/loss")                                           \
    X("optimizer", TEXT, "training/optimizer/name")                            \
    X("momentum", NUMBER, "training/optimizer/momentum")                       \
    X("beta1", NUMBER, "training/optimizer/beta1")                             \
    X("beta2", NUMBER, "training/optimizer/beta2")                             \
    X("rho", NUMBER, "training/optimizer/rho")                                 \
    X("epsilon", NUMBER, "training/optimizer/epsilon")                         \
    X("epochs", NUMBER, "training/epochs")                                     \
    X("batch_size", EITHER, "training/batch_size")                             \
    X("learning_rate", NUMBER, "training/learning_rate")                       \
    X("schedule", TEXT, "training/schedule/name")                              \
    X("warmup_epochs", NUMBER, "training/schedule/warmup_epochs")              \
    X("step_epochs", NUMBER, "training/schedule/step_epochs")                  \
    X("gamma", NUMBER, "training/schedule/gamma")                              \
    X("weight_decay", NUMBER, "training/weight_decay")                         \
    X("l1", NUMBER, "training/l1")                                             \
    X("l2", NUMBER, "training/l2")                                             \
    X("dropout", NUMBER, "training/dropout")                                   \
    X("label_smoothing", NUMBER, "training/label_smoothing")                   \
    X("gradient_clip", NUMBER, "training/gradient_clip")                       \
    X("parametrization", TEXT, "training/parametrization")                     \
    X("ensemble", NUMBER, "training/ensemble")                                 \
    X("calibrate", FLAG, "training/calibrate")                                 \
    X("clamp", FLAG, "training/clamp")                                         \
    X("class_weight", TEXT, "training/class_weight")                           \
    X("validation", NUMBER, "training/validation/fraction")                    \
    X("validation_group", TEXT, "training/validation/group")                   \
    X("validation_time", TEXT, "training/validation/time")                     \
    X("early_stopping", FLAG, "training/early_stopping")                       \
    X("patience", NUMBER, "training/early_stopping/patience")                  \
    X("min_delta", NUMBER, "training/early_stopping/min_delta")                \
    X("restore_best", FLAG, "training/early_stopping/restore_best")            \
    X("shuffle", FLAG, "training/shuffle")                                     \
    X("seed", NUMBER, "training/seed")                                         \
    X("time_limit_s", NUMBER, "training/time_limit_s")                         \
    X("threads", NUMBER, "training/threads")                                   \
    X("promote_alias", TEXT, "promote/alias")                                  \
    X("promote_if", TEXT, "promote/if")                                        \
    X("promote_better_than", EITHER, "promote/better_than")                    \
    X("promote_min_delta", NUMBER, "promote/min_delta")

/* EITHER: a number if it reads as one, else text. NAMES: a name, or several
 * with commas between them, or a JSON list, for names with commas inside. KIND:
 * names likewise, of columns that are declared to be what the key says. */
enum form { TEXT, NUMBER, EITHER, FLAG, NAMES, KIND, WIDTHS };

static const struct key {
    const char *name;
    enum form form;
    const char *path;
} keys[] = {
#define X(name, form, path) {name, form, path},
    TRAIN_QUERY_TABLE(X)
#undef X
};

#define X(name, form, path) name " "
const char train_query_keys[] =
    TRAIN_QUERY_TABLE(X) "delimiter header wait dry_run";
#undef X

enum { N_KEYS = sizeof keys / sizeof *keys, STEP_BYTES = 32 };

/* --- values --------------------------------------------------------------- */

/* One that a double holds. */
static bool is_number(const char *text, size_t length)
{
    mlp_decimal decimal;

    return mlp_parse_decimal(text, length, &decimal) &&
           isfinite(mlp_decimal_to_double(&decimal));
}

static bool is_on(const char *text)
{
    return strcmp(text, "1") == 0 || strcmp(text, "true") == 0;
}

static bool is_off(const char *text)
{
    return strcmp(text, "0") == 0 || strcmp(text, "false") == 0;
}

/* "16,8"; nothing at all is an empty list. */
static bool are_numbers(const char *text)
{
    if (*text == '\0')
        return true;
    for (const char *item = text;; item++) {
        size_t length = strcspn(item, ",");
        if (!is_number(item, length))
            return false;
        item += length;
        if (*item == '\0')
            return true;
    }
}

/* What is in it is the spec's business. */
static bool is_list(const char *text)
{
    json_t *list = json_loads(text, 0, NULL);
    bool is = json_is_array(list);

    json_decref(list);
    return is;
}

static bool fits(enum form form, const char *text)
{
    switch (form) {
    case NUMBER:
        return is_number(text, strlen(text));
    case FLAG:
        return is_on(text) || is_off(text);
    case WIDTHS:
        return are_numbers(text);
    case NAMES:
    case KIND:
        return text[0] != '[' || is_list(text);
    default:
        return true;
    }
}

/* From here on the text fits: NULL means no memory. */
static json_t *number_value(const char *text, size_t length)
{
    mlp_decimal decimal;

    (void)mlp_parse_decimal(text, length, &decimal);
    if (decimal.integer && decimal.exponent == 0 && !decimal.truncated &&
        decimal.digits <= INT64_MAX) {
        json_int_t value = (json_int_t)decimal.digits;
        return json_integer(decimal.negative ? -value : value);
    }
    return json_real(mlp_decimal_to_double(&decimal));
}

static json_t *list_value(const char *text, bool numbers)
{
    json_t *list = json_array();

    for (const char *item = text; list != NULL && *text != '\0';) {
        size_t length = strcspn(item, ",");
        json_t *value =
            numbers ? number_value(item, length) : json_stringn(item, length);
        if (json_array_append_new(list, value) != 0) {
            json_decref(list);
            return NULL;
        }
        if (item[length] == '\0')
            break;
        item += length + 1;
    }
    return list;
}

static json_t *value_of(enum form form, const char *text)
{
    size_t length = strlen(text);

    switch (form) {
    case NUMBER:
        return number_value(text, length);
    case EITHER:
        return is_number(text, length) ? number_value(text, length)
                                       : json_string(text);
    case FLAG:
        return json_boolean(is_on(text));
    case NAMES:
    case KIND:
        return text[0] == '['      ? json_loads(text, 0, NULL)
               : strchr(text, ',') ? list_value(text, false)
                                   : json_string(text);
    case WIDTHS:
        return list_value(text, true);
    default:
        return json_string(text);
    }
}

static const char *const expected[] = {
    [TEXT] = "a text",
    [NUMBER] = "a number",
    [EITHER] = "a number",
    [FLAG] = "0, 1, true or false",
    [NAMES] = "names with commas between them, or a JSON list",
    [KIND] = "names with commas between them, or a JSON list",
    [WIDTHS] = "widths like 16,16",
};

/* --- places --------------------------------------------------------------- */

/* To the object that `step` leads to, made if it is not there; `true` gives way
 * to an object, which says more. MLP_INVALID: something else is there. */
static mlp_status descend(json_t **object, const char *step)
{
    json_t *next = json_object_get(*object, step);

    if (next == NULL || json_is_true(next)) {
        if (json_object_set_new(*object, step, json_object()) != 0)
            return MLP_NOMEM;
        next = json_object_get(*object, step);
    }
    *object = next;
    return json_is_object(next) ? MLP_OK : MLP_INVALID;
}

/* `value` is consumed. */
static mlp_status set_at(json_t *settings, const char *path, json_t *value)
{
    json_t *object = settings;
    mlp_status status = MLP_OK;
    const char *slash;

    while (status == MLP_OK && (slash = strchr(path, '/')) != NULL) {
        char step[STEP_BYTES];
        snprintf(step, sizeof step, "%.*s", (int)(slash - path), path);
        status = descend(&object, step);
        path = slash + 1;
    }
    if (status != MLP_OK) {
        json_decref(value);
        return status;
    }
    return json_object_set_new(object, path, value) == 0 ? MLP_OK : MLP_NOMEM;
}

/* Declare one column, in the words of a JSON body. */
static void declare(json_t *columns,
                    const json_t *column,
                    const struct key *key,
                    struct problem *problem)
{
    const char *name = json_string_value(column);

    if (name == NULL)
        problem_set(problem, PROBLEM_INVALID, NULL, "%s: expected %s",
                    key->name, expected[KIND]);
    else if (json_object_get(columns, name) != NULL)
        problem_set(problem, PROBLEM_INVALID, NULL,
                    "%s: the column '%.64s' is declared already", key->name,
                    name);
    else if (json_object_set_new(columns, name, json_string(key->name)) != 0)
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
}

/* `names` is consumed: a name or a list of them. */
static void declare_all(json_t *settings,
                        json_t *names,
                        const struct key *key,
                        struct problem *problem)
{
    json_t *columns = settings;

    if (names == NULL || descend(&columns, key->path) != MLP_OK)
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
    else if (!json_is_array(names))
        declare(columns, names, key, problem);
    for (size_t i = 0; i < json_array_size(names) && !problem_is_set(problem);
         i++)
        declare(columns, json_array_get(names, i), key, problem);
    json_decref(names);
}

static void take_key(const struct key *key,
                     const char *text,
                     json_t *settings,
                     struct problem *problem)
{
    if (text == NULL)
        return;
    if (!fits(key->form, text)) {
        problem_set(problem, PROBLEM_INVALID, NULL,
                    "%s: expected %s, got '%.64s'", key->name,
                    expected[key->form], text);
        return;
    }
    if (key->form == KIND) {
        declare_all(settings, value_of(KIND, text), key, problem);
        return;
    }
    mlp_status status = set_at(settings, key->path, value_of(key->form, text));
    if (status == MLP_INVALID)
        problem_set(problem, PROBLEM_INVALID, NULL,
                    "%s: goes with early_stopping=1, which is off", key->name);
    else if (status != MLP_OK)
        problem_from_error(problem, NULL, &(mlp_error){.status = status});
}

json_t *train_query_collect(train_query_value *value,
                            const void *context,
                            struct problem *problem)
{
    json_t *settings = json_object();

    if (settings == NULL)
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
    for (size_t i = 0; i < N_KEYS && !problem_is_set(problem); i++)
        take_key(&keys[i], value(context, keys[i].name), settings, problem);
    if (!problem_is_set(problem))
        return settings;
    json_decref(settings);
    return NULL;
}

static const char *value_in_query(const void *context, const char *key)
{
    return request_query(context, key);
}

json_t *train_query_settings(const struct http_request *request,
                             struct problem *problem)
{
    return train_query_collect(value_in_query, request, problem);
}

static void refuse_setting(void *context, const char *key, const char *value)
{
    (void)value;
    if (strcmp(key, "wait") == 0 || strcmp(key, "dry_run") == 0)
        return;
    problem_set(context, PROBLEM_UNKNOWN_KEY, NULL,
                "query: %.64s goes with a body that is data alone; the "
                "settings of a JSON body are inside it",
                key);
}

void train_query_refuse_settings(const struct http_request *request,
                                 struct problem *problem)
{
    request_each_query(request, refuse_setting, problem);
}

/* --- problems ------------------------------------------------------------- */

/* Does `pointer` lead to `path` or to something inside it? */
static bool leads_to(const char *pointer, const char *path)
{
    size_t length = strlen(path);

    return pointer[0] == '/' && strncmp(pointer + 1, path, length) == 0 &&
           (pointer[1 + length] == '\0' || pointer[1 + length] == '/');
}

/* The key whose place holds the pointer's most closely; for an object that
 * several keys fill, "/training/optimizer", the first of them. */
static const struct key *key_of(const char *pointer)
{
    const struct key *best = NULL;

    for (size_t i = 0; i < N_KEYS; i++)
        if (leads_to(pointer, keys[i].path) &&
            (best == NULL || strlen(keys[i].path) > strlen(best->path)))
            best = &keys[i];
    for (size_t i = 0; i < N_KEYS && best == NULL; i++)
        if (strncmp(pointer + 1, keys[i].path, strlen(pointer + 1)) == 0)
            best = &keys[i];
    return best;
}

void train_query_rephrase(struct problem *problem)
{
    const struct key *key =
        problem->pointer[0] == '/' ? key_of(problem->pointer) : NULL;
    size_t length = strlen(problem->pointer);
    char detail[sizeof problem->detail];

    if (key == NULL)
        return;
    if (strncmp(problem->detail, problem->pointer, length) == 0) {
        snprintf(detail, sizeof detail, "%s%s", key->name,
                 problem->detail + length);
        memcpy(problem->detail, detail, sizeof detail);
    }
    problem->pointer[0] = '\0';
}

/* --- the CSV -------------------------------------------------------------- */

/* Lines of objects are written in one way only. */
static void refuse_csv(const struct http_request *request,
                       struct problem *problem)
{
    const char *key =
        request_query(request, "delimiter") != NULL ? "delimiter" : "header";

    if (request_query(request, key) != NULL)
        problem_set(problem, PROBLEM_INVALID, NULL,
                    "%s: goes with CSV, the body is application/x-ndjson", key);
}

void train_query_csv(const struct http_request *request,
                     mlp_read_options *options,
                     struct problem *problem)
{
    static const struct {
        const char *name;
        char character;
    } delimiters[] = {
        {",", ','},   {";", ';'},    {"|", '|'},
        {"\t", '\t'}, {"tab", '\t'}, {"", 0},
    };
    const char *text = request_query(request, "delimiter");

    if (request_has_type(request, "application/x-ndjson"))
        refuse_csv(request, problem);
    if (request_query(request, "header") != NULL)
        options->no_header = !request_query_flag(request, "header", problem);
    if (text == NULL)
        return;
    for (size_t i = 0; i < sizeof delimiters / sizeof *delimiters; i++) {
        if (strcmp(text, delimiters[i].name) == 0) {
            options->delimiter = delimiters[i].character;
            return;
        }
    }
    problem_set(problem, PROBLEM_INVALID, NULL,
                "delimiter: expected one of , ; | or tab, got '%.16s'", text);
}
