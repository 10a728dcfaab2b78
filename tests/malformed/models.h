/* SPDX-License-Identifier: MIT
 *
 * A file of model files, each a small good one with some of it changed. Lines:
 *
 *     header JSON           the good one's header
 *     data N                and the bytes of its tensors: N zeros
 *     EXPECTED NAME EDIT[ ;; EDIT …]
 *     truncated EXPECTED    the good one, cut at every byte
 *
 * and an edit is one of
 *
 *     OLD => NEW            in the header, where OLD stands first
 *     length N              what the file says of its header's length
 *     header JSON           another header
 *     data +N or -N         more bytes of tensors, or fewer
 *     at N BYTES            these bytes N behind the header
 *     file BYTES            another file altogether
 *     good                  nothing is changed */
#ifndef TESTS_MALFORMED_MODELS_H
#define TESTS_MALFORMED_MODELS_H

#include "malformed/tester.h"

bool models_run(struct tester *tester, const char *path);

#endif
