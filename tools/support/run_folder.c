#include "run_folder.h"
#include "message.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool made_runs; /* by this process */

void run_folder_fresh(uint64_t seed, char *room, size_t size)
{
    char stamp[32];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc);
    int length = snprintf(room, size, "%s/%s-seed%" PRIu64, RUNS_FOLDER, stamp, seed);
    made_runs = mkdir(RUNS_FOLDER, 0777) == 0;
    for (int i = 2; mkdir(room, 0777) != 0 && errno == EEXIST && i < 1000; i++)
        snprintf(room + length, size - (size_t)length, "-%d", i);
}

void run_folder_release(const char *folder)
{
    if (rmdir(folder) == 0 && made_runs) rmdir(RUNS_FOLDER);
}

static bool later(const struct stat *a, const struct stat *b)
{
    if (a->st_mtim.tv_sec != b->st_mtim.tv_sec) return a->st_mtim.tv_sec > b->st_mtim.tv_sec;
    return a->st_mtim.tv_nsec > b->st_mtim.tv_nsec;
}

int run_folder_newest(char *room, size_t size)
{
    DIR *runs = opendir(RUNS_FOLDER);
    struct stat newest = {0};
    bool found = false;
    for (struct dirent *entry; runs && (entry = readdir(runs));) {
        char path[1024];
        struct stat this;
        int length = snprintf(path, sizeof path, "%s/%s/run.json", RUNS_FOLDER, entry->d_name);
        if (length >= (int)sizeof path || entry->d_name[0] == '.' || stat(path, &this) != 0) continue;
        if (!found || later(&this, &newest)) {
            newest = this;
            found = true;
            snprintf(room, size, "%s/%s", RUNS_FOLDER, entry->d_name);
        }
    }
    if (runs) closedir(runs);
    return found ? 0 : fail(CLONAL_E_IO, "no run to resume in %s/; name its folder with --out", RUNS_FOLDER);
}
