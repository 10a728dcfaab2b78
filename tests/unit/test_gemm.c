/* SPDX-License-Identifier: MIT
 *
 * The products against plain loops, to the bit, with every instruction set. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "isa_wide.h"
#include "math/gemm.h"
#include "math/reference.h"

/* Every matrix of a layer. got and expected are those of the same product. */
struct problem {
    struct gemm size;
    mlp_real *x, *w, *b, *dy;
    mlp_real *got, *expected, *got_b, *expected_b, *scratch;
};

/* A sanitizer looks at each loop's edges, not at bits, and is slow at it. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { N_PROBLEMS = 40 };
#else
enum { N_PROBLEMS = 150 };
#endif
enum { SIDE_MAX = 200, GUARD = 16 };

static mlp_real *numbers(size_t n)
{
    mlp_real *m = calloc(n, sizeof *m);
    cr_assert_not_null(m);
    return m;
}

static mlp_real *draw(random_stream *random, size_t n)
{
    mlp_real *m = numbers(n);
    for (size_t i = 0; i < n; i++)
        m[i] = (mlp_real)random_normal(random);
    return m;
}

static struct problem problem_of(struct gemm size, random_stream *random)
{
    struct problem p = {.size = size};
    size_t widest = size.n_in > size.n_out ? size.n_in : size.n_out;
    size_t most = widest * (size.n > widest ? size.n : widest);
    p.x = draw(random, size.n * size.n_in);
    p.w = draw(random, size.n_in * size.n_out);
    p.b = draw(random, size.n_out);
    p.dy = draw(random, size.n * size.n_out);
    p.got = numbers(most);
    p.expected = numbers(most);
    p.scratch = numbers(size.n * size.n_in + GUARD);
    p.got_b = numbers(size.n_out);
    p.expected_b = numbers(size.n_out);
    return p;
}

/* One side in three is small: that is where the special cases are. */
static size_t side(random_stream *random)
{
    return 1 + random_below(random, random_below(random, 3) ? SIDE_MAX : 20);
}

static struct problem problem_create(uint64_t seed)
{
    random_stream random;
    random_init(&random, seed, 0);
    struct gemm size = {side(&random), side(&random), side(&random)};
    return problem_of(size, &random);
}

static void problem_free(struct problem *p)
{
    mlp_real *all[] = {p->x,        p->w,     p->b,          p->dy,     p->got,
                       p->expected, p->got_b, p->expected_b, p->scratch};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

static void expect_equal(const struct kernels *k,
                         const struct problem *p,
                         const char *what,
                         size_t n)
{
    size_t at = 0;
    while (at < n && memcmp(p->got + at, p->expected + at, sizeof *p->got) == 0)
        at++;
    cr_expect_eq(at, n, "%s %s of %zu x %zu x %zu: element %zu is %a, not %a",
                 k->name, what, p->size.n, p->size.n_in, p->size.n_out, at,
                 (double)p->got[at], (double)p->expected[at]);
}

static struct span all(size_t n)
{
    return (struct span){0, n};
}

static mlp_real *copy(const mlp_real *from, size_t n)
{
    mlp_real *to = malloc(n * sizeof *to);
    memcpy(to, from, n * sizeof *to);
    return to;
}

static void check_forward(const struct kernels *k, struct problem *p, bool relu)
{
    struct gemm s = p->size;
    memset(p->got, 0xff, s.n * s.n_out * sizeof *p->got);
    k->forward(s, p->x, p->w, p->b, relu, all(s.n_out), p->got);
    reference_forward(s, p->x, p->w, p->b, relu, all(s.n_out), p->expected);
    expect_equal(k, p, relu ? "forward with relu" : "forward", s.n * s.n_out);
}

/* Most of a row is 0, of either sign, or nothing but one number. */
static void thin_out(struct problem *p, random_stream *random)
{
    uint32_t kept = random_below(random, 3);
    for (size_t i = 0; i < p->size.n * p->size.n_in; i++)
        if (random_below(random, 10) >= kept && (kept > 0 || i > 0))
            p->x[i] = random_below(random, 2) ? 0 : -(mlp_real)0;
}

static void check_predict(const struct kernels *k, struct problem *p, bool relu)
{
    struct gemm s = p->size;
    memset(p->got, 0xff, s.n * s.n_out * sizeof *p->got);
    k->predict(s, p->x, p->w, p->b, relu, all(s.n_out), p->got);
    reference_forward(s, p->x, p->w, p->b, relu, all(s.n_out), p->expected);
    for (size_t i = 0; i < s.n * s.n_out; i++) {
        p->got[i] += 0; /* a 0 may have either sign */
        p->expected[i] += 0;
    }
    expect_equal(k, p, "predict", s.n * s.n_out);
}

static void check_backward(const struct kernels *k, struct problem *p)
{
    struct gemm s = p->size;
    memset(p->got, 0xff, s.n * s.n_in * sizeof *p->got);
    k->backward(s, p->dy, p->w, all(s.n_in), p->got);
    reference_backward(s, p->dy, p->w, all(s.n_in), p->expected);
    expect_equal(k, p, "backward", s.n * s.n_in);
}

static void check_gradient(const struct kernels *k, struct problem *p, bool add)
{
    struct gemm s = p->size;
    size_t n = s.n_in * s.n_out, bytes = n * sizeof *p->w;
    memcpy(p->got, p->w, bytes);
    memcpy(p->expected, p->w, bytes);
    memcpy(p->got_b, p->b, s.n_out * sizeof *p->b);
    memcpy(p->expected_b, p->b, s.n_out * sizeof *p->b);
    k->gradient(s, p->x, p->dy, add, all(s.n_in), p->scratch, p->got, p->got_b,
                NULL);
    reference_gradient(s, p->x, p->dy, add, all(s.n_in), p->expected,
                       p->expected_b);
    for (size_t i = 0; i < GUARD; i++)
        cr_expect_eq(p->scratch[s.n * s.n_in + i], 0, "%s, scratch", k->name);
    expect_equal(k, p, add ? "gradient added" : "gradient", n);
    cr_expect_arr_eq(p->got_b, p->expected_b, s.n_out * sizeof *p->b);
}

/* Momentum moves parameters and velocities: those are what `got` ends with. */
static void check_descent(const struct kernels *k, struct problem *p, bool add)
{
    struct gemm s = p->size;
    size_t n = s.n_in * s.n_out, bytes = n * sizeof *p->w;
    struct update how = {.kind = MLP_OPTIMIZER_MOMENTUM,
                         .clip = 1,
                         .decay = 1,
                         .rate = (mlp_real)0.1,
                         .mu = (mlp_real)0.9};
    mlp_real *w = copy(p->w, n), *v = copy(p->w, n), *g = copy(p->w, n);
    mlp_real *b = copy(p->b, s.n_out), *vb = copy(p->b, s.n_out);
    struct descent then = {{&how, w, v, w}, {&how, b, vb, b}};
    memcpy(p->got_b, p->b, s.n_out * sizeof *p->b);
    k->gradient(s, p->x, p->dy, add, all(s.n_in), p->scratch, g, p->got_b,
                &then);
    memcpy(p->got, w, bytes);
    memcpy(w, p->w, bytes);
    memcpy(v, p->w, bytes);
    memcpy(g, p->w, bytes);
    memcpy(p->expected_b, p->b, s.n_out * sizeof *p->b);
    reference_gradient(s, p->x, p->dy, add, all(s.n_in), g, p->expected_b);
    k->update(&then.weights, n, g);
    memcpy(p->expected, w, bytes);
    expect_equal(k, p, add ? "descent added" : "descent", n);
    memcpy(p->got_b, b, s.n_out * sizeof *b);
    memcpy(b, p->b, s.n_out * sizeof *b);
    memcpy(vb, p->b, s.n_out * sizeof *b);
    k->update(&then.biases, s.n_out, p->expected_b);
    cr_expect_arr_eq(p->got_b, b, s.n_out * sizeof *b, "%s: biases", k->name);
    mlp_real *copies[] = {w, v, g, b, vb};
    for (size_t i = 0; i < sizeof copies / sizeof *copies; i++)
        free(copies[i]);
}

static void check_all(struct problem *p)
{
    const struct kernels *k;
    for (size_t i = 0; (k = kernels_to_test(i)) != NULL; i++) {
        check_forward(k, p, false);
        check_forward(k, p, true);
        check_backward(k, p);
        check_gradient(k, p, false);
        check_gradient(k, p, true);
        check_descent(k, p, false);
        check_descent(k, p, true);
    }
}

Test(gemm, prediction_leaves_out_what_is_zero_and_changes_no_bit)
{
    static const struct gemm sizes[] = {
        {1, 784, 128}, {2, 784, 64},  {1, 300, 10}, {1, 2048, 272},
        {1, 2049, 40}, {2, 17, 1000}, {1, 256, 77}, {3, 100, 33},
    };
    const struct kernels *k;
    random_stream random;
    random_init(&random, 7, 0);
    for (size_t i = 0; i < 8 * sizeof sizes / sizeof *sizes; i++) {
        struct problem p = problem_of(sizes[i / 8], &random);
        thin_out(&p, &random);
        for (size_t a = 0; (k = kernels_to_test(a)) != NULL; a++)
            check_predict(k, &p, i % 2);
        problem_free(&p);
    }
}

Test(gemm, every_instruction_set_gives_the_bits_of_three_plain_loops)
{
    for (uint64_t seed = 0; seed < N_PROBLEMS; seed++) {
        struct problem p = problem_create(seed);
        check_all(&p);
        problem_free(&p);
    }
}

/* Shapes that cross the blocks, and those of real layers. */
Test(gemm, does_so_for_long_sums_and_for_one_and_few_rows)
{
    static const struct gemm sizes[] = {
        {1, 784, 10},   {1, 784, 128},  {1, 784, 16},  {2, 901, 64},
        {3, 803, 37},   {32, 784, 16},  {5, 257, 64},  {2, 784, 100},
        {33, 500, 530}, {64, 530, 500}, {1, 1025, 65}, {450, 19, 33},
        {40, 17, 1100}, {37, 83, 300},  {33, 16, 256}, {20, 5, 260},
        {9, 17, 300},   {3, 31, 256},   {7, 1100, 17}, {48, 300, 97},
    };
    random_stream random;
    random_init(&random, 1, 0);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct problem p = problem_of(sizes[i], &random);
        check_all(&p);
        problem_free(&p);
    }
}

/* The end of the part that begins at `first` of n, in steps of `step`. */
static struct span
part(random_stream *random, size_t first, size_t n, size_t step)
{
    size_t end = first + step * (1 + random_below(random, 4));
    return (struct span){first, end < n ? end : n};
}

static void
check_parts(const struct kernels *k, struct problem *p, random_stream *random)
{
    struct gemm s = p->size;
    struct span some = {0, 0};
    reference_forward(s, p->x, p->w, p->b, false, all(s.n_out), p->expected);
    for (size_t o = 0; o < s.n_out; o = some.end) {
        some = part(random, o, s.n_out, GEMM_PANEL);
        k->forward(s, p->x, p->w, p->b, false, some, p->got);
    }
    expect_equal(k, p, "forward in parts", s.n * s.n_out);
    reference_backward(s, p->dy, p->w, all(s.n_in), p->expected);
    for (size_t i = 0; i < s.n_in; i = some.end) {
        some = part(random, i, s.n_in, 7);
        k->backward(s, p->dy, p->w, some, p->got);
    }
    expect_equal(k, p, "backward in parts", s.n * s.n_in);
    reference_gradient(s, p->x, p->dy, false, all(s.n_in), p->expected,
                       p->expected_b);
    for (size_t i = 0; i < s.n_in; i = some.end) {
        some = part(random, i, s.n_in, 7);
        k->gradient(s, p->x, p->dy, false, some, p->scratch, p->got, p->got_b,
                    NULL);
    }
    expect_equal(k, p, "gradient in parts", s.n_in * s.n_out);
    cr_expect_arr_eq(p->got_b, p->expected_b, s.n_out * sizeof *p->b);
}

Test(gemm, parts_of_a_result_have_the_bits_of_the_whole)
{
    const struct kernels *k;
    random_stream random;
    random_init(&random, 2, 0);
    for (uint64_t seed = 0; seed < N_PROBLEMS / 3; seed++) {
        struct problem p = problem_create(seed);
        for (size_t i = 0; (k = kernels_to_test(i)) != NULL; i++)
            check_parts(k, &p, &random);
        problem_free(&p);
    }
}

Test(gemm, gradient_of_a_batch_in_several_calls_is_that_in_one)
{
    for (uint64_t seed = 0; seed < N_PROBLEMS / 3; seed++) {
        struct problem p = problem_create(seed);
        struct gemm s = p.size;
        gemm_gradient(s, p.x, p.dy, false, all(s.n_in), NULL, p.expected,
                      p.expected_b, NULL);
        for (size_t i = 0; i < s.n; i += 7) {
            struct gemm some = s;
            some.n = s.n - i < 7 ? s.n - i : 7;
            gemm_gradient(some, p.x + i * s.n_in, p.dy + i * s.n_out, i > 0,
                          all(s.n_in), p.scratch, p.got, p.got_b, NULL);
        }
        expect_equal(isa(), &p, "gradient in several calls", s.n_in * s.n_out);
        cr_expect_arr_eq(p.got_b, p.expected_b, s.n_out * sizeof *p.b);
        problem_free(&p);
    }
}

Test(gemm, a_row_does_not_depend_on_the_rows_beside_it)
{
    for (uint64_t seed = 0; seed < N_PROBLEMS / 3; seed++) {
        struct problem p = problem_create(seed);
        struct gemm s = p.size, one = {1, s.n_in, s.n_out};
        gemm_forward(s, p.x, p.w, p.b, false, all(s.n_out), p.expected);
        for (size_t i = 0; i < s.n; i++)
            gemm_forward(one, p.x + i * s.n_in, p.w, p.b, false, all(s.n_out),
                         p.got + i * s.n_out);
        expect_equal(isa(), &p, "forward row by row", s.n * s.n_out);
        gemm_backward(s, p.dy, p.w, all(s.n_in), p.expected);
        for (size_t i = 0; i < s.n; i++)
            gemm_backward(one, p.dy + i * s.n_out, p.w, all(s.n_in),
                          p.got + i * s.n_in);
        expect_equal(isa(), &p, "backward row by row", s.n * s.n_in);
        problem_free(&p);
    }
}

Test(gemm, lets_a_nan_through_a_relu)
{
    const struct kernels *k;
    mlp_real x = 1, w = (mlp_real)NAN, b = 0, y = 0;
    for (size_t i = 0; (k = kernels_to_test(i)) != NULL; i++) {
        k->forward((struct gemm){1, 1, 1}, &x, &w, &b, true, all(1), &y);
        cr_expect(isnan(y), "%s", k->name);
    }
}
