/* verify.h: what the parts of clonal_verify share. */
#ifndef CLONAL_EVIDENCE_VERIFY_H
#define CLONAL_EVIDENCE_VERIFY_H

#include "host/base/digest.h"
#include "host/evidence/golden.h"
#include "host/model/model.h"
#include <clonal/verify.h>

typedef struct clonal__verifier {
    clonal_context *context;
    clonal_verify_options options;
    clonal_verification *result;
    clonal__digest *all, *small; /* of what the device made: see clonal_verification */
    bool in_small;               /* the case in work is a small one */
} clonal__verifier;

/* Adds a tensor's digest, as the device made it ("-": not made), to those of the verification. */
void clonal__verify_made(clonal__verifier *v, const char *where, uint64_t step, const char *name,
                         const char *digest);

/* Notes one comparison of `check`; when it is not equal, and the first such, keeps the words. */
void clonal__verify_note(clonal__verifier *v, clonal_check check, bool equal, const char *format,
                         ...) CLONAL__PRINTF(4, 5);
/* Says what is being done; CLONAL_E_CANCELLED. */
clonal_status clonal__verify_progress(clonal__verifier *v, const char *format, ...)
    CLONAL__PRINTF(2, 3);

/* verify_functions.c: the checks rng and functions. `line` is the golden text's, its digests follow
 * at *at. */
clonal_status clonal__verify_rng(clonal__verifier *v);
clonal_status clonal__verify_functions(clonal__verifier *v, const char *line, const char **at);
clonal_status clonal__verify_arithmetic(clonal__verifier *v, const char *line, const char **at);
/* verify_fused.c: special values through a function of one element, and through an optimizer. */
clonal_status clonal__verify_fused(clonal__verifier *v, const char *line, const char **at);
clonal_status clonal__verify_fused_update(clonal__verifier *v, const char *line, const char **at);
/* Notes for each function and each optimizer of this library whether the golden text has its lines.
 */
void clonal__verify_fused_all(clonal__verifier *v, const char *text);
/* verify_gemm.c: every form of the native GEMM that suits the device: the plan would pass over one
 * that is wrong, in silence. */
clonal_status clonal__verify_gemm(clonal__verifier *v);
/* verify_case.c: one case, its digests at *at. */
clonal_status clonal__verify_case(clonal__verifier *v, const char *line, const char **at);
/* verify_full.c */
clonal_status clonal__verify_full(clonal__verifier *v);

#endif
