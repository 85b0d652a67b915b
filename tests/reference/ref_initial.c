#include "ref_initial.h"

#include "ref_math.h"
#include "ref_philox.h"

#include <math.h>

double ref_log64(double x)
{
    int e;
    double m = frexp(x, &e);
    if (m < 0x1.6a09e667f3bcdp-1) {
        m = 2.0 * m;
        e--;
    }
    double s = (m - 1.0) / (m + 1.0);
    double z = s * s;
    double y = 1.0 / 21.0;
    for (int odd = 19; odd >= 1; odd -= 2) {
        y = y * z;
        y = y + 1.0 / (double)odd;
    }
    y = y * s;
    double t = (double)e * 0x1.62e42fefa39efp-1;
    return t + y * 2.0;
}

static double row(const double c[8], double r)
{
    double y = c[0];
    for (int i = 1; i < 8; i++) {
        y = y * r;
        y = y + c[i];
    }
    return y;
}

double ref_quantile(double p)
{
    static const double A[8] = {2509.0809287301226727, 33430.575583588128105, 67265.770927008700853,
                                45921.953931549871457, 13731.693765509461125, 1971.5909503065514427,
                                133.14166789178437745, 3.3871328727963666080};
    static const double B[8] = {
        5226.4952788528545610, 28729.085735721942674, 39307.895800092710610, 21213.794301586595867,
        5394.1960214247511077, 687.18700749205790830, 42.313330701600911252, 1.0};
    static const double C[8] = {0.000774545014278341407640, 0.0227238449892691845833, 0.241780725177450611770,
                                1.27045825245236838258,     3.64784832476320460504,   5.76949722146069140550,
                                4.63033784615654529590,     1.42343711074968357734};
    static const double D[8] = {
        1.05075007164441684324e-9, 0.000547593808499534494600, 0.0151986665636164571966, 0.148103976427480074590,
        0.689767334985100004550,   1.67638483018380384940,     2.05319162663775882187,   1.0};
    double q = p - 0.5;
    if (fabs(q) <= 0.425) {
        double r = q * q;
        r = 0.180625 - r;
        double a = row(A, r), b = row(B, r);
        double ratio = a / b;
        return q * ratio;
    }
    double r = sqrt(-ref_log64(q < 0.0 ? p : 1.0 - p));
    r = r - 1.6;
    double c = row(C, r), d = row(D, r);
    double z = c / d;
    return q < 0.0 ? -z : z;
}

double ref_normal(uint32_t word)
{
    return ref_quantile(((double)word + 0.5) / 4294967296.0);
}

double ref_truncated_normal(uint32_t word)
{
    double t = (((double)word + 0.5) / 4294967296.0) * 0.95449973610364159;
    return ref_quantile(0.022750131948179207 + t);
}

/* sqrt(a/n) of a rule that has it. */
static double spread(enum ref_initial_rule rule, size_t outputs, size_t inputs)
{
    double in = (double)inputs, both = (double)(inputs + outputs);
    switch (rule) {
    case REF_LECUN_UNIFORM:
        return sqrt(3.0 / in);
    case REF_HE_UNIFORM:
        return sqrt(6.0 / in);
    case REF_GLOROT_UNIFORM:
        return sqrt(6.0 / both);
    case REF_LECUN_NORMAL:
        return sqrt(1.0 / in);
    case REF_HE_NORMAL:
        return sqrt(2.0 / in);
    default:
        return sqrt(2.0 / both);
    }
}

void ref_initial_weight(float *weight, size_t outputs, size_t inputs, enum ref_initial_rule rule, uint64_t seed,
                        uint32_t node)
{
    uint32_t stream = ref_stream(REF_PURPOSE_INITIAL, node);
    if (rule == REF_FAN_IN_UNIFORM) {
        ref_initial(weight, outputs, inputs, ref_recip(ref_sqrt((float)inputs)), seed, node, 0);
    } else if (rule == REF_UNIFORM) {
        ref_initial(weight, outputs, inputs, (float)0.07, seed, node, 0);
    } else if (rule == REF_LECUN_UNIFORM || rule == REF_HE_UNIFORM || rule == REF_GLOROT_UNIFORM) {
        ref_initial(weight, outputs, inputs, (float)spread(rule, outputs, inputs), seed, node, 0);
    } else {
        for (size_t i = 0; i < outputs * inputs; i++) {
            uint32_t word = ref_word(seed, stream, 0, (uint32_t)(i / inputs), (uint32_t)(i % inputs));
            if (rule == REF_NORMAL) {
                weight[i] = (float)(ref_normal(word) * 0.01);
            } else {
                double d = spread(rule, outputs, inputs) / 0.87962566103423978;
                weight[i] = (float)(ref_truncated_normal(word) * d);
            }
        }
    }
}

void ref_initial_bias(float *bias, size_t outputs, size_t inputs, enum ref_initial_rule rule, uint64_t seed,
                      uint32_t node)
{
    if (rule == REF_FAN_IN_UNIFORM)
        ref_initial(bias, 1, outputs, ref_recip(ref_sqrt((float)inputs)), seed, node, 1);
    else
        for (size_t i = 0; i < outputs; i++) bias[i] = 0.0f;
}
