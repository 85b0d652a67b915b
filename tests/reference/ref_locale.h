/* Numbers as text with a point, whatever locale the program has set. Threads: any. */
#ifndef CLONAL_REF_LOCALE_H
#define CLONAL_REF_LOCALE_H

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

/* strtod in C's locale. */
static inline double ref_strtod(const char *text, char **end)
{
    const locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0), before = uselocale(c);
    const double value = strtod(text, end);
    uselocale(before);
    freelocale(c);
    return value;
}

/* The number with so many digits, as C's locale prints it. */
static inline void ref_print_real(char *text, size_t size, int digits, double value)
{
    const locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0), before = uselocale(c);
    snprintf(text, size, "%.*g", digits, value);
    uselocale(before);
    freelocale(c);
}

#endif
