/* program.c: programs, built once a context, from the disk's cache or from source. */
#include "host/runtime/runtime.h"

#include "host/base/memory.h"
#include "host/runtime/driver_cache.h"
#include "host/runtime/process.h"
#include "host/runtime/program_cache.h"
#include "host/runtime/source.h"
#include <string.h>

struct clonal__built_program {
    struct clonal__built_program *next;
    char *name, *options;
    cl_program cl;
};

static void program_free(struct clonal__built_program *program)
{
    if (program->cl) clReleaseProgram(program->cl);
    clonal__free(program->name);
    clonal__free(program->options);
    clonal__free(program);
}

void clonal__built_programs_release(clonal_context *context)
{
    while (context->programs) {
        struct clonal__built_program *next = context->programs->next;
        program_free(context->programs);
        context->programs = next;
    }
}

static clonal_status fail_build(const clonal_context *context, cl_program program, cl_int code, const char *name,
                                const char *options)
{
    char *log = NULL;
    size_t size = 0;
    if (clGetProgramBuildInfo(program, context->device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size) == CL_SUCCESS && size &&
        !clonal__calloc(size + 1, 1, &log) &&
        clGetProgramBuildInfo(program, context->device, CL_PROGRAM_BUILD_LOG, size, log, NULL) != CL_SUCCESS)
        log[0] = 0;
    const char *code_name = clonal__cl_error_name(code);
    clonal_status status = clonal__fail_call(CLONAL_E_OPENCL, "clBuildProgram", code, code_name, log,
                                             "the program %s does not build for %s with %s: %s", name,
                                             context->info.name, options, code_name);
    clonal__driver_cache_blame(context->info.platform, false);
    clonal__free(log);
    return status;
}

/* The program made of the binary in the file, or NULL where there is no whole one or the driver does not take it. */
static cl_program from_cache(clonal_context *context, const char *path, const char *options)
{
    size_t size;
    char *binary = clonal__program_cache_load(path, &size);
    if (!binary) return NULL;
    const unsigned char *bytes = (const unsigned char *)binary;
    cl_int taken = CL_SUCCESS, code;
    cl_program program = clCreateProgramWithBinary(context->cl, 1, &context->device, &size, &bytes, &taken, &code);
    clonal__free(binary);
    if (code == CL_SUCCESS && taken == CL_SUCCESS)
        code = clBuildProgram(program, 1, &context->device, options, NULL, NULL);
    if (code == CL_SUCCESS && taken == CL_SUCCESS) return program;
    clonal__log(CLONAL_LOG_DEBUG, "the driver does not take the cached program %s: %s", path,
                clonal__cl_error_name(code));
    if (program) clReleaseProgram(program);
    return NULL;
}

static clonal_status from_source(clonal_context *context, const char *name, const char *text, const char *options,
                                 cl_program *program)
{
    cl_int code;
    *program = clCreateProgramWithSource(context->cl, 1, &text, NULL, &code);
    CLONAL__TRY_CL("clCreateProgramWithSource", code);
    code = clBuildProgram(*program, 1, &context->device, options, NULL, NULL);
    return code == CL_SUCCESS ? CLONAL_OK : fail_build(context, *program, code, name, options);
}

/* PoCL puts clang's header of all built-in functions in front of each program, and reads it again at every start, to
 * find what it compiled before: that takes 20 ms, and 9 without; compiling a small kernel 90, and 13. Here the header
 * is kept out by its own guard, and what kernels call is declared in its place. NULL where that does not build. */
static cl_program without_header(clonal_context *context, const char *name, const char *text, const char *options)
{
    cl_program program = NULL;
    clonal__string all = {0}, given = {0};
    clonal_status status = clonal__kernel_source_load("lib/builtins", &all);
    clonal__string_append(&all, "%s", text);
    clonal__string_append(&given, "%s -D_OPENCL_H_", options);
    if (status == CLONAL_OK) status = all.status == CLONAL_OK ? given.status : all.status;
    if (status == CLONAL_OK) {
        const char *lines = all.text;
        cl_int code;
        program = clCreateProgramWithSource(context->cl, 1, &lines, NULL, &code);
        if (program && clBuildProgram(program, 1, &context->device, given.text, NULL, NULL) != CL_SUCCESS) {
            clonal__log(CLONAL_LOG_DEBUG, "%s does not build without OpenCL's header", name);
            clReleaseProgram(program);
            program = NULL;
        }
    }
    clonal__string_free(&all);
    clonal__string_free(&given);
    return program;
}

static bool has_slow_header(const clonal_context *context)
{
    return strcmp(context->info.platform, "Portable Computing Language") == 0;
}

static clonal_status build(clonal_context *context, const char *name, const char *options, cl_program *program)
{
    char path[CLONAL__CACHE_PATH_ROOM];
    clonal__string text = {0};
    clonal_status status = clonal__kernel_source_load(name, &text);
    if (!status) status = clonal__program_cache_path(context, name, text.text, options, path);
    if (!status && !(*program = from_cache(context, path, options))) {
        clonal__log(CLONAL_LOG_DEBUG, "building %s with %s", name, options);
        clonal__activity(context, "compiling %s", name);
        if (has_slow_header(context)) *program = without_header(context, name, text.text, options);
        if (!*program) status = from_source(context, name, text.text, options, program);
        if (!status) clonal__program_cache_store(context, path, *program);
    }
    clonal__string_free(&text);
    return status;
}

/* Sets *out to the context's program of this name and these options, which is built where it is not there yet. Both
 * texts are copied; the program stays the context's. */
static clonal_status program_get(clonal_context *context, const char *name, const char *options, cl_program *out)
{
    struct clonal__built_program *program;
    for (program = context->programs; program; program = program->next) {
        if (strcmp(program->name, name) || strcmp(program->options, options)) continue;
        *out = program->cl;
        return CLONAL_OK;
    }
    CLONAL__TRY(clonal__calloc(1, sizeof *program, &program));
    program->name = clonal__strdup(name);
    program->options = clonal__strdup(options);
    clonal_status status =
        program->name && program->options ? build(context, name, options, &program->cl) : CLONAL_E_MEMORY;
    if (status) {
        program_free(program);
        return status;
    }
    program->next = context->programs;
    context->programs = program;
    *out = program->cl;
    return CLONAL_OK;
}

clonal_status clonal__kernel_create(clonal_context *context, const char *program, const char *options,
                                    const char *kernel, cl_kernel *out)
{
    cl_program built = NULL;
    cl_int code;
    clonal__string all = {0};
    *out = NULL;
    CLONAL__TRY(clonal__process_check());
    clonal__string_append(&all, "-cl-std=CL1.2 -DCLONAL_FMA=%d%s%s", (int)context->probe.fma,
                          options && *options ? " " : "", options ? options : "");
    clonal_status status = all.status;
    if (!status) status = program_get(context, program, all.text, &built);
    clonal__string_free(&all);
    if (status) return status;
    *out = clCreateKernel(built, kernel, &code);
    if (code == CL_SUCCESS) return CLONAL_OK;
    *out = NULL;
    status = clonal__fail_cl_at("clCreateKernel", code, "kernel %s of program %s", kernel, program);
    /* Of our own programs each has its kernels: the driver took another one for it. */
    clonal__driver_cache_blame(context->info.platform, true);
    return status;
}
