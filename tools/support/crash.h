/* crash.h: what the command says when a driver kills its process: by a signal (SIGABRT, SIGBUS,
 * SIGSEGV, SIGILL, SIGFPE) or by exit(), which LLVM calls where a disk is full. Two lines on
 * stderr: what died, doing what; and the cause, as far as it can be found, with the remedy. Then
 * the process ends with EXIT_DRIVER_DIED.
 *
 * A fault in Clonal's own code is told as a bug of Clonal's, and a signal that another process
 * sent is not told at all; both then end the process as the signal does by itself. The environment
 * variable CLONAL_CORE leaves all of it to the system, for core dumps; so do builds with
 * sanitizers. One thread, but the handler, which runs on the one that falls. */
#ifndef TOOLS_SUPPORT_CRASH_H
#define TOOLS_SUPPORT_CRASH_H

#include <clonal/device.h>

#define EXIT_DRIVER_DIED 20

/* From now on. Once, from main, before other threads. */
void crash_watch(void);
/* Drivers may run from now on; it is not known yet which device is meant. */
void crash_drivers(void);
/* A device is about to be opened. */
void crash_device(const clonal_device_info *device);
/* What is being done with it, "training": a string of static storage. */
void crash_doing(const char *doing);
/* All is done and said; what still comes is the end of the process. */
void crash_done(void);

#endif
