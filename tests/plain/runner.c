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

static bool run(const struct plain_test *test)
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        run_here(test);
    if (child < 0 || waitpid(child, &status, 0) != child)
        return false;
    if (test->options.signal)
        return WIFSIGNALED(status) && WTERMSIG(status) == test->options.signal;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 && argv[1][0] != '-' ? argv[1] : NULL;
    int n_tests = 0, n_failed = 0;
    for (const struct plain_test *test = tests; test; test = test->next) {
        if (test->options.disabled || (only && strcmp(only, test->suite) != 0))
            continue;
        n_tests++;
        if (!run(test)) {
            n_failed++;
            printf("[FAIL] %s::%s\n", test->suite, test->name);
        }
    }
    printf("[====] Synthesis: Tested: %d | Passing: %d | Failing: %d | "
           "Crashing: 0\n",
           n_tests, n_tests - n_failed, n_failed);
    return n_failed > 0;
}
