/* SPDX-License-Identifier: MIT
 *
 * /audit and /models/NAME/audit: what was done to models, when and by whom,
 * newest first. Reading changes nothing; nothing can be changed. */
#include "handlers/app.h"
#include "handlers/handlers.h"
#include "handlers/model_lookup.h"
#include "handlers/time_json.h"
#include "http/json.h"
#include "store/catalog_audit.h"

enum { LIST_DEFAULT = 50, LIST_MAX = 500 };

struct listing {
    json_t *rows;
    int64_t limit;
    int64_t last; /* the id of the last that is shown */
    bool more;
};

static json_t *number_or_null(int64_t number)
{
    return number == 0 ? json_null() : json_integer((json_int_t)number);
}

static json_t *row_json(const struct catalog_audit *row)
{
    /* clang-format off */
    return json_pack(
        "{s:I, s:o, s:s, s:s, s:o, s:s?, s:o, s:s?, s:s?, s:o, s:s?}",
        "id", (json_int_t)row->id,
        "at", time_json(row->at_ms),
        "action", row->action,
        "model", row->model,
        "version", number_or_null(row->version),
        "alias", row->alias,
        "from", number_or_null(row->from),
        "key", row->key,
        "request_id", row->request,
        "job", number_or_null(row->job),
        "detail", row->detail);
    /* clang-format on */
}

static void add_row(void *context, const struct catalog_audit *row)
{
    struct listing *listing = context;
    listing->more = (int64_t)json_array_size(listing->rows) == listing->limit;
    if (listing->more)
        return;
    (void)json_array_append_new(listing->rows, row_json(row));
    listing->last = row->id;
}

static void list(struct http_request *request, const char *model)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    struct listing listing = {.limit = LIST_DEFAULT};
    mlp_error err;
    int64_t after =
        request_query_integer(request, "after", 1, INT64_MAX, 0, &problem);
    listing.limit = request_query_integer(request, "limit", 1, LIST_MAX,
                                          LIST_DEFAULT, &problem);
    listing.rows = json_array();
    if (!problem_is_set(&problem) &&
        catalog_each_audit(app->catalog, model, after, listing.limit + 1,
                           add_row, &listing, &err) != MLP_OK)
        problem_from_error(&problem, NULL, &err);
    if (problem_is_set(&problem)) {
        json_decref(listing.rows);
        request_fail(request, &problem);
        return;
    }
    request_reply(
        request,
        reply_json(200,
                   json_pack("{s:o, s:o}", "audit", listing.rows, "next",
                             number_or_null(listing.more ? listing.last : 0))));
}

void audit_list(struct http_request *request)
{
    list(request, NULL);
}

/* A model that is gone has its trail still. */
void audit_list_model(struct http_request *request)
{
    const char *model = request_segment(request, "model");
    struct problem problem = {0};
    if (model_check_name(model, &problem))
        list(request, model);
    else
        request_fail(request, &problem);
}
