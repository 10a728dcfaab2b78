/* SPDX-License-Identifier: MIT
 *
 * The verbs that talk to a daemon, and every option of theirs. */
#include "cli/args.h"

#define TRAIN      (1u << ARGS_TRAIN)
#define PREDICT    (1u << ARGS_PREDICT)
#define MODELS     (1u << ARGS_MODELS)
#define JOBS       (1u << ARGS_JOBS)
#define ALL        (TRAIN | PREDICT | MODELS | JOBS)
#define AT(member) offsetof(struct args, member)

/* clang-format off */
const struct args_verb args_verbs[ARGS_N_VERBS] = {
    {ARGS_TRAIN, "train", NULL,
     "Train a model on a file and watch it learn.",
     "mlpd train --data FILE --target COLUMN [OPTION]...\n"
     "mlpd train --data X.npy --labels Y.npy [OPTION]...\n",
     "Sends the file to a daemon, shows how the training goes, and says how "
     "good the model is. CSV and NDJSON (.ndjson, .jsonl) name their target; "
     "of NPY and IDX files the labels are a second file. Each may be gzipped. "
     "Every setting of POST /train may be given as an option of its name, as "
     "in --epochs 30 or --hidden 64,64, or by --set. Ctrl-C cancels the "
     "training; a second one leaves at once.",
     "mlpd train --data iris.csv --target species\n"
     "mlpd train --data sales.csv --target price --quality best --exclude id\n"
     "mlpd train --data images.idx.gz --labels labels.idx.gz --epochs 5\n"},
    {ARGS_PREDICT, "predict", NULL,
     "Ask a model.",
     "mlpd predict --model NAME COLUMN=VALUE... [OPTION]...\n"
     "mlpd predict --model NAME --data FILE|- [OPTION]...\n",
     "Asks for one row, written as COLUMN=VALUE, or for all rows of a file; - "
     "is the standard input. A CSV or NDJSON file of any size is asked in "
     "parts, and answered in its order. On a terminal the answer is a table, "
     "else it is CSV.",
     "mlpd predict --model iris sepal_length=5.1 sepal_width=3.5 \\\n"
     "    petal_length=1.4 petal_width=0.2\n"
     "mlpd predict --model iris --data rows.csv >answers.csv\n"},
    {ARGS_MODELS, "models", "list show rm export import evaluate compare alias",
     "List, show, remove, export, import, evaluate and compare models.",
     "mlpd models [list]\n"
     "mlpd models show NAME[@VERSION]\n"
     "mlpd models rm NAME[@VERSION] [--force]\n"
     "mlpd models export NAME[@VERSION] [-o FILE]\n"
     "mlpd models import NAME FILE\n"
     "mlpd models evaluate NAME[@VERSION] --data FILE\n"
     "mlpd models compare NAME VERSION VERSION --data FILE\n"
     "mlpd models alias NAME ALIAS VERSION\n",
     "A VERSION is a number or an alias; without one it is the latest, or for "
     "rm all of them.",
     "mlpd models show iris\n"
     "mlpd models export iris@2 -o iris.safetensors\n"
     "mlpd models evaluate iris --data test.csv\n"
     "mlpd models compare iris 2 production --data test.csv\n"},
    {ARGS_JOBS, "jobs", "list show wait cancel rm log",
     "List, show, follow, cancel and remove trainings.",
     "mlpd jobs [list] [--state STATE] [--model NAME] [--limit N]\n"
     "mlpd jobs show N\n"
     "mlpd jobs wait N\n"
     "mlpd jobs cancel N\n"
     "mlpd jobs rm N\n"
     "mlpd jobs log N\n",
     "N is a job's number, as train and the list say it. wait follows a job "
     "to its end; leaving it by Ctrl-C leaves the job alone. log prints the "
     "losses by epoch.",
     "mlpd jobs --state running\n"
     "mlpd jobs log 3 >losses.txt\n"},
};

const struct args_option args_options[] = {
    {"data", "FILE", NULL, NULL, TRAIN | PREDICT | MODELS, AT(data),
     "The rows: a CSV, NDJSON, NPY or IDX file; - is the standard input, a "
     "CSV."},
    {"labels", "FILE", NULL, NULL, TRAIN, AT(labels),
     "The labels of an NPY or IDX file: another such file."},
    {"target", "COLUMN", NULL, NULL, TRAIN, AT(target),
     "The column to predict; several have commas between."},
    {"model", "NAME", NULL, NULL, TRAIN | PREDICT | JOBS, AT(model),
     "The model's name. train: else it is the file's, without its ending."},
    {"task", "TASK", NULL, "auto|classification|regression|multilabel", TRAIN,
     AT(task),
     "auto, classification, regression or multilabel."},
    {"quality", "QUALITY", NULL, "fast|balanced|best", TRAIN, AT(quality),
     "How much time it may take: fast, balanced or best."},
    {"set", "KEY=VALUE", NULL, NULL, TRAIN, AT(set),
     "A setting of POST /train, as in batch_size=32. May be given often."},
    {"wait", "yes|no", NULL, "yes|no", TRAIN, AT(wait),
     "no: say the job's number and leave; mlpd jobs wait follows it."},
    {"dry-run", NULL, NULL, NULL, TRAIN, AT(dry_run),
     "Train nothing: print what would be done, with every setting, as JSON."},
    {"version", "VERSION", NULL, NULL, PREDICT, AT(version),
     "A version's number or an alias, in place of the latest."},
    {"top", "K", NULL, NULL, PREDICT, AT(top),
     "The K most probable classes only."},
    {"explain", NULL, NULL, NULL, PREDICT, AT(explain),
     "Say what each column contributed to each answer."},
    {"interval", "SHARE", NULL, NULL, PREDICT, AT(interval),
     "An interval around each number that holds this share of true ones, as "
     "in 0.9."},
    {"missing", NULL, NULL, NULL, PREDICT, AT(missing),
     "Columns that are not given count as missing; else they are an error."},
    {"format", "FORMAT", NULL, "table|csv|json", PREDICT, AT(format),
     "table, csv or json. json: what the daemon says, one line a part of the "
     "file."},
    {"output", "FILE", NULL, NULL, MODELS, AT(output),
     "export: where to write, or -o FILE; - is the standard output. Else "
     "NAME-VERSION.safetensors."},
    {"force", NULL, NULL, NULL, MODELS, AT(force),
     "rm: also where aliases point to it; export: also over a file."},
    {"state", "STATE", NULL, "queued|running|succeeded|failed|cancelled", JOBS,
     AT(state),
     "list: only those that are queued, running, succeeded, failed or "
     "cancelled."},
    {"limit", "N", NULL, NULL, JOBS, AT(limit),
     "list: N of them at most, the newest."},
    {"server", "URL", "MLPD_SERVER", NULL, ALL, AT(server),
     "The daemon, as in http://127.0.0.1:8080 or unix:/run/mlpd/mlpd.sock. "
     "Not given: these two are tried, and where neither answers a daemon is "
     "started for this command alone, on --data-dir."},
    {"data-dir", "FOLDER", "MLPD_DATA", NULL, ALL, AT(data_folder),
     "The data folder of a daemon that is started for this command alone: "
     "the one that mlpd serve would take, ./mlpd-data."},
    {"key", "KEY", "MLPD_KEY", NULL, ALL, AT(key),
     "The key to send. Others on the machine see a command line: better use "
     "the variable, or a file."},
    {"key-file", "FILE", "MLPD_KEY_FILE", NULL, ALL, AT(key_file),
     "A file with the key in its first line."},
    {"json", NULL, NULL, NULL, ALL, AT(json),
     "Print the daemon's JSON as it is, for scripts."},
    {"quiet", NULL, NULL, NULL, ALL, AT(quiet),
     "No progress and no remarks."},
};
/* clang-format on */
const size_t args_n_options = sizeof args_options / sizeof args_options[0];
