/* SPDX-License-Identifier: MIT */
#include "cli/interrupt.h"

#include <stddef.h>
#include <unistd.h>

volatile sig_atomic_t interrupt_count;
static void (*say_last_words)(void);

/* Not restarted: what waits for a socket looks at the count. */
static void on_signal(int number)
{
    interrupt_count = interrupt_count + 1;
    if (interrupt_count < 2)
        return;
    if (say_last_words != NULL)
        say_last_words();
    _exit(128 + number);
}

void interrupt_watch(void (*last_words)(void))
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal};
    say_last_words = last_words;
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        (void)sigaction(signals[i], &action, NULL);
}
