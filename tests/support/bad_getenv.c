/* bad_getenv.c: preloaded (LD_PRELOAD) into a program, answers getenv("CLONAL_FORMS") with an address at which nothing
 * is, so that the library falls in its own code where it reads it. */
#include <dlfcn.h>
#include <string.h>

char *getenv(const char *name)
{
    static char *(*real)(const char *);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "getenv");
    return strcmp(name, "CLONAL_FORMS") == 0 ? (char *)16 : real(name);
}
