/* no_device.h: what stands for a device where none is needed. */
#ifndef CLONAL_TESTS_SUPPORT_NO_DEVICE_H
#define CLONAL_TESTS_SUPPORT_NO_DEVICE_H

#include <clonal/device.h>

#define NO_DEVICE                                                                                  \
    ((clonal_device_info){.type = CLONAL_DEVICE_CPU,                                               \
                          .compute_units = 2,                                                      \
                          .selector = "0:0",                                                       \
                          .platform = "none",                                                      \
                          .vendor = "none",                                                        \
                          .name = "none",                                                          \
                          .version = "1",                                                          \
                          .driver = "1"})

#endif
