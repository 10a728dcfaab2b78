/* SPDX-License-Identifier: MIT
 *
 * What the verbs print, and how they cut a file: bars, tables, slices. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/data_file.h"
#include "cli/endpoint.h"
#include "cli/progress.h"
#include "cli/row_slices.h"
#include "cli/terminal.h"
#include "cli/text_table.h"

static const struct progress_view running = {
    .state = "running",
    .share = 0.424,
    .epoch = 12,
    .epochs = 30,
    .loss = 0.21,
    .validation_loss = 0.25,
    .validation_accuracy = 0.934,
    .samples_per_second = 812345,
    .eta_s = 61.2,
    .queue_position = (double)NAN,
};

static void expect_word(const char *text, const char *expected)
{
    char *out = NULL;
    size_t n;
    FILE *stream = open_memstream(&out, &n);
    cr_assert_not_null(stream);
    terminal_print_word(text, stream);
    (void)fclose(stream);
    cr_expect_str_eq(out, expected);
    free(out);
}

Test(terminal, a_word_of_a_command_is_quoted_where_a_shell_would_read_more)
{
    expect_word("iris.csv", "iris.csv");
    expect_word("../data/a-b_c,d=1:2@3%+4", "../data/a-b_c,d=1:2@3%+4");
    expect_word("My Data.csv", "'My Data.csv'");
    expect_word("a'b", "'a'\\''b'");
    expect_word("$(rm)", "'$(rm)'");
    expect_word("~", "'~'");
    expect_word("", "''");
    expect_word("a\033[2J\xc2\x9b", "'a?[2J?'");
    expect_word("a\x7f.csv", "'a?.csv'");
    expect_word("\xc3\xa4.csv", "'\xc3\xa4.csv'");
}

Test(progress, says_all_where_there_is_room)
{
    char line[512];
    progress_format(&running, 120, false, line, sizeof line);
    cr_expect_str_eq(line, " 42%  [#############.................]  "
                           "epoch 12/30  loss 0.21  validation 0.25  "
                           "accuracy 93.4%  812k rows/s  1:01 left");
}

Test(progress, fits_every_width)
{
    char line[512];
    for (unsigned width = 4; width < 200; width++) {
        progress_format(&running, width, false, line, sizeof line);
        cr_expect_leq(strlen(line), width, "%s", line);
        cr_expect_eq(strncmp(line, " 42%", 4), 0);
    }
}

Test(progress, odd_figures_are_left_out)
{
    struct progress_view view = running;
    char line[512], small[8];
    view.share = (double)NAN;
    view.epochs = HUGE_VAL;
    view.loss = (double)NAN;
    view.eta_s = -1;
    view.samples_per_second = 1e300;
    progress_format(&view, 120, false, line, sizeof line);
    cr_expect_null(strstr(line, "nan"), "%s", line);
    cr_expect_null(strstr(line, "inf"), "%s", line);
    cr_expect_null(strstr(line, "left"), "%s", line);
    view.share = 1e9;
    progress_format(&view, 120, false, line, sizeof line);
    cr_expect_eq(strncmp(line, "100%", 4), 0);
    progress_format(&view, 120, true, small, sizeof small);
    cr_expect_lt(strlen(small), sizeof small);
}

Test(progress, times_are_read_by_people)
{
    char text[24];
    progress_format_time(59.6, text, sizeof text);
    cr_expect_str_eq(text, "1:00");
    progress_format_time(3661, text, sizeof text);
    cr_expect_str_eq(text, "1:01:01");
    progress_format_time((double)NAN, text, sizeof text);
    cr_expect_str_eq(text, "");
}

Test(terminal, a_text_cannot_steer_it)
{
    char out[64];
    terminal_clean("a\033[2Jb\x7f\xc2\x9b"
                   "c\n",
                   out, sizeof out);
    cr_expect_str_eq(out, "a?[2Jb??c?");
    terminal_clean("aé", out, 3);
    cr_expect_str_eq(out, "a");
    cr_expect_eq(terminal_columns("aéz"), 3);
}

Test(text_table, lines_up_and_may_go_on)
{
    struct text_table table;
    char *text = NULL;
    size_t length = 0;
    mlp_error err;
    FILE *out = open_memstream(&text, &length);
    text_table_init(&table, "NAME|>N|END");
    text_table_add(&table, "grün");
    text_table_format(&table, "%d", 5);
    text_table_add(&table, "x");
    cr_assert_eq(text_table_print(&table, true, out, &err), MLP_OK);
    text_table_add(&table, "a");
    text_table_format(&table, "%d", 10);
    text_table_add(&table, "y");
    cr_assert_eq(text_table_print(&table, false, out, &err), MLP_OK);
    (void)fclose(out);
    cr_expect_str_eq(text, "NAME  N  END\ngrün  5  x\na     10  y\n");
    text_table_free(&table);
    free(text);
}

/* All slices of `text`, each behind a '|'. */
static void
sliced(const char *text, bool csv, size_t rows, const char *expected)
{
    struct row_slices slices;
    mlp_buffer out;
    mlp_error err = {.text = ""};
    FILE *in = tmpfile();
    cr_assert_not_null(in);
    (void)fputs(text, in);
    rewind(in);
    mlp_buffer_init(&out, 1 << 20);
    cr_assert_eq(row_slices_init(&slices, in, csv, rows, 1 << 16, &err),
                 MLP_OK);
    for (;;) {
        cr_assert_eq(row_slices_next(&slices, &err), MLP_OK, "%s", err.text);
        if (slices.n_rows == 0)
            break;
        mlp_buffer_text(&out, "|");
        row_slices_part(&slices, 0, slices.n_rows, &out);
    }
    cr_expect_str_eq(out.data, expected);
    row_slices_free(&slices);
    mlp_buffer_free(&out);
    (void)fclose(in);
}

Test(row_slices, each_has_the_heading_and_no_row_is_lost)
{
    sliced("a,b\n1,2\n3,4\n5,6", true, 2, "|a,b\n1,2\n3,4\n|a,b\n5,6\n");
    sliced("a,b\r\n1,2\r\n\r\n", true, 2, "|a,b\r\n1,2\r\n");
    sliced("a\n1\n\n2\n", true, 9, "|a\n1\n\n2\n");
    sliced("{}\n\n{\"a\":\"\\\"\"}\n", false, 1, "|{}\n|{\"a\":\"\\\"\"}\n");
}

Test(row_slices, a_quoted_cell_is_not_cut)
{
    sliced("a,b\n1,\"x\ny\"\n2,\"\"\"\n\"\n3,5\" pipe\n4,z\n", true, 1,
           "|a,b\n1,\"x\ny\"\n|a,b\n2,\"\"\"\n\"\n|a,b\n3,5\" pipe\n"
           "|a,b\n4,z\n");
}

Test(data_file, a_name_says_what_it_is_and_what_the_model_is_called)
{
    static const struct {
        const char *path, *stem;
        enum data_file_kind kind;
        bool zipped;
    } names[] = {
        {"iris.csv", "iris", DATA_FILE_CSV, false},
        {"/x/My Data (2).CSV", "my-data-2", DATA_FILE_CSV, false},
        {"a/b.jsonl.gz", "b", DATA_FILE_NDJSON, true},
        {"train-images-idx3-ubyte.gz", "train-images-idx3", DATA_FILE_IDX,
         true},
        {"x..y.npy", "x.-y", DATA_FILE_NPY, false},
        {"-", "", DATA_FILE_CSV, false},
    };
    struct data_file file;
    mlp_error err;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        cr_assert_eq(data_file_name(names[i].path, &file, &err), MLP_OK);
        cr_expect_str_eq(file.stem, names[i].stem);
        cr_expect_eq(file.kind, names[i].kind);
        cr_expect_eq(file.zipped, names[i].zipped);
    }
    cr_expect_eq(data_file_name("x.xlsx", &file, &err), MLP_INVALID);
    cr_expect_eq(data_file_open("/", &file, &err), MLP_INVALID);
    cr_expect_eq(data_file_open("/nowhere/x.csv", &file, &err), MLP_INVALID);
}

Test(endpoint, urls_are_read_strictly)
{
    struct endpoint at;
    mlp_error err;
    cr_assert_eq(endpoint_parse("http://[::1]:81/x", &at, &err), MLP_OK);
    cr_expect_str_eq(at.host, "::1");
    cr_expect_str_eq(at.port, "81");
    cr_assert_eq(endpoint_parse("https://a", &at, &err), MLP_OK);
    cr_expect(at.tls);
    cr_expect_str_eq(at.port, "443");
    cr_assert_eq(endpoint_parse("unix:/run/x", &at, &err), MLP_OK);
    cr_expect_str_eq(at.host, "/run/x");
    cr_expect_str_eq(at.port, "");
    cr_expect_eq(endpoint_parse("ftp://a", &at, &err), MLP_INVALID);
    cr_expect_eq(endpoint_parse("http://", &at, &err), MLP_INVALID);
    cr_expect_eq(endpoint_parse("http://a:123456789", &at, &err), MLP_INVALID);
}
