/* SPDX-License-Identifier: MIT
 *
 * The libuv loop: the one thread that owns jobs, catalog, signals and timers,
 * and the pool that does long work for it. The only file but main.c that knows
 * libuv is loop.c.
 *
 * libuv's calls are not thread-safe but for uv_async_send, which coalesces: a
 * post goes into a locked inbox, and a wake-up drains all of it. */
#ifndef MLPD_LOOP_H
#define MLPD_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "mlp/status.h"

struct loop;
struct loop_timer;
struct loop_watch;
typedef void loop_function(void *argument);

/* n_workers: threads of the pool (sets UV_THREADPOOL_SIZE: call before any
 * other use of libuv). Errors: MLP_NOMEM, MLP_IO. */
mlp_status loop_create(unsigned n_workers, struct loop **out, mlp_error *err);
/* After loop_run() has returned, or instead of it; accepts NULL. Timers are
 * gone afterwards, stopped or not. */
void loop_destroy(struct loop *loop);

/* Run until loop_stop(); then, with timers stopped, wait for the pool's work
 * and run what was posted.  Threads: the caller's becomes "loop". */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop); /* Threads: loop */

/* Have `function` called on the loop thread, in the order of posting. False
 * when the loop has ended, or there is no memory: then it never will be.
 * Threads: any. */
bool loop_post(struct loop *loop, loop_function *function, void *argument);

/* Call `work` on the pool, then `done` on the loop.
 * Errors: MLP_NOMEM.  Threads: loop. */
mlp_status loop_work(struct loop *loop,
                     loop_function *work,
                     loop_function *done,
                     void *argument,
                     mlp_error *err);

/* Does the pool work, or have work to do?  Threads: any. */
bool loop_has_work(const struct loop *loop);

/* Call `function` after delay_ms, and again every repeat_ms unless that is 0.
 * A one-shot timer ends itself before its call. NULL: no memory.  Threads:
 * loop. */
struct loop_timer *loop_timer_start(struct loop *loop,
                                    uint64_t delay_ms,
                                    uint64_t repeat_ms,
                                    loop_function *function,
                                    void *argument);
void loop_timer_stop(struct loop_timer *timer); /* accepts NULL */

/* Call `function` on the loop when something changes in a folder itself, not
 * in those below it: maybe often, maybe for nothing, and on network file
 * systems never. What takes its place later is not watched.
 * Errors: MLP_NOMEM, MLP_IO.  Owner: the loop; loop_watch_stop().  Threads:
 * loop. */
mlp_status loop_watch_start(struct loop *loop,
                            const char *folder,
                            loop_function *function,
                            void *argument,
                            struct loop_watch **out,
                            mlp_error *err);
void loop_watch_stop(struct loop_watch *watch); /* accepts NULL */

/* Call `function` on the loop whenever the signal comes. Threads: loop, or
 * before it runs. */
mlp_status loop_on_signal(struct loop *loop,
                          int signal,
                          loop_function *function,
                          void *argument,
                          mlp_error *err);

#endif
