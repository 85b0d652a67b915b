/* shim.c: which calls are Clonal's, their numbers, and which of them fails. */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <unwind.h>

enum { MOST_MODULES = 6, MOST_FRAMES = 64, KEPT_FRAMES = 5 };

typedef struct module {
    const char *name;
    uintptr_t base, begin, end;
    int is_clonal; /* else a library that works for it */
} module;

/* Shared with children that the process forks, so that numbers stay unique and one fault stays one. */
typedef struct counters {
    atomic_ulong points;
    atomic_int logged;
} counters;

static module modules[MOST_MODULES];
static size_t module_count;
static counters *shared;
static fault_kind chosen;
static unsigned long fails_at; /* 0: none */
static int goes_on;
static const char *log_path;
static _Thread_local int inside; /* a point's own work is none */

static const struct {
    const char *begins;
    int is_clonal;
} known[] = {{"libclonal.so", 1}, {"libjansson.so", 0}, {"libpopt.so", 0}, {"libz.so", 0}};

static void keep_module(const struct dl_phdr_info *info, const char *name, int is_clonal)
{
    module *m = &modules[module_count];
    if (module_count == MOST_MODULES) return;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
        *m = (module){name, info->dlpi_addr, info->dlpi_addr + part->p_vaddr,
                      info->dlpi_addr + part->p_vaddr + part->p_memsz, is_clonal};
        module_count++;
        return;
    }
}

static int visit(struct dl_phdr_info *info, size_t size, void *user)
{
    int *is_first = user;
    const char *slash = strrchr(info->dlpi_name, '/'), *name = slash ? slash + 1 : info->dlpi_name;
    (void)size;
    if (*is_first && strcmp(program_invocation_short_name, "clonal") == 0) keep_module(info, "clonal", 1);
    *is_first = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(name, known[i].begins, strlen(known[i].begins)) == 0)
            keep_module(info, known[i].begins, known[i].is_clonal);
    return 0;
}

__attribute__((constructor)) static void start(void)
{
    const char *kind = getenv("CLONAL_FAULT_KIND"), *at = getenv("CLONAL_FAULT_AT");
    int is_first = 1;
    if (!kind) return;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) _exit(99);
    log_path = getenv("CLONAL_FAULT_LOG");
    fails_at = at ? strtoul(at, NULL, 10) : 0;
    goes_on = getenv("CLONAL_FAULT_ON") != NULL;
    dl_iterate_phdr(visit, &is_first);
    chosen = strcmp(kind, "memory") == 0   ? FAULT_MEMORY
             : strcmp(kind, "file") == 0   ? FAULT_FILE
             : strcmp(kind, "opencl") == 0 ? FAULT_OPENCL
                                           : FAULT_NONE;
}

static const module *module_of(uintptr_t address)
{
    for (size_t i = 0; i < module_count; i++)
        if (address >= modules[i].begin && address < modules[i].end) return &modules[i];
    return NULL;
}

typedef struct walk {
    uintptr_t caller;
    uintptr_t frames[KEPT_FRAMES];
    size_t count, seen;
} walk;

/* Frames from the caller up, those in Clonal and its helpers. */
static _Unwind_Reason_Code step(struct _Unwind_Context *context, void *user)
{
    walk *w = user;
    const uintptr_t address = _Unwind_GetIP(context);
    if (w->count > 0 ? module_of(address) != NULL : address == w->caller) w->frames[w->count++] = address;
    return w->count == KEPT_FRAMES || ++w->seen == MOST_FRAMES ? _URC_END_OF_STACK : _URC_NO_REASON;
}

/* By system calls alone: stdio may be what is failing. */
static void write_log(unsigned long number, const char *function, uintptr_t caller)
{
    char line[512];
    walk w = {.caller = caller};
    _Unwind_Backtrace(step, &w);
    if (!w.count) w.frames[w.count++] = caller;
    int length = snprintf(line, sizeof line, "%lu %s ", number, function);
    for (size_t i = 0; i < w.count; i++) {
        const module *m = module_of(w.frames[i]);
        length += snprintf(line + length, sizeof line - (size_t)length, "%s%s+%#lx", i ? "," : "", m->name,
                           (unsigned long)(w.frames[i] - m->base));
    }
    line[length++] = '\n';
    const long file = syscall(SYS_openat, AT_FDCWD, log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file < 0) return;
    syscall(SYS_write, (int)file, line, (size_t)length);
    syscall(SYS_close, (int)file);
}

unsigned long fault_is_due(fault_kind kind, const char *function, const void *caller)
{
    const uintptr_t address = (uintptr_t)caller;
    const int works = kind == FAULT_FILE_ONCE && goes_on;
    if (kind == FAULT_FILE_ONCE) kind = FAULT_FILE;
    if (kind != chosen || inside) return 0;
    const module *m = module_of(address);
    if (!m || (!m->is_clonal && kind != FAULT_MEMORY)) return 0;
    const int error = errno;
    const unsigned long number = atomic_fetch_add(&shared->points, 1) + 1;
    const int fails = fails_at && !works && (number == fails_at || (goes_on && number > fails_at));
    if (log_path && (fails_at ? fails && !atomic_exchange(&shared->logged, 1) : 1)) {
        inside = 1;
        write_log(number, function, address);
        inside = 0;
    }
    errno = error;
    return fails ? number : 0;
}

int fault_goes_on(void)
{
    return goes_on;
}

void *fault_next(const char *name)
{
    const int was = inside;
    inside = 1;
    void *symbol = dlsym(RTLD_NEXT, name);
    inside = was;
    if (!symbol) _exit(98);
    return symbol;
}
