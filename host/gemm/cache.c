/* cache.c: the cache as a whole, file by file: see clonal/cache.h. It stands here since this is the lowest room that
 * knows all that is kept: what the runtime keeps, programs and probes, and plans. */
#define _XOPEN_SOURCE 700
#include <clonal/cache.h>

#include "host/base/cache_folder.h"
#include "host/base/file.h"
#include "host/base/float_environment.h"
#include "host/base/memory.h"
#include "host/gemm/plan_store.h"
#include "host/runtime/probe.h"
#include "host/runtime/program_cache.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether `count` bytes, with a NUL behind them, are what the library writes; sets `label` to their device or "". */
typedef bool (*check_fn)(const char *bytes, size_t count, char label[CLONAL__DEVICE_LABEL_ROOM]);

static bool check_program(const char *bytes, size_t count, char label[CLONAL__DEVICE_LABEL_ROOM])
{
    return clonal__program_cache_check(bytes, count, label) != 0;
}

static bool check_probe(const char *bytes, size_t count, char label[CLONAL__DEVICE_LABEL_ROOM])
{
    clonal_probe probe;
    return strlen(bytes) == count && clonal__probe_parse(bytes, &probe, label);
}

static bool check_plan(const char *bytes, size_t count, char label[CLONAL__DEVICE_LABEL_ROOM])
{
    return strlen(bytes) == count && clonal__plan_store_check(bytes, label);
}

/* A folder of the cache, and its files' names: [<word>-]<64 hexadecimal digits><ending>. */
typedef struct shelf {
    const char *folder;
    clonal_cache_kind kind;
    bool named; /* whether <word>- stands before the digits */
    const char *ending;
    size_t most; /* the largest file that is read */
    check_fn check;
} shelf;

static const shelf shelves[] = {
    {"programs", CLONAL_CACHE_PROGRAM, true, "", CLONAL__PROGRAM_CACHE_MOST, check_program},
    {"probes", CLONAL_CACHE_PROBE, false, "", 4096, check_probe},
    {"plans", CLONAL_CACHE_PLAN, false, ".txt", CLONAL__PLAN_STORE_MOST, check_plan},
};

/* One visit of one folder. */
typedef struct visit {
    const shelf *shelf;
    char path[4096]; /* of the folder */
    int folder;      /* its descriptor */
    clonal_cache_fn call;
    void *user;
} visit;

/* Whether a name is one that the library gives on this shelf; *leftover: as file.c names a file that is being
 * written. */
static bool is_own(const shelf *s, const char *name, bool *leftover)
{
    static const char digits[] = "0123456789abcdef";
    const char *temporary = strstr(name, CLONAL__FILE_TEMPORARY), *ending = s->ending;
    size_t length = temporary ? (size_t)(temporary - name) : strlen(name), tail = strlen(ending);
    *leftover = temporary != NULL;
    if (temporary && !clonal__file_is_temporary(temporary)) return false;
    if (length < tail + 64 || strncmp(name + length - tail, ending, tail) != 0) return false;
    const size_t before = length - tail - 64;
    if (strspn(name + before, digits) < 64) return false;
    return s->named ? before > 1 && name[before - 1] == '-' : before == 0;
}

/* Removes the file, unless another has taken its name since it was looked at. */
static clonal_status remove_file(const visit *v, const char *name, const struct stat *seen)
{
    struct stat now;
    if (fstatat(v->folder, name, &now, AT_SYMLINK_NOFOLLOW) != 0) return CLONAL_OK;
    if (now.st_ino != seen->st_ino || now.st_dev != seen->st_dev) return CLONAL_OK;
    if (unlinkat(v->folder, name, 0) == 0 || errno == ENOENT) return CLONAL_OK;
    return clonal__fail(CLONAL_E_IO, "cannot remove %s/%s: %s", v->path, name, strerror(errno));
}

static clonal_status hand_over(const visit *v, const char *name, const struct stat *seen, const clonal_cache_file *file)
{
    switch (v->call(file, v->user)) {
    case CLONAL_CACHE_KEEP:
        return CLONAL_OK;
    case CLONAL_CACHE_REMOVE:
        return remove_file(v, name, seen);
    case CLONAL_CACHE_STOP:
        break;
    }
    return clonal__fail(CLONAL_E_CANCELLED, "the visit of the cache was stopped at %s", file->path);
}

/* A file under a temporary name: its writer holds a lock on it while it lives. */
static clonal_status visit_leftover(const visit *v, const char *name, clonal_cache_file *file)
{
    struct stat seen;
    clonal_status status = CLONAL_OK;
    int descriptor = openat(v->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) return CLONAL_OK;
    if (!flock(descriptor, LOCK_EX | LOCK_NB) && fstat(descriptor, &seen) == 0 && S_ISREG(seen.st_mode)) {
        file->kind = CLONAL_CACHE_LEFTOVER;
        file->bytes = (uint64_t)seen.st_size;
        status = hand_over(v, name, &seen, file);
    }
    close(descriptor);
    return status;
}

static clonal_status visit_file(const visit *v, const char *name)
{
    char path[sizeof v->path + 512], label[CLONAL__DEVICE_LABEL_ROOM] = "", damage[256] = "", *bytes;
    clonal_cache_file file = {.kind = v->shelf->kind, .path = path, .device = label};
    struct stat seen;
    bool leftover;
    size_t count;
    if (!is_own(v->shelf, name, &leftover)) return CLONAL_OK;
    snprintf(path, sizeof path, "%s/%s", v->path, name);
    if (leftover) return visit_leftover(v, name, &file);
    if (fstatat(v->folder, name, &seen, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(seen.st_mode)) return CLONAL_OK;
    file.bytes = (uint64_t)seen.st_size;
    clonal_status status = clonal__file_read(path, v->shelf->most, &bytes, &count);
    if (status == CLONAL_E_MEMORY) return status;
    if (status != CLONAL_OK && !clonal__file_exists(path)) return CLONAL_OK; /* gone meanwhile */
    if (status != CLONAL_OK)
        snprintf(damage, sizeof damage, "it cannot be read: %s", clonal_last_error()->message);
    else if (!v->shelf->check(bytes, count, label))
        snprintf(damage, sizeof damage, "%s", count ? "it is damaged, or another version's" : "it is empty");
    clonal__free(bytes);
    file.damage = damage[0] ? damage : NULL;
    return hand_over(v, name, &seen, &file);
}

/* All of a folder that is there and no link. */
static clonal_status visit_shelf(visit *v)
{
    v->folder = open(v->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (v->folder < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) return CLONAL_OK;
    DIR *entries = v->folder < 0 ? NULL : fdopendir(v->folder);
    if (!entries) {
        const int cause = errno;
        if (v->folder >= 0) close(v->folder);
        return clonal__fail(CLONAL_E_IO, "cannot read the folder %s: %s", v->path, strerror(cause));
    }
    clonal_status status = CLONAL_OK;
    for (struct dirent *entry; status == CLONAL_OK && (entry = readdir(entries));)
        status = visit_file(v, entry->d_name);
    closedir(entries);
    return status;
}

clonal_status clonal_cache_visit(clonal_cache_fn call, void *user)
{
    char folder[4000];
    CLONAL__NEEDS(call);
    CLONAL__FLOATS;
    clonal__cache_folder(folder, sizeof folder);
    for (size_t i = 0; folder[0] && i < sizeof shelves / sizeof *shelves; i++) {
        visit v = {.shelf = &shelves[i], .call = call, .user = user};
        CLONAL__TRY(clonal__path_join(folder, shelves[i].folder, v.path, sizeof v.path));
        CLONAL__TRY(visit_shelf(&v));
    }
    return CLONAL_OK;
}
