/* SPDX-License-Identifier: MIT
 *
 * mlpd models: list, show, rm, export, import, evaluate, compare, alias.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/compare_text.h"
#include "cli/data_file.h"
#include "cli/scores_text.h"
#include "cli/session.h"
#include "cli/text_table.h"
#include "http/json_text.h"

enum { PATH_MAX_BYTES = 4096, SHOWN_COLUMNS = 10 };

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

/* "/models/NAME" and, of "NAME@VERSION", "/versions/VERSION"; then `rest`. */
static int make_path(mlp_buffer *path, const char *text, const char *rest)
{
    char name[256];
    size_t length = strcspn(text, "@");
    if (length == 0 || length >= sizeof name ||
        (text[length] == '@' && text[length + 1] == '\0'))
        return session_fail(CLI_USAGE,
                            "expected NAME or NAME@VERSION, got '%s'", text);
    (void)snprintf(name, sizeof name, "%.*s", (int)length, text);
    mlp_buffer_text(path, "/models/");
    client_escape(path, name);
    if (text[length] == '@') {
        mlp_buffer_text(path, "/versions/");
        client_escape(path, text + length + 1);
    }
    mlp_buffer_text(path, rest);
    return path->status == MLP_OK
               ? CLI_OK
               : session_fail(CLI_USAGE, "a name is too long");
}

/* --- list and show ---------------------------------------------------------
 */

static void add_aliases(struct text_table *table, json_t *aliases)
{
    char text[TEXT_TABLE_CELL_MAX] = "";
    size_t used = 0;
    const char *key;
    json_t *value;
    json_object_foreach(aliases, key, value)
    {
        int n = snprintf(text + used, sizeof text - used,
                         "%s%s=%" JSON_INTEGER_FORMAT, used > 0 ? " " : "", key,
                         json_integer_value(value));
        if (n < 0 || (size_t)n >= sizeof text - used)
            break;
        used += (size_t)n;
    }
    text_table_add(table, text);
}

static int list(struct session *session, const char *const *words)
{
    struct text_table table;
    mlp_error err;
    json_t *json, *model;
    size_t i;
    (void)words;
    int code = session_get(session, "GET", "/models", &json);
    if (json == NULL)
        return code;
    text_table_init(&table, "MODEL|>LATEST|>VERSIONS|TASK|CREATED|ALIASES");
    json_array_foreach(json_object_get(json, "models"), i, model)
    {
        text_table_add(&table, text_of(model, "name"));
        text_table_format(&table, "%" JSON_INTEGER_FORMAT,
                          json_integer_value(json_object_get(model, "latest")));
        text_table_format(&table, "%zu",
                          json_array_size(json_object_get(model, "versions")));
        text_table_add(&table, text_of(model, "task"));
        text_table_format(&table, "%.19s", text_of(model, "created_at"));
        add_aliases(&table, json_object_get(model, "aliases"));
    }
    if (text_table_print(&table, true, stdout, &err) != MLP_OK)
        code = session_fail(CLI_REFUSED, "%s", err.text);
    text_table_free(&table);
    json_decref(json);
    return code;
}

static void print_names(const char *what, const json_t *list)
{
    size_t i;
    json_t *name;
    if (json_array_size(list) == 0)
        return;
    (void)printf("%s:", what);
    json_array_foreach(list, i, name)
    {
        mlp_buffer text;
        mlp_buffer_init(&text, 4096);
        if (!json_is_string(name))
            json_text_write(&text, name);
        (void)printf("%s %s", i > 0 ? "," : "",
                     json_is_string(name) ? json_string_value(name)
                     : text.data == NULL  ? ""
                                          : text.data);
        mlp_buffer_free(&text);
    }
    (void)printf("\n");
}

static int show(struct session *session, const char *const *words)
{
    mlp_buffer path;
    json_t *model = NULL;
    mlp_buffer_init(&path, PATH_MAX_BYTES);
    int code = make_path(&path, words[0], "");
    if (code == CLI_OK)
        code = session_get(session, "GET", path.data, &model);
    if (model != NULL) {
        scores_text_print_model(model, stdout);
        print_names("target", json_object_get(model, "targets"));
        print_names("columns", json_object_get(model, "features"));
        print_names("classes", json_object_get(model, "classes"));
        print_names("versions", json_object_get(model, "versions"));
        scores_text_print_importance(model, SHOWN_COLUMNS, stdout);
    }
    json_decref(model);
    mlp_buffer_free(&path);
    return code;
}

/* --- rm and alias ----------------------------------------------------------
 */

static int
order(struct session *session, const struct client_request *request, int code)
{
    struct client_answer answer = {0};
    if (code == CLI_OK)
        code = session_ask(session, request, &answer);
    if (code == CLI_OK && session->args->json)
        session_print(&answer);
    client_answer_free(&answer);
    return code;
}

static bool says(const struct session *session, int code)
{
    return code == CLI_OK && !session->args->json && !session->args->quiet;
}

static int remove_model(struct session *session, const char *const *words)
{
    mlp_buffer path;
    mlp_buffer_init(&path, PATH_MAX_BYTES);
    int code =
        make_path(&path, words[0], session->args->force ? "?force=1" : "");
    code = order(
        session,
        &(struct client_request){.method = "DELETE", .path = path.data}, code);
    if (says(session, code))
        (void)printf("%s is removed\n", words[0]);
    mlp_buffer_free(&path);
    return code;
}

static int set_alias(struct session *session, const char *const *words)
{
    mlp_buffer path;
    char body[64];
    size_t n = strspn(words[2], "0123456789");
    if (n == 0 || n > 9 || words[2][n] != '\0')
        return session_fail(CLI_USAGE,
                            "models alias: expected a version's number, got "
                            "'%s'",
                            words[2]);
    mlp_buffer_init(&path, PATH_MAX_BYTES);
    int code = make_path(&path, words[0], "/aliases/");
    client_escape(&path, words[1]);
    int length = snprintf(body, sizeof body, "{\"version\": %.9s}", words[2]);
    code = order(session,
                 &(struct client_request){.method = "PUT",
                                          .path = path.data,
                                          .type = "application/json",
                                          .body = body,
                                          .n_body = (uint64_t)length},
                 code);
    if (says(session, code))
        (void)printf("%s of %s is version %s\n", words[1], words[0], words[2]);
    mlp_buffer_free(&path);
    return code;
}

/* --- files -----------------------------------------------------------------
 */

static mlp_status
write_out(void *context, const void *bytes, size_t n, mlp_error *err)
{
    return fwrite(bytes, 1, n, context) == n
               ? MLP_OK
               : mlp_fail(err, MLP_INVALID, "writing: %s", strerror(errno));
}

/* The version of "NAME@VERSION", or the latest; "" with a message. */
static int find_version(struct session *session, const char *text, char out[64])
{
    const char *at = strchr(text, '@');
    mlp_buffer path;
    struct client_answer answer = {0};
    mlp_buffer_init(&path, PATH_MAX_BYTES);
    int code = make_path(&path, text, "");
    if (code == CLI_OK)
        code = session_ask(
            session,
            &(struct client_request){.method = "GET", .path = path.data},
            &answer);
    json_t *json = code == CLI_OK ? session_json(&answer) : NULL;
    (void)snprintf(out, 64, "%" JSON_INTEGER_FORMAT,
                   json_integer_value(json_object_get(
                       json, at == NULL ? "latest" : "version")));
    if (code == CLI_OK && json == NULL)
        code = CLI_NO_CONNECTION;
    json_decref(json);
    client_answer_free(&answer);
    mlp_buffer_free(&path);
    return code;
}

/* Into a file that has its name when it is whole. */
static int download(struct session *session, const char *path, const char *name)
{
    char part[PATH_MAX_BYTES];
    struct client_answer answer;
    bool to_stdout = strcmp(name, "-") == 0;
    (void)snprintf(part, sizeof part, "%s.part", name);
    FILE *file = to_stdout ? stdout : fopen(part, "wxe");
    if (file == NULL)
        return session_fail(CLI_USAGE, "%s: %s", part, strerror(errno));
    mlp_sink sink = {write_out, file};
    int code = session_ask(
        session,
        &(struct client_request){.method = "GET", .path = path, .sink = &sink},
        &answer);
    client_answer_free(&answer);
    if (to_stdout)
        return code;
    bool kept = fclose(file) == 0 && code == CLI_OK && rename(part, name) == 0;
    if (!kept && code == CLI_OK)
        code = session_fail(CLI_USAGE, "%s: %s", name, strerror(errno));
    if (!kept)
        (void)unlink(part);
    if (says(session, code))
        (void)printf("%s\n", name);
    return code;
}

static int export_model(struct session *session, const char *const *words)
{
    const struct args *args = session->args;
    char version[64], name[512], exact[512];
    mlp_buffer path;
    int code = find_version(session, words[0], version);
    if (code != CLI_OK)
        return code;
    int length = (int)strcspn(words[0], "@");
    (void)snprintf(exact, sizeof exact, "%.*s@%s", length, words[0], version);
    (void)snprintf(name, sizeof name, "%.*s-%s.safetensors", length, words[0],
                   version);
    const char *output = args->output != NULL ? args->output : name;
    if (strcmp(output, "-") != 0 && !args->force && access(output, F_OK) == 0)
        return session_fail(
            CLI_USAGE, "%s is there already: --force writes over it", output);
    mlp_buffer_init(&path, PATH_MAX_BYTES);
    code = make_path(&path, exact, "/file");
    if (code == CLI_OK)
        code = download(session, path.data, output);
    mlp_buffer_free(&path);
    return code;
}

static int import_model(struct session *session, const char *const *words)
{
    mlp_buffer path;
    struct stat info;
    struct client_answer answer = {0};
    int file = open(words[1], O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) {
        const char *reason = file < 0 ? strerror(errno) : "it is no file";
        if (file >= 0)
            (void)close(file);
        return session_fail(CLI_USAGE, "%s: %s", words[1], reason);
    }
    mlp_buffer_init(&path, PATH_MAX_BYTES);
    int code = make_path(&path, words[0], "");
    if (code == CLI_OK)
        code = session_ask(
            session,
            &(struct client_request){.method = "PUT",
                                     .path = path.data,
                                     .type = "application/octet-stream",
                                     .has_file = true,
                                     .file = file,
                                     .n_body = (uint64_t)info.st_size},
            &answer);
    if (code == CLI_OK && session->args->json) {
        session_print(&answer);
    } else if (code == CLI_OK) {
        json_t *model = session_json(&answer);
        if (model != NULL)
            scores_text_print_model(model, stdout);
        json_decref(model);
    }
    client_answer_free(&answer);
    mlp_buffer_free(&path);
    (void)close(file);
    return code;
}

/* Send the rows of --data below a model and print the answer as it is, or have
 * `print` do it. */
static int send_rows(struct session *session,
                     const char *verb,
                     const mlp_buffer *path,
                     void (*print)(const json_t *json))
{
    struct data_file file;
    struct client_answer answer = {0};
    mlp_error err;
    if (session->args->data == NULL)
        return session_fail(CLI_USAGE,
                            "models %s: --data FILE is missing: rows with "
                            "their answers",
                            verb);
    if (data_file_open(session->args->data, &file, &err) != MLP_OK)
        return session_fail(CLI_USAGE, "%s", err.text);
    int code = session_ask(session,
                           &(struct client_request){.method = "POST",
                                                    .path = path->data,
                                                    .type = file.type,
                                                    .has_file = true,
                                                    .file = file.fd,
                                                    .n_body = file.n_bytes},
                           &answer);
    json_t *json =
        code == CLI_OK && !session->args->json ? session_json(&answer) : NULL;
    if (code == CLI_OK && session->args->json)
        session_print(&answer);
    if (json != NULL)
        print(json);
    json_decref(json);
    client_answer_free(&answer);
    data_file_close(&file);
    return code;
}

static json_int_t integer_of(const json_t *json, const char *key)
{
    return json_integer_value(json_object_get(json, key));
}

static void print_evaluation(const json_t *json)
{
    (void)printf("%s@%" JSON_INTEGER_FORMAT " on %" JSON_INTEGER_FORMAT
                 " rows:\n",
                 text_of(json, "model"), integer_of(json, "version"),
                 integer_of(json, "rows"));
    scores_text_print(json_object_get(json, "scores"), stdout);
}

static int evaluate(struct session *session, const char *const *words)
{
    mlp_buffer path;
    mlp_buffer_init(&path, PATH_MAX_BYTES);
    int code = make_path(&path, words[0], "/evaluate");
    if (code == CLI_OK)
        code = send_rows(session, "evaluate", &path, print_evaluation);
    mlp_buffer_free(&path);
    return code;
}

static void print_comparison(const json_t *json)
{
    compare_text_print(json, stdout);
}

static int compare(struct session *session, const char *const *words)
{
    mlp_buffer path;
    if (strchr(words[0], '@') != NULL)
        return session_fail(CLI_USAGE,
                            "models compare: expected NAME alone, with the "
                            "versions behind it, got '%s'",
                            words[0]);
    mlp_buffer_init(&path, PATH_MAX_BYTES);
    int code = make_path(&path, words[0], "/compare?a=");
    client_escape(&path, words[1]);
    mlp_buffer_text(&path, "&b=");
    client_escape(&path, words[2]);
    if (code == CLI_OK && path.status != MLP_OK)
        code = session_fail(CLI_USAGE, "a version is too long");
    if (code == CLI_OK)
        code = send_rows(session, "compare", &path, print_comparison);
    mlp_buffer_free(&path);
    return code;
}

/* --- the verb --------------------------------------------------------------
 */

static const struct action {
    const char *word;
    const char *behind; /* what it needs */
    size_t n_behind;
    bool creates;
    int (*run)(struct session *session, const char *const *words);
} actions[] = {
    {"list", "nothing", 0, false, list},
    {"show", "NAME or NAME@VERSION", 1, false, show},
    {"rm", "NAME or NAME@VERSION", 1, false, remove_model},
    {"export", "NAME or NAME@VERSION", 1, false, export_model},
    {"import", "NAME and FILE", 2, true, import_model},
    {"evaluate", "NAME or NAME@VERSION", 1, false, evaluate},
    {"compare", "NAME, VERSION and VERSION", 3, false, compare},
    {"alias", "NAME, ALIAS and VERSION", 3, false, set_alias},
};

int verb_models(const struct args *args)
{
    const char *word = args->n_words > 0 ? args->words[0] : "list";
    const struct action *action = NULL;
    struct session session;
    size_t n_behind = args->n_words > 0 ? args->n_words - 1 : 0;
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(actions[i].word, word) == 0)
            action = &actions[i];
    if (action == NULL)
        return session_fail(CLI_USAGE,
                            "models: expected list, show, rm, export, import, "
                            "evaluate, compare or alias, got '%s'",
                            word);
    if (n_behind != action->n_behind)
        return session_fail(CLI_USAGE, "models %s: expected %s behind it", word,
                            action->behind);
    int code = session_open(&session, args, action->creates);
    if (code == CLI_OK)
        code = action->run(&session, args->words + 1);
    session_close(&session);
    return code;
}
