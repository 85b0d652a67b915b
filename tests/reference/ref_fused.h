/* What cl/CONTRACT.md, section 8, calls fused and fused_update: operations and updates on special
 * values, as they may be fused into a product. Threads: any. */
#ifndef CLONAL_REF_FUSED_H
#define CLONAL_REF_FUSED_H

#include "ref_graph.h"

/* Called with each tensor of a line by its name there; the values live for the call. */
typedef void ref_fused_observer(void *user, const char *name, const float *values, size_t count);

/* Makes what the line `fused ...` or `fused_update ...` says. Returns 0, or -1 where it is neither.
 */
int ref_fused(const char *line, ref_fused_observer *observer, void *user);

#endif
