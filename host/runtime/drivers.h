/* drivers.h: the drivers (.icd files) named to the OpenCL loader: which of them fail to load, and
 * why. */
#ifndef CLONAL_RUNTIME_DRIVERS_H
#define CLONAL_RUNTIME_DRIVERS_H

#include "host/base/error.h"
#include "host/base/memory.h"

typedef struct clonal__drivers {
    size_t found, failed;
    clonal__string broken; /* "FILE names LIBRARY: REASON", one after another with "; " */
    clonal__string loaded; /* the .icd files whose library does load, with ", " */
    char place[512];       /* where the loader looks */
} clonal__drivers;

/* Looks where the loader looks (OCL_ICD_FILENAMES, OCL_ICD_VENDORS, OPENCL_VENDOR_PATH,
 * /etc/OpenCL/vendors) and loads what the .icd files there name. Free with clonal__drivers_free. */
clonal_status clonal__drivers_examine(clonal__drivers *drivers);
void clonal__drivers_free(clonal__drivers *drivers);

#endif
