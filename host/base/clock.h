/* clock.h: time for measurements. */
#ifndef CLONAL_BASE_CLOCK_H
#define CLONAL_BASE_CLOCK_H

/* Seconds of a clock that only goes forward; its zero means nothing. */
double clonal__now_seconds(void);

#endif
