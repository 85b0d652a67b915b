/* device.h: the OpenCL devices of this machine, how one is selected, and the context that
 * everything else runs in. */
#ifndef CLONAL_DEVICE_H
#define CLONAL_DEVICE_H

#include <clonal/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

CLONAL_BEGIN

typedef enum clonal_device_type {
    CLONAL_DEVICE_CPU,
    CLONAL_DEVICE_GPU,
    CLONAL_DEVICE_ACCELERATOR,
    CLONAL_DEVICE_OTHER
} clonal_device_type;

/* What a driver says of a device. The strings are trimmed and cut to their room. */
typedef struct clonal_device_info {
    unsigned platform_index, device_index;
    char selector[24]; /* "P:D", the shortest selector that always fits this device alone */
    char platform[128], name[128], vendor[128], driver[128], version[128];
    clonal_device_type type;
    unsigned compute_units, clock_mhz;
    uint64_t global_memory_bytes, local_memory_bytes, max_allocation_bytes;
    size_t max_group_size;
    unsigned native_float_width;
    bool unified_memory; /* it shares the host's, as CPUs and integrated GPUs do */
    /* as claimed; Clonal goes by its own probe */
    bool fp64, fp_fma, fp_subnormals, fp_round_to_nearest, fp_inf_nan;
} clonal_device_info;

/* All devices of all platforms, in the loader's order. */
typedef struct clonal_device_list clonal_device_list;

/* Lists the devices. *list is owned by the caller: clonal_device_list_destroy. Errors:
 * CLONAL_E_NO_PLATFORM, CLONAL_E_DRIVER (no platform or device, and a driver named to the loader
 * fails to load), CLONAL_E_NO_DEVICE. */
CLONAL_API clonal_status clonal_device_list_create(clonal_device_list **list);
CLONAL_API void clonal_device_list_destroy(clonal_device_list *list);
CLONAL_API size_t clonal_device_list_count(const clonal_device_list *list);
/* The info of device `index`; valid as long as the list. NULL: there is no such device. */
CLONAL_API const clonal_device_info *clonal_device_list_get(const clonal_device_list *list,
                                                            size_t index);

/* Finds the one device that `selector` fits. A selector is parts joined by ':' that must all fit:
 * two numbers `P:D` (platform and device index; `P` alone or after a name, as in `portable:0`, is
 * the device index among those that the other parts leave; beyond them it is a part of a name, as
 * in `4090`), `cpu`, `gpu`, `accelerator`, `pocl`, or any case-insensitive part of a platform's,
 * vendor's or device's name. NULL or "" reads the environment variable CLONAL_DEVICE; when that is
 * unset too, takes the best device: GPU, accelerator, CPU; of GPUs one of its own memory; then the
 * most compute units x floats that one makes at once, by the vendor, x clock.
 * Errors: CLONAL_E_SELECTOR, with the list of devices in the error's message, when none or several
 * fit. */
CLONAL_API clonal_status clonal_device_select(const clonal_device_list *list, const char *selector,
                                              size_t *index);

/* A context holds one device, its command queue, its compiled kernels and what the probe found of
 * its arithmetic. It must outlive everything made in it. One thread at a time. */
typedef struct clonal_context clonal_context;

/* Opens the device that `selector` fits (see clonal_device_select). Free with
 * clonal_context_destroy. */
CLONAL_API clonal_status clonal_context_create(const char *selector, clonal_context **context);
/* The same for device number `index` of a list, which is not made anew and may be freed after it.
 * CLONAL_E_ARGUMENT: the list has no such device. */
CLONAL_API clonal_status clonal_context_create_listed(const clonal_device_list *list, size_t index,
                                                      clonal_context **context);
CLONAL_API void clonal_context_destroy(clonal_context *context);
CLONAL_API const clonal_device_info *clonal_context_device(const clonal_context *context);

/* What the probe found by running the device: which body of fma is right there, and whether the
 * contract holds. */
typedef enum clonal_fma_body {
    CLONAL_FMA_BUILTIN = 0,
    CLONAL_FMA_DOUBLE = 1,
    CLONAL_FMA_INTEGER = 2
} clonal_fma_body;
typedef struct clonal_probe {
    bool contract;       /* true when every check below that the contract needs passed */
    clonal_fma_body fma; /* the body of clonal_fma in use */
    /* equal to C's fmaf on the probe's triples; false also when not run */
    bool builtin_fma, double_fma, integer_fma;
    bool no_contraction, subnormals, rounding, mul_hi, conversions;
    char failed[256]; /* names of the checks that failed, "" when none did */
} clonal_probe;
CLONAL_API const clonal_probe *clonal_context_probe(const clonal_context *context);

/* Where a device's driver keeps the kernels that it compiled, from one process to the next. Files
 * there that are damaged, or a disk that is full, make some drivers abort the process; the folder
 * may be removed, and the driver makes it anew. */
typedef struct clonal_driver_cache {
    char folder[1024];    /* "" where the driver has none, or none that is known */
    const char *variable; /* the environment variable that names another folder, or "" */
    bool chosen;          /* that variable is set, so that the folder may hold other things too */
} clonal_driver_cache;
/* Finds it by the device's platform and the environment as it is now, without asking the driver;
 * the folder need not exist. Any thread may call it while none changes the environment. Errors:
 * CLONAL_E_ARGUMENT. */
CLONAL_API clonal_status clonal_driver_cache_find(const clonal_device_info *device,
                                                  clonal_driver_cache *cache);

/* Hears what the library is about to do where that may take a while: "planning 3/8: product of
 * 4096x1024x784", "compiling gemm_native". `what` is one line, valid during the call, which comes
 * from the thread that uses the context. */
typedef void (*clonal_activity_fn)(const char *what, void *user);
/* From now on `activity` hears of what is done in the context; NULL: nobody does. */
CLONAL_API void clonal_context_on_activity(clonal_context *context, clonal_activity_fn activity,
                                           void *user);

/* Waits until the device has finished all that was given to it. */
CLONAL_API clonal_status clonal_context_finish(clonal_context *context);

CLONAL_END

#endif
