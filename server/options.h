/* SPDX-License-Identifier: MIT
 *
 * What the command line and the environment say. One table holds every option;
 * the parser, the defaults and the manual page are all made from it. Nothing
 * is printed and nobody exits here. */
#ifndef MLPD_OPTIONS_H
#define MLPD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "mlp/status.h"
#include "telemetry/log.h"

enum options_verb {
    OPTIONS_SERVE,
    OPTIONS_HEALTHCHECK,
    OPTIONS_FSCK,
    OPTIONS_HELP,
    OPTIONS_VERSION,
    OPTIONS_KEY_CREATE,
    OPTIONS_KEY_LIST,
    OPTIONS_KEY_REVOKE,
};

/* Texts are the command line's, the environment's, or constants. */
struct options {
    enum options_verb verb;
    const char *listen;
    const char *data_folder;
    const char *model_folder; /* NULL: DATA is served, else this, read-only */
    const char *model_name;   /* of files without one; or NULL */
    char http_listen[16];     /* what http_port makes of `listen` */
    uint64_t http_port;       /* 0: what `listen` says */
    const char *port_file;    /* NULL: none */
    const char *url;          /* healthcheck; NULL: what `listen` says */
    const char *keys_file;    /* NULL: DATA/keys, when it is there */
    const char *allowed_hosts, *allowed_origins;     /* lists, or NULL */
    const char *tls_certificate_file, *tls_key_file; /* both or neither */
    const char *key_scope, *key_name, *key_id; /* of the key verbs; or NULL */
    uint64_t key_expires_days;                 /* 0: never */
    uint64_t socket_mode;
    uint64_t max_connections_per_ip; /* 0: no limit */
    bool allow_anonymous;
    uint64_t n_jobs;
    uint64_t n_threads; /* of all trainings together; or OPTIONS_AUTO */
    uint64_t n_http_threads;
    uint64_t max_connections;
    uint64_t max_queued;
    uint64_t idle_timeout_s;
    uint64_t header_timeout_s;
    uint64_t busy_poll_us; /* 0: never */
    uint64_t drain_timeout_s;
    uint64_t checkpoint_interval_ms;
    uint64_t audit_days; /* 0: for good */
    uint64_t header_max_bytes;
    uint64_t control_max_bytes;
    uint64_t predict_body_max_bytes;
    uint64_t predict_max_rows;
    uint64_t train_body_max_bytes;
    uint64_t file_max_bytes;
    uint64_t max_cells;
    uint64_t max_parameters;
    uint64_t memory_budget_bytes; /* or OPTIONS_AUTO */
    uint64_t disk_reserve_bytes;  /* or OPTIONS_AUTO */
    bool no_seccomp;
    bool core_dumps;
    bool repair, json; /* fsck */
    const char *isa;   /* see mlp/isa.h */
    enum log_level log_level;
    enum log_format log_format;
};

enum option_kind {
    OPTION_TEXT,
    OPTION_COUNT,      /* a whole number; K, M, G are thousands */
    OPTION_SIZE,       /* bytes; K, M, G are powers of 1024 */
    OPTION_AUTO,       /* bytes likewise, or "auto": OPTIONS_AUTO */
    OPTION_AUTO_COUNT, /* a whole number or "auto" */
    OPTION_SECONDS,
    OPTION_MS,   /* seconds as in 2 or 0.5, kept as milliseconds */
    OPTION_MODE, /* of a file, octal */
    OPTION_FLAG, /* --name alone, or 0, 1, false, true */
    OPTION_LEVEL,
    OPTION_FORMAT,
};

#define OPTIONS_AUTO UINT64_MAX

struct option_row {
    const char *name;     /* --name; its variable is MLPD_NAME */
    const char *value;    /* what the manual calls its value; NULL: a flag */
    const char *fallback; /* the default as it would be typed; NULL: none */
    enum option_kind kind;
    unsigned verbs;    /* bits 1 << enum options_verb */
    size_t offset;     /* in struct options */
    uint64_t min, max; /* of numbers */
    const char *help;
};
extern const struct option_row options_table[];
extern const size_t options_n_rows;

enum { OPTIONS_VARIABLE_MAX = 48 };
/* "predict-body-max" → "MLPD_PREDICT_BODY_MAX". */
void options_variable(const struct option_row *row,
                      char out[OPTIONS_VARIABLE_MAX]);

/* Flags, then variables, then defaults. `variable` is getenv or a test's own;
 * an empty variable counts as not set.
 * Errors:  MLP_INVALID, with a sentence that names the flag or variable. */
mlp_status options_parse(int argc,
                         char *const *argv,
                         char *(*variable)(const char *name),
                         struct options *out,
                         mlp_error *err);

/* The manual page.  (options_manual.c) */
void options_print_manual(FILE *out);

#endif
