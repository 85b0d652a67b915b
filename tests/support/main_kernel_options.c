/* kernel_options: every program with every set of options that the host builds it with for a GPU, one a line: `program
 * options`. For tests that compile the kernels without a device (tests/device/vendor_compilers.py).
 *
 * The options are the host's own: its operations append their launches to a list whose clonal__list_kernel is the one
 * below, for a device that is made up. */
#include "host/gemm/gemm.h"
#include "host/ops/random.h"
#include "host/runtime/kernel_sources.h"
#include "host/runtime/launch.h"
#include <stdio.h>
#include <string.h>

enum { MAX_LINES = 1024, LINE_ROOM = 512 };
static char seen[MAX_LINES][LINE_ROOM];
static int seen_count;

static void print_once(const char *line)
{
    for (int i = 0; i < seen_count; i++)
        if (!strcmp(seen[i], line)) return;
    if (seen_count < MAX_LINES) snprintf(seen[seen_count++], LINE_ROOM, "%s", line);
    puts(line);
}

/* In place of host/runtime/launch_list.c's. */
clonal_status clonal__list_kernel(clonal__launch_list *list, const clonal__kernel_spec *spec, size_t count,
                                  const clonal__arg *args)
{
    char line[LINE_ROOM];
    (void)count;
    (void)args;
    (void)list;
    snprintf(line, sizeof line, "%s -cl-std=CL1.2 -DCLONAL_FMA=0%s%s", spec->program, spec->options ? " " : "",
             spec->options ? spec->options : "");
    print_once(line);
    return CLONAL_OK;
}

/* The programs that have one form alone; the double and the integer body of fma, as a device with a wrong fma gets
 * them. */
static void print_plain(void)
{
    for (size_t i = 0; i < clonal__kernel_source_count; i++) {
        const char *name = clonal__kernel_sources[i].name;
        char line[LINE_ROOM];
        if (!strcmp(name, "gemm_native") || !strcmp(name, "dropout")) continue;
        snprintf(line, sizeof line, "%s -cl-std=CL1.2 -DCLONAL_FMA=0", name);
        print_once(line);
    }
    print_once("elementwise -cl-std=CL1.2 -DCLONAL_FMA=1");
    print_once("elementwise -cl-std=CL1.2 -DCLONAL_FMA=2");
}

typedef struct list {
    clonal__epilogue all[64];
    size_t count;
} list;

static void add(list *to, clonal__epilogue epilogue)
{
    to->all[to->count++] = epilogue;
}

static const clonal__dropout mask = {.threshold = 1u << 31, .scale = 2, .stream = 4};

/* What host/compile/fuse.c makes of products of each kind. */
static void forward_epilogues(list *to)
{
    add(to, (clonal__epilogue){0});
    for (int f = CLONAL__IDENTITY; f <= CLONAL__F_TANH; f++)
        for (int drops = 0; drops < 2; drops++)
            add(to,
                (clonal__epilogue){.bias = true, .activation = (clonal__function)f, .dropout = drops, .mask = mask});
}

static void backward_epilogues(list *to)
{
    add(to, (clonal__epilogue){0});
    for (int f = CLONAL__IDENTITY; f <= CLONAL__F_TANH; f++)
        for (int drops = 0; drops < 2; drops++)
            if (f || drops)
                add(to, (clonal__epilogue){.derivative = (clonal__function)f, .dropout = drops, .mask = mask});
    add(to, (clonal__epilogue){.masked_by_saved = true, .mask = mask});
}

static void update_epilogues(list *to)
{
    add(to, (clonal__epilogue){0});
    add(to, (clonal__epilogue){.update = true, .sgd = {0.1f, 0, 0}});
    for (int i = 0; i < 4; i++)
        add(to, (clonal__epilogue){
                    .update = true, .sgd = {0.1f, i & 1 ? 0.9f : 0, i & 2 ? 0.01f : 0}, .bias_update = true});
}

/* The chapter's epilogues, and none: what every variant is tried with. */
static bool common(const clonal__epilogue *e)
{
    bool chapter = e->bias && e->dropout && e->activation == CLONAL__F_RELU;
    bool none = !e->bias && !e->dropout && !e->derivative && !e->update && !e->masked_by_saved;
    return chapter || none || e->masked_by_saved ||
           (e->bias_update && e->sgd.momentum == 0 && e->sgd.weight_decay == 0);
}

static clonal_status print_gemm(clonal_context *context, const clonal__gemm_shape *shape, const list *epilogues)
{
    clonal__launch_list launches = {.context = context};
    int variants[64], count = clonal__native_variants(context, shape, variants, 64);
    for (int v = 0; v < count; v++)
        for (size_t e = 0; e < epilogues->count; e++) {
            const clonal__epilogue *epilogue = &epilogues->all[e];
            bool rare = !common(epilogue) && (v > 0 || shape->k > 1024);
            if (rare || (epilogue->update && shape->k > 1024)) continue;
            CLONAL__TRY(clonal__native_append(&launches, shape, variants[v], &(clonal__gemm_buffers){0}, epilogue));
        }
    return CLONAL_OK;
}

static clonal_status print_device(clonal_context *context)
{
    list forward = {0}, backward = {0}, update = {0};
    clonal__launch_list launches = {.context = context};
    forward_epilogues(&forward);
    backward_epilogues(&backward);
    update_epilogues(&update);
    CLONAL__TRY(clonal__op_dropout(&launches, &mask, 256, 256, NULL, NULL));
    for (uint32_t k = 256; k <= 2048; k *= 8) {
        CLONAL__TRY(print_gemm(context, &(clonal__gemm_shape){256, 256, k, false, true}, &forward));
        CLONAL__TRY(print_gemm(context, &(clonal__gemm_shape){256, 256, k, false, false}, &backward));
        CLONAL__TRY(print_gemm(context, &(clonal__gemm_shape){256, 256, k, true, false}, &update));
    }
    return CLONAL_OK;
}

int main(void)
{
    clonal_context gpu = {.info = {.type = CLONAL_DEVICE_GPU,
                                   .compute_units = 64,
                                   .local_memory_bytes = 65536,
                                   .max_group_size = 1024,
                                   .native_float_width = 1},
                          .gpu_forms = true};
    print_plain();
    clonal_status status = print_device(&gpu);
    if (status) fprintf(stderr, "kernel_options: %s\n", clonal_status_text(status));
    return status != CLONAL_OK;
}
