/* pace.c: see pace.h. */
#include "host/model/pace.h"

#include "host/base/clock.h"
#include "host/base/error.h"

#define WAIT_SECONDS 0.1

clonal__pace clonal__pace_begin(void)
{
    return (clonal__pace){.every = 1, .last = clonal__now_seconds()};
}

clonal_status clonal__pace_wait(clonal__pace *pace, clonal_context *context)
{
    CLONAL__TRY(clonal_context_finish(context));
    clonal__pace_waited(pace);
    return CLONAL_OK;
}

bool clonal__pace_step(clonal__pace *pace)
{
    return ++pace->enqueued >= pace->every;
}

void clonal__pace_waited(clonal__pace *pace)
{
    const double now = clonal__now_seconds(), elapsed = now - pace->last;
    pace->every = elapsed < WAIT_SECONDS / 2                         ? pace->enqueued * 2
                  : elapsed > WAIT_SECONDS * 2 && pace->enqueued > 1 ? pace->enqueued / 2
                                                                     : pace->enqueued;
    pace->enqueued = 0;
    pace->last = now;
}
