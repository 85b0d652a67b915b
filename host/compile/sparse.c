/* sparse.c: which products have a left operand that is mostly zeros, by what makes it. */
#include "host/compile/compile.h"

#include "host/base/memory.h"

/* A share in whole quarters, below 2 none: forms that leave out zeros are tried from there on. */
static uint32_t quarters(double share)
{
    return share >= 0.7 ? 3 : share >= 0.45 ? 2 : 0;
}

/* Of what a function, or a derivative, that gates lets through. */
#define GATED_ZEROS 0.5

static double of(const double *shares, int value)
{
    return value == CLONAL__NO_VALUE ? 0 : shares[value];
}

/* The share of zeros to be expected in what an instruction makes, by those in what it reads. A mask counts by the
 * node's own probability, also where a schedule changes it. */
static double share_of(const clonal__instruction *in, const double *shares, const clonal__feed *feed)
{
    const double kept = 1 - of(shares, in->in[0]);
    switch (in->code->role) {
    case CLONAL__ROLE_MASK:
        return 1 - kept * (1 - (double)in->mask.threshold * 0x1p-32);
    case CLONAL__ROLE_FUNCTION:
        return in->function->gates ? GATED_ZEROS : 0;
    case CLONAL__ROLE_DERIVATIVE:
        return 1 - kept * (in->function->gates ? GATED_ZEROS : 1);
    default:
        return in->in[0] == CLONAL__NO_VALUE && feed ? feed->zeros : 0; /* the samples */
    }
}

clonal_status clonal__find_sparse(clonal__program *program, const clonal__feed *feed)
{
    double *shares;
    CLONAL__TRY(clonal__calloc(program->value_count, sizeof *shares, &shares));
    for (size_t i = 0; i < program->instruction_count; i++) {
        clonal__instruction *in = &program->instructions[i];
        if (in->code->role == CLONAL__ROLE_PRODUCT)
            in->zeros = quarters(of(shares, in->in[0]));
        else if (in->out != CLONAL__NO_VALUE)
            shares[in->out] = share_of(in, shares, feed);
    }
    clonal__free(shares);
    return CLONAL_OK;
}
