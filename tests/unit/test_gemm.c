/* SPDX-License-Identifier: MIT
 *
 * The products against plain loops, to the bit. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "math/gemm.h"

struct problem {
    size_t n, n_in, n_out;
    mlp_real *x, *w, *b, *dy;
};

static mlp_real *draw(random_stream *random, size_t n)
{
    mlp_real *m = calloc(n, sizeof *m);
    cr_assert_not_null(m);
    for (size_t i = 0; i < n; i++)
        m[i] = (mlp_real)random_normal(random);
    return m;
}

static struct problem problem_create(uint64_t seed)
{
    random_stream random;
    random_init(&random, seed, 0);
    struct problem p = {
        .n = 1 + random_below(&random, 70),
        .n_in = 1 + random_below(&random, 150),
        .n_out = 1 + random_below(&random, 150),
    };
    p.x = draw(&random, p.n * p.n_in);
    p.w = draw(&random, p.n_in * p.n_out);
    p.b = draw(&random, p.n_out);
    p.dy = draw(&random, p.n * p.n_out);
    return p;
}

static void problem_free(struct problem *p)
{
    free(p->x);
    free(p->w);
    free(p->b);
    free(p->dy);
}

static void expect_equal(const struct problem *p,
                         const mlp_real *got,
                         const mlp_real *expected,
                         size_t n)
{
    cr_expect_arr_eq(got, expected, n * sizeof *got, "%zu x %zu x %zu", p->n,
                     p->n_in, p->n_out);
}

enum { N_PROBLEMS = 60 };

Test(gemm, forward_equals_three_plain_loops)
{
    for (uint64_t seed = 0; seed < N_PROBLEMS; seed++) {
        struct problem p = problem_create(seed);
        mlp_real *y = calloc(p.n * p.n_out, sizeof *y);
        mlp_real *expected = calloc(p.n * p.n_out, sizeof *expected);
        for (size_t i = 0; i < p.n; i++) {
            for (size_t o = 0; o < p.n_out; o++) {
                mlp_real sum = p.b[o];
                for (size_t k = 0; k < p.n_in; k++)
                    sum += p.x[i * p.n_in + k] * p.w[k * p.n_out + o];
                expected[i * p.n_out + o] = sum;
            }
        }
        gemm_forward(p.n, p.n_in, p.n_out, p.x, p.w, p.b, y);
        expect_equal(&p, y, expected, p.n * p.n_out);
        free(y);
        free(expected);
        problem_free(&p);
    }
}

Test(gemm, backward_equals_three_plain_loops)
{
    for (uint64_t seed = 0; seed < N_PROBLEMS; seed++) {
        struct problem p = problem_create(seed);
        mlp_real *dx = calloc(p.n * p.n_in, sizeof *dx);
        mlp_real *expected = calloc(p.n * p.n_in, sizeof *expected);
        for (size_t i = 0; i < p.n; i++) {
            for (size_t k = 0; k < p.n_in; k++) {
                mlp_real sum = 0;
                for (size_t o = 0; o < p.n_out; o++)
                    sum += p.dy[i * p.n_out + o] * p.w[k * p.n_out + o];
                expected[i * p.n_in + k] = sum;
            }
        }
        gemm_backward(p.n, p.n_in, p.n_out, p.dy, p.w, dx);
        expect_equal(&p, dx, expected, p.n * p.n_in);
        free(dx);
        free(expected);
        problem_free(&p);
    }
}

/* Both start from w and b, to see that they are added to. */
static void plain_gradient(const struct problem *p, mlp_real *dw, mlp_real *db)
{
    memcpy(dw, p->w, p->n_in * p->n_out * sizeof *dw);
    memcpy(db, p->b, p->n_out * sizeof *db);
    for (size_t i = 0; i < p->n; i++) {
        for (size_t o = 0; o < p->n_out; o++) {
            db[o] += p->dy[i * p->n_out + o];
            for (size_t k = 0; k < p->n_in; k++)
                dw[k * p->n_out + o] +=
                    p->x[i * p->n_in + k] * p->dy[i * p->n_out + o];
        }
    }
}

static void check_gradient(const struct problem *p, size_t rows_a_call)
{
    size_t n_weights = p->n_in * p->n_out;
    mlp_real *dw = calloc(n_weights, sizeof *dw);
    mlp_real *db = calloc(p->n_out, sizeof *db);
    mlp_real *expected_w = calloc(n_weights, sizeof *expected_w);
    mlp_real *expected_b = calloc(p->n_out, sizeof *expected_b);
    plain_gradient(p, expected_w, expected_b);
    memcpy(dw, p->w, n_weights * sizeof *dw);
    memcpy(db, p->b, p->n_out * sizeof *db);
    for (size_t i = 0; i < p->n; i += rows_a_call) {
        size_t n = p->n - i < rows_a_call ? p->n - i : rows_a_call;
        gemm_gradient(n, p->n_in, p->n_out, p->x + i * p->n_in,
                      p->dy + i * p->n_out, dw, db);
    }
    expect_equal(p, dw, expected_w, n_weights);
    expect_equal(p, db, expected_b, p->n_out);
    free(dw);
    free(db);
    free(expected_w);
    free(expected_b);
}

Test(gemm, gradient_equals_three_plain_loops_in_one_call_or_in_several)
{
    for (uint64_t seed = 0; seed < N_PROBLEMS; seed++) {
        struct problem p = problem_create(seed);
        check_gradient(&p, p.n);
        check_gradient(&p, 7);
        problem_free(&p);
    }
}

Test(gemm, forward_of_a_row_does_not_depend_on_the_other_rows)
{
    for (uint64_t seed = 0; seed < N_PROBLEMS; seed++) {
        struct problem p = problem_create(seed);
        mlp_real *together = calloc(p.n * p.n_out, sizeof *together);
        mlp_real *alone = calloc(p.n * p.n_out, sizeof *alone);
        gemm_forward(p.n, p.n_in, p.n_out, p.x, p.w, p.b, together);
        for (size_t i = 0; i < p.n; i++)
            gemm_forward(1, p.n_in, p.n_out, p.x + i * p.n_in, p.w, p.b,
                         alone + i * p.n_out);
        expect_equal(&p, together, alone, p.n * p.n_out);
        free(together);
        free(alone);
        problem_free(&p);
    }
}
