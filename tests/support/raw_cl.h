/* raw_cl.h: the first OpenCL device and one program on it, for tests that look below the library.
 * Every function ends the test program with status 1 and a line on stderr when a call fails; one
 * thread. */
#ifndef RAW_CL_H
#define RAW_CL_H

#include <CL/cl.h>
#include <stddef.h>

typedef struct raw_cl {
    cl_device_id device;
    cl_context context;
    cl_command_queue queue;
    cl_program program; /* NULL until raw_cl_build() */
    char name[256];     /* platform and device */
    int has_fp64;
} raw_cl;

/* The first device of the first platform whose name has $CLONAL_TEST_PLATFORM in it (any case), or
 * of the first platform at all. Returns 0 if there is none. Release with raw_cl_close(). */
int raw_cl_open(raw_cl *cl);
void raw_cl_close(raw_cl *cl);

/* Builds the embedded program cl/NAME.cl in place of the current one. */
void raw_cl_build(raw_cl *cl, const char *name, const char *options);

/* The caller releases both with the clRelease function of their kind. */
cl_kernel raw_cl_kernel(const raw_cl *cl, const char *name);
cl_mem raw_cl_buffer(const raw_cl *cl, size_t bytes);

void raw_cl_write(const raw_cl *cl, cl_mem buffer, const void *data, size_t bytes);
void raw_cl_read(const raw_cl *cl, cl_mem buffer, void *data, size_t bytes);
/* Enqueues and flushes; does not wait. */
void raw_cl_run(const raw_cl *cl, cl_kernel kernel, size_t items);
void raw_cl_set(cl_kernel kernel, cl_uint index, size_t bytes, const void *value);

#endif
