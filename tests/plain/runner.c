/* SPDX-License-Identifier: MIT
 *
 * Runs the tests that criterion.h of this folder registered, each in a child
 * of its own, and closes as Criterion does. A report of the sanitizer makes
 * the child's exit status non-zero. */
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include "criterion/criterion.h"

static struct plain_test *tests, *suites;
static int n_failures; /* of the test that runs, in its own process */

void plain_register(struct plain_test *test)
{
    struct plain_test **list = test->name ? &tests : &suites;
    test->next = *list;
    *list = test;
}

void plain_fail(bool fatal,
                const char *file,
                int line,
                const char *what,
                const char *format,
                ...)
{
    va_list arguments;
    fprintf(stderr, "%s:%d: failed: %s ", file, line, what);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    n_failures++;
    if (fatal)
        exit(1);
}

static const struct plain_options *suite_options(const char *suite)
{
    static const struct plain_options none;
    for (const struct plain_test *s = suites; s; s = s->next) {
        if (strcmp(s->suite, suite) == 0)
            return &s->options;
    }
    return &none;
}

static void run_here(const struct plain_test *test)
{
    const struct plain_options *suite = suite_options(test->suite);
    const struct plain_options *own = &test->options;
    double timeout = own->timeout > 0 ? own->timeout : suite->timeout;
    alarm(timeout > 0 ? (unsigned)ceil(timeout * 10) : 300);
    if (suite->init)
        suite->init();
    if (own->init)
        own->init();
    test->run();
    if (own->fini)
        own->fini();
    if (suite->fini)
        suite->fini();
    exit(n_failures > 0);
}

static bool has_passed(const struct plain_test *test, int status)
{
    if (test->options.signal)
        return WIFSIGNALED(status) && WTERMSIG(status) == test->options.signal;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* --- several at once ------------------------------------------------------ */

enum { AT_ONCE_MAX = 64 };

struct child {
    pid_t pid; /* 0: none */
    const struct plain_test *test;
};

static struct child children[AT_ONCE_MAX];
static int n_tests, n_failed;

static void fail(const struct plain_test *test)
{
    n_failed++;
    printf("[FAIL] %s::%s\n", test->suite, test->name);
}

/* A place for a child, of the first n. */
static struct child *find_child(int n, pid_t pid)
{
    for (int i = 0; i < n; i++)
        if (children[i].pid == pid)
            return &children[i];
    return NULL;
}

/* False: there is no child any more. */
static bool await_one(int n)
{
    int status;
    struct child *child = find_child(n, waitpid(-1, &status, 0));
    if (child == NULL)
        return false;
    if (!has_passed(child->test, status))
        fail(child->test);
    child->pid = 0;
    return true;
}

static void start(struct child *child, const struct plain_test *test)
{
    n_tests++;
    fflush(NULL);
    child->test = test;
    child->pid = fork();
    if (child->pid == 0)
        run_here(test);
    if (child->pid > 0)
        return;
    child->pid = 0;
    fail(test);
}

/* test-unit [-jN] [SUITE] */
int main(int argc, char **argv)
{
    const char *only = NULL;
    int at_once = 1;
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "-j", 2) == 0)
            at_once = atoi(argv[i] + 2);
        else if (argv[i][0] != '-')
            only = argv[i];
    if (at_once < 1 || at_once > AT_ONCE_MAX)
        at_once = 1;
    for (const struct plain_test *test = tests; test; test = test->next) {
        if (test->options.disabled || (only && strcmp(only, test->suite) != 0))
            continue;
        while (find_child(at_once, 0) == NULL && await_one(at_once))
            ;
        start(find_child(at_once, 0), test);
    }
    while (await_one(at_once))
        ;
    printf("[====] Synthesis: Tested: %d | Passing: %d | Failing: %d | "
           "Crashing: 0\n",
           n_tests, n_tests - n_failed, n_failed);
    return n_failed > 0;
}
