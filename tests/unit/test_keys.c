/* SPDX-License-Identifier: MIT
 *
 * Keys, their file, and the ring that a daemon holds. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/blob.h"
#include "store/keyring.h"
#include "store/keys.h"
#include "unit/temp_folder.h"

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LINE "0123456789ab " HASH " train 2026-11-23T19:18:34Z never"

static struct keys keys;
static mlp_error err;

static void forget(void)
{
    keys_free(&keys);
}

TestSuite(keys, .fini = forget);

static struct key
add(enum key_scope scope, int64_t expires, char token[SECRET_TOKEN_BYTES])
{
    struct key key = {.scope = scope, .created = 1000, .expires = expires};
    cr_assert_eq(keys_add(&keys, &key, token, &err), MLP_OK, "%s", err.text);
    return key;
}

Test(keys, token_has_its_parts_and_finds_its_key)
{
    char first[SECRET_TOKEN_BYTES], second[SECRET_TOKEN_BYTES], start[32];
    struct key key = add(KEY_PREDICT, 0, first);
    add(KEY_ADMIN, 0, second);
    cr_expect_eq(strlen(first), 5 + 12 + 1 + 43);
    snprintf(start, sizeof start, "mlpd_%s_", key.id);
    cr_expect_eq(strncmp(first, start, strlen(start)), 0);
    cr_expect_str_eq(keys_find(&keys, first, 2000)->id, key.id);
    cr_expect_eq(keys_find(&keys, second, 2000)->scope, KEY_ADMIN);
    cr_expect_str_neq(first + 18, second + 18);
}

Test(keys, hash_is_that_of_the_secret_and_the_secret_is_not_kept)
{
    char token[SECRET_TOKEN_BYTES], hash[SECRET_HASH_BYTES];
    struct key key = add(KEY_TRAIN, 0, token);
    blob_sha256(token + 18, 43, hash);
    cr_expect_str_eq(key.hash, hash);
    cr_expect_null(memmem(keys.items, sizeof *keys.items, token + 18, 43));
}

Test(keys, every_changed_byte_of_a_token_makes_it_open_nothing)
{
    char token[SECRET_TOKEN_BYTES];
    add(KEY_ADMIN, 0, token);
    for (size_t i = 0; token[i] != '\0'; i++) {
        char before = token[i];
        for (int with = 1; with < 256; with++) {
            token[i] = (char)with;
            if (token[i] != before)
                cr_assert_null(keys_find(&keys, token, 2000), "%s", token);
        }
        token[i] = before;
    }
    cr_expect_not_null(keys_find(&keys, token, 2000));
}

Test(keys, shorter_longer_and_strange_tokens_open_nothing)
{
    char token[SECRET_TOKEN_BYTES], longer[SECRET_TOKEN_BYTES + 1];
    add(KEY_ADMIN, 0, token);
    snprintf(longer, sizeof longer, "%sA", token);
    cr_expect_null(keys_find(&keys, longer, 2000));
    for (size_t n = strlen(token); n-- > 0;) {
        token[n] = '\0';
        cr_expect_null(keys_find(&keys, token, 2000));
    }
    cr_expect_null(keys_find(&keys, "mlpd__", 2000));
}

Test(keys, expired_key_opens_nothing_from_that_second_on)
{
    char token[SECRET_TOKEN_BYTES];
    add(KEY_ADMIN, 5000, token);
    cr_expect_not_null(keys_find(&keys, token, 4999));
    cr_expect_null(keys_find(&keys, token, 5000));
}

Test(keys, removed_key_opens_nothing_and_the_others_stay)
{
    char tokens[3][SECRET_TOKEN_BYTES];
    struct key middle = {0};
    for (int i = 0; i < 3; i++) {
        struct key key = add(KEY_ADMIN, 0, tokens[i]);
        middle = i == 1 ? key : middle;
    }
    cr_expect(keys_remove(&keys, middle.id));
    cr_expect_not(keys_remove(&keys, middle.id));
    cr_expect_not_null(keys_find(&keys, tokens[0], 2000));
    cr_expect_null(keys_find(&keys, tokens[1], 2000));
    cr_expect_not_null(keys_find(&keys, tokens[2], 2000));
}

Test(keys, text_is_read_as_it_was_written)
{
    char token[SECRET_TOKEN_BYTES];
    struct keys again;
    mlp_buffer text, second;
    struct key named = {.scope = KEY_TRAIN, .created = 1, .expires = 99};
    snprintf(named.name, sizeof named.name, "the lab's  key #2");
    cr_assert_eq(keys_add(&keys, &named, token, &err), MLP_OK);
    add(KEY_ADMIN, 0, token);
    mlp_buffer_init(&text, 10000);
    mlp_buffer_init(&second, 10000);
    keys_format(&keys, &text);
    cr_assert_eq(keys_parse(text.data, text.length, &again, &err), MLP_OK, "%s",
                 err.text);
    cr_assert_eq(again.n, 2);
    cr_expect_str_eq(again.items[0].name, named.name);
    cr_expect_eq(again.items[0].expires, 99);
    cr_expect_eq(again.items[1].expires, 0);
    keys_format(&again, &second);
    cr_expect_str_eq(text.data, second.data);
    keys_free(&again);
    mlp_buffer_free(&text);
    mlp_buffer_free(&second);
}

static const struct {
    const char *text, *error;
} broken[] = {
    {"x", "line 1: expected an id"},
    {"# fine\n\n0123456789AB " HASH, "line 3: expected an id"},
    {"0123456789a", "expected an id"},
    {"0123456789ab", "expected a SHA-256"},
    {"0123456789ab 0123", "expected a SHA-256"},
    {"0123456789ab " HASH "0 train", "expected a SHA-256"},
    {"0123456789ab " HASH, "expected predict, train or admin"},
    {"0123456789ab " HASH " root", "expected predict, train or admin"},
    {"0123456789ab " HASH " train,admin", "expected predict, train or admin"},
    {"0123456789ab  " HASH " train", "expected a SHA-256"},
    {"0123456789ab " HASH " train 2026", "expected when it was made"},
    {"0123456789ab " HASH " train 2026-02-30T00:00:00Z never",
     "expected when it was made"},
    {"0123456789ab " HASH " train 2026-11-23T19:18:34Z",
     "expected when it expires"},
    {"0123456789ab " HASH " train 2026-11-23T19:18:34Z Never",
     "expected when it expires"},
    {LINE " a\x01", "expected a name"},
    {LINE "\r", "expected when it expires"},
    {LINE "\n" LINE, "line 2: key 0123456789ab is there twice"},
};

Test(keys, line_that_is_not_understood_refuses_all_and_names_itself)
{
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        cr_expect_eq(
            keys_parse(broken[i].text, strlen(broken[i].text), &keys, &err),
            MLP_FORMAT, "case %zu", i);
        cr_expect_not_null(strstr(err.text, broken[i].error), "%zu: %s", i,
                           err.text);
        cr_expect_null(strstr(err.text, "0123456789abcdef"));
        cr_expect_null(keys.items);
    }
    cr_expect_eq(keys_parse(LINE "\0", sizeof LINE, &keys, &err), MLP_FORMAT);
    cr_expect_eq(keys_parse("", 0, &keys, &err), MLP_OK);
}

Test(keys, times_are_written_in_utc)
{
    char text[KEY_TIME_BYTES];
    key_time_format(1795547914, text);
    cr_expect_str_eq(text, "2026-11-24T19:18:34Z");
}

/* --- the file ------------------------------------------------------------- */

static char folder[TEMP_PATH], path[TEMP_PATH];

static void make(void)
{
    temp_folder_make(folder);
    temp_path(folder, "keys", path);
}

static void clean(void)
{
    keys_free(&keys);
    temp_folder_remove(folder);
}

TestSuite(keys_file, .init = make, .fini = clean);
TestSuite(keyring, .init = make, .fini = clean);

Test(keys_file, is_replaced_whole_with_mode_600_and_nothing_beside_it)
{
    char token[SECRET_TOKEN_BYTES];
    struct stat info;
    struct keys again;
    for (size_t n = 1; n <= 3; n++) {
        add(KEY_TRAIN, 0, token);
        cr_assert_eq(keys_save(path, &keys, &err), MLP_OK, "%s", err.text);
        cr_assert_eq(keys_load(path, &again, &err), MLP_OK, "%s", err.text);
        cr_expect_eq(again.n, n);
        keys_free(&again);
    }
    cr_expect_eq(temp_folder_count(folder), 1);
    cr_assert_eq(stat(path, &info), 0);
    cr_expect_eq(info.st_mode & 07777, 0600);
}

Test(keys_file, that_root_writes_is_for_the_folder_s_owner)
{
    enum { SOMEBODY = 65534 };
    char token[SECRET_TOKEN_BYTES];
    struct stat info;
    if (geteuid() != 0)
        return;
    cr_assert_eq(chown(folder, SOMEBODY, SOMEBODY), 0);
    add(KEY_ADMIN, 0, token);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(keys_save(path, &keys, &err), MLP_OK, "%s", err.text);
        cr_assert_eq(stat(path, &info), 0);
        cr_expect_eq(info.st_uid, SOMEBODY);
        cr_expect_eq(info.st_mode & 0777, 0600);
        cr_assert_eq(chown(folder, 0, 0), 0); /* now the old file's counts */
    }
}

Test(keys_file, that_others_may_touch_is_refused_with_the_cure)
{
    static const struct {
        mode_t mode;
        mlp_status status;
    } cases[] = {{0600, MLP_OK},      {0400, MLP_OK},      {0440, MLP_OK},
                 {0640, MLP_OK},      {0644, MLP_INVALID}, {0620, MLP_INVALID},
                 {0602, MLP_INVALID}, {0666, MLP_INVALID}};
    temp_file_write(path, LINE "\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert_eq(chmod(path, cases[i].mode), 0);
        cr_expect_eq(keys_load(path, &keys, &err), cases[i].status, "%o",
                     (unsigned)cases[i].mode);
        if (cases[i].status != MLP_OK)
            cr_expect_not_null(strstr(err.text, "chmod 600"), "%s", err.text);
        keys_free(&keys);
    }
}

Test(keys_file, that_is_no_file_is_refused_at_once)
{
    char pipe[TEMP_PATH];
    cr_expect_eq(keys_load(path, &keys, &err), MLP_IO);
    cr_assert_eq(mkfifo(temp_path(folder, "pipe", pipe), 0600), 0);
    cr_expect_eq(keys_load(pipe, &keys, &err), MLP_IO);
    cr_expect_neq(keys_load(folder, &keys, &err), MLP_OK);
}

/* --- the ring ------------------------------------------------------------- */

static void save(const char *text, mode_t mode)
{
    temp_file_write(path, text);
    cr_assert_eq(chmod(path, mode), 0);
}

Test(keyring, without_a_file_nobody_needs_a_key_until_there_is_one)
{
    struct keyring *ring;
    cr_assert_eq(keyring_open(path, false, &ring, &err), MLP_OK);
    cr_expect_not(keyring_is_locked(ring));
    save(LINE, 0600);
    cr_expect_eq(keyring_reload(ring, &err), MLP_OK);
    cr_expect(keyring_is_locked(ring));
    cr_expect_eq(keyring_count(ring), 1);
    keyring_close(ring);
}

Test(keyring, file_that_was_asked_for_must_be_there)
{
    struct keyring *ring;
    cr_expect_eq(keyring_open(path, true, &ring, &err), MLP_IO);
    cr_expect_null(ring);
}

Test(keyring, file_without_a_key_locks_everybody_out)
{
    struct keyring *ring;
    save("# none\n", 0600);
    cr_assert_eq(keyring_open(path, false, &ring, &err), MLP_OK);
    cr_expect(keyring_is_locked(ring));
    keyring_close(ring);
}

Test(keyring, file_that_vanished_or_broke_leaves_the_last_good_keys)
{
    char token[SECRET_TOKEN_BYTES];
    struct keyring *ring;
    struct key found;
    struct key key = add(KEY_PREDICT, 0, token);
    cr_assert_eq(keys_save(path, &keys, &err), MLP_OK);
    cr_assert_eq(keyring_open(path, false, &ring, &err), MLP_OK);
    save("nonsense", 0600);
    cr_expect_eq(keyring_reload(ring, &err), MLP_FORMAT);
    save(LINE, 0644);
    cr_expect_eq(keyring_reload(ring, &err), MLP_INVALID);
    cr_assert_eq(unlink(path), 0);
    cr_expect_eq(keyring_reload(ring, &err), MLP_IO);
    cr_expect(keyring_find(ring, token, &found));
    cr_expect_str_eq(found.id, key.id);
    cr_expect_eq(found.hash[0], '\0');
    save(LINE, 0600);
    cr_expect_eq(keyring_reload(ring, &err), MLP_OK);
    cr_expect_not(keyring_find(ring, token, &found));
    keyring_close(ring);
}
