/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a table file: what is read writes the same bytes. */
#include "round_trip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    mlp_table *table;
    mlp_error err;
    FILE *file = fuzz_file(data, n);
    mlp_status status = mlp_table_read(file, FUZZ_MAX_CELLS, &table, &err);
    fclose(file);
    if (status != MLP_OK)
        return 0;
    mlp_buffer bytes = fuzz_bytes(table);
    if (bytes.length != n || memcmp(bytes.data, data, n) != 0)
        abort();
    mlp_buffer_free(&bytes);
    fuzz_round_trip(table);
    return 0;
}
