/* progress.h: the progress bar of a training run, on stderr where that is a terminal; elsewhere
 * nothing is drawn. Any thread may call these. */
#ifndef TOOLS_SUPPORT_PROGRESS_H
#define TOOLS_SUPPORT_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

/* Starts the bar for epochs first_epoch (from 1) to epochs, of `samples` each. */
void progress_start(uint32_t first_epoch, uint32_t epochs, size_t samples);
/* Redraws at most ten times a second: samples done of this epoch, the loss so far (NaN: not known
 * yet). */
void progress_update(uint32_t epoch, size_t done, double loss);
/* The same for a sweep of so many runs: those done, and the sum of the shares done of others. */
void progress_start_runs(size_t runs);
void progress_update_runs(size_t done, double parts);
/* Shows `text` in the bar's place, on a terminal, until the next line or the bar. */
void progress_say(const char *text);
/* Wipes the bar, so that a line can be printed; the next update draws it again. */
void progress_clear(void);
/* The same, and no other thread draws or prints a message until progress_release; between the two
 * nothing else of these may be called. */
void progress_hold(void);
void progress_release(void);
/* Wipes it for good. */
void progress_stop(void);

/* Pieces of it, for its tests and for other lines: seconds as "0:07", "12:30", "3:05:00"; a rate as
 * "980", "61.2k", "1.3M". */
void format_duration(double seconds, char room[24]);
void format_rate(double per_second, char room[24]);

/* Seconds of a clock that only goes forward. */
double now_seconds(void);

#endif
