#include "output.h"
#include "message.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void output_guard_streams(void)
{
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++) {
        /* Opened for reading, stdout still fails to be written, as it should. The lowest free number is taken: i. */
        if (fcntl(i, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDONLY) < 0) return;
    }
}

static bool sigpipe_was_ignored; /* by who started the command */

void output_keep_from_sigpipe(void)
{
    struct sigaction before;
    sigpipe_was_ignored = sigaction(SIGPIPE, NULL, &before) == 0 && before.sa_handler == SIG_IGN;
    signal(SIGPIPE, SIG_IGN);
}

/* Whether stdout is a pipe or socket that nobody reads any more. Who ignores SIGPIPE wants to hear of it. */
static bool nobody_reads(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return !sigpipe_was_ignored && poll(&out, 1, 0) == 1 && (out.revents & (POLLERR | POLLHUP)) != 0;
}

int output_exit_code(int code)
{
    sigset_t pipe;
    if (code != OUTPUT_UNREAD) return code;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &pipe, NULL);
    raise(SIGPIPE);
    return code;
}

int output_flush(void)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout)) return 0;
    int cause = errno;
    if (nobody_reads()) return OUTPUT_UNREAD;
    clearerr(stdout);
    return fail(CLONAL_E_IO, "cannot write to standard output%s%s", cause ? ": " : "", cause ? strerror(cause) : "");
}

int output_json(json_t *json, size_t flags)
{
    if (!json) return fail(CLONAL_E_MEMORY, "out of memory");
    json_dumpf(json, stdout, flags);
    fputc('\n', stdout);
    json_decref(json);
    return 0; /* a failed write is seen by output_flush */
}

json_t *json_text(const char *text)
{
    json_t *string = json_string(text);
    if (string) return string;
    char *copy = strdup(text);
    for (char *c = copy; c && *c; c++) {
        if ((unsigned char)*c >= 0x80) *c = '?';
    }
    string = copy ? json_string(copy) : NULL;
    free(copy);
    return string;
}

json_t *json_float(float value)
{
    char text[32];
    for (int digits = 1; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)value);
        if (strtof(text, NULL) == value) break;
    }
    return value - value == 0 ? json_real(strtod(text, NULL)) : json_null(); /* JSON has no NaN and no infinity */
}

static int write_all(FILE *file, const void *bytes, size_t count)
{
    return count == 0 || fwrite(bytes, 1, count, file) == count;
}

/* A device, a pipe: written as it is. */
static int write_special(const char *path, const void *head, size_t head_bytes, const void *body, size_t body_bytes)
{
    FILE *file = fopen(path, "wb");
    int good = file && write_all(file, head, head_bytes) && write_all(file, body, body_bytes) && fflush(file) == 0;
    int cause = errno;
    if (file) fclose(file);
    return good ? 0 : fail(CLONAL_E_IO, "%s: cannot be written: %s", path, strerror(cause));
}

/* By a temporary file beside it and a rename: whole, or not there. */
static int write_regular(const char *path, const void *head, size_t head_bytes, const void *body, size_t body_bytes)
{
    size_t room = strlen(path) + 16;
    char *temporary = malloc(room);
    if (!temporary) return fail(CLONAL_E_MEMORY, "out of memory");
    snprintf(temporary, room, "%s.XXXXXX", path);
    int code = 0, descriptor = mkstemp(temporary);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "wb");
    if (!file) {
        code = fail(CLONAL_E_IO, "%s: cannot be made: %s", path, strerror(errno));
        if (descriptor >= 0) close(descriptor);
    } else {
        mode_t mask = umask(0);
        umask(mask);
        int good = write_all(file, head, head_bytes) && write_all(file, body, body_bytes) && fflush(file) == 0 &&
                   fsync(descriptor) == 0 && fchmod(descriptor, 0666 & ~mask) == 0;
        int cause = errno;
        if (fclose(file) != 0 && good) {
            good = 0;
            cause = errno;
        }
        if (good && rename(temporary, path) != 0) {
            good = 0;
            cause = errno;
        }
        if (!good) code = fail(CLONAL_E_IO, "%s: cannot be written: %s", path, strerror(cause));
    }
    if (code != 0 && descriptor >= 0) unlink(temporary);
    free(temporary);
    return code;
}

int output_file(const char *path, const void *head, size_t head_bytes, const void *body, size_t body_bytes)
{
    struct stat about;
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode))
        return write_special(path, head, head_bytes, body, body_bytes);
    char *real = realpath(path, NULL); /* a link's target is replaced, and not the link */
    int code = write_regular(real ? real : path, head, head_bytes, body, body_bytes);
    free(real);
    return code;
}

int output_check(const char *path)
{
    struct stat about;
    if (stat(path, &about) == 0)
        return !S_ISDIR(about.st_mode) && access(path, W_OK) == 0
                   ? 0
                   : fail(CLONAL_E_IO, "cannot write '%s': %s", path,
                          S_ISDIR(about.st_mode) ? "it is a folder" : strerror(errno));
    char folder[4096];
    const char *slash = strrchr(path, '/');
    if (slash && (size_t)(slash - path) >= sizeof folder) return fail(CLONAL_E_IO, "the path '%s' is too long", path);
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path + 1) : 1, slash ? path : ".");
    return access(folder, W_OK) == 0 ? 0 : fail(CLONAL_E_IO, "cannot write '%s': %s", path, strerror(errno));
}

int output_npy(const char *path, const char *descr, const char *shape, const void *values, size_t bytes)
{
    /* https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html: magic, version, the header's length, the
     * header; padded with blanks and ended by a line feed so that the data start at a multiple of 64. */
    enum { HEAD = 512, PREFIX = 10 };
    char head[HEAD + 1];
    memset(head, ' ', sizeof head);
    memcpy(head, "\x93NUMPY\x01\x00", PREFIX - 2);
    const int length =
        snprintf(head + PREFIX, HEAD - PREFIX, "{'descr': %s, 'fortran_order': False, 'shape': %s, }", descr, shape);
    const size_t whole = ((size_t)(PREFIX + length + 1) + 63) / 64 * 64, rest = whole - PREFIX;
    head[PREFIX + length] = ' ';
    head[whole - 1] = '\n';
    head[PREFIX - 2] = (char)(rest & 0xff);
    head[PREFIX - 1] = (char)(rest >> 8);
    return output_file(path, head, whole, values, bytes);
}

json_t *json_finite(double value)
{
    return value - value == 0 ? json_real(value) : json_null(); /* JSON has no NaN and no infinity */
}
