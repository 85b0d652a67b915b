/* process.c: see process.h. */
#include "host/runtime/process.h"

#include <pthread.h>

static pthread_mutex_t drivers = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static volatile bool is_fork; /* set before the child has another thread */

static void note_fork(void)
{
    is_fork = true;
}

static void watch(void)
{
    pthread_atfork(NULL, NULL, note_fork);
}

void clonal__drivers_enter(void)
{
    pthread_mutex_lock(&drivers);
}

void clonal__drivers_leave(void)
{
    pthread_mutex_unlock(&drivers);
}

bool clonal__process_is_fork(void)
{
    return is_fork;
}

clonal_status clonal__process_check(void)
{
    pthread_once(&once, watch);
    if (!is_fork) return CLONAL_OK;
    return clonal__fail(CLONAL_E_OPENCL,
                        "this process was forked by one that used OpenCL before, whose drivers' threads "
                        "stayed behind: fork before the first use, or start the child by exec");
}
