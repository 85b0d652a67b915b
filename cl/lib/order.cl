/* order.cl: which sample of the data set stands in a row of the batch. */
#ifndef CLONAL_LIB_ORDER_CL
#define CLONAL_LIB_ORDER_CL

/* order[place + row], or place + row when shuffled is 0 */
static inline size_t clonal_sample(__global const uint *order, uint shuffled, uint place,
                                   size_t row)
{
    return shuffled ? (size_t)order[place + row] : place + row;
}

#endif
