/* device.h: opening the device that a verb's --device names, and naming it. */
#ifndef TOOLS_SUPPORT_DEVICE_H
#define TOOLS_SUPPORT_DEVICE_H

#include <clonal/device.h>

/* The help of every verb's --device. */
#define DEVICE_HELP "P:D, cpu, gpu, part of a name, or these joined by ':'"

/* "0:0 pthread-AMD EPYC (Portable Computing Language), the best found": the device, and who chose
 * it when `selector` did not. */
void device_describe(const clonal_context *context, const char *selector, char *room, size_t size);
/* clonal_context_create, with what crash.h needs to know of the device told before. */
clonal_status device_create(const char *selector, clonal_context **context);
/* Opens the device; on failure prints why and returns the exit code, else 0. */
int device_open(const char *selector, clonal_context **context);
const char *device_type_name(clonal_device_type type); /* "cpu" */
/* Bytes as "512 KiB", "22.4 GiB". */
void format_bytes(uint64_t bytes, char room[24]);

#endif
