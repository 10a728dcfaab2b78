/* SPDX-License-Identifier: MIT
 *
 * What the files of the catalog share: one connection and the statements by
 * number. Nothing here is for others. */
#ifndef MLPD_CATALOG_INNER_H
#define MLPD_CATALOG_INNER_H

#include "store/catalog.h"
#include "store/database.h"

/* Their texts are in catalog_open.c. */
enum statement {
    INSERT_JOB,
    UPDATE_JOB,
    DELETE_JOB,
    EACH_JOB,
    JOB_HISTORY,
    PUT_DATASET,
    DELETE_DATASET,
    EACH_DATASET,
    NEXT_VERSION,
    PUT_MODEL_FILE,
    REMOVE_MODEL_FILE,
    FORGET_MODEL_FILE,
    EACH_MODEL_FILE,
    PUT_ALIAS,
    DELETE_ALIAS,
    EACH_ALIAS,
    PUT_AUDIT,
    PUT_AUDIT_ONCE,
    WITHDRAW_AUDIT,
    EACH_AUDIT,
    FIND_PROMOTION,
    PURGE_AUDIT,
    PUT_KEY,
    GET_KEY,
    PURGE_KEYS,
    PROBE,
    N_STATEMENTS,
};

struct catalog {
    struct database *database;
    int lock_fd; /* holds the flock on DATA/LOCK */
};

#endif
