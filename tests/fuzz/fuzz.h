/* fuzz.h: what the harnesses of this folder share.
 *
 * A harness is a file NAME.c that defines LLVMFuzzerTestOneInput for one kind of file or text that
 * comes from other people. It hands the bytes to Clonal's reader and, where they are taken, to what
 * relies on them, and states by FUZZ_CHECK what must hold whatever the bytes are. corpus/NAME/
 * holds the inputs to start from and those that once failed, NAME.dict the words of the format. See
 * README.md. */
#ifndef CLONAL_TESTS_FUZZ_FUZZ_H
#define CLONAL_TESTS_FUZZ_FUZZ_H

#include <clonal/status.h>
#include <stddef.h>
#include <stdint.h>

/* libFuzzer's interface: returns 0. It is called in one process for one input after the other. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process with a message, which is a finding, unless the condition holds. */
#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) fuzz_fail(__FILE__, __LINE__, #condition);                               \
    } while (0)
_Noreturn void fuzz_fail(const char *file, int line, const char *condition);

/* Checks that a status is CLONAL_E_FORMAT, or the other one that is expected, and that the failure
 * recorded is of that status and says something, without a character that steers a terminal. */
void fuzz_failed(clonal_status status, clonal_status other);

/* A folder of this process's own, below TMPDIR, removed when it ends without a finding. */
const char *fuzz_folder(void);
/* Writes a file of that name (which may have a folder, that is there, in front) into the folder and
 * returns its path, valid until the next call. */
const char *fuzz_file(const char *name, const void *data, size_t size);
/* The path alone, valid as above. */
const char *fuzz_path(const char *name);
/* The bytes with a NUL behind them; free with free. */
char *fuzz_text(const uint8_t *data, size_t size);

#endif
