/* profile.h: a trace of what host and device do, by time: for seeing where training spends it.
 *
 *   clonal_context_create(NULL, &context);
 *   clonal_profile_start(context, 100);
 *   ... make models, train ...
 *   clonal_profile_write(context, "trace.json");
 *
 * The file is JSON in the Trace Event Format, which chrome://tracing and https://ui.perfetto.dev
 * open. It has the host's work (reading data, planning, compiling, epochs, evaluations, files), and
 * of the device each step and each of its launches: its time there, when it was queued and
 * submitted, kernel, node and operation, floating-point operations, bytes read and written, and
 * their share of the most that the device was measured to do. Of a product 2 M N K operations are
 * counted, and none of what is fused to it; bytes are those of whole matrices, each once. No bit of
 * any result changes. */
#ifndef CLONAL_PROFILE_H
#define CLONAL_PROFILE_H

#include <clonal/device.h>

CLONAL_BEGIN

/* Begins a profile of the context, which ends with it. `steps`, 1 or more, says of how many steps
 * of each kind (training, evaluation, stochastic passes) launches are recorded, the first ones; the
 * host's work always is. Launches are known of models that are made from here on. First measures
 * what the device does at most: products and copies of growing size, for some tenths of a second,
 * or seconds where products were never planned. Waits for the device. Errors: CLONAL_E_ARGUMENT
 * (NULL, 0 steps, a profile that has begun already), CLONAL_E_OPENCL (the driver keeps no times of
 * launches), CLONAL_E_MEMORY; none has begun then that had not before. */
CLONAL_API clonal_status clonal_profile_start(clonal_context *context, uint32_t steps);
/* Writes what was recorded so far, atomically; recording goes on. Waits for the device. Errors:
 * CLONAL_E_ARGUMENT (NULL, no profile has begun), CLONAL_E_IO, CLONAL_E_MEMORY, CLONAL_E_OPENCL. */
CLONAL_API clonal_status clonal_profile_write(clonal_context *context, const char *path);

CLONAL_END

#endif
