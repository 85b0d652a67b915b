/* _network.h: what the harnesses of other frameworks' files share. */
#ifndef CLONAL_TESTS_FUZZ_NETWORK_H
#define CLONAL_TESTS_FUZZ_NETWORK_H

#include "tests/fuzz/fuzz.h"

#include "host/exchange/network.h"
#include <string.h>

/* Both hold the same tensors, NaN being one value. */
static inline void fuzz_same_network(const clonal__network *a, const clonal__network *b)
{
    FUZZ_CHECK(a->count == b->count);
    for (size_t i = 0; i < a->count; i++) {
        const clonal__tensor *x = &a->tensors[i], *y = &b->tensors[i];
        FUZZ_CHECK(strcmp(x->name, y->name) == 0 && x->rank == y->rank);
        FUZZ_CHECK(memcmp(x->shape, y->shape, x->rank * sizeof *x->shape) == 0);
        for (size_t k = clonal__tensor_elements(x); k-- > 0;)
            FUZZ_CHECK(memcmp(&x->values[k], &y->values[k], sizeof(float)) == 0 ||
                       (x->values[k] != x->values[k] && y->values[k] != y->values[k]));
    }
}

#endif
