/* test_normal32.c: the largest error of the normal variates of words, in ulp, against the C library's error function,
 * and against MPFR's wherever that says that the error is near the largest so far, and at every 65537th word besides.
 *
 * test_unit_normal32 [--full]: every 251st word, or all of them. Of the words v and 2^32 - 1 - v one is looked at,
 * since their variates must differ in sign alone.
 * ctest: TIMEOUT 600 */
#include "ref_math.h"
#include "ref_noise.h"

#include <math.h>
#include <mpfr.h>
#include <stdio.h>
#include <string.h>

static const double bound = 3; /* ulp; the contract states what --full finds */

/* The distance of neighbouring floats at |z|, z normal. */
static double ulp_at(double z)
{
    int exponent;
    frexp(z, &exponent);
    return ldexp(1, exponent - 24);
}

/* Of words from the middle up: how far z is from the variate, z' with P(Z > z') = q, by the difference of the tails
 * over the density. */
static double error_nearly(double q, double z)
{
    const double tail = 0.5 * erfc(z * 0.70710678118654752440), density = exp(-0.5 * z * z) * 0.39894228040143267794;
    return fabs((tail - q) / density) / ulp_at(z);
}

static double error_exactly(double q, double z)
{
    mpfr_t tail, density, number;
    mpfr_inits2(200, tail, density, number, (mpfr_ptr)NULL);
    mpfr_set_d(number, z, MPFR_RNDN);
    mpfr_sqr(density, number, MPFR_RNDN);
    mpfr_div_si(density, density, -2, MPFR_RNDN);
    mpfr_exp(density, density, MPFR_RNDN);
    mpfr_sqrt_ui(tail, 2, MPFR_RNDN);
    mpfr_div(tail, number, tail, MPFR_RNDN);
    mpfr_erfc(tail, tail, MPFR_RNDN);
    mpfr_div_ui(tail, tail, 2, MPFR_RNDN);
    mpfr_sub_d(tail, tail, q, MPFR_RNDN);
    mpfr_const_pi(number, MPFR_RNDN);
    mpfr_mul_ui(number, number, 2, MPFR_RNDN);
    mpfr_sqrt(number, number, MPFR_RNDN);
    mpfr_mul(tail, tail, number, MPFR_RNDN);
    mpfr_div(tail, tail, density, MPFR_RNDN);
    const double error = fabs(mpfr_get_d(tail, MPFR_RNDN)) / ulp_at(z);
    mpfr_clears(tail, density, number, (mpfr_ptr)NULL);
    return error;
}

int main(int argc, char **argv)
{
    const uint32_t stride = argc > 1 && strcmp(argv[1], "--full") == 0 ? 1 : 251;
    double worst = 0.5;
    uint32_t worst_at = 0, number = 0, unequal = 0, falling = 0;
    float before = 0;
    for (uint64_t word = UINT64_C(1) << 31; word < UINT64_C(1) << 32; word += stride, number++) {
        const double q = ((double)(UINT32_MAX - word) + 0.5) * 0x1p-32; /* exact */
        const float z = ref_normal32((uint32_t)word);
        double error = error_nearly(q, (double)z);
        unequal += ref_bits(ref_normal32(~(uint32_t)word)) != ref_bits(-z);
        falling += (double)z < (double)before - 4 * ulp_at((double)before);
        before = z;
        if (!(error < worst - 1e-3) || number % 65537 == 0) error = error_exactly(q, (double)z);
        if (error < worst) continue;
        worst = error;
        worst_at = (uint32_t)word;
        if (!(error <= bound)) break;
    }
    printf("largest error %.4f ulp, of the word %08x, whose variate is %.9g; %u words, from %.9g\n", worst,
           (unsigned)worst_at, (double)ref_normal32(worst_at), (unsigned)number, (double)ref_normal32(0));
    printf("%u pairs of words are not of opposite sign; %u variates fall\n", (unsigned)unequal, (unsigned)falling);
    mpfr_free_cache();
    return !(worst <= bound) || unequal || falling;
}
