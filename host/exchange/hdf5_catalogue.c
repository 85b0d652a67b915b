/* hdf5_catalogue.c: the parent's part of looking at an HDF5 file; see hdf5_catalogue.h. */
#include "host/exchange/hdf5_catalogue.h"

#include "host/base/json.h"
#include "host/base/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child's: a catalogue takes milliseconds. */
enum { MOST_SECONDS = 60, MOST_MEBIBYTES = 1024 };

/* What the child ends with, behind the data sets: a data set's size apart. */
typedef struct verdict {
    char magic[8];
    bool refused;
    char cause[256];
} verdict;

static const char magic[8] = "verdict";
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void clonal__hdf5_enter(void)
{
    pthread_mutex_lock(&lock);
}

void clonal__hdf5_leave(void)
{
    pthread_mutex_unlock(&lock);
}

/* A gibibyte more than the program has already, where the system tells how much that is. */
static void limit_memory(void)
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* which keep terabytes of addresses */
    unsigned long long pages = 0;
    struct rlimit limit;
    FILE *statistics = fopen("/proc/self/statm", "r"); /* size, resident, shared, text, 0, data */
    const int got = statistics ? fscanf(statistics, "%*u %*u %*u %*u %*u %llu", &pages) : 0;
    if (statistics) fclose(statistics);
    if (got != 1 || getrlimit(RLIMIT_DATA, &limit)) return;
    const rlim_t most = (rlim_t)(pages * (unsigned long long)sysconf(_SC_PAGESIZE) + ((size_t)MOST_MEBIBYTES << 20));
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < most) return;
    limit.rlim_cur = most;
    setrlimit(RLIMIT_DATA, &limit);
#endif
}

static void limit_child(void)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    limit_memory();
    signal(SIGALRM, SIG_DFL);
    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    pthread_sigmask(SIG_UNBLOCK, &alarms, NULL);
    alarm(MOST_SECONDS);
}

/* A crash is silent, and the program's own handlers see none of it. */
static void silence_child(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    const int nothing = open("/dev/null", O_RDWR);
    for (int i = 0; nothing >= 0 && i < 3; i++) dup2(nothing, i);
}

_Noreturn static void child(const clonal__reader *reader, const char *group, const char *text,
                            const char *const *skipped, int to)
{
    verdict end = {0};
    memcpy(end.magic, magic, sizeof magic);
    silence_child();
    limit_child();
    setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1); /* a file that is only read needs none, and some disks have none */
    char room[256] = "";
    const char *cause = clonal__hdf5_walk(reader->path, reader->size, group, text, skipped, to, room);
    end.refused = cause != NULL;
    if (cause) memcpy(end.cause, cause, strnlen(cause, sizeof end.cause - 1));
    ssize_t sent;
    do sent = write(to, &end, sizeof end);
    while (sent < 0 && errno == EINTR);
    _exit(0);
}

/* Reads until `count` bytes or the end; how many. */
static size_t receive(int from, void *bytes, size_t count)
{
    size_t done = 0;
    while (done < count) {
        const ssize_t n = read(from, (char *)bytes + done, count - done);
        if (n == 0 || (n < 0 && errno != EINTR)) break;
        if (n > 0) done += (size_t)n;
    }
    return done;
}

/* What the child says is held against the file once more: it may have been led astray. */
static bool is_sound(const clonal__reader *reader, const clonal__hdf5_dataset *d)
{
    clonal__tensor tensor = {.rank = d->rank};
    if (d->name[CLONAL__HDF5_MOST_NAME] || !clonal__is_utf8(d->name) || d->type[sizeof d->type - 1]) return false;
    if (d->rank > CLONAL__TENSOR_MAX_RANK || d->offset > reader->size || d->bytes > reader->size - d->offset)
        return false;
    if (d->kind != CLONAL__HDF5_FLOATS) return d->kind == CLONAL__HDF5_WHOLE || d->kind == CLONAL__HDF5_TEXT;
    const clonal__tensor_type *type = clonal__tensor_type_named(d->type);
    memcpy(tensor.shape, d->shape, sizeof tensor.shape);
    const size_t elements = clonal__tensor_elements(&tensor);
    return type && type->decode && elements <= reader->size / type->bytes && d->bytes == elements * type->bytes;
}

/* Takes a data set. Each lies in the file, and in a sound one none over another: a small file with many names of one
 * data set, by hard links, could otherwise ask for any amount of memory. */
static clonal_status take(const clonal__reader *reader, const clonal__hdf5_dataset *d,
                          clonal__hdf5_catalogue *catalogue)
{
    if (catalogue->count == CLONAL__HDF5_MOST_DATASETS || !is_sound(reader, d))
        return clonal__reader_damaged(reader, "its data sets are too many or cannot be true");
    if (d->bytes > reader->size - catalogue->bytes)
        return clonal__reader_damaged(reader, "its data sets are together larger than the file");
    catalogue->bytes += d->bytes;
    catalogue->datasets[catalogue->count++] = *d;
    return CLONAL_OK;
}

static clonal_status listen_to(const clonal__reader *reader, int from, clonal__hdf5_catalogue *catalogue)
{
    union {
        clonal__hdf5_dataset dataset;
        verdict verdict;
    } * message;
    clonal_status status = clonal__calloc(1, sizeof *message, &message);
    while (status == CLONAL_OK) {
        memset(message, 0, sizeof *message);
        /* The verdict is the shorter, and the last. */
        const size_t count = receive(from, message, sizeof message->dataset);
        if (count == sizeof message->dataset) {
            status = take(reader, &message->dataset, catalogue);
            continue;
        }
        message->verdict.cause[sizeof message->verdict.cause - 1] = 0;
        if (count != sizeof message->verdict || memcmp(message->verdict.magic, magic, sizeof magic) != 0)
            status = clonal__reader_damaged(reader, "libhdf5 crashes on it or does not end: it is damaged");
        else if (message->verdict.refused)
            status = clonal__reader_damaged(reader, "%s", message->verdict.cause);
        break;
    }
    clonal__free(message);
    return status;
}

static clonal_status fail_to(const char *what, const clonal__reader *reader)
{
    return clonal__fail(CLONAL_E_IO, "cannot read %s: %s: %s", reader->path, what, strerror(errno));
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const clonal__hdf5_dataset *)a)->name, ((const clonal__hdf5_dataset *)b)->name);
}

clonal_status clonal__hdf5_catalogue_read(const clonal__reader *reader, const char *group, const char *text,
                                          const char *const *skipped, clonal__hdf5_catalogue *catalogue)
{
    int ends[2];
    *catalogue = (clonal__hdf5_catalogue){0};
    CLONAL__TRY(clonal__calloc(CLONAL__HDF5_MOST_DATASETS, sizeof *catalogue->datasets, &catalogue->datasets));
    if (pipe(ends)) return fail_to("no pipe", reader);
    for (int i = 0; i < 2; i++) fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    clonal__hdf5_enter();
    const pid_t forked = fork();
    if (forked == 0) child(reader, group, text, skipped, ends[1]);
    clonal__hdf5_leave();
    close(ends[1]);
    clonal_status status = forked < 0 ? fail_to("no process", reader) : listen_to(reader, ends[0], catalogue);
    close(ends[0]);
    if (forked > 0) kill(forked, SIGKILL); /* all of it is known: it may be astray */
    while (forked > 0 && waitpid(forked, NULL, 0) < 0 && errno == EINTR) {
    }
    if (status == CLONAL_OK) qsort(catalogue->datasets, catalogue->count, sizeof *catalogue->datasets, by_name);
    return status;
}

void clonal__hdf5_catalogue_free(clonal__hdf5_catalogue *catalogue)
{
    clonal__free(catalogue->datasets);
    *catalogue = (clonal__hdf5_catalogue){0};
}
