/* drivers.c: see drivers.h. The loader skips a driver that fails to load without a word; here it is loaded once
 * more, to learn the reason. */
#include "host/runtime/drivers.h"

#include "host/base/file.h"
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char standard_place[] = "/etc/OpenCL/vendors";
enum { PATH_ROOM = 1024 };

static int ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && !strcmp(text + length - tail, end);
}

/* Loads one library and notes what comes of it. `file` is what named the library: an .icd file, or a variable. */
static void examine_library(clonal__drivers *drivers, const char *file, const char *library)
{
    drivers->found++;
    void *handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
    const char *reason = handle ? NULL : dlerror();
    if (handle && !dlsym(handle, "clGetExtensionFunctionAddress") && !dlsym(handle, "clIcdGetPlatformIDsKHR"))
        reason = "it loads, but is no OpenCL driver";
    if (!handle && !reason) reason = "it cannot be loaded";
    if (reason)
        clonal__string_append(&drivers->broken, "%s%s names %s: %s", drivers->failed++ ? "; " : "", file, library,
                              reason);
    else
        clonal__string_append(&drivers->loaded, "%s%s", drivers->loaded.length ? ", " : "", file);
    if (handle) dlclose(handle); /* the loader holds its own reference */
}

static void examine_icd(clonal__drivers *drivers, const char *file)
{
    char *text;
    size_t count;
    clonal_status status = clonal__file_read(file, 4096, &text, &count);
    if (status == CLONAL_E_MEMORY) drivers->broken.status = status;
    if (status) {
        drivers->found++;
        clonal__string_append(&drivers->broken, "%s%s", drivers->failed++ ? "; " : "", clonal_last_error()->message);
        return;
    }
    text[strcspn(text, "\r\n")] = 0;
    char *end = text + strlen(text);
    while (end > text && (end[-1] == ' ' || end[-1] == '\t')) *--end = 0;
    if (*text) {
        examine_library(drivers, file, text);
    } else {
        drivers->found++;
        clonal__string_append(&drivers->broken, "%s%s names no library", drivers->failed++ ? "; " : "", file);
    }
    clonal__free(text);
}

static void examine_folder(clonal__drivers *drivers, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char file[PATH_ROOM];
        if (ends_with(entries[i]->d_name, ".icd") && !clonal__path_join(folder, entries[i]->d_name, file, sizeof file))
            examine_icd(drivers, file);
        free(entries[i]);
    }
    if (count >= 0) free(entries);
}

/* OCL_ICD_FILENAMES: libraries or .icd files, separated by ':'. */
static void examine_names(clonal__drivers *drivers, const char *names)
{
    char name[PATH_ROOM];
    for (const char *at = names; *at;) {
        size_t length = strcspn(at, ":");
        snprintf(name, sizeof name, "%.*s", (int)length, at);
        if (ends_with(name, ".icd"))
            examine_icd(drivers, name);
        else if (*name)
            examine_library(drivers, "OCL_ICD_FILENAMES", name);
        at += length + (at[length] == ':');
    }
}

clonal_status clonal__drivers_examine(clonal__drivers *drivers)
{
    *drivers = (clonal__drivers){0};
    const char *names = getenv("OCL_ICD_FILENAMES"), *vendors = getenv("OCL_ICD_VENDORS");
    if (!vendors || !*vendors) vendors = getenv("OPENCL_VENDOR_PATH");
    if (!vendors || !*vendors) vendors = standard_place;
    if (names) examine_names(drivers, names);
    snprintf(drivers->place, sizeof drivers->place, "%s", vendors);
    if (clonal__is_folder(vendors)) {
        examine_folder(drivers, vendors);
    } else if (ends_with(vendors, ".icd")) {
        /* ocl-icd takes a bare name from the standard folder. */
        char file[PATH_ROOM];
        snprintf(file, sizeof file, "%s%s%s", strchr(vendors, '/') ? "" : standard_place,
                 strchr(vendors, '/') ? "" : "/", vendors);
        examine_icd(drivers, file);
    } else if (vendors != standard_place) {
        examine_library(drivers, "OCL_ICD_VENDORS", vendors);
    }
    clonal_status status = drivers->broken.status ? drivers->broken.status : drivers->loaded.status;
    if (status) clonal__drivers_free(drivers);
    return status;
}

void clonal__drivers_free(clonal__drivers *drivers)
{
    clonal__string_free(&drivers->broken);
    clonal__string_free(&drivers->loaded);
}
