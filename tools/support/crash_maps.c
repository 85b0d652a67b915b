#include "crash_maps.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Static, since the stack may be short: a driver's thread has its own, and the handler's is small. */
static struct {
    int file;
    size_t at, end;
    char piece[4096];
    char line[CRASH_PATH + 128];
} in;

/* The next line without its line feed, cut to the room; NULL at the end. */
static const char *next_line(void)
{
    size_t length = 0;
    for (;;) {
        if (in.at == in.end) {
            const ssize_t got = read(in.file, in.piece, sizeof in.piece);
            if (got <= 0) return NULL;
            in.at = 0;
            in.end = (size_t)got;
        }
        const char c = in.piece[in.at++];
        if (c == '\n') break;
        if (length < sizeof in.line - 1) in.line[length++] = c;
    }
    in.line[length] = 0;
    return in.line;
}

static bool open_lines(const char *path)
{
    in.at = in.end = 0;
    in.file = open(path, O_RDONLY | O_CLOEXEC);
    return in.file >= 0;
}

/* strtoull is not on POSIX's list of what a handler may call. */
static uintptr_t take_number(const char **text, unsigned base)
{
    uintptr_t value = 0;
    for (;; ++*text) {
        const char c = **text;
        unsigned digit;
        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if (base == 16 && c >= 'a' && c <= 'f')
            digit = (unsigned)(c - 'a') + 10;
        else
            return value;
        value = value * base + digit;
    }
}

/* "7f0c1000-7f0c2000 r-xp 00000000 fe:00 1234   /usr/lib/x.so" */
static void note_mapping(const char *line, crash_place *places, size_t count)
{
    const uintptr_t start = take_number(&line, 16);
    if (*line++ != '-') return;
    const uintptr_t end = take_number(&line, 16);
    const char *path = strchr(line, '/');
    if (!path || strlen(path) >= CRASH_PATH) return;
    for (size_t i = 0; i < count; i++)
        if (places[i].address >= start && places[i].address < end) memcpy(places[i].file, path, strlen(path) + 1);
}

void crash_places_find(crash_place *places, size_t count)
{
    const char *line;
    for (size_t i = 0; i < count; i++) places[i].file[0] = 0;
    if (!open_lines("/proc/self/maps")) return;
    while ((line = next_line())) note_mapping(line, places, count);
    close(in.file);
}

size_t crash_memory_left(void)
{
    static const char name[] = "MemAvailable:";
    const char *line;
    size_t left = SIZE_MAX;
    if (!open_lines("/proc/meminfo")) return left;
    while (left == SIZE_MAX && (line = next_line())) {
        if (strncmp(line, name, sizeof name - 1) != 0) continue;
        for (line += sizeof name - 1; *line == ' '; line++) continue;
        left = take_number(&line, 10) / 1024;
    }
    close(in.file);
    return left;
}

int crash_folder_try(const char *folder)
{
    static const char name[] = "/clonal-trial-of-a-crash";
    static char path[CRASH_PATH + sizeof name], piece[4096];
    const size_t length = strlen(folder);
    int code = 0;
    if (length >= CRASH_PATH) return 0;
    memcpy(path, folder, length);
    memcpy(path + length, name, sizeof name);
    const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return errno == EEXIST || errno == ENOENT ? 0 : errno;
    unlink(path);
    memset(piece, 0xa5, sizeof piece); /* not zeros, which some file systems keep for nothing */
    for (int i = 0; i < 1024 && !code; i++) {
        const ssize_t written = write(file, piece, sizeof piece);
        if (written < 0) code = errno; /* a short one is followed by an error */
    }
    close(file);
    return code;
}
