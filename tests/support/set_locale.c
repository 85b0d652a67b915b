/* set_locale.c: preloaded (LD_PRELOAD) into a program, sets the locale that CLONAL_TEST_LOCALE names before its main(),
 * as a program with a user interface would; the system's error messages stay English, for the tests. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((constructor)) static void set_locale(void)
{
    const char *name = getenv("CLONAL_TEST_LOCALE");
    if (name && setlocale(LC_ALL, name) && setlocale(LC_MESSAGES, "C")) return;
    fprintf(stderr, "set_locale: there is no locale '%s'\n", name ? name : "");
    abort();
}
