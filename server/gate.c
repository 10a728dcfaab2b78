/* SPDX-License-Identifier: MIT
 *
 * From options to what the listener asks at its door. */
#include "gate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/address.h"
#include "key_command.h"
#include "store/blob.h"
#include "store/keyring.h"
#include "telemetry/log.h"

enum { PEM_MAX_BYTES = 1 << 20, RESERVED_CONNECTIONS = 32 };

struct gate {
    const struct options *options;
    char keys_file[PATH_MAX];
    struct keyring *keys;
    char *certificate, *key; /* PEM texts; NULL: no TLS */
};

/* --- TLS ------------------------------------------------------------------ */

/* Certificates are often symbolic links: these are followed. */
static mlp_status
read_pem(const char *option, const char *path, char **out, mlp_error *err)
{
    mlp_error inner = {.text = ""};
    size_t length;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return mlp_fail(err, MLP_IO, "%s '%.128s': %s", option, path,
                        strerror(errno));
    mlp_status status =
        blob_read_descriptor(fd, PEM_MAX_BYTES, out, &length, &inner);
    (void)close(fd);
    if (status != MLP_OK)
        return mlp_fail(err, status, "%s '%.128s': %s", option, path,
                        inner.text);
    if (strstr(*out, "-----BEGIN ") == NULL)
        return mlp_fail(err, MLP_INVALID, "%s '%.128s': this is no PEM file",
                        option, path);
    return MLP_OK;
}

static void warn_of_mode(const char *path)
{
    struct stat info;
    if (stat(path, &info) == 0 && (info.st_mode & S_IROTH) != 0)
        log_event(LOG_WARN, "tls_key_readable", LOG_TEXT_FIELD("file", path),
                  LOG_TEXT_FIELD("advice", "chmod 600"));
}

static mlp_status read_tls(struct gate *gate, mlp_error *err)
{
    const struct options *options = gate->options;
    const char *certificate = options->tls_certificate_file;
    const char *key = options->tls_key_file;
    if ((certificate != NULL) != (key != NULL))
        return mlp_fail(err, MLP_INVALID,
                        "--tls-cert and --tls-key: expected both, got one");
    if (certificate == NULL)
        return MLP_OK;
    warn_of_mode(key);
    mlp_status status =
        read_pem("--tls-cert", certificate, &gate->certificate, err);
    return status == MLP_OK ? read_pem("--tls-key", key, &gate->key, err)
                            : status;
}

void gate_forget_tls(struct gate *gate)
{
    if (gate->key != NULL)
        explicit_bzero(gate->key, strlen(gate->key));
    free(gate->key);
    free(gate->certificate);
    gate->key = gate->certificate = NULL;
}

/* --- keys ----------------------------------------------------------------- */

static mlp_status check_exposure(const struct gate *gate, mlp_error *err)
{
    const struct options *options = gate->options;
    if (keyring_is_locked(gate->keys) || address_is_local(options->listen))
        return MLP_OK;
    if (options->allow_anonymous) {
        log_event(LOG_WARN, "anonymous",
                  LOG_TEXT_FIELD("listen", options->listen));
        return MLP_OK;
    }
    return mlp_fail(err, MLP_INVALID,
                    "other machines reach %.64s and there are no keys: make "
                    "one with 'mlpd key create --scope admin' (same --data or "
                    "--keys), listen on 127.0.0.1:8080, or let everybody in "
                    "with --allow-anonymous",
                    options->listen);
}

static void log_keys(const struct gate *gate)
{
    if (keyring_is_locked(gate->keys))
        log_event(LOG_INFO, "keys", LOG_TEXT_FIELD("file", gate->keys_file),
                  LOG_INT("n", keyring_count(gate->keys)));
}

mlp_status
gate_open(const struct options *options, struct gate **out, mlp_error *err)
{
    struct gate *gate = calloc(1, sizeof *gate);
    *out = NULL;
    if (gate == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    gate->options = options;
    mlp_status status =
        key_file_path(options, gate->keys_file, sizeof gate->keys_file, err);
    if (status == MLP_OK)
        status = keyring_open(gate->keys_file, options->keys_file != NULL,
                              &gate->keys, err);
    if (status == MLP_OK)
        status = check_exposure(gate, err);
    if (status == MLP_OK)
        status = read_tls(gate, err);
    if (status != MLP_OK) {
        gate_close(gate);
        return status;
    }
    log_keys(gate);
    *out = gate;
    return MLP_OK;
}

void gate_close(struct gate *gate)
{
    if (gate == NULL)
        return;
    gate_forget_tls(gate);
    keyring_close(gate->keys);
    free(gate);
}

void gate_reload(struct gate *gate)
{
    mlp_error err;
    if (keyring_reload(gate->keys, &err) == MLP_OK)
        log_keys(gate);
    else
        log_event(LOG_ERROR, "keys_kept", LOG_TEXT_FIELD("reason", err.text));
}

/* --- the listener's question ---------------------------------------------- */

static const enum http_scope scopes[] = {
    [KEY_ADMIN] = SCOPE_ADMIN,
    [KEY_TRAIN] = SCOPE_TRAIN,
    [KEY_PREDICT] = SCOPE_PREDICT,
};

_Static_assert((int)SECRET_ID_BYTES <= (int)HTTP_KEY_ID_BYTES,
               "a key's id fits into a request");

/* Threads: http. */
static enum http_scope
authorize(void *context, const char *token, char id[HTTP_KEY_ID_BYTES])
{
    struct gate *gate = context;
    struct key key;
    if (!keyring_is_locked(gate->keys))
        return SCOPE_ADMIN;
    if (token == NULL || !keyring_find(gate->keys, token, &key))
        return SCOPE_OPEN;
    memcpy(id, key.id, sizeof key.id);
    return scopes[key.scope];
}

void gate_fill(struct gate *gate, struct listener_options *out)
{
    const struct options *options = gate->options;
    out->listen = options->listen;
    out->socket_mode = (unsigned)options->socket_mode;
    out->n_threads = (unsigned)options->n_http_threads;
    out->busy_poll_us = (unsigned)options->busy_poll_us;
    out->max_connections = (unsigned)options->max_connections;
    out->max_connections_per_client = (unsigned)options->max_connections_per_ip;
    out->n_reserved = RESERVED_CONNECTIONS;
    out->idle_timeout_s = (unsigned)options->idle_timeout_s;
    out->header_timeout_s = (unsigned)options->header_timeout_s;
    out->max_header_bytes = options->header_max_bytes;
    out->allowed_hosts = options->allowed_hosts;
    out->allowed_origins = options->allowed_origins;
    out->offered = options->model_folder != NULL ? SCOPE_PREDICT : SCOPE_ADMIN;
    out->authorize = authorize;
    out->authorize_context = gate;
    out->tls_certificate = gate->certificate;
    out->tls_key = gate->key;
}
