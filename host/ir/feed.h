/* feed.h: what a step reads of the data, and what it leaves there, on the device. */
#ifndef CLONAL_IR_FEED_H
#define CLONAL_IR_FEED_H

#include "host/runtime/runtime.h"

/* N samples; a batch is the rows from CLONAL__VARIABLE_FIRST on, in the order of the shuffle. */
typedef struct clonal__feed {
    cl_mem samples; /* (N,columns) uint8 or float */
    bool is_float;
    float zeros;    /* the share of zeros in samples, 0 to 1, as some of them show */
    cl_mem labels;  /* (N) uint32 */
    cl_mem targets; /* (N,C) float; used when has_targets */
    bool has_targets;
    cl_mem order; /* (N) uint32: the shuffle; used when shuffled */
    bool shuffled;
    cl_mem row_loss; /* (N) float, in the order trained */
    cl_mem correct;  /* (N) uint8: 1 where the class is right */
} clonal__feed;

#endif
