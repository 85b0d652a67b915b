/* contract.h: the numbers of the numeric contract (cl/CONTRACT.md) that the host's code needs, each
 * once. Those that callers need too stand in include/clonal: random.h has the purposes of random
 * streams. */
#ifndef CLONAL_BASE_CONTRACT_H
#define CLONAL_BASE_CONTRACT_H

/* Section 2: the terms of a product that are summed in one chain. A longer sum is cut into
 * blocks of so many, the last one shorter, whose chains are added in ascending order. */
enum { CLONAL__CHAIN_BLOCK = 1024 };

#endif
