/* normal.h: the inverse of the normal distribution by the contract's sequence of operations
 * (cl/CONTRACT.md, section 5, "Normal variates"). Binary64, the same bits everywhere. Any thread.
 */
#ifndef CLONAL_BASE_NORMAL_H
#define CLONAL_BASE_NORMAL_H

/* z with P(Z < z) = p of a standard normal Z, 2^-33 <= p <= 1 - 2^-33, to some 10^-15 of z. */
double clonal__normal_quantile(double p);

/* The natural logarithm of a normal number above 0, to some 10^-16 of it. */
double clonal__log64(double x);

#endif
