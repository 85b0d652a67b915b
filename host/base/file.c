/* file.c: reading whole files; writing them by temporary name, fsync and rename; folders. */
#define _POSIX_C_SOURCE 200809L
#define _XOPEN_SOURCE 700
#include "host/base/file.h"

#include "host/base/memory.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static clonal_status fail_io(const char *what, const char *path, int error)
{
    return clonal__fail(CLONAL_E_IO, "%s %s: %s", what, path, strerror(error));
}

/* The size to start with: a regular file's own, else a page, grown while bytes come. */
static clonal_status read_all(FILE *file, const char *path, size_t room, size_t limit, char **bytes, size_t *count)
{
    CLONAL__TRY(clonal__calloc(room + 1, 1, bytes));
    for (;;) {
        *count += fread(*bytes + *count, 1, room - *count, file);
        if (ferror(file)) return fail_io("cannot read", path, errno);
        if (*count > limit)
            return clonal__fail(CLONAL_E_FORMAT, "%s is larger than the %zu bytes that are expected at most", path,
                                limit);
        if (feof(file)) break;
        if (*count == room) {
            room = 2 * room + 4096;
            CLONAL__TRY(clonal__grow(bytes, room + 1, 1));
        }
    }
    (*bytes)[*count] = 0;
    return CLONAL_OK;
}

clonal_status clonal__file_read(const char *path, size_t limit, char **bytes, size_t *count)
{
    *bytes = NULL;
    *count = 0;
    FILE *file = fopen(path, "rb");
    if (!file) return fail_io("cannot open", path, errno);
    struct stat about;
    clonal_status status = CLONAL_OK;
    if (fstat(fileno(file), &about)) {
        status = fail_io("cannot read", path, errno);
    } else if (S_ISDIR(about.st_mode)) {
        status = fail_io("cannot read", path, EISDIR);
    } else if (S_ISREG(about.st_mode) && (unsigned long long)about.st_size > limit) {
        status =
            clonal__fail(CLONAL_E_FORMAT, "%s is larger than the %zu bytes that are expected at most", path, limit);
    } else {
        status = read_all(file, path, S_ISREG(about.st_mode) ? (size_t)about.st_size + 1 : 4096, limit, bytes, count);
    }
    fclose(file);
    if (status) {
        clonal__free(*bytes);
        *bytes = NULL;
        *count = 0;
    }
    return status;
}

struct clonal__file_writer {
    FILE *file;
    char *path, *temporary; /* temporary is NULL for a device or a pipe, which is written as it is */
};

/* Splits at the last slash: the folder into room (cut short it names nothing), the name as the result. */
static const char *split_path(const char *path, char *room, size_t size)
{
    const char *slash = strrchr(path, '/');
    snprintf(room, size, "%s", slash ? path : ".");
    if (slash && (size_t)(slash - path) < size) room[slash == path ? 1 : slash - path] = 0;
    return slash ? slash + 1 : path;
}

bool clonal__file_is_temporary(const char *behind)
{
    static const char digits[] = "0123456789";
    if (strncmp(behind, CLONAL__FILE_TEMPORARY, strlen(CLONAL__FILE_TEMPORARY))) return false;
    const char *process = behind + strlen(CLONAL__FILE_TEMPORARY), *counter = process + strspn(process, digits);
    if (counter == process || *counter++ != '-') return false;
    return *counter && !counter[strspn(counter, digits)];
}

/* Removes what writers of this path left that were killed. A writer holds a lock on its file from its making to its
   renaming, and a lock ends with its process: what can be locked has no writer any more. */
static void sweep_temporaries(const char *path)
{
    char folder[PATH_MAX], whole[PATH_MAX];
    const char *name = split_path(path, folder, sizeof folder);
    size_t length = strlen(name);
    DIR *entries = opendir(folder);
    if (!entries) return;
    for (struct dirent *entry; (entry = readdir(entries));) {
        if (strncmp(entry->d_name, name, length) || !clonal__file_is_temporary(entry->d_name + length)) continue;
        if (clonal__path_join(folder, entry->d_name, whole, sizeof whole)) continue;
        int descriptor = open(whole, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
        if (descriptor < 0) continue;
        if (!flock(descriptor, LOCK_EX | LOCK_NB)) unlink(whole);
        close(descriptor);
    }
    closedir(entries);
}

/* False where a sweep took the file between its making and its locking. A file system without locks has no sweeps. */
static bool keep_from_sweeps(int descriptor)
{
    struct stat about;
    if (flock(descriptor, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) return false;
    return fstat(descriptor, &about) || about.st_nlink > 0;
}

static clonal_status open_temporary(clonal__file_writer *writer)
{
    static atomic_uint counter;
    size_t room = strlen(writer->path) + 48;
    CLONAL__TRY(clonal__calloc(room, 1, &writer->temporary));
    sweep_temporaries(writer->path);
    for (int attempt = 0; attempt < 1000; attempt++) {
        snprintf(writer->temporary, room, "%s" CLONAL__FILE_TEMPORARY "%ld-%u", writer->path, (long)getpid(),
                 counter++);
        int descriptor = open(writer->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor < 0 && errno == EEXIST) continue;
        if (descriptor >= 0 && !keep_from_sweeps(descriptor)) {
            close(descriptor);
            unlink(writer->temporary);
            continue;
        }
        writer->file = descriptor < 0 ? NULL : fdopen(descriptor, "wb");
        if (writer->file) return CLONAL_OK;
        int error = errno;
        if (descriptor >= 0) close(descriptor);
        if (descriptor >= 0) unlink(writer->temporary);
        errno = error;
        break;
    }
    clonal__free(writer->temporary);
    writer->temporary = NULL;
    return fail_io("cannot write", writer->path, errno);
}

clonal_status clonal__file_writer_create(const char *path, clonal__file_writer **writer)
{
    CLONAL__TRY(clonal__calloc(1, sizeof **writer, writer));
    struct stat about;
    clonal_status status = CLONAL_OK;
    /* A link is followed, so that the rename replaces what it names and not the link. */
    char *real = realpath(path, NULL);
    (*writer)->path = clonal__strdup(real ? real : path);
    free(real);
    if (!(*writer)->path) {
        status = CLONAL_E_MEMORY;
    } else if (stat((*writer)->path, &about) == 0 && !S_ISREG(about.st_mode)) {
        if (S_ISDIR(about.st_mode) || !((*writer)->file = fopen((*writer)->path, "wb")))
            status = fail_io("cannot write", path, S_ISDIR(about.st_mode) ? EISDIR : errno);
    } else {
        status = open_temporary(*writer);
    }
    if (status) {
        clonal__file_writer_destroy(*writer);
        *writer = NULL;
    }
    return status;
}

clonal_status clonal__file_writer_write(clonal__file_writer *writer, const void *bytes, size_t count)
{
    if (count && fwrite(bytes, 1, count, writer->file) != count) return fail_io("cannot write", writer->path, errno);
    return CLONAL_OK;
}

/* A rename is on the disk once its folder is; a file system that cannot sync folders is not an error. */
static void sync_folder(const char *path)
{
    char folder[PATH_MAX];
    split_path(path, folder, sizeof folder);
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    (void)fsync(descriptor);
    close(descriptor);
}

clonal_status clonal__file_writer_commit(clonal__file_writer **writer)
{
    clonal__file_writer *w = *writer;
    clonal_status status = CLONAL_OK;
    *writer = NULL;
    if (fflush(w->file) || ferror(w->file) || (w->temporary && fsync(fileno(w->file))))
        status = fail_io("cannot write", w->path, errno);
    /* Renamed while open, since closing ends the lock; after fsync closing writes nothing. */
    if (!status && w->temporary) {
        if (rename(w->temporary, w->path)) {
            status = fail_io("cannot write", w->path, errno);
        } else {
            clonal__free(w->temporary);
            w->temporary = NULL;
            sync_folder(w->path);
        }
    }
    int closed = fclose(w->file);
    w->file = NULL;
    if (!status && closed) status = fail_io("cannot write", w->path, errno);
    clonal__file_writer_destroy(w);
    return status;
}

void clonal__file_writer_destroy(clonal__file_writer *writer)
{
    if (!writer) return;
    if (writer->file) fclose(writer->file);
    if (writer->temporary) unlink(writer->temporary);
    clonal__free(writer->temporary);
    clonal__free(writer->path);
    clonal__free(writer);
}

clonal_status clonal__file_write(const char *path, const void *bytes, size_t count)
{
    clonal__file_writer *writer;
    CLONAL__TRY(clonal__file_writer_create(path, &writer));
    clonal_status status = clonal__file_writer_write(writer, bytes, count);
    if (!status) return clonal__file_writer_commit(&writer);
    clonal__file_writer_destroy(writer);
    return status;
}

clonal_status clonal__folder_lock(const char *path, int *lock)
{
    *lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*lock < 0) return fail_io("cannot open the folder", path, errno);
    if (!flock(*lock, LOCK_EX | LOCK_NB)) return CLONAL_OK;
    bool taken = errno == EWOULDBLOCK;
    close(*lock);
    *lock = -1;
    return taken ? clonal__fail(CLONAL_E_EXISTS,
                                "another process works in %s: wait until it ends, or give another folder", path)
                 : CLONAL_OK;
}

void clonal__folder_unlock(int lock)
{
    if (lock >= 0) close(lock);
}

bool clonal__file_exists(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0;
}

bool clonal__is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

clonal_status clonal__make_folders(const char *path)
{
    char *part = clonal__strdup(path);
    if (!part) return CLONAL_E_MEMORY;
    clonal_status status = CLONAL_OK;
    for (char *end = part; !status && *end;) {
        end += strspn(end, "/");
        end += strcspn(end, "/");
        char saved = *end;
        *end = 0;
        if (mkdir(part, 0777)) {
            int cause = errno;
            if (!clonal__is_folder(part)) status = fail_io("cannot make the folder", part, cause);
        }
        *end = saved;
    }
    clonal__free(part);
    return status;
}

size_t clonal__folders_there(const char *path)
{
    size_t there = 0;
    char *part = clonal__strdup(path);
    if (!part) return SIZE_MAX;
    for (char *end = part; *end;) {
        end += strspn(end, "/");
        end += strcspn(end, "/");
        const char saved = *end;
        *end = 0;
        if (!clonal__is_folder(part)) break;
        there = (size_t)(end - part);
        *end = saved;
    }
    clonal__free(part);
    return there;
}

void clonal__unmake_folders(const char *path, size_t there)
{
    char *part = there == SIZE_MAX ? NULL : clonal__strdup(path);
    for (char *end = part ? part + strlen(part) : NULL; end && (size_t)(end - part) > there;) {
        *end = 0;
        (void)rmdir(part); /* fails where it was not made, or holds something; then its parents do too */
        while (end > part && *end != '/') end--;
        while (end > part && end[-1] == '/') end--;
    }
    clonal__free(part);
}

clonal_status clonal__path_join(const char *folder, const char *name, char *room, size_t size)
{
    size_t length = strlen(folder);
    const char *slash = length && folder[length - 1] != '/' ? "/" : "";
    int needed = snprintf(room, size, "%s%s%s", folder, slash, name);
    if (needed >= 0 && (size_t)needed < size) return CLONAL_OK;
    if (size) room[0] = 0;
    return clonal__fail(CLONAL_E_ARGUMENT, "the path %s%s%s is too long", folder, slash, name);
}
