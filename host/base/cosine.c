/* cosine.c: see cosine.h. Products and sums alone: a libm's cos differs between machines in its last bit. */
#include "host/base/cosine.h"

#include <stddef.h>

/* The Taylor series up to (pi u)^24, whose rest is below 2^-60 for u up to 1/2. */
double clonal__cospi(double u)
{
    static const double c[] = {0x1.838d8f4321800p-40,  -0x1.52ae4120fde27p-34, 0x1.ef6e308d6d1c4p-29,
                               -0x1.2a0c591af8314p-23, 0x1.20c62c2f2d7f5p-18,  -0x1.b6e24f44b128fp-14,
                               0x1.f9d38a3763cc3p-10,  -0x1.a6d1f2a204a8cp-6,  0x1.e1f506891babbp-3,
                               -0x1.55d3c7e3cbffap+0,  0x1.03c1f081b5ac4p+2,   -0x1.3bd3cc9be45dep+2,
                               0x1.0000000000000p+0};
    const int minus = u > 0.5;
    if (minus) u = 1.0 - u;
    const double z = u * u;
    double y = c[0];
    for (size_t i = 1; i < sizeof c / sizeof *c; i++) {
        const double product = y * z;
        y = product + c[i];
    }
    return minus ? -y : y;
}
