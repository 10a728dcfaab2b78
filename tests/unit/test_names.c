/* SPDX-License-Identifier: MIT */
#include "store/names.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect(const char *name, bool valid)
{
    cr_expect_eq(name_is_valid(name), valid, "'%s' should be %s", name,
                 valid ? "valid" : "refused");
}

Test(names, ordinary_names_are_valid)
{
    static const char *const names[] = {"a",      "7", "iris",  "a-b_c",
                                        "v1.2.3", "0", "a.b-c", "mnist-784"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        expect(names[i], true);
}

Test(names, what_could_be_a_path_or_another_spelling_is_refused)
{
    static const char *const names[] = {
        "",       ".",    "..",    "a/b",  "/a",  "a/", "../a",  "a..b",
        ".a",     "a.",   "-a",    "a-",   "_a",  "a_", "A",     "iRis",
        "a b",    "a\n",  "a\\b",  "a%2f", "a:b", "é",  "a\x7f", "a*",
        "tmp-a/", "a\tb", "\x80z", "a~",   "a$b"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        expect(names[i], false);
}

Test(names, sixty_four_bytes_are_the_most)
{
    char name[NAME_MAX_BYTES + 2];

    memset(name, 'a', sizeof name);
    name[NAME_MAX_BYTES] = '\0';
    expect(name, true);
    name[NAME_MAX_BYTES] = 'a';
    name[NAME_MAX_BYTES + 1] = '\0';
    expect(name, false);
}

Test(names, every_single_byte_is_valid_only_if_it_is_a_digit_or_a_letter)
{
    for (int c = 1; c < 256; c++) {
        char name[2] = {(char)c, '\0'};
        expect(name, (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'));
    }
}

Test(names, an_alias_begins_with_a_letter_and_is_no_number)
{
    static const char *const good[] = {"a",      "production", "v1.2_b-c",
                                       "latest", "a..b",       "a-"};
    static const char *const bad[] = {"",   "1",   "12",  "1a",
                                      "A",  "aB",  "-a",  ".a",
                                      "_a", "a/b", "a b", "\xc3\xa4"};
    char longest[ALIAS_MAX_BYTES + 2];

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cr_expect(alias_is_valid(good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_not(alias_is_valid(bad[i]), "%s", bad[i]);
    memset(longest, 'a', sizeof longest);
    longest[ALIAS_MAX_BYTES + 1] = '\0';
    cr_expect_not(alias_is_valid(longest));
    longest[ALIAS_MAX_BYTES] = '\0';
    cr_expect(alias_is_valid(longest));
}
