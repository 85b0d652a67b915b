/* pace.h: how many steps are enqueued between two waits for the device, so that it never idles for
 * want of work and what waits for it is bounded: some drivers give a queue up after seconds. */
#ifndef CLONAL_MODEL_PACE_H
#define CLONAL_MODEL_PACE_H

#include <clonal/device.h>
#include <stdbool.h>
#include <stddef.h>

/* Adapts to the time that steps take: a wait every tenth of a second or so. Begins as
 * clonal__pace_begin() says. */
typedef struct clonal__pace {
    size_t every, enqueued;
    double last; /* when the last wait ended */
} clonal__pace;

clonal__pace clonal__pace_begin(void);
/* Counts a step that was enqueued; whether it is time to wait for the device. */
bool clonal__pace_step(clonal__pace *pace);
/* To be called after a wait. */
void clonal__pace_waited(clonal__pace *pace);
/* Waits for the device, and calls that. */
clonal_status clonal__pace_wait(clonal__pace *pace, clonal_context *context);

#endif
