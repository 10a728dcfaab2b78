/* SPDX-License-Identifier: MIT
 *
 * "records": [{"a": 1, "b": "x"}, …] into a table. */
#ifndef MLPD_JSON_RECORDS_H
#define MLPD_JSON_RECORDS_H

#include "http/json_matrix.h"
#include "mlp/records.h"

struct json_records {
    struct json_part part;
    mlp_read_options options;
    size_t max_text_bytes;
    mlp_records *records; /* from the bracket on */
    mlp_table *table;     /* at the end, in place of them */
    bool inside;          /* a record */
    size_t table_held;    /* bytes */
};

void json_records_init(struct json_records *records,
                       const char *pointer,
                       size_t max_cells,
                       size_t max_text_bytes);
void json_records_free(struct json_records *records);

/* Memory that they have taken. */
size_t json_records_held(const struct json_records *records);

#endif
