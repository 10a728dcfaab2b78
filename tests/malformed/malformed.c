/* SPDX-License-Identifier: MIT
 *
 * Sends a daemon of its own everything that the case files hold and checks
 * every answer, the daemon's health, its descriptors and its memory.
 *
 *   malformed MLPD [FILE …]      the binary; tests/malformed/ *.txt
 *
 * The table runs twice or more, until the daemon's memory grows no further.
 * Under a sanitizer (SANITIZER in the environment) once, without a look at
 * memory and time: these cost there what they do not elsewhere. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "malformed/models.h"
#include "malformed/table.h"

static const char training_data[] = "tests/data/iris/train.csv";
static const char *const all_files[] = {
    "tests/malformed/http.txt", "tests/malformed/json.txt",
    "tests/malformed/specs.txt", "tests/malformed/files.txt",
    "tests/malformed/models.txt"};

/* What the cases ask: the data set and the model "iris". */
static bool prepare(struct tester *tester)
{
    char csv[16384];
    FILE *file = fopen(training_data, "r");
    if (file == NULL) {
        perror(training_data);
        return false;
    }
    size_t n = fread(csv, 1, sizeof csv, file);
    (void)fclose(file);
    return tester_ask(tester, 201, "PUT", "/datasets/iris", "text/csv", csv,
                      n) &&
           tester_ask(tester, 200, "POST",
                      "/train?model=iris&target=species&hidden=2&epochs=1"
                      "&seed=1&wait=25",
                      "text/csv", csv, n);
}

static bool run_file(struct tester *tester, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    size_t passed = tester->n_passed, failed = tester->n_failed;
    bool models = strncmp(name, "models", strlen("models")) == 0;
    bool read = models ? models_run(tester, path) : table_run(tester, path);
    if (!tester->again)
        printf("%.*s: %zu cases, %zu failed\n", (int)strcspn(name, "."), name,
               tester->n_passed - passed + tester->n_failed - failed,
               tester->n_failed - failed);
    return read;
}

static bool run_files(struct tester *tester, int n, char **paths)
{
    bool read = true;
    for (int i = 0; i < n; i++)
        read = run_file(tester, paths[i]) && read;
    for (size_t i = 0; n == 0 && i < sizeof all_files / sizeof *all_files; i++)
        read = run_file(tester, all_files[i]) && read;
    return read;
}

/* A leak grows with each pass; what the allocator keeps for itself does not,
 * but it may take several passes to find it all. */
static bool memory_settles(struct tester *tester, int n, char **paths)
{
    enum { PASSES_MAX = 4, ROOM_KIB = 2048 };
    tester->again = true;
    for (int pass = 2; pass <= PASSES_MAX; pass++) {
        long before = tester->resident_kib;
        tester->resident_kib = 0;
        if (!run_files(tester, n, paths))
            return false;
        printf("memory: at most %ld KiB in pass %d, %ld in the one before\n",
               tester->resident_kib, pass, before);
        if (tester->resident_kib <= before + ROOM_KIB)
            return true;
    }
    printf("FAIL memory is lost\n");
    return false;
}

static bool run_all(struct tester *tester, int n, char **paths)
{
    tester_settle(tester);
    if (!run_files(tester, n, paths))
        return false;
    return !tester->measure || tester->n_failed > 0 ||
           memory_settles(tester, n, paths);
}

int main(int argc, char **argv)
{
    const char *sanitizer = getenv("SANITIZER");
    struct daemon daemon = {0};
    struct tester tester = {.daemon = &daemon};
    setvbuf(stdout, NULL, _IOLBF, 0);
    tester.measure = sanitizer == NULL || *sanitizer == '\0';
    if (argc < 2) {
        (void)fprintf(stderr, "usage: malformed MLPD [FILE …]\n");
        return 2;
    }
    if (!daemon_start(&daemon, argv[1]))
        return 2;
    if (!prepare(&tester) || !run_all(&tester, argc - 2, argv + 2))
        tester.n_failed++;
    if (!daemon_stop(&daemon)) {
        printf("FAIL the daemon does not end in order\n");
        tester.n_failed++;
    } else {
        tester.n_passed++;
    }
    printf("%zu passed, %zu failed\n", tester.n_passed, tester.n_failed);
    return tester.n_failed == 0 && tester.n_passed > 0 ? 0 : 1;
}
