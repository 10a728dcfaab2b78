/* SPDX-License-Identifier: MIT
 *
 * How every call of the library says what went wrong: a status to branch on
 * and, in an optional mlp_error, a sentence for a person. The library never
 * prints, never exits and never touches errno's meaning. */
#ifndef MLP_STATUS_H
#define MLP_STATUS_H

#if defined(__GNUC__)
#define MLP_API                 __attribute__((visibility("default")))
#define MLP_NODISCARD           __attribute__((warn_unused_result))
#define MLP_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define MLP_API
#define MLP_NODISCARD
#define MLP_PRINTF(text, first)
#endif

/* The arithmetic of the engine. float in the product; the tests also build it
 * as double (-DMLP_FLOAT64) to hold it against the float64 references. */
#ifdef MLP_FLOAT64
typedef double mlp_real;
#else
typedef float mlp_real;
#endif

#define MLP_STATUS_TABLE(X)                                                    \
    X(OK, "ok")                                                                \
    X(INVALID, "invalid value") /* out of range, or contradicts another */     \
    X(SHAPE, "wrong shape")     /* a count does not match its partner */       \
    X(FORMAT, "malformed")      /* bytes are not what their format says */     \
    X(LIMIT, "limit exceeded")  /* larger than a stated ceiling */             \
    X(NOMEM, "out of memory")                                                  \
    X(IO, "input/output error")                                                \
    X(CANCELLED, "cancelled") /* the caller's hook asked to stop */            \
    X(DIVERGED, "diverged")   /* the loss is not finite */                     \
    X(FULL, "no space left")  /* the device or a quota has no room */

typedef enum mlp_status {
#define X(name, text) MLP_##name,
    MLP_STATUS_TABLE(X)
#undef X
} mlp_status;

/* Owner: the caller, usually on the stack. `text` is always terminated; it
 * names the place, what was expected and what was found. */
typedef struct mlp_error {
    mlp_status status;
    char text[256];
} mlp_error;

/* "ok", "invalid value", …; a static string.  Threads: any. */
MLP_API const char *mlp_status_text(mlp_status status);

/* Fill *err (which may be NULL) and return `status`, so that a function can
 * say `return mlp_fail(err, MLP_SHAPE, "rows[%zu]: …", r)`. err->text may be
 * one of the arguments; a text too long is cut.  Threads: any. */
MLP_API mlp_status mlp_fail(mlp_error *err,
                            mlp_status status,
                            const char *format,
                            ...) MLP_PRINTF(3, 4);

#endif
