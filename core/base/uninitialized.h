/* SPDX-License-Identifier: MIT
 *
 * Arrays that hardening shall not clear, since clearing them takes as long as
 * filling them. */
#ifndef MLP_BASE_UNINITIALIZED_H
#define MLP_BASE_UNINITIALIZED_H

#if defined __clang__ || __GNUC__ >= 12
#define UNINITIALIZED __attribute__((uninitialized))
#else
#define UNINITIALIZED
#endif

#endif
