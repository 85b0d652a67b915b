/* devices.c: the devices of all platforms, and what to say when there is none. */
#include "host/runtime/devices.h"

#include "host/base/file.h"
#include "host/base/float_environment.h"
#include "host/base/memory.h"
#include "host/runtime/driver_cache.h"
#include "host/runtime/drivers.h"
#include "host/runtime/process.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char install_hint[] =
    "install one: `apt install pocl-opencl-icd` (Debian, Ubuntu) or `dnf install pocl` (Fedora) makes this CPU a "
    "device; "
    "for a GPU, its vendor's OpenCL driver (intel-opencl-icd, nvidia-opencl-icd, rocm-opencl-icd or mesa-opencl-icd)";

/* Copies the text, cut to the room and trimmed, with one space in place of each run of spaces and control characters:
 * some drivers pad their names or end them with a line feed. */
static void tidy(const char *text, char room[128])
{
    char *to = room;
    for (const char *from = text; *from && to < room + 127; from++) {
        int space = (unsigned char)*from <= ' ';
        if (space && (to == room || to[-1] == ' ')) continue;
        *to++ = space ? ' ' : *from;
    }
    while (to > room && to[-1] == ' ') to--;
    *to = 0;
}

static void device_text(cl_device_id device, cl_device_info what, char room[128])
{
    char text[1024] = "";
    size_t size = 0;
    if (clGetDeviceInfo(device, what, sizeof text - 1, text, &size) != CL_SUCCESS) text[0] = 0;
    text[size < sizeof text ? size : sizeof text - 1] = 0;
    tidy(text, room);
}

static void platform_text(cl_platform_id platform, cl_platform_info what, char room[128])
{
    char text[1024] = "";
    size_t size = 0;
    if (clGetPlatformInfo(platform, what, sizeof text - 1, text, &size) != CL_SUCCESS) text[0] = 0;
    text[size < sizeof text ? size : sizeof text - 1] = 0;
    tidy(text, room);
}

/* What the driver says of `what`, a number of either of the sizes that OpenCL uses; 0 when it does not say. */
static uint64_t device_number(cl_device_id device, cl_device_info what)
{
    union {
        cl_uint u32;
        cl_ulong u64;
    } value = {0};
    size_t size = 0;
    if (clGetDeviceInfo(device, what, sizeof value, &value, &size) != CL_SUCCESS) return 0;
    return size == sizeof value.u32 ? value.u32 : value.u64;
}

static clonal_device_type type_of(uint64_t bits)
{
    if (bits & CL_DEVICE_TYPE_GPU) return CLONAL_DEVICE_GPU;
    if (bits & CL_DEVICE_TYPE_ACCELERATOR) return CLONAL_DEVICE_ACCELERATOR;
    return bits & CL_DEVICE_TYPE_CPU ? CLONAL_DEVICE_CPU : CLONAL_DEVICE_OTHER;
}

static void describe(clonal_device_info *info, cl_platform_id platform, cl_device_id device)
{
    platform_text(platform, CL_PLATFORM_NAME, info->platform);
    device_text(device, CL_DEVICE_NAME, info->name);
    device_text(device, CL_DEVICE_VENDOR, info->vendor);
    device_text(device, CL_DRIVER_VERSION, info->driver);
    device_text(device, CL_DEVICE_VERSION, info->version);
    info->type = type_of(device_number(device, CL_DEVICE_TYPE));
    info->compute_units = (unsigned)device_number(device, CL_DEVICE_MAX_COMPUTE_UNITS);
    info->clock_mhz = (unsigned)device_number(device, CL_DEVICE_MAX_CLOCK_FREQUENCY);
    info->global_memory_bytes = device_number(device, CL_DEVICE_GLOBAL_MEM_SIZE);
    info->local_memory_bytes = device_number(device, CL_DEVICE_LOCAL_MEM_SIZE);
    info->max_allocation_bytes = device_number(device, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
    info->max_group_size = (size_t)device_number(device, CL_DEVICE_MAX_WORK_GROUP_SIZE);
    info->native_float_width = (unsigned)device_number(device, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT);
    info->unified_memory = device_number(device, CL_DEVICE_HOST_UNIFIED_MEMORY) != 0;
    uint64_t fp = device_number(device, CL_DEVICE_SINGLE_FP_CONFIG);
    info->fp64 = device_number(device, CL_DEVICE_DOUBLE_FP_CONFIG) != 0;
    info->fp_fma = fp & CL_FP_FMA;
    info->fp_subnormals = fp & CL_FP_DENORM;
    info->fp_round_to_nearest = fp & CL_FP_ROUND_TO_NEAREST;
    info->fp_inf_nan = fp & CL_FP_INF_NAN;
}

/* Appends the devices of platform number `index` to the list. A platform without any is no error here: its name goes to
 * `empty`, and why. */
static clonal_status add_platform(clonal_device_list *list, cl_platform_id platform, unsigned index,
                                  clonal__string *empty)
{
    cl_uint count = 0;
    cl_int code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, NULL, &count);
    if (code != CL_SUCCESS || count == 0) {
        char name[128];
        platform_text(platform, CL_PLATFORM_NAME, name);
        clonal__string_append(empty, "%s%s (platform %u, %s)", empty->length ? ", " : "", name, index,
                              clonal__cl_error_name(code));
        return empty->status;
    }
    size_t total = list->count + count;
    CLONAL__TRY(clonal__grow(&list->infos, total, sizeof *list->infos));
    CLONAL__TRY(clonal__grow(&list->platforms, total, sizeof *list->platforms));
    CLONAL__TRY(clonal__grow(&list->devices, total, sizeof *list->devices));
    CLONAL__TRY_CL("clGetDeviceIDs",
                   clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, count, list->devices + list->count, NULL));
    for (unsigned i = 0; i < count; i++) {
        clonal_device_info *info = &list->infos[list->count + i];
        *info = (clonal_device_info){.platform_index = index, .device_index = i};
        snprintf(info->selector, sizeof info->selector, "%u:%u", index, i);
        list->platforms[list->count + i] = platform;
        describe(info, platform, list->devices[list->count + i]);
    }
    list->count = total;
    return CLONAL_OK;
}

static clonal_status fail_no_platform(const clonal__drivers *drivers)
{
    if (drivers->failed)
        return clonal__fail(CLONAL_E_DRIVER,
                            "no OpenCL platform, since its driver fails to load: %s; reinstall the driver, or %s",
                            drivers->broken.text, install_hint);
    if (drivers->found)
        return clonal__fail(CLONAL_E_NO_PLATFORM,
                            "no OpenCL platform: the drivers in %s load (%s) but offer none; is the "
                            "device there, and its kernel module loaded? Otherwise %s",
                            drivers->place, drivers->loaded.text, install_hint);
    return clonal__fail(CLONAL_E_NO_PLATFORM, "no OpenCL platform: no driver is named in %s; %s", drivers->place,
                        install_hint);
}

/* Whether PoCL can keep its cache. Makes the folder, as PoCL would. */
static bool pocl_can_write(void)
{
    clonal_driver_cache cache;
    clonal__driver_cache_find("Portable Computing Language", &cache);
    return !cache.folder[0] || /* then it takes /tmp */
           (clonal__make_folders(cache.folder) == CLONAL_OK && access(cache.folder, W_OK) == 0);
}

static clonal_status fail_no_device(const clonal__drivers *drivers, const char *empty)
{
    if (drivers->failed)
        return clonal__fail(CLONAL_E_DRIVER,
                            "no OpenCL device: %s; and these platforms have none: %s; reinstall the driver, or %s",
                            drivers->broken.text, empty, install_hint);
    if (strstr(empty, "CL_OUT_OF_HOST_MEMORY"))
        return clonal__fail(CLONAL_E_MEMORY,
                            "no OpenCL device, since a driver did not get the memory that it needs to start: %s; raise "
                            "the limits of this process (ulimit -v, ulimit -d), or end others",
                            empty);
    if (strstr(empty, "Portable Computing Language") && !pocl_can_write())
        return clonal__fail(CLONAL_E_NO_DEVICE,
                            "no OpenCL device: these platforms have none: %s; PoCL has none where it cannot write its "
                            "cache: set HOME or "
                            "POCL_CACHE_DIR to a folder that you may write to",
                            empty);
    return clonal__fail(CLONAL_E_NO_DEVICE,
                        "no OpenCL device: these platforms have none: %s; for a GPU, check that you may open "
                        "/dev/dri/render* (join the groups render and video); otherwise %s",
                        empty, install_hint);
}

/* Fails for want of a device, or, where not even that is there, of a platform. The loader is silent about drivers that
 * it could not load, so they are looked for here, when it matters why. */
static clonal_status explain(bool platforms, const char *empty)
{
    clonal__drivers drivers;
    CLONAL__TRY(clonal__drivers_examine(&drivers));
    clonal_status status = platforms ? fail_no_device(&drivers, empty) : fail_no_platform(&drivers);
    clonal__drivers_free(&drivers);
    return status;
}

/* Warns of drivers that do not load though others do. */
static void warn_of_drivers(void)
{
    clonal__drivers drivers;
    if (clonal__drivers_examine(&drivers)) return;
    if (drivers.failed) clonal__log(CLONAL_LOG_WARNING, "an OpenCL driver fails to load: %s", drivers.broken.text);
    clonal__drivers_free(&drivers);
}

static clonal_status fill(clonal_device_list *list, clonal__string *empty)
{
    cl_uint count = 0;
    cl_platform_id *platforms;
    cl_int code = clGetPlatformIDs(0, NULL, &count);
    if (code == CL_OUT_OF_HOST_MEMORY) return clonal__fail_cl("clGetPlatformIDs", code);
    if (code != CL_SUCCESS || count == 0) return explain(false, NULL);
    CLONAL__TRY(clonal__calloc(count, sizeof *platforms, &platforms));
    code = clGetPlatformIDs(count, platforms, NULL);
    clonal_status status = code == CL_SUCCESS ? CLONAL_OK : clonal__fail_cl("clGetPlatformIDs", code);
    for (unsigned i = 0; !status && i < count; i++) status = add_platform(list, platforms[i], i, empty);
    clonal__free(platforms);
    if (status) return status;
    return list->count == 0 ? explain(true, empty->text) : CLONAL_OK;
}

clonal_status clonal_device_list_create(clonal_device_list **list)
{
    CLONAL__FLOATS;
    clonal__string empty = {0};
    CLONAL__NEEDS(list);
    *list = NULL;
    CLONAL__TRY(clonal__process_check());
    CLONAL__TRY(clonal__calloc(1, sizeof **list, list));
    clonal__drivers_enter();
    clonal_status status = fill(*list, &empty);
    clonal__drivers_leave();
    /* Behind the lock, since the log's callback is the caller's. */
    if (empty.length && status == CLONAL_OK) clonal__log(CLONAL_LOG_INFO, "no device: %s", empty.text);
    if (status == CLONAL_OK) warn_of_drivers();
    clonal__string_free(&empty);
    if (status) {
        clonal_device_list_destroy(*list);
        *list = NULL;
    }
    return status;
}

void clonal_device_list_destroy(clonal_device_list *list)
{
    if (!list) return;
    clonal__free(list->infos);
    clonal__free(list->platforms);
    clonal__free(list->devices);
    clonal__free(list);
}

size_t clonal_device_list_count(const clonal_device_list *list)
{
    return list ? list->count : 0;
}

const clonal_device_info *clonal_device_list_get(const clonal_device_list *list, size_t index)
{
    return list && index < list->count ? &list->infos[index] : NULL;
}
