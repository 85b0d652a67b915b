#include "host/base/float_environment.h"

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

clonal__float_environment clonal__float_environment_enter(void)
{
    fenv_t before;
    fegetenv(&before);
    fesetenv(FE_DFL_ENV);
#if defined(__SSE__)
    _mm_setcsr(_mm_getcsr() & ~0x8040u); /* FTZ and DAZ, where a C library's default leaves them */
#endif
    return before;
}

void clonal__float_environment_leave(const clonal__float_environment *before)
{
    fesetenv(before);
}
