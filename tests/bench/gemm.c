/* SPDX-License-Identifier: MIT
 *
 * The products of gemm.h: their share of the machine's peak, by shape and
 * batch, one thread, data in the caches; beside them OpenBLAS, if there is
 * one. In rounds: each measures the peak and every cell once, so that a busy
 * neighbour hits all alike; the medians of the shares are shown.
 *
 *   gemm [ROUNDS [ISA]] */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "fma.h"
#include "math/gemm.h"
#include "measure.h"
#include "mlp/isa.h"

enum { MAX_ROUNDS = 99, N_SHAPES = 7, N_BATCHES = 4, N_PRODUCTS = 3 };

static const size_t shapes[N_SHAPES][2] = {
    {784, 16}, {16, 16},   {16, 10},   {784, 128},
    {128, 10}, {784, 512}, {512, 512},
};
static const size_t batches[N_BATCHES] = {1, 32, 64, 128};

/* The matrices of one layer and batch. */
struct layer {
    struct gemm size;
    float *x, *w, *b, *y, *dx, *dw, *db, *scratch;
};

typedef void product(const struct layer *l);

static struct span all(size_t n)
{
    return (struct span){0, n};
}

static void forward(const struct layer *l)
{
    gemm_forward(l->size, l->x, l->w, l->b, true, all(l->size.n_out), l->y);
}

static void backward(const struct layer *l)
{
    gemm_backward(l->size, l->y, l->w, all(l->size.n_in), l->dx);
}

static void gradient(const struct layer *l)
{
    gemm_gradient(l->size, l->x, l->y, false, all(l->size.n_in), l->scratch,
                  l->dw, l->db, NULL);
}

/* cblas_sgemm; without the bias and the relu, which costs it nothing. */
enum { ROW_MAJOR = 101, AS_IS = 111, TRANSPOSED = 112 };
typedef void sgemm_function(int order,
                            int transpose_a,
                            int transpose_b,
                            int m,
                            int n,
                            int k,
                            float alpha,
                            const float *a,
                            int lda,
                            const float *b,
                            int ldb,
                            float beta,
                            float *c,
                            int ldc);
static sgemm_function *sgemm;

static void blas_forward(const struct layer *l)
{
    int n = (int)l->size.n, in = (int)l->size.n_in, out = (int)l->size.n_out;
    sgemm(ROW_MAJOR, AS_IS, AS_IS, n, out, in, 1, l->x, in, l->w, out, 0, l->y,
          out);
}

static void blas_backward(const struct layer *l)
{
    int n = (int)l->size.n, in = (int)l->size.n_in, out = (int)l->size.n_out;
    sgemm(ROW_MAJOR, AS_IS, TRANSPOSED, n, in, out, 1, l->y, out, l->w, out, 0,
          l->dx, in);
}

static void blas_gradient(const struct layer *l)
{
    int n = (int)l->size.n, in = (int)l->size.n_in, out = (int)l->size.n_out;
    sgemm(ROW_MAJOR, TRANSPOSED, AS_IS, in, out, n, 1, l->x, in, l->y, out, 0,
          l->dw, out);
}

static const struct {
    const char *name;
    product *ours, *blas;
} products[N_PRODUCTS] = {
    {"forward", forward, blas_forward},
    {"backward", backward, blas_backward},
    {"gradient", gradient, blas_gradient},
};

static void find_blas(void)
{
    void *library = dlopen("libopenblas.so.0", RTLD_NOW);
    if (!library)
        return;
    void (*set_threads)(int) = NULL;
    *(void **)&set_threads = dlsym(library, "openblas_set_num_threads");
    *(void **)&sgemm = dlsym(library, "cblas_sgemm");
    if (set_threads)
        set_threads(1);
}

static float *numbers(size_t n)
{
    float *m = aligned_alloc(64, (n * sizeof *m + 63) / 64 * 64);
    if (!m)
        abort();
    for (size_t i = 0; i < n; i++)
        m[i] = (float)(rand() % 2001 - 1000) * 1e-3F;
    return m;
}

static struct layer layer_create(size_t n, size_t n_in, size_t n_out)
{
    return (struct layer){
        .size = {n, n_in, n_out},
        .x = numbers(n * n_in),
        .w = numbers(n_in * n_out),
        .b = numbers(n_out),
        .y = numbers(n * n_out),
        .dx = numbers(n * n_in),
        .dw = numbers(n_in * n_out),
        .db = numbers(n_out),
        .scratch = numbers(n * n_in),
    };
}

/* 1e9 operations a second of multiply-adds alone, over some milliseconds. */
static double peak_gflops(const char *isa)
{
    enum { ROUNDS = 200000 };
    const struct fma *fma = fma_find(isa);
    double began = now_s();
    fma->run(ROUNDS);
    return fma->operations * ROUNDS / (now_s() - began) * 1e-9;
}

/* 1e9 operations a second, over about two milliseconds. */
static double gflops(product *run, const struct layer *l)
{
    double each =
        2.0 * (double)l->size.n * (double)l->size.n_in * (double)l->size.n_out;
    long times = 1 + (long)(1e8 / each);
    run(l);
    double began = now_s();
    for (long i = 0; i < times; i++)
        run(l);
    return each * (double)times / (now_s() - began) * 1e-9;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, compare);
    return values[n / 2];
}

/* Shares of the peak, by round. */
typedef double shares[N_SHAPES][N_BATCHES][N_PRODUCTS][MAX_ROUNDS];
static shares ours, blas;
static double peaks[MAX_ROUNDS];
static struct layer layers[N_SHAPES][N_BATCHES];

/* The peak is measured right before each cell. */
static void run_round(int round, bool with_blas, shares out)
{
    for (size_t s = 0; s < N_SHAPES; s++) {
        for (size_t b = 0; b < N_BATCHES; b++) {
            for (size_t p = 0; p < N_PRODUCTS; p++) {
                peaks[round] = peak_gflops(mlp_isa_name());
                out[s][b][p][round] =
                    gflops(with_blas ? products[p].blas : products[p].ours,
                           &layers[s][b]) /
                    peaks[round];
            }
        }
    }
}

static void print_shape(size_t s, int rounds)
{
    for (size_t p = 0; p < N_PRODUCTS; p++) {
        printf("%4zu x %-4zu %-9s", shapes[s][0], shapes[s][1],
               products[p].name);
        for (size_t b = 0; b < N_BATCHES; b++) {
            printf(" %5.0f", 100 * median(ours[s][b][p], rounds));
            if (sgemm)
                printf(" (%3.0f)", 100 * median(blas[s][b][p], rounds));
        }
        printf("\n");
    }
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 9;
    mlp_error err;
    if (rounds < 1 || rounds > MAX_ROUNDS ||
        mlp_isa_select(argc > 2 ? argv[2] : NULL, &err) != MLP_OK) {
        (void)fprintf(stderr, "gemm [ROUNDS [ISA]]\n");
        return 2;
    }
    find_blas();
    for (size_t s = 0; s < N_SHAPES; s++) {
        for (size_t b = 0; b < N_BATCHES; b++)
            layers[s][b] = layer_create(batches[b], shapes[s][0], shapes[s][1]);
    }
    for (int round = 0; round < rounds; round++) {
        run_round(round, false, ours);
        if (sgemm)
            run_round(round, true, blas);
    }
    printf("%s: %% of the peak of %.0f GFLOP/s, by batch%s; medians of %d\n\n",
           mlp_isa_name(), median(peaks, rounds),
           sgemm ? "; in brackets OpenBLAS" : "", rounds);
    printf("%-21s", "");
    for (size_t b = 0; b < N_BATCHES; b++)
        printf(sgemm ? " %5zu      " : " %5zu", batches[b]);
    printf("\n");
    for (size_t s = 0; s < N_SHAPES; s++)
        print_shape(s, rounds);
    return 0;
}
