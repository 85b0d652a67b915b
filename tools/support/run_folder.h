/* run_folder.h: where the runs of `clonal train` lie when --out does not say. */
#ifndef TOOLS_SUPPORT_RUN_FOLDER_H
#define TOOLS_SUPPORT_RUN_FOLDER_H

#include <stddef.h>
#include <stdint.h>

#define RUNS_FOLDER "runs"

/* "runs/20261123T234512Z-seed0" of the time now, with -2, -3, ... behind it when that exists. It is
 * made, so that another process takes another one; what cannot be made the run will tell. */
void run_folder_fresh(uint64_t seed, char *room, size_t size);
/* Removes such a folder where nothing came into it, and runs/ where that was made with it. */
void run_folder_release(const char *folder);
/* The folder in runs/ whose run.json was written last. 0, or an exit code after a message when
 * there is none. */
int run_folder_newest(char *room, size_t size);

#endif
