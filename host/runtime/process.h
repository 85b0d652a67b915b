/* process.h: what drivers share over all of a process's contexts and threads: their first use, in
 * which several of them race, and their threads, which a fork leaves behind. */
#ifndef CLONAL_RUNTIME_PROCESS_H
#define CLONAL_RUNTIME_PROCESS_H

#include "host/runtime/runtime.h"

/* One thread at a time between the two: PoCL's list of devices is made by the first that asks,
 * without a lock, and so are the tables that loaders set up. Not to be entered twice by one thread:
 * nothing of the caller's (a log's callback) runs between them. */
void clonal__drivers_enter(void);
void clonal__drivers_leave(void);

/* Notes that this process uses OpenCL. Fails with CLONAL_E_OPENCL in a child that was forked by one
 * that did: the drivers' threads and locks stayed behind, and waiting for them would never end. */
clonal_status clonal__process_check(void);
/* Whether this is such a child. */
bool clonal__process_is_fork(void);

#endif
