/* probe.h: judging a device's arithmetic by what it does. */
#ifndef CLONAL_RUNTIME_PROBE_H
#define CLONAL_RUNTIME_PROBE_H

#include "host/runtime/runtime.h"

/* count triples (a,b,c) made to break a wrong fma: cancellation, ties, subnormals, signed zeros,
 * infinities. (3*count) floats. */
void clonal__probe_triples(size_t count, float *triples);

/* Compares what a device made of the triples with the host's own arithmetic and sets the flags of
 * probe but for fma's. */
void clonal__probe_judge(size_t count, const float *triples, const uint32_t *results,
                         clonal_probe *probe);
/* True when results are fmaf of the triples, any NaN for a NaN. */
bool clonal__probe_fma_right(size_t count, const float *triples, const float *results);
/* From the flags: fma, contract and failed. */
void clonal__probe_conclude(clonal_probe *probe);

#endif
