/* SPDX-License-Identifier: MIT
 *
 * Each verb: lock the folder, read the file, change it, write it. */
#include "key_command.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/blob.h"
#include "store/keys.h"

enum { DAY_S = 24 * 3600 };

mlp_status key_file_path(const struct options *options,
                         char *out,
                         size_t size,
                         mlp_error *err)
{
    int n = options->keys_file != NULL
                ? snprintf(out, size, "%s", options->keys_file)
                : snprintf(out, size, "%s/keys", options->data_folder);
    if (n < 0 || (size_t)n >= size)
        return mlp_fail(err, MLP_INVALID, "--keys: the path is too long");
    return MLP_OK;
}

/* No file: no keys yet. */
static mlp_status
load(const char *path, bool required, struct keys *out, mlp_error *err)
{
    *out = (struct keys){0};
    if (!required && access(path, F_OK) != 0 && errno == ENOENT)
        return MLP_OK;
    return keys_load(path, out, err);
}

static mlp_status
fill_key(const struct options *options, struct key *out, mlp_error *err)
{
    *out = (struct key){.created = time(NULL)};
    if (options->key_scope == NULL)
        return mlp_fail(err, MLP_INVALID,
                        "key create needs --scope predict, train or admin");
    if (!key_scope_parse(options->key_scope, &out->scope))
        return mlp_fail(err, MLP_INVALID,
                        "--scope: expected predict, train or admin, got "
                        "'%.64s'",
                        options->key_scope);
    if (options->key_expires_days > 0)
        out->expires =
            out->created + (int64_t)options->key_expires_days * DAY_S;
    if (options->key_name == NULL)
        return MLP_OK;
    if (!key_name_is_valid(options->key_name))
        return mlp_fail(err, MLP_INVALID,
                        "--name: expected 1 to %d printable ASCII characters",
                        KEY_NAME_MAX_BYTES);
    (void)snprintf(out->name, sizeof out->name, "%s", options->key_name);
    return MLP_OK;
}

/* The key is shown when it is kept, not before. */
static mlp_status create_key(const struct options *options,
                             const char *path,
                             FILE *out,
                             FILE *remarks,
                             mlp_error *err)
{
    char token[SECRET_TOKEN_BYTES];
    struct keys keys;
    struct key key;
    mlp_status status = fill_key(options, &key, err);
    if (status == MLP_OK)
        status = load(path, false, &keys, err);
    if (status != MLP_OK)
        return status;
    status = keys_add(&keys, &key, token, err);
    if (status == MLP_OK)
        status = keys_save(path, &keys, err);
    if (status == MLP_OK) {
        (void)fprintf(out, "%s\n", token);
        (void)fprintf(remarks,
                      "Key %s (%s) is in %s. Keep the line above: it is not "
                      "shown again.\nA running mlpd takes it on SIGHUP.\n",
                      key.id, key_scope_name(key.scope), path);
    }
    explicit_bzero(token, sizeof token);
    keys_free(&keys);
    return status;
}

static void print_key(const struct key *key, int64_t now, FILE *out)
{
    char created[KEY_TIME_BYTES], expires[KEY_TIME_BYTES] = "never";
    bool over = key->expires != 0 && key->expires <= now;
    key_time_format(key->created, created);
    if (key->expires != 0)
        key_time_format(key->expires, expires);
    (void)fprintf(out, "%-14s %-8s %-21s %-21s %s%s\n", key->id,
                  key_scope_name(key->scope), created, expires, key->name,
                  over ? " (expired)" : "");
}

static mlp_status list_keys(const char *path, FILE *out, mlp_error *err)
{
    struct keys keys;
    mlp_status status = load(path, true, &keys, err);
    if (status != MLP_OK)
        return status;
    (void)fprintf(out, "%-14s %-8s %-21s %-21s %s\n", "ID", "SCOPE", "CREATED",
                  "EXPIRES", "NAME");
    for (size_t i = 0; i < keys.n; i++)
        print_key(&keys.items[i], time(NULL), out);
    keys_free(&keys);
    return MLP_OK;
}

static mlp_status revoke_key(const struct options *options,
                             const char *path,
                             FILE *remarks,
                             mlp_error *err)
{
    struct keys keys;
    if (options->key_id == NULL)
        return mlp_fail(err, MLP_INVALID, "key revoke needs an ID of the list");
    mlp_status status = load(path, true, &keys, err);
    if (status != MLP_OK)
        return status;
    status =
        keys_remove(&keys, options->key_id)
            ? keys_save(path, &keys, err)
            : mlp_fail(err, MLP_INVALID, "there is no key '%.64s' in %.128s",
                       options->key_id, path);
    if (status == MLP_OK)
        (void)fprintf(remarks,
                      "Key %s is revoked. A running mlpd refuses it from "
                      "SIGHUP on.\n",
                      options->key_id);
    keys_free(&keys);
    return status;
}

static mlp_status change(const struct options *options,
                         const char *path,
                         FILE *out,
                         FILE *remarks,
                         mlp_error *err)
{
    int lock;
    mlp_status status = keys_lock(path, &lock, err);
    if (status != MLP_OK)
        return status;
    status = options->verb == OPTIONS_KEY_CREATE
                 ? create_key(options, path, out, remarks, err)
                 : revoke_key(options, path, remarks, err);
    (void)close(lock);
    return status;
}

mlp_status key_command(const struct options *options,
                       FILE *out,
                       FILE *remarks,
                       mlp_error *err)
{
    char path[PATH_MAX];
    mlp_status status = key_file_path(options, path, sizeof path, err);
    if (status == MLP_OK && options->verb == OPTIONS_KEY_LIST)
        return list_keys(path, out, err);
    if (status == MLP_OK && options->keys_file == NULL &&
        options->verb == OPTIONS_KEY_CREATE)
        status = blob_make_folder(options->data_folder, err);
    return status == MLP_OK ? change(options, path, out, remarks, err) : status;
}
