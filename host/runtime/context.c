/* context.c: one device with its OpenCL context and queue. */
#include "host/runtime/devices.h"

#include "host/base/float_environment.h"
#include "host/base/memory.h"
#include "host/runtime/process.h"
#include "host/runtime/profile.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void clonal_context_on_activity(clonal_context *context, clonal_activity_fn activity, void *user)
{
    if (!context) return;
    context->activity = activity;
    context->activity_user = user;
}

void clonal__activity(const clonal_context *context, const char *format, ...)
{
    char what[160];
    va_list arguments;
    if (!context->activity) return;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    context->activity(what, context->activity_user);
}

/* GPUs take the forms of kernels made for them, and so does every device where CLONAL_FORMS asks for it. */
static clonal_status choose_forms(clonal_context *context)
{
    const char *wanted = getenv("CLONAL_FORMS");
    bool given = wanted && *wanted;
    if (given && strcmp(wanted, "gpu"))
        return clonal__fail(CLONAL_E_ARGUMENT, "CLONAL_FORMS is '%s': it may be gpu, or not set", wanted);
    context->gpu_forms = given || context->info.type == CLONAL_DEVICE_GPU;
    return CLONAL_OK;
}

static clonal_status create_queue(clonal_context *context)
{
    cl_context_properties properties[] = {CL_CONTEXT_PLATFORM, (cl_context_properties)context->platform, 0};
    cl_int code;
    context->cl = clCreateContext(properties, 1, &context->device, NULL, NULL, &code);
    CLONAL__TRY_CL("clCreateContext", code);
    context->queue = clCreateCommandQueue(context->cl, context->device, 0, &code);
    CLONAL__TRY_CL("clCreateCommandQueue", code);
    return CLONAL_OK;
}

static clonal_status open_device(clonal_context *context)
{
    CLONAL__TRY(choose_forms(context));
    clonal__drivers_enter();
    const clonal_status status = create_queue(context);
    clonal__drivers_leave();
    return status == CLONAL_OK ? clonal__probe_run(context) : status;
}

clonal_status clonal_context_create_listed(const clonal_device_list *list, size_t index, clonal_context **context)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(context);
    *context = NULL;
    CLONAL__NEEDS(list);
    if (index >= list->count)
        return clonal__fail(CLONAL_E_ARGUMENT, "there is no device %zu in the list, which has %zu", index, list->count);
    CLONAL__TRY(clonal__process_check());
    CLONAL__TRY(clonal__calloc(1, sizeof **context, context));
    (*context)->platform = list->platforms[index];
    (*context)->device = list->devices[index];
    (*context)->info = list->infos[index];
    const clonal_status status = open_device(*context);
    if (status == CLONAL_OK) return CLONAL_OK;
    clonal__fail_context("device %s, %s", (*context)->info.selector, (*context)->info.name);
    clonal_context_destroy(*context);
    *context = NULL;
    return status;
}

clonal_status clonal_context_create(const char *selector, clonal_context **context)
{
    CLONAL__FLOATS;
    clonal_device_list *list;
    size_t index;
    CLONAL__NEEDS(context);
    *context = NULL;
    CLONAL__TRY(clonal_device_list_create(&list));
    clonal_status status = clonal_device_select(list, selector, &index);
    if (status == CLONAL_OK) status = clonal_context_create_listed(list, index, context);
    clonal_device_list_destroy(list);
    return status;
}

void clonal_context_destroy(clonal_context *context)
{
    if (!context || clonal__process_is_fork()) return; /* in a child all of it is the parent's */
    clonal__attachments_release(context);
    clonal__profile_free(context);
    clonal__built_programs_release(context);
    if (context->queue) clReleaseCommandQueue(context->queue);
    if (context->cl) clReleaseContext(context->cl);
    clonal__free(context);
}

const clonal_device_info *clonal_context_device(const clonal_context *context)
{
    return context ? &context->info : NULL;
}

const clonal_probe *clonal_context_probe(const clonal_context *context)
{
    return context ? &context->probe : NULL;
}

/* Waits on a marker's event, since rusticl's clFinish returns early for commands that were flushed before it. */
clonal_status clonal_context_finish(clonal_context *context)
{
    CLONAL__FLOATS;
    cl_event event;
    CLONAL__NEEDS(context);
    CLONAL__TRY(clonal__process_check());
    CLONAL__TRY_CL("clEnqueueMarkerWithWaitList", clEnqueueMarkerWithWaitList(context->queue, 0, NULL, &event));
    cl_int code = clWaitForEvents(1, &event);
    clReleaseEvent(event);
    CLONAL__TRY_CL("clWaitForEvents", code);
    return CLONAL_OK;
}

bool clonal__wide_vectors(const clonal_context *context)
{
    return context->info.type == CLONAL_DEVICE_CPU && !context->gpu_forms && context->info.native_float_width >= 4;
}
