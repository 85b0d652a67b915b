/* verify.h: what the parts of clonal_verify share. */
#ifndef CLONAL_TRAIN_VERIFY_H
#define CLONAL_TRAIN_VERIFY_H

#include "host/train/golden.h"
#include "host/train/model.h"
#include <clonal/verify.h>

typedef struct clonal__verifier {
    clonal_context *context;
    clonal_verify_options options;
    clonal_verification *result;
} clonal__verifier;

/* Notes one comparison of `check`; when it is not equal, and the first such, keeps the words. */
void clonal__verify_note(clonal__verifier *v, clonal_check check, bool equal, const char *format, ...) CLONAL__PRINTF(4, 5);
/* Says what is being done; CLONAL_E_CANCELLED. */
clonal_status clonal__verify_progress(clonal__verifier *v, const char *format, ...) CLONAL__PRINTF(2, 3);

/* verify_functions.c: the checks rng and functions. `line` is the golden text's, its digests follow at *at. */
clonal_status clonal__verify_rng(clonal__verifier *v);
clonal_status clonal__verify_functions(clonal__verifier *v, const char *line, const char **at);
clonal_status clonal__verify_arithmetic(clonal__verifier *v, const char *line, const char **at);
/* verify_gemm.c: every form of the native GEMM that suits the device: the plan would pass over one that is wrong, in silence. */
clonal_status clonal__verify_gemm(clonal__verifier *v);
/* verify_case.c: one case, its digests at *at. */
clonal_status clonal__verify_case(clonal__verifier *v, const char *line, const char **at);
/* verify_full.c */
clonal_status clonal__verify_full(clonal__verifier *v);

#endif
