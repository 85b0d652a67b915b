/* cosine.h: the cosine by the contract's sequence of operations (cl/CONTRACT.md, section 5,
 * "Schedule"). Binary64, the same bits everywhere. Any thread. */
#ifndef CLONAL_BASE_COSINE_H
#define CLONAL_BASE_COSINE_H

/* cos(pi u), 0 <= u <= 1, to some 10^-16: exact at 0 and 1, not at 1/2. */
double clonal__cospi(double u);

#endif
