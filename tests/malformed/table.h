/* SPDX-License-Identifier: MIT
 *
 * A file of requests. Lines say where what follows is to stand, a '#' being
 * its place:
 *
 *     send METHOD TARGET TYPE BODY     a request of our own; TYPE '-': no body
 *     raw BYTES                        a request as it stands here
 *
 * Several of them in a row are several places. A case then is
 *
 *     EXPECTED[,EXPECTED …] NAME TEXT  one for all places or one for each
 *
 * and a product of a field and many values
 *
 *     values VALUE VALUE …
 *     field MARKS TEXT                 '#' in the text is the value; a mark for
 *                                      each value: . 200, x 422, b 400
 *
 * bytes.h has the notation for bytes, tester.h that of expectations. */
#ifndef TESTS_MALFORMED_TABLE_H
#define TESTS_MALFORMED_TABLE_H

#include "malformed/tester.h"

bool table_run(struct tester *tester, const char *path);

#endif
