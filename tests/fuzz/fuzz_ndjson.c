/* SPDX-License-Identifier: MIT
 *
 * Any bytes as NDJSON. */
#include "round_trip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    fuzz_reader(data, n, MLP_FILE_NDJSON);
    return 0;
}
