/* room.c: see room.h. */
#include "host/runtime/room.h"

#include "host/base/host_room.h"
#include "host/base/memory.h"
#include "host/base/number.h"
#include <stdio.h>

/* Less is not worth looking at the system for. */
enum { LITTLE = 1 << 20 };

const char *clonal__bytes_text(uint64_t bytes, char room[24])
{
    const unsigned long long kib = (bytes + 1023) / 1024, mib = (kib + 512) / 1024, tenths = (10 * kib + 524288) >> 20;
    if (tenths >= 10)
        snprintf(room, 24, "%llu.%llu GiB", tenths / 10, tenths % 10);
    else if (mib)
        snprintf(room, 24, "%llu MiB", mib);
    else
        snprintf(room, 24, "%llu KiB", kib);
    return room;
}

/* ": parameters 0.9 GiB, activations 120 MiB; <remedy>" behind what is in the text. */
static clonal_status refuse(clonal__string *text, size_t count, const clonal__need_part *parts, const char *remedy)
{
    char size[24];
    const char *before = ": ";
    for (size_t i = 0; i < count; i++) {
        if (!parts[i].bytes) continue;
        clonal__string_append(text, "%s%s %s", before, parts[i].what, clonal__bytes_text(parts[i].bytes, size));
        before = ", ";
    }
    clonal__string_append(text, "; %s", remedy);
    const clonal_status status = clonal__fail(CLONAL_E_MEMORY, "%s", text->text ? text->text : "out of memory");
    clonal__string_free(text);
    return status;
}

/* A driver for CPUs may lend what the machine can swap out. */
static uint64_t device_room(const clonal_context *context)
{
    const clonal_device_info *info = &context->info;
    return info->global_memory_bytes + (info->type == CLONAL_DEVICE_CPU ? clonal__host_swap("") : 0);
}

clonal_status clonal__room_check(const clonal_context *context, const char *doing, size_t count,
                                 const clonal__need_part *parts, uint64_t largest, const char *remedy)
{
    const clonal_device_info *info = &context->info;
    uint64_t device = 0, host = 0;
    char need[24], have[24];
    clonal__string text = {0};
    for (size_t i = 0; i < count; i++) *(parts[i].host ? &host : &device) += parts[i].bytes;
    if (device + host < LITTLE) return CLONAL_OK;
    /* GPUs' drivers give more than they say: NVIDIA's a quarter of the memory, by what it says. */
    if (info->type == CLONAL_DEVICE_CPU && largest > info->max_allocation_bytes) {
        clonal__string_append(&text, "%s takes a buffer of %s, and %s allows %s for one", doing,
                              clonal__bytes_text(largest, need), info->name,
                              clonal__bytes_text(info->max_allocation_bytes, have));
        return refuse(&text, count, parts, remedy);
    }
    if (device > device_room(context)) {
        clonal__string_append(&text, "%s takes %s of device memory, and %s has %s", doing,
                              clonal__bytes_text(device, need), info->name,
                              clonal__bytes_text(device_room(context), have));
        return refuse(&text, count, parts, remedy);
    }
    if (info->type != CLONAL_DEVICE_CPU) return CLONAL_OK;
    const clonal__room room = clonal__host_room("");
    if (device + host <= room.bytes) return CLONAL_OK;
    clonal__string_append(&text, "%s takes %s of memory, and %s are left of %s", doing,
                          clonal__bytes_text(device + host, need), clonal__bytes_text(room.bytes, have), room.of);
    return refuse(&text, count, parts, remedy);
}
