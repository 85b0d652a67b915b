/* The handler calls nothing that POSIX forbids in one: what it says is prepared before, as far as it can be. */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* REG_RIP */
#endif
#include "crash.h"
#include "crash_maps.h"
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static const struct {
    int number;
    const char *name;
} watched[] = {
    {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"}, {SIGSEGV, "SIGSEGV"}, {SIGILL, "SIGILL"}, {SIGFPE, "SIGFPE"},
};
enum { WATCHED = sizeof watched / sizeof *watched, LITTLE_MEMORY = 256 /* MiB */ };

/* Of the process, as the handler will need it. */
static struct {
    pid_t process;
    const char *volatile doing; /* NULL: no driver has run yet */
    volatile sig_atomic_t done;
    char device[400]; /* "0:0 NAME (PLATFORM)", or "" */
    clonal_driver_cache cache;
    char limit[64]; /* what the process's memory is limited to, or "" */
} facts;

/* Behind doing. */
static struct {
    size_t length;
    char text[8192];
} out;

static void put(const char *text)
{
    const size_t length = strlen(text);
    if (length > sizeof out.text - out.length) return;
    memcpy(out.text + out.length, text, length);
    out.length += length;
}

static void put_number(size_t number)
{
    char digits[24], *at = digits + sizeof digits;
    *--at = 0;
    do *--at = (char)('0' + number % 10);
    while (number /= 10);
    put(at);
}

static void put_out(void)
{
    for (size_t at = 0; at < out.length;) {
        const ssize_t written = write(STDERR_FILENO, out.text + at, out.length - at);
        if (written <= 0) break;
        at += (size_t)written;
    }
}

static void put_reason(int code)
{
    if (code == ENOSPC)
        put("its disk is full");
    else if (code == EDQUOT)
        put("your quota of its disk is used up");
    else if (code == EROFS)
        put("it is on a read-only file system");
    else if (code == EFBIG)
        put("this process may not write files so large (ulimit -f)");
    else if (code == EACCES || code == EPERM)
        put("you may not write there");
    else {
        put("error ");
        put_number((size_t)code);
    }
}

/* Which folder to clear, as an order. */
static void put_clear(void)
{
    put("remove ");
    if (facts.cache.chosen) put("what the driver keeps in ");
    put(facts.cache.folder);
    put(", and it makes that anew");
}

/* What the memory tells, where it tells something; whether it did. */
static bool put_memory(void)
{
    const size_t left = crash_memory_left();
    if (!facts.limit[0] && left >= LITTLE_MEMORY) return false;
    put("memory ran short (");
    put(facts.limit);
    if (left < LITTLE_MEMORY) {
        if (facts.limit[0]) put("; ");
        put_number(left);
        put(" MiB are left on this machine");
    }
    put("): give it more, or take a smaller network or --batch");
    return true;
}

static bool is_in_cache(const char *file)
{
    const size_t length = strlen(facts.cache.folder);
    return length && strncmp(file, facts.cache.folder, length) == 0 && file[length] == '/';
}

/* The causes met so far, the surest first: a file of its cache in which it fell, a cache that it cannot write, memory,
 * some file of its cache. */
static void put_cause(const char *file, bool aborted)
{
    const int unwritable = facts.cache.folder[0] ? crash_folder_try(facts.cache.folder) : 0;
    put("clonal: ");
    if (is_in_cache(file)) {
        put("its file ");
        put(file);
        put(" is damaged: ");
        put_clear();
    } else if (unwritable) {
        put("it cannot write the kernels that it compiles to ");
        put(facts.cache.folder);
        put(", since ");
        put_reason(unwritable);
        put(unwritable == ENOSPC || unwritable == EDQUOT ? ": make room there" : ": mend that");
        put(", or name another folder by ");
        put(facts.cache.variable);
    } else {
        put("most likely ");
        const bool told = put_memory();
        if (told) put("; or ");
        if (facts.cache.folder[0]) {
            put("a file of the kernels that it keeps is damaged: ");
            put_clear();
        } else {
            put("a driver's file is damaged: see DIAGNOSTICS in 'man clonal'");
        }
        if (aborted && !told) put("; or it did not get the memory that it asked for");
    }
    put("\n");
}

static void put_doing(void)
{
    put(" while ");
    put(facts.doing ? facts.doing : "starting");
    if (facts.device[0]) {
        put(" ");
        put(facts.device);
    }
}

/* Both lines of a driver's death. where: the library in which it fell, or "". */
static void tell_driver(const char *died, const char *where, const char *file, bool aborted)
{
    put("clonal: the OpenCL driver ");
    put(died);
    if (where[0]) {
        put(" in ");
        put(where);
    }
    put_doing();
    put("\n");
    if (facts.done)
        put("clonal: all that was asked for was done before\n");
    else
        put_cause(file, aborted);
    put_out();
}

static void tell_bug(const char *died, const char *where)
{
    put("clonal: ");
    put(died);
    if (where[0]) {
        put(" in ");
        put(where);
    }
    put_doing();
    put(": this is a bug of Clonal's own; please report it, with this line and the command\n");
    put_out();
}

static uintptr_t program_counter(const void *context)
{
#if defined(__linux__) && defined(__x86_64__)
    return (uintptr_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
#elif defined(__linux__) && defined(__aarch64__)
    return (uintptr_t)((const ucontext_t *)context)->uc_mcontext.pc;
#else
    (void)context;
    return 0;
#endif
}

/* Ends the process as the signal does without a handler, once this one returns. */
static void leave_to_system(int number)
{
    signal(number, SIG_DFL);
    raise(number);
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void judge(int number, const siginfo_t *info, const void *context)
{
    enum { PC, DATA, COMMAND, LIBRARY, PLACES };
    static crash_place places[PLACES];
    static char died[32] = "died of ";
    for (size_t i = 0; i < WATCHED; i++)
        if (watched[i].number == number) memcpy(died + 8, watched[i].name, strlen(watched[i].name) + 1);
    const bool aborted = number == SIGABRT;
    places[PC].address = program_counter(context);
    places[DATA].address = aborted ? 0 : (uintptr_t)info->si_addr;
    places[COMMAND].address = (uintptr_t)watched;
    places[LIBRARY].address = (uintptr_t)clonal_version(); /* a text in it; a function's address may be the command's */
    crash_places_find(places, PLACES);
    const char *pc = places[PC].file;
    const bool own = pc[0] && (!strcmp(pc, places[COMMAND].file) || !strcmp(pc, places[LIBRARY].file));
    const char *where = aborted ? "" : name_of(pc); /* abort() is always the C library's */
    if (own || !facts.doing) {
        tell_bug(died, where);
        leave_to_system(number);
        return;
    }
    tell_driver(died, where, is_in_cache(pc) ? pc : places[DATA].file, aborted);
    _exit(EXIT_DRIVER_DIED);
}

static void handle(int number, siginfo_t *info, void *context)
{
    static atomic_flag taken = ATOMIC_FLAG_INIT;
    const int error = errno;
    const bool sent = info->si_code <= 0 && info->si_pid != getpid();
    if (sent || facts.process != getpid()) { /* by another process; or in a driver's fork, whose parent will see */
        leave_to_system(number);
        return;
    }
    while (atomic_flag_test_and_set(&taken)) pause(); /* another thread has died too and tells; then all ends */
    signal(SIGXFSZ, SIG_IGN);                         /* of the trial to write */
    judge(number, info, context);
    errno = error;
}

/* LLVM calls exit(1) where it cannot write; no verb of the command calls it. */
static void told_by_exit(void)
{
    if (facts.done || !facts.doing || facts.process != getpid()) return;
    fflush(NULL);
    tell_driver("ended this process by exit()", "", "", false);
    _exit(EXIT_DRIVER_DIED);
}

/* Sets the handler for the first `count` of the signals. */
static void take_signals(size_t count)
{
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    if (!facts.process) return;
    /* A second fault, of the handler itself, then ends the process at once. */
    for (size_t i = 0; i < WATCHED; i++) sigaddset(&action.sa_mask, watched[i].number);
    for (size_t i = 0; i < count; i++) sigaction(watched[i].number, &action, NULL);
}

/* LLVM, in a driver, sets its own handlers over these when it starts. They clean up, put these back and return: an
 * instruction that failed then fails once more, but abort() takes the return for the end. So SIGABRT, the first of the
 * signals, is taken again; the others stay, since a driver may live by one, as PoCL does by SIGFPE. */
static void take_abort_again(void)
{
    take_signals(1);
}

static void note_limits(void)
{
    struct rlimit space, data;
    rlim_t least = RLIM_INFINITY;
    if (getrlimit(RLIMIT_AS, &space) == 0) least = space.rlim_cur;
    if (getrlimit(RLIMIT_DATA, &data) == 0 && data.rlim_cur < least) least = data.rlim_cur;
    if (least != RLIM_INFINITY)
        snprintf(facts.limit, sizeof facts.limit, "ulimit allows %llu MiB", (unsigned long long)(least >> 20));
}

void crash_watch(void)
{
    static char stack[1 << 16]; /* of the main thread; drivers' threads handle theirs on their own */
    const stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    if (SANITIZED || getenv("CLONAL_CORE")) return;
    facts.process = getpid();
    note_limits();
    sigaltstack(&other, NULL);
    take_signals(WATCHED);
    atexit(told_by_exit);
}

void crash_drivers(void)
{
    facts.device[0] = 0;
    facts.cache = (clonal_driver_cache){.variable = ""};
    facts.doing = "looking for OpenCL devices";
}

void crash_device(const clonal_device_info *device)
{
    clonal_driver_cache_find(device, &facts.cache);
    snprintf(facts.device, sizeof facts.device, "%s %s (%s)", device->selector, device->name, device->platform);
    facts.doing = "opening";
    take_abort_again();
}

void crash_doing(const char *doing)
{
    facts.doing = doing;
    take_abort_again();
}

void crash_done(void)
{
    if (facts.doing) facts.doing = "closing";
    facts.done = 1;
}
