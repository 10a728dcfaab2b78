/* SPDX-License-Identifier: MIT */
#include "cli/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/interrupt.h"
#include "cli/private_daemon.h"
#include "cli/terminal.h"
#include "http/json.h"

enum { LOOK_TIMEOUT_S = 2, TIMEOUT_S = 120, TEXT_MAX = 2048 };

static const char default_folder[] = "./mlpd-data";
/* Where daemons are, when nobody says. */
static const char *const usual_urls[] = {"http://127.0.0.1:8080",
                                         "unix:/run/mlpd/mlpd.sock"};

int session_fail(int code, const char *format, ...)
{
    char text[TEXT_MAX], clean[TEXT_MAX];
    bool colour = terminal_has_colour(stderr);
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    terminal_clean(text, clean, sizeof clean);
    (void)fprintf(stderr, "%smlpd:%s %s\n", colour ? TERMINAL_RED : "",
                  colour ? TERMINAL_PLAIN : "", clean);
    return code;
}

/* --- finding a daemon ------------------------------------------------------
 */

/* Another service may have the port: only one that says it is mlpd counts, or
 * asks for a key in its way. */
static bool is_mlpd(const struct client_answer *answer)
{
    json_t *json =
        answer->body.data == NULL ? NULL : json_read(answer->body.data);
    const char *name = json_string_value(json_object_get(json, "name"));
    const char *type = json_string_value(json_object_get(json, "type"));
    bool is =
        (answer->status == 200 && name != NULL && strcmp(name, "mlpd") == 0) ||
        (type != NULL && strncmp(type, "https://mlpd.dev/", 17) == 0);
    json_decref(json);
    return is;
}

static bool answers_at(struct session *session, const char *url)
{
    struct client_answer answer;
    mlp_error err;
    if (endpoint_parse(url, &session->client.endpoint, &err) != MLP_OK)
        return false;
    session->client.timeout_s = LOOK_TIMEOUT_S;
    bool found = client_send(&session->client,
                             &(struct client_request){.method = "GET",
                                                      .path = "/version"},
                             &answer, &err) == MLP_OK &&
                 is_mlpd(&answer);
    client_answer_free(&answer);
    return found;
}

static bool find_usual(struct session *session)
{
    for (size_t i = 0; i < sizeof usual_urls / sizeof usual_urls[0]; i++)
        if (answers_at(session, usual_urls[i])) {
            session->url = usual_urls[i];
            return true;
        }
    return false;
}

static int start_own(struct session *session, bool creates)
{
    const char *folder = session->args->data_folder;
    mlp_error err;
    if (folder == NULL)
        folder = default_folder;
    if (!creates && access(folder, F_OK) != 0)
        return session_fail(CLI_NO_CONNECTION,
                            "no daemon answers at %s, and there is no data "
                            "folder %s: start one with 'mlpd serve', or name "
                            "it with --server URL",
                            usual_urls[0], folder);
    if (!session->args->quiet)
        (void)fprintf(stderr, "No daemon answers at %s: working on %s alone.\n",
                      usual_urls[0], folder);
    mlp_status status = private_daemon_start(folder, &session->url, &err);
    if (status == MLP_CANCELLED)
        return CLI_INTERRUPTED;
    if (status != MLP_OK)
        return session_fail(CLI_NO_CONNECTION,
                            "a daemon on %s does not start: %s; where one "
                            "runs already, name it with --server URL",
                            folder, err.text);
    session->is_private = true;
    status = endpoint_parse(session->url, &session->client.endpoint, &err);
    return status == MLP_OK ? CLI_OK
                            : session_fail(CLI_NO_CONNECTION, "%s", err.text);
}

/* --- the key ---------------------------------------------------------------
 */

/* It goes into a header line. */
static int take_key(struct session *session, const char *text, const char *from)
{
    size_t length = strlen(text);
    bool fits = length > 0 && length < sizeof session->key;
    for (size_t i = 0; i < length; i++)
        fits = fits && text[i] > ' ' && text[i] < 0x7f;
    if (!fits)
        return session_fail(
            CLI_USAGE, "%s: expected a key as mlpd key create prints it", from);
    memcpy(session->key, text, length + 1);
    session->client.key = session->key;
    return CLI_OK;
}

static int read_key(struct session *session)
{
    const struct args *args = session->args;
    char line[SESSION_KEY_MAX + 2] = "";
    if (args->key != NULL)
        return take_key(session, args->key, "--key");
    if (args->key_file == NULL)
        return CLI_OK;
    FILE *file = fopen(args->key_file, "re");
    if (file == NULL)
        return session_fail(CLI_USAGE, "--key-file %s: %s", args->key_file,
                            strerror(errno));
    if (fgets(line, sizeof line, file) == NULL)
        line[0] = '\0';
    (void)fclose(file);
    line[strcspn(line, "\r\n")] = '\0';
    return take_key(session, line, args->key_file);
}

int session_open(struct session *session, const struct args *args, bool creates)
{
    mlp_error err;
    *session = (struct session){.args = args};
    interrupt_watch(private_daemon_abandon);
    session->client.stop = &interrupt_count;
    int code = read_key(session);
    if (code != CLI_OK)
        return code;
    if (args->server != NULL) {
        session->url = args->server;
        if (endpoint_parse(args->server, &session->client.endpoint, &err) !=
            MLP_OK)
            return session_fail(CLI_USAGE, "--server: %s", err.text);
        if (session->client.endpoint.tls)
            return session_fail(CLI_USAGE,
                                "--server: https is not spoken here; use curl, "
                                "or a tunnel to the daemon's machine");
    } else if (!find_usual(session)) {
        code = start_own(session, creates);
    }
    session->client.timeout_s = TIMEOUT_S;
    return code;
}

void session_close(struct session *session)
{
    explicit_bzero(session->key, sizeof session->key);
    private_daemon_stop();
}

/* --- asking ----------------------------------------------------------------
 */

static const char *hint_of(int status)
{
    switch (status) {
    case 401:
        return "give a key with --key-file FILE or MLPD_KEY; mlpd key create "
               "makes one";
    case 403:
        return "this key's scope is too small; mlpd key create --scope makes "
               "another";
    case 429:
    case 503:
        return "try again in a while";
    default:
        return NULL;
    }
}

void session_complain(const struct client_answer *answer)
{
    json_t *json =
        answer->body.data == NULL ? NULL : json_read(answer->body.data);
    const char *detail = json_string_value(json_object_get(json, "detail"));
    const json_t *first = json_array_get(json_object_get(json, "errors"), 0);
    const char *pointer = json_string_value(json_object_get(first, "pointer"));
    const char *hint = hint_of(answer->status);
    if (detail == NULL)
        (void)session_fail(0, "the server answers %d", answer->status);
    else if (pointer != NULL && strstr(detail, pointer) == NULL)
        (void)session_fail(0, "%s (at %s)", detail, pointer);
    else
        (void)session_fail(0, "%s", detail);
    if (hint != NULL)
        (void)fprintf(stderr, "      %s\n", hint);
    json_decref(json);
}

int session_ask(struct session *session,
                const struct client_request *request,
                struct client_answer *answer)
{
    mlp_error err;
    mlp_status status = client_send(&session->client, request, answer, &err);
    if (status == MLP_CANCELLED)
        return CLI_INTERRUPTED;
    if (status == MLP_INVALID)
        return session_fail(CLI_USAGE, "%s", err.text);
    if (status != MLP_OK)
        return session_fail(CLI_NO_CONNECTION, "%s: %s", session->url,
                            err.text);
    if (answer->status >= 200 && answer->status < 300)
        return CLI_OK;
    session_complain(answer);
    return CLI_REFUSED;
}

json_t *session_json(const struct client_answer *answer)
{
    json_t *json =
        answer->body.data == NULL ? NULL : json_read(answer->body.data);
    if (json == NULL)
        (void)session_fail(0, "the answer is no JSON");
    return json;
}

void session_print(const struct client_answer *answer)
{
    size_t n = answer->body.length;
    if (n == 0)
        return;
    (void)fwrite(answer->body.data, 1, n, stdout);
    if (answer->body.data[n - 1] != '\n')
        (void)fputc('\n', stdout);
}

int session_get(struct session *session,
                const char *method,
                const char *path,
                json_t **json)
{
    struct client_answer answer;
    *json = NULL;
    int code = session_ask(
        session, &(struct client_request){.method = method, .path = path},
        &answer);
    if (code == CLI_OK && session->args->json)
        session_print(&answer);
    else if (code == CLI_OK && answer.body.length > 0) {
        *json = session_json(&answer);
        code = *json == NULL ? CLI_NO_CONNECTION : CLI_OK;
    }
    client_answer_free(&answer);
    return code;
}
