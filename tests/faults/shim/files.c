/* files.c: files and folders that cannot be written, renamed or synchronised. Reads are left alone, and what goes to
 * stderr: the cause has to arrive somewhere. */
#undef _FILE_OFFSET_BITS /* both names of each function are wrapped */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One that fails alone has a cause of its own; a full disk keeps its. */
#define FAILS (DUE(FAULT_FILE) && (errno = fault_goes_on() ? ENOSPC : EIO))
/* What also works on a full disk. */
#define FAILS_ONCE (DUE(FAULT_FILE_ONCE) && (errno = EIO))

/* As the C library does it for a stream whose write failed. */
static void mark(FILE *file)
{
    file->_flags |= 0x20; /* _IO_ERR_SEEN */
}

/* ---- streams ---- */

#define STREAM_FAILS(file) ((file) != stderr && FAILS && (mark(file), 1))

size_t fwrite(const void *bytes, size_t size, size_t count, FILE *file)
{
    NEXT(fwrite);
    return STREAM_FAILS(file) ? 0 : real(bytes, size, count, file);
}

int fputs(const char *text, FILE *file)
{
    NEXT(fputs);
    return STREAM_FAILS(file) ? EOF : real(text, file);
}

#undef fputc
int fputc(int byte, FILE *file)
{
    NEXT(fputc);
    return STREAM_FAILS(file) ? EOF : real(byte, file);
}

#undef putc
int putc(int byte, FILE *file)
{
    NEXT(putc);
    return STREAM_FAILS(file) ? EOF : real(byte, file);
}

int puts(const char *text)
{
    NEXT(puts);
    return STREAM_FAILS(stdout) ? EOF : real(text);
}

#undef putchar
int putchar(int byte)
{
    NEXT(putchar);
    return STREAM_FAILS(stdout) ? EOF : real(byte);
}

int vfprintf(FILE *file, const char *format, va_list list)
{
    NEXT(vfprintf);
    return STREAM_FAILS(file) ? -1 : real(file, format, list);
}

int printf(const char *format, ...)
{
    if (STREAM_FAILS(stdout)) return -1;
    va_list list;
    va_start(list, format);
    int written = vfprintf(stdout, format, list);
    va_end(list);
    return written;
}

int fprintf(FILE *file, const char *format, ...)
{
    if (STREAM_FAILS(file)) return -1;
    va_list list;
    va_start(list, format);
    int written = vfprintf(file, format, list);
    va_end(list);
    return written;
}

int fflush(FILE *file)
{
    NEXT(fflush);
    return file && STREAM_FAILS(file) ? EOF : real(file);
}

/* Closed in any case, as POSIX has it. */
int fclose(FILE *file)
{
    NEXT(fclose);
    const int fails = file != stderr && FAILS_ONCE, error = errno;
    const int closed = real(file);
    if (!fails) return closed;
    errno = error;
    return EOF;
}

static FILE *open_stream(FILE *(*real)(const char *, const char *), const char *path, const char *mode, int fails)
{
    return fails ? NULL : real(path, mode);
}

#define WRITES(mode) strpbrk(mode, "wa+")

FILE *fopen(const char *path, const char *mode)
{
    NEXT(fopen);
    return open_stream(real, path, mode, WRITES(mode) && FAILS);
}

FILE *fopen64(const char *path, const char *mode)
{
    NEXT(fopen64);
    return open_stream(real, path, mode, WRITES(mode) && FAILS);
}

FILE *fdopen(int descriptor, const char *mode)
{
    NEXT(fdopen);
    return WRITES(mode) && FAILS ? NULL : real(descriptor, mode);
}

FILE *tmpfile64(void)
{
    NEXT(tmpfile64);
    return FAILS ? NULL : real();
}

/* ---- descriptors ---- */

#define OPENS(name)                                                                                                    \
    int name(const char *path, int flags, ...)                                                                         \
    {                                                                                                                  \
        static int (*real)(const char *, int, ...);                                                                    \
        if (!real) *(void **)&real = fault_next(#name);                                                                \
        va_list list;                                                                                                  \
        va_start(list, flags);                                                                                         \
        const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;                                  \
        va_end(list);                                                                                                  \
        if ((flags & (O_ACCMODE | O_CREAT)) != O_RDONLY && FAILS) return -1;                                           \
        return real(path, flags, mode);                                                                                \
    }
OPENS(open)
OPENS(open64)

ssize_t write(int file, const void *bytes, size_t count)
{
    NEXT(write);
    return file != STDERR_FILENO && FAILS ? -1 : real(file, bytes, count);
}

#define CALL(type, name, condition, parameters, arguments)                                                             \
    type name parameters                                                                                               \
    {                                                                                                                  \
        NEXT(name);                                                                                                    \
        return (condition) ? (type)-1 : real arguments;                                                                \
    }
CALL(int, fsync, FAILS, (int file), (file))
CALL(int, fdatasync, FAILS, (int file), (file))
CALL(int, ftruncate, FAILS, (int file, off_t length), (file, length))
CALL(int, ftruncate64, FAILS, (int file, off64_t length), (file, length))
CALL(int, flock, FAILS_ONCE, (int file, int operation), (file, operation))
CALL(int, rename, FAILS, (const char *from, const char *to), (from, to))
CALL(int, mkdir, FAILS, (const char *path, mode_t mode), (path, mode))
CALL(int, mkstemp64, FAILS, (char *path), (path))
CALL(int, unlink, FAILS_ONCE, (const char *path), (path))
CALL(int, remove, FAILS_ONCE, (const char *path), (path))
CALL(int, rmdir, FAILS_ONCE, (const char *path), (path))

char *mkdtemp(char *path)
{
    NEXT(mkdtemp);
    return FAILS ? NULL : real(path);
}

int close(int file)
{
    NEXT(close);
    const int fails = FAILS_ONCE, error = errno;
    const int closed = real(file);
    if (!fails) return closed;
    errno = error;
    return -1;
}
