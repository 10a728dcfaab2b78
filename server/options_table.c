/* SPDX-License-Identifier: MIT
 *
 * Every option: its name, its value, its default, what it is for. The parser,
 * the manual and the environment's variables are made from this page. */
#include "options.h"

#include <stddef.h>

#define SERVE      (1u << OPTIONS_SERVE)
#define BOTH       (SERVE | 1u << OPTIONS_HEALTHCHECK)
#define CHECK      (1u << OPTIONS_HEALTHCHECK)
#define FSCK       (1u << OPTIONS_FSCK)
#define CREATE     (1u << OPTIONS_KEY_CREATE)
#define KEYS       (CREATE | 1u << OPTIONS_KEY_LIST | 1u << OPTIONS_KEY_REVOKE)
#define AT(member) offsetof(struct options, member)
#define GIB        ((uint64_t)1 << 30)

/* clang-format off */
const struct option_row options_table[] = {
    {"listen", "ADDRESS:PORT", "127.0.0.1:8080", OPTION_TEXT, BOTH,
     AT(listen), 0, 0,
     "Where to listen. [::1]:8080 is IPv6; port 0 takes any free one; "
     "unix:/run/mlpd.sock is a Unix socket. Where other machines reach it, "
     "there must be keys."},
    {"socket-mode", "MODE", "600", OPTION_MODE, SERVE,
     AT(socket_mode), 0, 0777,
     "Who may connect to a Unix socket: the mode of its file, octal."},
    {"keys", "FILE", NULL, OPTION_TEXT, SERVE | KEYS,
     AT(keys_file), 0, 0,
     "The keys that requests must bring; see mlpd key. Not given: DATA/keys "
     "when it is there, else nobody needs one."},
    {"allow-anonymous", NULL, NULL, OPTION_FLAG, SERVE,
     AT(allow_anonymous), 0, 0,
     "Without keys, listen to other machines all the same: whoever reaches "
     "the port may read, train and delete everything."},
    {"allowed-hosts", "LIST", NULL, OPTION_TEXT, SERVE,
     AT(allowed_hosts), 0, 0,
     "Further names that the daemon goes by, with commas between, as in "
     "mlpd.example,mlpd:8080; requests for others are refused with 421."},
    {"allowed-origins", "LIST", NULL, OPTION_TEXT, SERVE,
     AT(allowed_origins), 0, 0,
     "Sites whose pages may ask from a browser (CORS), as in "
     "https://app.example."},
    {"tls-cert", "FILE", NULL, OPTION_TEXT, BOTH,
     AT(tls_certificate_file), 0, 0,
     "Speak TLS 1.2 or 1.3 with this certificate and what follows it in its "
     "chain (PEM); with --tls-key."},
    {"tls-key", "FILE", NULL, OPTION_TEXT, SERVE,
     AT(tls_key_file), 0, 0,
     "The certificate's private key (PEM)."},
    {"scope", "SCOPE", NULL, OPTION_TEXT, CREATE,
     AT(key_scope), 0, 0,
     "key create: predict, train (predict, and jobs and data sets) or admin "
     "(train, and to put and delete models)."},
    {"name", "TEXT", NULL, OPTION_TEXT, CREATE,
     AT(key_name), 0, 0,
     "key create: whose it is, for the list."},
    {"expires", "DAYS", "0", OPTION_SECONDS, CREATE,
     AT(key_expires_days), 0, 36500,
     "key create: it is good for so long; 0: until it is revoked."},
    {"url", "URL", NULL, OPTION_TEXT, CHECK,
     AT(url), 0, 0,
     "healthcheck: ask this instead, as in http://127.0.0.1:8080; of https:// "
     "the handshake alone is tried."},
    {"data", "FOLDER", "./mlpd-data", OPTION_TEXT, SERVE | KEYS | FSCK,
     AT(data_folder), 0, 0,
     "Where jobs, models and data sets are kept. Made if it is missing; "
     "one daemon at a time."},
    {"model-dir", "FOLDER", NULL, OPTION_TEXT, SERVE,
     AT(model_folder), 0, 0,
     "Only serve the models in FOLDER, and follow it as it changes; nothing is "
     "written anywhere, and there is no DATA. NAME.safetensors is version 1 of "
     "NAME, NAME/3.safetensors its version 3."},
    {"model-name", "NAME", NULL, OPTION_TEXT, SERVE,
     AT(model_name), 0, 0,
     "With --model-dir: the model of 3.safetensors and 3/model.safetensors in "
     "FOLDER, and of its only file whatever that is called."},
    {"http-port", "PORT", NULL, OPTION_COUNT, BOTH,
     AT(http_port), 1, 65535,
     "Short for --listen 0.0.0.0:PORT, which it takes the place of."},
    {"port-file", "FILE", NULL, OPTION_TEXT, BOTH,
     AT(port_file), 0, 0,
     "Write the port to FILE once requests are answered; removed at the "
     "end."},
    {"jobs", "N", "1", OPTION_COUNT, SERVE,
     AT(n_jobs), 1, 256,
     "Training jobs that run at once."},
    {"threads", "N", "auto", OPTION_AUTO_COUNT, SERVE,
     AT(n_threads), 1, 256,
     "Processors that all trainings together may use. Each of the --jobs has "
     "an equal part, at least one, unless its training.threads says another "
     "number, N at most; small batches take as many as pay. They stand back "
     "for those that answer, and no model depends on their number. auto: all "
     "that this process may run on, or as many whole ones as its container's "
     "quota is worth."},
    {"queue-max", "N", "64", OPTION_COUNT, SERVE,
     AT(max_queued), 1, 100000,
     "Jobs that may wait; a further one is refused with 429."},
    {"http-threads", "N", "2", OPTION_COUNT, SERVE,
     AT(n_http_threads), 1, 256,
     "Threads that answer HTTP; predictions are computed on them."},
    {"max-connections", "N", "4096", OPTION_COUNT, SERVE,
     AT(max_connections), 1, 65000,
     "Connections at once. 32 more are told of /healthz and /readyz alone, "
     "and 503 for the rest; of these, who says nothing gives way to who "
     "comes."},
    {"max-connections-per-ip", "N", "256", OPTION_COUNT, SERVE,
     AT(max_connections_per_ip), 0, 65000,
     "Connections of one address at once, more are closed; this machine's own "
     "do not count. 0: no limit, as behind a proxy that brings all clients."},
    {"idle-timeout", "SECONDS", "60", OPTION_SECONDS, SERVE,
     AT(idle_timeout_s), 1, 86400,
     "Close a connection on which nothing comes for so long. A body may stand "
     "still for 10 seconds; it and an answer must go on at 50 kB a second "
     "behind a first minute."},
    {"header-timeout", "SECONDS", "10", OPTION_SECONDS, SERVE,
     AT(header_timeout_s), 1, 3600,
     "All headers of a request must come within so long: of the first one "
     "from the connection's start, of a further one behind the idle time."},
    {"busy-poll", "MICROSECONDS", "100", OPTION_COUNT, SERVE,
     AT(busy_poll_us), 0, 10000,
     "A thread that has answered looks out for the next request for so long "
     "before it sleeps, as long as that is worth it and nobody trains. Who asks "
     "one thing after the other gets half as many answers again. 0: it sleeps "
     "at once."},
    {"drain-timeout", "SECONDS", "10", OPTION_SECONDS, SERVE,
     AT(drain_timeout_s), 0, 3600,
     "At the end, wait for answers on their way for at most so long."},
    {"checkpoint-interval", "SECONDS", "30", OPTION_MS, SERVE,
     AT(checkpoint_interval_ms), 0, 86400000,
     "How much of a running job a crash may cost; it goes on from its last "
     "checkpoint. 0: jobs are written down at an orderly end alone."},
    {"audit-days", "DAYS", "0", OPTION_SECONDS, SERVE,
     AT(audit_days), 0, 36500,
     "For how long the audit trail of models is kept; 0: for good."},
    {"header-max", "SIZE", "16K", OPTION_SIZE, SERVE,
     AT(header_max_bytes), 4096, 1 << 20,
     "Request line and headers."},
    {"control-max", "SIZE", "1M", OPTION_SIZE, SERVE,
     AT(control_max_bytes), 1024, 1 << 28,
     "The part of a JSON body that is not data."},
    {"predict-body-max", "SIZE", "16M", OPTION_SIZE, SERVE,
     AT(predict_body_max_bytes), 1024, 4 * GIB,
     "Body of POST /predict, unpacked."},
    {"predict-rows-max", "N", "65536", OPTION_COUNT, SERVE,
     AT(predict_max_rows), 1, 1 << 30,
     "Rows of one prediction."},
    {"train-body-max", "SIZE", "256M", OPTION_SIZE, SERVE,
     AT(train_body_max_bytes), 1024, 64 * GIB,
     "JSON body of POST /train, unpacked."},
    {"file-max", "SIZE", "4G", OPTION_SIZE, SERVE,
     AT(file_max_bytes), 1024, 1024 * GIB,
     "An uploaded file: CSV, data set, model."},
    {"max-cells", "N", "100M", OPTION_COUNT, SERVE,
     AT(max_cells), 1, (uint64_t)1 << 36,
     "Rows times columns of one table."},
    {"max-parameters", "N", "100M", OPTION_COUNT, SERVE,
     AT(max_parameters), 1, (uint64_t)1 << 32,
     "Weights and biases of one model."},
    {"memory-budget", "SIZE", "auto", OPTION_AUTO, SERVE,
     AT(memory_budget_bytes), 1 << 20, UINT64_MAX - 1,
     "Memory beyond what the daemon itself takes: five eighths for trainings "
     "and files that are being read, two for requests and replies on their "
     "way, of which one reply may have half, one for models that answer. Each "
     "connection may take --header-max besides. auto: 80 % of the container's "
     "limit, or of the machine's memory."},
    {"disk-reserve", "SIZE", "auto", OPTION_AUTO, SERVE,
     AT(disk_reserve_bytes), 0, UINT64_MAX - 1,
     "What stays free on the disk of DATA: uploads and trainings that would "
     "take it are refused with 507. auto: 1 GiB, or 5 % of the disk where "
     "that is more, or 10 % of one below 10 GiB."},
    {"repair", NULL, NULL, OPTION_FLAG, FSCK,
     AT(repair), 0, 0,
     "fsck: put right what can be. What is corrupt is moved to "
     "DATA/quarantine, what nobody needs is removed, a catalog that is lost "
     "or damaged is made again from the files."},
    {"json", NULL, NULL, OPTION_FLAG, FSCK,
     AT(json), 0, 0,
     "fsck: one JSON object in place of lines."},
    {"core-dumps", NULL, NULL, OPTION_FLAG, SERVE,
     AT(core_dumps), 0, 0,
     "Let the kernel write a core, and the daemon's user trace it."},
    {"no-seccomp", NULL, NULL, OPTION_FLAG, SERVE,
     AT(no_seccomp), 0, 0,
     "Leave out the filter that refuses system calls which the daemon never "
     "makes, outbound connections and other programs above all."},
    {"isa", "NAME", "auto", OPTION_TEXT, SERVE,
     AT(isa), 0, 0,
     "Instruction set of the arithmetic: avx512, avx2, neon or portable, as "
     "the machine has; auto: the best. Results do not depend on it."},
    {"log-level", "LEVEL", "info", OPTION_LEVEL, SERVE,
     AT(log_level), 0, 0,
     "debug, info, warn or error."},
    {"log-format", "FORMAT", "auto", OPTION_FORMAT, SERVE,
     AT(log_format), 0, 0,
     "json, text, or auto: text on a terminal, else json."},
};
/* clang-format on */
const size_t options_n_rows = sizeof options_table / sizeof options_table[0];
