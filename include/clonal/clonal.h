/* clonal.h: everything. Dropout networks on any OpenCL device, with the same bits on every one. */
#ifndef CLONAL_CLONAL_H
#define CLONAL_CLONAL_H

#include <clonal/cache.h>
#include <clonal/data.h>
#include <clonal/device.h>
#include <clonal/gemm.h>
#include <clonal/graph.h>
#include <clonal/model.h>
#include <clonal/monte_carlo.h>
#include <clonal/optimizer.h>
#include <clonal/random.h>
#include <clonal/run.h>
#include <clonal/statistics.h>
#include <clonal/status.h>
#include <clonal/sweep.h>
#include <clonal/tune.h>
#include <clonal/verify.h>
#include <clonal/watch.h>

#endif
