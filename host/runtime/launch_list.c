/* launch_list.c: see launch.h. */
#include "host/base/memory.h"
#include "host/runtime/launch.h"
#include "host/runtime/process.h"
#include "host/runtime/profile.h"

enum { FLUSH_ENTRIES = 32 }; /* some drivers begin no work before a flush */

/* In a child that was forked the kernels are the parent's, and the driver's locks may be held for ever. */
static void release(cl_kernel kernel)
{
    if (kernel && !clonal__process_is_fork()) clReleaseKernel(kernel);
}

clonal_status clonal__list_append(clonal__launch_list *list, const clonal__entry *entry)
{
    clonal_status status = clonal__grow(&list->entries, list->count + 1, sizeof *list->entries);
    if (status != CLONAL_OK) {
        release(entry->launch.kernel);
        clonal__free(entry->state);
        return status;
    }
    list->entries[list->count] = *entry;
    list->entries[list->count++].tag = list->tag;
    return CLONAL_OK;
}

/* A call launches what it likes: its time is that between two marks. */
static clonal_status run_profiled(clonal_context *context, const clonal__entry *entry)
{
    cl_event before = NULL, event = NULL;
    clonal_status status;
    if (entry->call) {
        status = clonal__profile_mark(context, &before);
        if (status == CLONAL_OK) status = entry->call(context, entry->state);
        if (status == CLONAL_OK) status = clonal__profile_mark(context, &event);
    } else {
        status = clonal__launch_timed(context, &entry->launch, &event);
    }
    const clonal_status added = clonal__profile_add(context, entry->profiled, before, event);
    return status == CLONAL_OK ? added : status;
}

static clonal_status enqueue(clonal_context *context, const clonal__entry *entry)
{
    if (clonal__profile_takes(context, entry->profiled)) return run_profiled(context, entry);
    if (entry->call) return entry->call(context, entry->state);
    return clonal__launch_enqueue(context, &entry->launch);
}

static clonal_status run(clonal_context *context, const clonal__entry *entry, const clonal__arg *variables)
{
    if (entry->call) return enqueue(context, entry);
    for (size_t i = 0; variables && i < entry->binding_count; i++) {
        const clonal__binding *b = &entry->bindings[i];
        CLONAL__TRY(clonal__set_args(entry->launch.kernel, b->argument, 1, &variables[b->variable]));
    }
    return enqueue(context, entry);
}

clonal_status clonal__list_run_part(const clonal__launch_list *list, size_t first, size_t count,
                                    const clonal__arg *variables)
{
    CLONAL__TRY(clonal__process_check());
    for (size_t i = first; i < first + count; i++) {
        CLONAL__TRY(run(list->context, &list->entries[i], variables));
        if (++list->context->entries_run % FLUSH_ENTRIES == 0) CLONAL__TRY_CL("clFlush", clFlush(list->context->queue));
    }
    return CLONAL_OK;
}

clonal_status clonal__list_run(const clonal__launch_list *list, const clonal__arg *variables)
{
    return clonal__list_run_part(list, 0, list->count, variables);
}

/* PoCL compiles a kernel once more for grids that are as wide. */
enum { WIDE_GRID = UINT16_MAX };

/* The first group of a launch alone; of a side that is wide as many as keep it so. Where the driver chooses the group's
 * size all of it. */
static clonal__launch first_groups(const clonal__launch *launch)
{
    clonal__launch first = *launch;
    for (cl_uint i = 0; first.local[0] && i < first.dimensions; i++) {
        const size_t each = first.local[i],
                     enough = first.global[i] < WIDE_GRID ? each : clonal__round_up(WIDE_GRID, each);
        if (enough < first.global[i]) first.global[i] = enough;
    }
    return first;
}

clonal_status clonal__list_rehearse(const clonal__launch_list *list, const clonal__arg *variables)
{
    for (size_t i = 0; i < list->count; i++) {
        clonal__entry one = list->entries[i];
        one.launch = first_groups(&one.launch);
        const clonal__launch_list alone = {.context = list->context, .entries = &one, .count = 1};
        CLONAL__TRY(clonal__list_run(&alone, variables));
    }
    return clonal_context_finish(list->context);
}

void clonal__list_clear(clonal__launch_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        release(list->entries[i].launch.kernel);
        clonal__free(list->entries[i].state);
    }
    clonal__free(list->entries);
    list->entries = NULL;
    list->count = 0;
}
