/* SPDX-License-Identifier: MIT */
#include "handlers/event_text.h"

#include <stdio.h>
#include <string.h>

#include "http/json_text.h"
#include "mlp/json.h"

/* What stands before the data, and behind it. `id` is a JSON value and has no
 * quotes in a stream; NULL: none. */
static void
begin(mlp_buffer *out, enum event_form form, const char *event, const char *id)
{
    if (form == EVENT_LINES) {
        mlp_buffer_format(out, "{\"event\":\"%s\",", event);
        if (id != NULL)
            mlp_buffer_format(out, "\"id\":%s,", id);
        mlp_buffer_text(out, "\"data\":");
        return;
    }
    mlp_buffer_format(out, "event: %s\n", event);
    if (id != NULL) {
        size_t quotes = strspn(id, "\"");
        mlp_buffer_format(out, "id: %.*s\n", (int)(strlen(id) - 2 * quotes),
                          id + quotes);
    }
    mlp_buffer_text(out, "data: ");
}

static void end(mlp_buffer *out, enum event_form form)
{
    mlp_buffer_text(out, form == EVENT_LINES ? "}\n" : "\n\n");
}

void event_text_step(mlp_buffer *out,
                     enum event_form form,
                     const struct job_step *step,
                     const char *const *names)
{
    char id[32];
    (void)snprintf(id, sizeof id, "%zu", step->step);
    begin(out, form, "epoch", id);
    mlp_buffer_format(out, "{\"epoch\":%zu", step->step);
    for (size_t i = 0; names[i] != NULL; i++) {
        mlp_buffer_text(out, ",");
        mlp_json_write_string(out, names[i], strlen(names[i]));
        mlp_buffer_text(out, ":");
        mlp_json_write_double(out, step->metrics[i]);
    }
    mlp_buffer_text(out, "}");
    end(out, form);
}

void event_text_state(mlp_buffer *out,
                      enum event_form form,
                      json_t *job,
                      bool last)
{
    if (job == NULL) {
        out->status = MLP_NOMEM;
        return;
    }
    begin(out, form, "state", last ? "\"" EVENT_END_ID "\"" : NULL);
    json_text_write(out, job);
    end(out, form);
    json_decref(job);
}

void event_text_remark(mlp_buffer *out, enum event_form form, const char *word)
{
    mlp_buffer_format(
        out, form == EVENT_LINES ? "{\"event\":\"%s\"}\n" : ": %s\n\n", word);
}
