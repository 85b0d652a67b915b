/* timing.h: how long a launch list takes on its device.
 *
 * A sample is a number of runs of the list back to back, from the first one's launch until the
 * device has finished the last, divided by their number: so the wait for the end, which takes as
 * long as some lists, is shared by all. Every function here waits for the device, runs the list as
 * step 0 at place 0, so that buffers hold what its launches wrote, and fails as its launches do. */
#ifndef CLONAL_RUNTIME_TIMING_H
#define CLONAL_RUNTIME_TIMING_H

#include "host/runtime/launch.h"

/* Takes one sample of `runs` runs, 1 or more, and sets *seconds to the seconds of one run. */
clonal_status clonal__sample(const clonal__launch_list *list, int runs, double *seconds);

/* Sets *runs to the number of runs that fill about `sample_seconds`, at least 1. Runs the list some
 * times to find out, once before that: what drivers build at a first launch is not counted. */
clonal_status clonal__sample_size(const clonal__launch_list *list, double sample_seconds,
                                  int *runs);

/* Sets *seconds to the seconds of one run: the least of `samples` samples, 1 or more, of about
 * `sample_seconds` each. Where the first of them takes 200 times as long as it should, the
 * device is so slow that it is not made to repeat. */
clonal_status clonal__measure(const clonal__launch_list *list, size_t samples,
                              double sample_seconds, double *seconds);

#endif
