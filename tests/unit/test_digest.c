/* SPDX-License-Identifier: MIT */
#include "store/digest.h"

#include <criterion/criterion.h>
#include <string.h>

#include "temp_folder.h"

/* FIPS 180-2, appendix B. */
static const char abc[] =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

Test(digest, pieces_hash_to_what_the_whole_does_and_it_begins_anew)
{
    struct digest *digest = digest_create();
    mlp_sink sink = digest_sink(digest);
    char sha256[BLOB_SHA256_TEXT];

    for (int i = 0; i < 2; i++) {
        digest_add(digest, "a", 1);
        digest_add(digest, NULL, 0);
        cr_expect_eq(sink.write(sink.context, "bc", 2, NULL), MLP_OK);
        digest_take(digest, sha256);
        cr_expect_str_eq(sha256, abc);
    }
    digest_destroy(digest);
    digest_destroy(NULL);
}

Test(digest, a_file_is_hashed_from_its_start)
{
    char folder[TEMP_PATH], path[TEMP_PATH], sha256[BLOB_SHA256_TEXT];
    uint64_t size = 0;
    mlp_error err;

    temp_folder_make(folder);
    temp_file_write(temp_path(folder, "f", path), "abc");
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file);
    fgetc(file);
    cr_expect_eq(digest_of_file(fileno(file), sha256, &size, &err), MLP_OK);
    cr_expect_str_eq(sha256, abc);
    cr_expect_eq(size, 3);
    cr_expect_eq(fgetc(file), 'b');
    fclose(file);
    cr_expect_eq(digest_of_file(-1, sha256, &size, &err), MLP_IO);
    temp_folder_remove(folder);
}
