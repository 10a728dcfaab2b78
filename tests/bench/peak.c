/* SPDX-License-Identifier: MIT
 *
 * What the machine could do: float32 multiply-adds in registers, per
 * instruction set and number of threads. Nothing is read from memory.
 *
 *   echo "peak - 0 avx2 0 0.1 0.1" | peak THREADS
 *
 * The first line of the answer lists the sets that this machine has, the best
 * one first. A multiply-add counts as two operations. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "fma.h"
#include "measure.h"

enum { MAX_THREADS = 64 };

struct job {
    const struct fma *fma;
    double seconds;
    pthread_barrier_t *start;
    double rate; /* operations a second, in its best slice */
    pthread_t thread;
};

/* Slices of well under a millisecond: the best one is not cut by the scheduler
 * on a machine that others use, too. */
static void *work(void *context)
{
    enum { ROUNDS = 100000 };
    struct job *job = context;
    job->fma->run(ROUNDS);
    pthread_barrier_wait(job->start);
    double until = now_s() + job->seconds;
    double began;
    while ((began = now_s()) < until) {
        job->fma->run(ROUNDS);
        double rate = ROUNDS * job->fma->operations / (now_s() - began);
        job->rate = rate > job->rate ? rate : job->rate;
    }
    return NULL;
}

static double peak(const struct fma *fma, size_t threads, double seconds)
{
    struct job jobs[MAX_THREADS];
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, (unsigned)threads);
    double rate = 0;
    for (size_t i = 0; i < threads; i++) {
        jobs[i] = (struct job){.fma = fma, .seconds = seconds, .start = &start};
        if (i > 0 && pthread_create(&jobs[i].thread, NULL, work, &jobs[i]) != 0)
            die("no thread to be had");
    }
    work(&jobs[0]);
    for (size_t i = 0; i < threads; i++) {
        if (i > 0)
            pthread_join(jobs[i].thread, NULL);
        rate += jobs[i].rate;
    }
    pthread_barrier_destroy(&start);
    return rate;
}

int main(int argc, char **argv)
{
    size_t threads = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
    if (threads == 0 || threads > MAX_THREADS)
        die("usage: peak THREADS, requests on stdin");
    fputs("{\"version\": \"\", \"isas\": [", stdout);
    const char *separator = "";
    const struct fma *fma;
    for (size_t i = 0; (fma = fma_at(i)) != NULL; i++) {
        printf("%s\"%s\"", separator, fma->isa);
        separator = ", ";
    }
    puts("]}");
    fflush(stdout);
    struct request request;
    while (request_read(&request)) {
        fma = fma_find(request.how);
        if (!fma)
            die("not on this machine: %s", request.how);
        double rate = peak(fma, threads, request.min_s);
        printf("{\"gflops\": %.2f, \"threads\": %zu}\n", rate * 1e-9, threads);
        fflush(stdout);
    }
    return 0;
}
