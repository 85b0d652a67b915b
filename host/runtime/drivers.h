/* drivers.h: the drivers that are named to the OpenCL loader, by .icd files or by an environment
 * variable: which of them fail to load, and why. The loader itself is silent about it. */
#ifndef CLONAL_RUNTIME_DRIVERS_H
#define CLONAL_RUNTIME_DRIVERS_H

#include "host/base/error.h"
#include "host/base/memory.h"

typedef struct clonal__drivers {
    size_t found, failed;  /* drivers named, and those of them that do not load */
    clonal__string broken; /* "FILE names LIBRARY: REASON" of each that failed, with "; " between */
    clonal__string loaded; /* what names the others, with ", " between */
    char place[512];       /* where the loader looks: a folder or a file */
} clonal__drivers;

/* Looks where the loader looks (OCL_ICD_FILENAMES; OCL_ICD_VENDORS or OPENCL_VENDOR_PATH, else
 * /etc/OpenCL/vendors), and loads and unloads each library that is named there, which runs its
 * initialisers and may take some 100 ms. Free with clonal__drivers_free; after a failure
 * (CLONAL_E_MEMORY) there is nothing to free. A driver that does not load is no failure, but what
 * this is for. The environment must not change meanwhile. */
clonal_status clonal__drivers_examine(clonal__drivers *drivers);
/* Frees the texts; the numbers stay. */
void clonal__drivers_free(clonal__drivers *drivers);

#endif
