#include "ref_schedule.h"

#include <math.h>

double ref_power(double b, uint64_t n)
{
    double r = 1.0;
    for (; n != 0; n >>= 1) {
        if (n & 1) r = r * b;
        b = b * b;
    }
    return r;
}

double ref_cospi(double u)
{
    static const double coefficients[] = {
        -0x1.52ae4120fde27p-34, 0x1.ef6e308d6d1c4p-29, -0x1.2a0c591af8314p-23, 0x1.20c62c2f2d7f5p-18,
        -0x1.b6e24f44b128fp-14, 0x1.f9d38a3763cc3p-10, -0x1.a6d1f2a204a8cp-6,  0x1.e1f506891babbp-3,
        -0x1.55d3c7e3cbffap+0,  0x1.03c1f081b5ac4p+2,  -0x1.3bd3cc9be45dep+2,  1.0,
    };
    double m = u > 0.5 ? 1.0 - u : u;
    double z = m * m;
    double y = 0x1.838d8f43218p-40;
    for (int i = 0; i < 12; i++) {
        y = y * z;
        y = y + coefficients[i];
    }
    return u > 0.5 ? -y : y;
}

double ref_factor(const struct ref_schedule *schedule, uint64_t t)
{
    if (t < schedule->warmup) return (double)(t + 1) / (double)schedule->warmup;
    uint64_t u = t - schedule->warmup;
    if (schedule->kind == REF_STEPS) return ref_power(schedule->gamma, u / schedule->every);
    if (schedule->kind == REF_COSINE) {
        uint64_t span = schedule->steps - schedule->warmup;
        if (u >= span) return 0.0;
        double q = ref_cospi((double)u / (double)span);
        q = 1.0 + q;
        return q * 0.5;
    }
    return 1.0;
}

double ref_exp64(double x)
{
    double k = floor(x * 0x1.71547652b82fep+0 + 0.5);
    double r = x - k * 0x1.62e42feep-1;
    r = r - k * 0x1.a39ef35793c76p-33;
    double factorial = 6227020800.0; /* 13! */
    double y = 1.0 / factorial;
    for (int n = 13; n > 0; n--) {
        factorial = factorial / n;
        y = y * r;
        y = y + 1.0 / factorial;
    }
    return ldexp(y, (int)k);
}

double ref_probability(const struct ref_dropout_schedule *schedule, double p, uint64_t t)
{
    if (schedule->kind == REF_DROPOUT_CONSTANT) return p;
    double u = (double)t / (double)schedule->steps;
    if (schedule->kind == REF_DROPOUT_LINEAR) return t >= schedule->steps ? p : p * u;
    u = u * 10.0;
    return u > 40.0 ? p : p * (1.0 - ref_exp64(-u));
}
