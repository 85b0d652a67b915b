/* probe.h: judging a device's arithmetic by what it does. Host code alone, which needs no device:
 * clonal__probe_run, in runtime.h, is what runs one. Any number of threads may call it. */
#ifndef CLONAL_RUNTIME_PROBE_H
#define CLONAL_RUNTIME_PROBE_H

#include "host/runtime/program_cache.h"

/* Fills `triples` (3*count) with triples (a,b,c) made to break a wrong fma: cancellation, ties,
 * subnormals, signed zeros, infinities. They are the same in every call. */
void clonal__probe_triples(size_t count, float *triples);

/* Compares `results` (8*count), what the kernel probe_arithmetic made of the triples, with the
 * host's own arithmetic, and sets the flags no_contraction, subnormals, rounding, mul_hi and
 * conversions of *probe; the others stay as they are. */
void clonal__probe_judge(size_t count, const float *triples, const uint32_t *results,
                         clonal_probe *probe);

/* Whether `results` (count) are C's fmaf of the triples, bit for bit, any NaN standing for a
 * NaN. */
bool clonal__probe_fma_right(size_t count, const float *triples, const float *results);

/* Draws the conclusions from a probe's flags: sets its members fma (the first body that is right),
 * contract and failed. */
void clonal__probe_conclude(clonal_probe *probe);

/* Reads what is remembered of a device: false where the text is no such record, of another version,
 * or one of a device that does not keep the contract, which is never remembered. Sets `label` to
 * what the file tells of its device, or "". */
bool clonal__probe_parse(const char *text, clonal_probe *probe,
                         char label[CLONAL__DEVICE_LABEL_ROOM]);

#endif
