/* output.h: stdout, checked; JSON on it; whole files. */
#ifndef TOOLS_SUPPORT_OUTPUT_H
#define TOOLS_SUPPORT_OUTPUT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* Occupies descriptors 0 to 2 where the caller closed them, so that no file of ours can become
 * stdout or stderr. */
void output_guard_streams(void);
/* SIGPIPE no longer ends the command: a reader that left is a failed write. */
void output_keep_from_sigpipe(void);
/* Flushes stdout; 0 when nothing written to it was lost. Where the reader of a pipe left, as head
 * does, OUTPUT_UNREAD, and nothing is said; else CLONAL_E_IO after a message. A verb that works
 * long after a line calls it there, and leaves with what it returns. */
int output_flush(void);
enum { OUTPUT_UNREAD = 141 }; /* 128 + SIGPIPE */
/* Ends the process as SIGPIPE would have, for an exit code of OUTPUT_UNREAD; else returns it. */
int output_exit_code(int code);

/* Prints `json` on stdout with jansson's flags (JSON_INDENT(2), or 0 for one line), reals with 17
 * digits unless the flags say otherwise, and frees it. Returns an exit code; NULL is out of memory.
 */
int output_json(json_t *json, size_t flags);
/* A JSON string of text that may not be UTF-8 (a driver's names): other bytes become '?'. */
json_t *json_text(const char *text);
/* A float as the shortest decimal that reads back as it. */
json_t *json_float(float value);

/* Writes a file whole or not at all: under a temporary name, flushed, renamed. Returns an exit
 * code. */
int output_file(const char *path, const void *head, size_t head_bytes, const void *body,
                size_t body_bytes);
/* Whether a file can be written there, as far as can be told before: 0, or an exit code after a
 * message. */
int output_check(const char *path);
/* NumPy's .npy, version 1.0, of `bytes` bytes of values in C order: descr and shape as Python
 * writes them, "'|u1'" and "(2, 3)", at most 400 characters together. */
int output_npy(const char *path, const char *descr, const char *shape, const void *values,
               size_t bytes);
/* null for what JSON has no word for. */
json_t *json_finite(double value);

#endif
