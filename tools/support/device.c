#include "device.h"
#include "crash.h"
#include "message.h"
#include <stdio.h>
#include <stdlib.h>

const char *device_type_name(clonal_device_type type)
{
    switch (type) {
    case CLONAL_DEVICE_CPU:
        return "cpu";
    case CLONAL_DEVICE_GPU:
        return "gpu";
    case CLONAL_DEVICE_ACCELERATOR:
        return "accelerator";
    case CLONAL_DEVICE_OTHER:
        break;
    }
    return "other";
}

void format_bytes(uint64_t bytes, char room[24])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    size_t unit = 0;
    double value = (double)bytes;
    for (; value >= 1024 && unit < 6; unit++) value /= 1024;
    snprintf(room, 24, value < 100 && value != (double)(int)value ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

void device_describe(const clonal_context *context, const char *selector, char *room, size_t size)
{
    const clonal_device_info *info = clonal_context_device(context);
    const char *variable = getenv("CLONAL_DEVICE");
    const char *why = ", the best found (--device chooses another)";
    if (selector && selector[0])
        why = "";
    else if (variable && variable[0])
        why = ", by CLONAL_DEVICE";
    snprintf(room, size, "%s %s (%s)%s", info->selector, info->name, info->platform, why);
}

clonal_status device_create(const char *selector, clonal_context **context)
{
    clonal_device_list *list;
    size_t index;
    *context = NULL;
    crash_drivers();
    clonal_status status = clonal_device_list_create(&list);
    if (status != CLONAL_OK) return status;
    status = clonal_device_select(list, selector, &index);
    if (status == CLONAL_OK) crash_device(clonal_device_list_get(list, index));
    if (status == CLONAL_OK) status = clonal_context_create_listed(list, index, context);
    clonal_device_list_destroy(list);
    if (status == CLONAL_OK) crash_doing("computing on");
    return status;
}

int device_open(const char *selector, clonal_context **context)
{
    clonal_status status = device_create(selector, context);
    return status == CLONAL_OK ? 0 : fail_status(status);
}
