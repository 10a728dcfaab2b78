/* SPDX-License-Identifier: MIT
 *
 * The key file. Strict: what is read is what would be written. No text of an
 * error repeats what a line holds. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/blob.h"
#include "store/keys.h"

enum { FILE_MAX_BYTES = 1 << 20, FIELD_BYTES = 80 };

static const char heading[] = "# id sha256 scope created expires name\n";
static const char never[] = "never";

/* --- words ---------------------------------------------------------------- */

static const char *const scope_names[] = {
    [KEY_ADMIN] = "admin",
    [KEY_TRAIN] = "train",
    [KEY_PREDICT] = "predict",
};
enum { N_SCOPES = sizeof scope_names / sizeof *scope_names };

const char *key_scope_name(enum key_scope scope)
{
    return scope_names[scope];
}

bool key_scope_parse(const char *text, enum key_scope *out)
{
    for (int i = 0; i < N_SCOPES; i++)
        if (strcmp(text, scope_names[i]) == 0) {
            *out = (enum key_scope)i;
            return true;
        }
    return false;
}

void key_time_format(int64_t time, char out[KEY_TIME_BYTES])
{
    struct tm utc;
    time_t seconds = (time_t)time;
    if (gmtime_r(&seconds, &utc) == NULL ||
        strftime(out, KEY_TIME_BYTES, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        out[0] = '\0';
}

/* Exactly what would be written. */
static bool parse_time(const char *text, int64_t *out)
{
    char again[KEY_TIME_BYTES];
    struct tm utc = {0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    if (end == NULL || *end != '\0')
        return false;
    *out = timegm(&utc);
    key_time_format(*out, again);
    return *out > 0 && strcmp(text, again) == 0;
}

static bool parse_expiry(const char *text, int64_t *out)
{
    *out = 0;
    return strcmp(text, never) == 0 || parse_time(text, out);
}

bool key_name_is_valid(const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < length; i++)
        if (name[i] < ' ' || name[i] > '~')
            return false;
    return length > 0 && length <= KEY_NAME_MAX_BYTES && name[0] != ' ';
}

/* --- lines ---------------------------------------------------------------- */

/* Cut the next field off `*line`, at one blank; what is too long is cut. */
static void next_field(const char **line, char out[FIELD_BYTES])
{
    size_t n = strcspn(*line, " ");
    (void)snprintf(out, FIELD_BYTES, "%.*s", (int)(n < INT_MAX ? n : INT_MAX),
                   *line);
    *line += n;
    *line += **line == ' ';
}

/* NULL, or what was expected in the place that is wrong. */
static const char *parse_line(const char *line, struct key *out)
{
    char field[FIELD_BYTES];
    *out = (struct key){0};
    next_field(&line, field);
    if (!secret_is_id(field))
        return "an id of 12 hexadecimal digits";
    memcpy(out->id, field, sizeof out->id);
    next_field(&line, field);
    if (!secret_is_hash(field))
        return "a SHA-256 of 64 hexadecimal digits";
    memcpy(out->hash, field, sizeof out->hash);
    next_field(&line, field);
    if (!key_scope_parse(field, &out->scope))
        return "predict, train or admin";
    next_field(&line, field);
    if (!parse_time(field, &out->created))
        return "when it was made, as 2026-11-23T19:18:34Z";
    next_field(&line, field);
    if (!parse_expiry(field, &out->expires))
        return "when it expires, as 2026-11-23T19:18:34Z, or never";
    if (*line != '\0' && !key_name_is_valid(line))
        return "a name of at most 64 ASCII characters";
    (void)snprintf(out->name, sizeof out->name, "%s", line);
    return NULL;
}

static bool is_there(const struct keys *keys, const char *id)
{
    for (size_t i = 0; i < keys->n; i++)
        if (strcmp(keys->items[i].id, id) == 0)
            return true;
    return false;
}

static mlp_status
take_line(const char *line, size_t number, struct keys *keys, mlp_error *err)
{
    struct key *key = &keys->items[keys->n];
    if (line[0] == '\0' || line[0] == '#')
        return MLP_OK;
    if (keys->n >= KEYS_MAX)
        return mlp_fail(err, MLP_FORMAT, "line %zu: more than %d keys", number,
                        KEYS_MAX);
    const char *expected = parse_line(line, key);
    if (expected != NULL)
        return mlp_fail(err, MLP_FORMAT, "line %zu: expected %s", number,
                        expected);
    if (is_there(keys, key->id))
        return mlp_fail(err, MLP_FORMAT, "line %zu: key %s is there twice",
                        number, key->id);
    keys->n++;
    return MLP_OK;
}

/* `text` is cut up. */
static mlp_status parse_lines(char *text, struct keys *keys, mlp_error *err)
{
    mlp_status status = MLP_OK;
    for (size_t number = 1; *text != '\0' && status == MLP_OK; number++) {
        size_t n = strcspn(text, "\n");
        bool last = text[n] == '\0';
        text[n] = '\0';
        status = take_line(text, number, keys, err);
        text += n + !last;
    }
    return status;
}

static size_t count_lines(const char *text, size_t length)
{
    size_t n = 1;
    for (size_t i = 0; i < length; i++)
        n += text[i] == '\n';
    return n;
}

mlp_status
keys_parse(const char *text, size_t length, struct keys *out, mlp_error *err)
{
    *out = (struct keys){0};
    if (memchr(text, '\0', length) != NULL)
        return mlp_fail(err, MLP_FORMAT, "a NUL is in it");
    size_t n_lines = count_lines(text, length);
    size_t room = n_lines < KEYS_MAX ? n_lines : KEYS_MAX;
    char *copy = strndup(text, length);
    out->items = malloc((room + 1) * sizeof *out->items);
    mlp_status status = MLP_OK;
    if (copy == NULL || out->items == NULL)
        status = mlp_fail(err, MLP_NOMEM, "out of memory");
    else
        status = parse_lines(copy, out, err);
    free(copy);
    if (status != MLP_OK)
        keys_free(out);
    return status;
}

void keys_format(const struct keys *keys, mlp_buffer *out)
{
    mlp_buffer_text(out, heading);
    for (size_t i = 0; i < keys->n; i++) {
        const struct key *key = &keys->items[i];
        char created[KEY_TIME_BYTES], expires[KEY_TIME_BYTES];
        key_time_format(key->created, created);
        key_time_format(key->expires, expires);
        mlp_buffer_format(out, "%s %s %s %s %s%s%s\n", key->id, key->hash,
                          scope_names[key->scope], created,
                          key->expires != 0 ? expires : never,
                          key->name[0] != '\0' ? " " : "", key->name);
    }
}

/* --- the file ------------------------------------------------------------- */

static mlp_status check_mode(int fd, mlp_error *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return mlp_fail(err, MLP_IO, "%s", strerror(errno));
    if ((info.st_mode & 037) != 0)
        return mlp_fail(err, MLP_INVALID,
                        "its mode is %04o, so others may read or write it: "
                        "chmod 600",
                        (unsigned)info.st_mode & 07777);
    return MLP_OK;
}

static mlp_status load_descriptor(int fd, struct keys *out, mlp_error *err)
{
    char *text = NULL;
    size_t length = 0;
    mlp_status status = check_mode(fd, err);
    if (status == MLP_OK)
        status = blob_read_descriptor(fd, FILE_MAX_BYTES, &text, &length, err);
    if (status == MLP_OK)
        status = keys_parse(text, length, out, err);
    free(text);
    return status;
}

mlp_status keys_load(const char *path, struct keys *out, mlp_error *err)
{
    mlp_error inner = {.text = ""};
    /* Symbolic links are followed: a mounted secret is one. A pipe must not
     * hold us up before it is refused. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    *out = (struct keys){0};
    if (fd < 0)
        return mlp_fail(err, MLP_IO, "keys '%.128s': %s", path,
                        strerror(errno));
    mlp_status status = load_descriptor(fd, out, &inner);
    (void)close(fd);
    return status == MLP_OK
               ? MLP_OK
               : mlp_fail(err, status, "keys '%.128s': %s", path, inner.text);
}

struct place {
    char folder[PATH_MAX], fresh[PATH_MAX + 8]; /* "keys.new", beside it */
};

static mlp_status
find_place(const char *path, struct place *out, mlp_error *err)
{
    const char *slash = strrchr(path, '/');
    int n = slash != NULL ? (int)(slash - path + 1) : 0;
    if (strlen(path) >= PATH_MAX)
        return mlp_fail(err, MLP_INVALID, "keys '%.128s': too long a path",
                        path);
    (void)snprintf(out->folder, sizeof out->folder, "%.*s.", n, path);
    (void)snprintf(out->fresh, sizeof out->fresh, "%s.new", path);
    return MLP_OK;
}

/* A whole file beside the old one; one of a writer that was killed goes. */
static mlp_status
write_fresh(const struct place *place, const mlp_buffer *text, mlp_error *err)
{
    char sha256[BLOB_SHA256_TEXT];
    struct blob *blob = NULL;
    const char *slash = strrchr(place->fresh, '/');
    const char *name = slash != NULL ? slash + 1 : place->fresh;
    (void)unlink(place->fresh);
    mlp_status status = blob_create(place->folder, &blob, err);
    if (status == MLP_OK)
        status = blob_write(blob, text->data, text->length, err);
    if (status == MLP_OK)
        status = blob_sync(blob, sha256, err);
    if (status == MLP_OK)
        status = blob_commit(blob, name, err);
    if (status != MLP_OK)
        blob_abort(blob);
    return status;
}

/* What root makes is for whom the old file was for, or whose the folder is:
 * the daemon runs as somebody else and has to read it. */
static mlp_status
hand_over(const struct place *place, const char *path, mlp_error *err)
{
    struct stat info;
    if (geteuid() != 0)
        return MLP_OK;
    if ((stat(path, &info) == 0 || stat(place->folder, &info) == 0) &&
        lchown(place->fresh, info.st_uid, info.st_gid) == 0)
        return MLP_OK;
    return mlp_fail(err, MLP_IO, "keys '%.128s': its owner: %s", path,
                    strerror(errno));
}

mlp_status keys_save(const char *path, const struct keys *keys, mlp_error *err)
{
    struct place place;
    mlp_buffer text;
    mlp_status status = find_place(path, &place, err);
    if (status != MLP_OK)
        return status;
    mlp_buffer_init(&text, FILE_MAX_BYTES);
    keys_format(keys, &text);
    status = text.status != MLP_OK
                 ? mlp_fail(err, text.status, "keys: no room for their text")
                 : write_fresh(&place, &text, err);
    if (status == MLP_OK)
        status = hand_over(&place, path, err);
    if (status == MLP_OK && rename(place.fresh, path) != 0)
        status =
            mlp_fail(err, MLP_IO, "keys '%.128s': %s", path, strerror(errno));
    if (status == MLP_OK)
        status = blob_sync_folder(place.folder, err);
    mlp_buffer_free(&text);
    return status;
}

mlp_status keys_lock(const char *path, int *out, mlp_error *err)
{
    struct place place;
    mlp_status status = find_place(path, &place, err);
    if (status != MLP_OK)
        return status;
    *out = open(place.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*out >= 0 && flock(*out, LOCK_EX) == 0)
        return MLP_OK;
    status = mlp_fail(err, MLP_IO, "keys '%.128s': %s", path, strerror(errno));
    if (*out >= 0)
        (void)close(*out);
    return status;
}
