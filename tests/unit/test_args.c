/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "cli/nearest.h"
#include "help.h"

static char *no_variable(const char *name)
{
    (void)name;
    return NULL;
}

static char *server_variable(const char *name)
{
    static char url[] = "unix:/x";
    return strcmp(name, "MLPD_SERVER") == 0 ? url : NULL;
}

static mlp_status parse(const char *verb,
                        const char *const *texts,
                        char *(*variable)(const char *),
                        struct args *out,
                        mlp_error *err)
{
    static char storage[16][64]; /* the result points into these */
    char *argv[16];
    int argc = 0;
    for (; texts[argc] != NULL; argc++) {
        (void)snprintf(storage[argc], sizeof storage[0], "%s", texts[argc]);
        argv[argc] = storage[argc];
    }
    return args_parse(args_find_verb(verb), argc, argv, variable, out, err);
}

#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void
refuses(const char *verb, const char *text, const char *const *texts)
{
    struct args args;
    mlp_error err = {.text = ""};
    cr_expect_eq(parse(verb, texts, no_variable, &args, &err), MLP_INVALID);
    cr_expect_not_null(strstr(err.text, text), "%s", err.text);
    args_free(&args);
}

Test(args, words_and_options_may_be_mixed)
{
    struct args args;
    mlp_error err;
    cr_assert_eq(parse("predict",
                       TEXTS("a=1", "--model", "iris", "b=-2", "--explain",
                             "--top=3", "--", "--c=4"),
                       no_variable, &args, &err),
                 MLP_OK, "%s", err.text);
    cr_expect_str_eq(args.model, "iris");
    cr_expect_str_eq(args.top, "3");
    cr_expect(args.explain);
    cr_expect_eq(args.n_words, 3);
    cr_expect_str_eq(args.words[2], "--c=4");
    args_free(&args);
}

Test(args, every_setting_of_train_is_an_option)
{
    struct args args;
    mlp_error err;
    cr_assert_eq(parse("train",
                       TEXTS("--batch-size", "32", "--learning_rate=0.1",
                             "--set", "epochs=3"),
                       no_variable, &args, &err),
                 MLP_OK, "%s", err.text);
    cr_assert_eq(args.n_settings, 3);
    cr_expect_str_eq(args.settings[0].key, "batch_size");
    cr_expect_str_eq(args.settings[0].value, "32");
    cr_expect_str_eq(args.settings[2].key, "epochs");
    args_free(&args);
}

Test(args, a_slip_is_told_what_was_meant)
{
    refuses("train", "did you mean --target?", TEXTS("--taget", "x"));
    refuses("train", "did you mean --epochs?", TEXTS("--epoch", "3"));
    refuses("train", "did you mean 'dropout'?", TEXTS("--set", "dropuot=1"));
    refuses("predict", "unknown option '--epochs'", TEXTS("--epochs", "3"));
    refuses("jobs", "expected queued|running", TEXTS("--state", "done"));
    refuses("train", "given twice", TEXTS("--epochs=1", "--set", "epochs=2"));
    refuses("train", "needs a value", TEXTS("--data"));
    refuses("train", "is empty", TEXTS("--data="));
    refuses("predict", "takes no value", TEXTS("--explain=1"));
    refuses("models", "unknown option '-x'", TEXTS("-x"));
}

Test(args, a_flag_wins_over_its_variable)
{
    struct args args;
    mlp_error err;
    cr_assert_eq(parse("jobs", TEXTS("list"), server_variable, &args, &err),
                 MLP_OK);
    cr_expect_str_eq(args.server, "unix:/x");
    args_free(&args);
    cr_assert_eq(parse("jobs", TEXTS("--server", "http://a"), server_variable,
                       &args, &err),
                 MLP_OK);
    cr_expect_str_eq(args.server, "http://a");
    args_free(&args);
}

Test(nearest, counts_what_a_hand_does_wrong)
{
    cr_expect_eq(nearest_distance("target", "target"), 0);
    cr_expect_eq(nearest_distance("taregt", "target"), 1);
    cr_expect_eq(nearest_distance("tagret", "target"), 1);
    cr_expect_eq(nearest_distance("", "abc"), 3);
    cr_expect_eq(nearest_distance("kitten", "sitting"), 3);
    struct nearest search = nearest_to("xyz");
    nearest_offer(&search, "target");
    cr_expect_null(search.best);
}

static char *printed(bool (*print)(const char *, FILE *), const char *what)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    cr_assert(print(what, out));
    (void)fclose(out);
    return text;
}

Test(help, each_page_and_each_completion_names_every_option)
{
    static const char *const shells[] = {"bash", "zsh", "fish"};
    for (size_t i = 0; i < args_n_options; i++)
        for (size_t verb = 0; verb < ARGS_N_VERBS; verb++) {
            char name[48];
            (void)snprintf(name, sizeof name, "--%s", args_options[i].name);
            char *page = printed(help_print_verb, args_verbs[verb].name);
            if (args_takes(&args_options[i], &args_verbs[verb]))
                cr_expect_not_null(strstr(page, name), "%s", name);
            free(page);
        }
    for (size_t shell = 0; shell < 3; shell++) {
        char *text = printed(help_print_completion, shells[shell]);
        for (size_t i = 0; i < args_n_options; i++)
            cr_expect_not_null(strstr(text, args_options[i].name));
        free(text);
    }
    cr_expect_not(help_print_verb("nonsense", stderr));
    cr_expect_not(help_print_completion("csh", stderr));
}
