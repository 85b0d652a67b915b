/* clblast.c: the contract's GEMM through CLBlast (https://github.com/CNugteren/CLBlast). The only file that knows it.
 *
 * CLBlast's kernels go up in k, one chain an element, and accumulate with `c += a*b`, whose rounding the driver
 * decides. Built with USE_CL_MAD and its `mad` renamed `fma` they keep the contract wherever the driver's fma is
 * right. */
#include "host/gemm/gemm.h"

#include "host/base/contract.h"
#include "host/base/memory.h"
#include <clblast_c.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct call_state {
    clonal__gemm_shape shape;
    cl_mem a, b, c;
} call_state;

/* CLONAL__CLBLAST_VERSION comes from cmake/library.cmake; "" where the library's file does not tell it. */
const char *clonal__clblast_version(void)
{
    return *CLONAL__CLBLAST_VERSION ? "CLBlast " CLONAL__CLBLAST_VERSION : "CLBlast";
}

static const char options_name[] = "CLBLAST_BUILD_OPTIONS";

static void set_options(void)
{
    setenv(options_name, "-w -DUSE_CL_MAD=1 -Dmad=fma -D_cl_mad=_cl_fma ", 0);
}

/* CLBlast reads its options from the environment when it compiles a kernel. The last space matters: CLBlast joins
 * options without one. Set once, and where they are not there, since other threads read the environment too. */
const char *clonal__clblast_options(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_options);
    const char *options = getenv(options_name);
    return options ? options : "";
}

static clonal_status fail(clonal_context *context, CLBlastStatusCode code, const clonal__gemm_shape *shape)
{
    char name[48];
    if (code > -1024)
        snprintf(name, sizeof name, "%s", clonal__cl_error_name(code));
    else
        snprintf(name, sizeof name, "CLBlastStatusCode %d", (int)code); /* its own codes: clblast_c.h */
    return clonal__fail_call(CLONAL_E_OPENCL, "CLBlastSgemm", code, name, NULL,
                             "CLBlastSgemm of %ux%ux%u on %s failed: %s", shape->m, shape->n, shape->k,
                             context->info.name, name);
}

/* CLBlast is called by one thread at a time: the first call in a process fills its table of tuned parameters without a
 * lock of its own (1.5.3, Database::Database), and others would read it half filled. A call that compiles takes long,
 * and those of other contexts wait; they would mostly wait for the same kernels. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

/* Makes one call a block of k, the first with beta 0 and the others adding theirs to C: ((c0 + c1) + c2) + ... */
static clonal_status run(clonal_context *context, const void *state)
{
    const call_state *call = state;
    const clonal__gemm_shape *s = &call->shape;
    for (size_t k0 = 0; k0 < s->k; k0 += CLONAL__CHAIN_BLOCK) {
        size_t k = s->k - k0 < CLONAL__CHAIN_BLOCK ? s->k - k0 : CLONAL__CHAIN_BLOCK;
        pthread_mutex_lock(&one_at_a_time);
        CLBlastStatusCode code =
            CLBlastSgemm(CLBlastLayoutRowMajor, s->ta ? CLBlastTransposeYes : CLBlastTransposeNo,
                         s->tb ? CLBlastTransposeYes : CLBlastTransposeNo, s->m, s->n, k, 1.0f, call->a,
                         s->ta ? k0 * s->m : k0, s->ta ? s->m : s->k, call->b, s->tb ? k0 : k0 * s->n,
                         s->tb ? s->k : s->n, k0 ? 1.0f : 0.0f, call->c, 0, s->n, &context->queue, NULL);
        pthread_mutex_unlock(&one_at_a_time);
        if (code != CLBlastSuccess) return fail(context, code, s);
    }
    return CLONAL_OK;
}

/* CLBlast keeps the kernels that it compiled, of all contexts, until the process ends: they go with the first context
 * that goes, and are compiled again where another one needs them. */
static void forget_kernels(void *context)
{
    (void)context;
    pthread_mutex_lock(&one_at_a_time);
    CLBlastClearCache();
    pthread_mutex_unlock(&one_at_a_time);
}

clonal_status clonal__clblast_append(clonal__launch_list *list, const clonal__gemm_shape *shape,
                                     const clonal__gemm_buffers *buffers)
{
    static const char key[] = "CLBlast";
    call_state *state;
    clonal__clblast_options(); /* for what CLBlast compiles from here on */
    if (!clonal__attached(list->context, key))
        CLONAL__TRY(clonal__attach(list->context, key, list->context, forget_kernels));
    CLONAL__TRY(clonal__calloc(1, sizeof *state, &state));
    *state = (call_state){*shape, buffers->a, buffers->b, buffers->c};
    clonal__entry entry = {.call = run, .state = state, .label = "CLBlastSgemm"};
    return clonal__list_append(list, &entry);
}
