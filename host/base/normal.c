/* normal.c: see normal.h. Rational approximations of Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988),
 * and a logarithm of the operations + - * / alone, since that of C's library differs between machines. */
#include "host/base/normal.h"

#include <math.h>

/* a[0] x^(n-1) + ... + a[n-1] */
static double polynomial(const double *a, int n, double x)
{
    double y = a[0];
    for (int i = 1; i < n; i++) {
        y = y * x;
        y = y + a[i];
    }
    return y;
}

/* log(2^e m) = e ln 2 + 2 artanh((m - 1) / (m + 1)), m near 1. */
double clonal__log64(double x)
{
    static const double series[] = {1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11,
                                    1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3,  1};
    int e;
    double m = frexp(x, &e);
    if (m < 0x1.6a09e667f3bcdp-1) {
        m = m * 2;
        e = e - 1;
    }
    const double s = (m - 1) / (m + 1);
    const double y = polynomial(series, sizeof series / sizeof *series, s * s) * s;
    const double whole = (double)e * 0x1.62e42fefa39efp-1;
    return whole + y * 2;
}

static double quotient(const double above[8], const double below[8], double r)
{
    return polynomial(above, 8, r) / polynomial(below, 8, r);
}

static double of_center(double q)
{
    static const double above[] = {2.5090809287301226727e+3, 3.3430575583588128105e+4, 6.7265770927008700853e+4,
                                   4.5921953931549871457e+4, 1.3731693765509461125e+4, 1.9715909503065514427e+3,
                                   1.3314166789178437745e+2, 3.3871328727963666080e+0};
    static const double below[] = {
        5.2264952788528545610e+3, 2.8729085735721942674e+4, 3.9307895800092710610e+4, 2.1213794301586595867e+4,
        5.3941960214247511077e+3, 6.8718700749205790830e+2, 4.2313330701600911252e+1, 1};
    const double square = q * q;
    const double r = 0.180625 - square;
    return q * quotient(above, below, r);
}

/* Of the distance p to the nearer end: the value below the mean. */
static double of_tail(double p)
{
    static const double above[] = {7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
                                   1.27045825245236838258e+0, 3.64784832476320460504e+0, 5.76949722146069140550e+0,
                                   4.63033784615654529590e+0, 1.42343711074968357734e+0};
    static const double below[] = {
        1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
        6.89767334985100004550e-1, 1.67638483018380384940e+0, 2.05319162663775882187e+0, 1};
    const double r = sqrt(-clonal__log64(p));
    return -quotient(above, below, r - 1.6);
}

double clonal__normal_quantile(double p)
{
    const double q = p - 0.5;
    if (q <= 0.425 && -0.425 <= q) return of_center(q);
    return q < 0 ? of_tail(p) : -of_tail(1 - p);
}
