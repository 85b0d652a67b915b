/* plan_store.h: what is known of who computes a product: the decisions made so far, in the context
 * and on disk. For the files of host/gemm alone. */
#ifndef CLONAL_GEMM_PLAN_STORE_H
#define CLONAL_GEMM_PLAN_STORE_H

#include "host/gemm/gemm.h"
#include "host/runtime/program_cache.h"

/* One decision: who computes products of this shape where `wanted` was asked for. */
typedef struct clonal__gemm_decision {
    clonal__gemm_shape shape;
    clonal_gemm wanted;
    clonal__gemm_choice choice;
    bool used; /* in this context: made there, or found and taken (clonal__plan_store_take) */
} clonal__gemm_decision;

/* The decisions of one context. It belongs to the context, is freed with it, and like it is used by
 * one thread at a time. */
typedef struct clonal__plan_store clonal__plan_store;

/* The context's store; the first call makes it and reads what the disk holds for this very device,
 * driver, library and kernel text. A file that is missing or damaged is no failure: what it held up
 * to there counts. The decisions come from a file that anyone may have written: ask whether one is
 * possible before relying on it. Errors: CLONAL_E_MEMORY; those of reading the kernel's text. */
clonal_status clonal__plan_store_of(clonal_context *context, clonal__plan_store **store);

/* The decision for exactly this shape, or NULL. Valid until the next call that keeps or forgets. */
const clonal__gemm_decision *clonal__plan_store_find(const clonal__plan_store *store,
                                                     const clonal__gemm_shape *shape,
                                                     clonal_gemm wanted);

/* Notes that a decision of the store is taken. */
void clonal__plan_store_take(clonal__plan_store *store, const clonal__gemm_decision *decision);

/* An exact choice, used in this context, for a shape that differs from this one in the batch alone
 * (in M, or in K for the gradient of weights), by a factor of 16 at most, or NULL: most likely good
 * enough for the last, short batch and for evaluation, and its programs are built already. Of
 * several that of the nearest batch. What earlier runs used with batches of their own is no guide
 * to this one's speed. Valid as above. */
const clonal__gemm_choice *clonal__plan_store_related(const clonal__plan_store *store,
                                                      const clonal__gemm_shape *shape,
                                                      clonal_gemm wanted);

/* Keeps a copy of the decision, in the place of an earlier one for the same shape, and writes the
 * file anew, with what other processes have added to it since. It is a cache: a failure to write is
 * only logged. CLONAL_E_MEMORY: nothing is kept. */
clonal_status clonal__plan_store_keep(clonal__plan_store *store,
                                      const clonal__gemm_decision *decision);

/* The most bytes of a file that is read. */
enum { CLONAL__PLAN_STORE_MOST = 1 << 20 };
/* Whether a file's text would be taken whole. Sets `label` to what it tells of its device, or "".
 */
bool clonal__plan_store_check(const char *text, char label[CLONAL__DEVICE_LABEL_ROOM]);

#endif
