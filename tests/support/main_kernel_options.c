/* kernel_options: every program with every set of options that the host builds it with for a GPU, one a line: `program
 * options`. For tests that compile the kernels without a device (tests/device/vendor_compilers.py).
 *
 * The options are the host's own: its operations append their launches to a list whose clonal__list_kernel is the one
 * below, for a device that is made up. */
#include "host/gemm/gemm.h"
#include "host/ops/operations.h"
#include "host/ops/ops.h"
#include "host/optim/update.h"
#include "host/runtime/kernel_sources.h"
#include "host/runtime/launch.h"
#include <stdio.h>
#include <string.h>

enum { MAX_LINES = 1024, LINE_ROOM = 1024 };
static char seen[MAX_LINES][LINE_ROOM];
static int seen_count;

static void print_once(const char *line)
{
    for (int i = 0; i < seen_count; i++)
        if (!strcmp(seen[i], line)) return;
    if (seen_count < MAX_LINES) snprintf(seen[seen_count++], LINE_ROOM, "%s", line);
    puts(line);
}

/* In place of host/runtime/list_kernel.c's. */
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
 * them. Those of cl/lib stand in front of others. */
static void print_plain(void)
{
    for (size_t i = 0; i < clonal__kernel_source_count; i++) {
        const char *name = clonal__kernel_sources[i].name;
        char line[LINE_ROOM];
        if (!strcmp(name, "gemm_native") || !strcmp(name, "gemm_pair") || !strcmp(name, "dropout") ||
            !strcmp(name, "noise") || !strncmp(name, "lib/", 4))
            continue;
        snprintf(line, sizeof line, "%s -cl-std=CL1.2 -DCLONAL_FMA=0", name);
        print_once(line);
    }
    print_once("math_test -cl-std=CL1.2 -DCLONAL_FMA=1");
    print_once("math_test -cl-std=CL1.2 -DCLONAL_FMA=2");
}

/* Every function of one element, and every optimizer, by its own kernels. */
static clonal_status print_own_kernels(clonal__launch_list *launches)
{
    for (const clonal__operation *const *o = clonal__operations; *o; o++)
        if ((*o)->function) CLONAL__TRY(clonal__op_function(launches, (*o)->function, 0, 256, NULL, NULL));
    for (const char *const *name = clonal_optimizer_names(); *name; name++)
        for (int decays = 0; decays < 2; decays++) {
            clonal_optimizer settings = clonal_optimizer_default();
            settings.weight_decay = settings.momentum = decays ? 0.01f : 0;
            const clonal__update_form form =
                clonal__update_form_of(launches->context, clonal__optimizer_named(*name), &settings);
            CLONAL__TRY(clonal__append_update(launches, &form, 256, NULL, NULL, (const cl_mem[2]){NULL, NULL}));
        }
    return CLONAL_OK;
}

static clonal_status append_noises(clonal__launch_list *launches)
{
    static const char *const names[] = {"gaussian_dropout", "gaussian_noise", "uniform_noise", "alpha_dropout"};
    const clonal__mask mask = {.threshold = 1};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CLONAL__TRY(clonal__op_noise(launches, names[i], &mask, 4, 64, NULL, NULL));
    return clonal__op_spatial_dropout(launches, &mask, 4, 4, 16, NULL, NULL);
}

typedef struct list {
    clonal__epilogue all[128];
    size_t count;
} list;

static void add(list *to, clonal__epilogue epilogue)
{
    to->all[to->count++] = epilogue;
}

static const clonal__mask mask = {.threshold = 1u << 31, .scale = 2, .stream = 4};

/* What host/compile/fuse.c makes of products of each kind. */
static void forward_epilogues(list *to)
{
    add(to, (clonal__epilogue){0});
    for (int drops = 0; drops < 2; drops++) {
        add(to, (clonal__epilogue){.bias = true, .dropout = drops, .mask = mask});
        for (const clonal__operation *const *o = clonal__operations; *o; o++)
            if ((*o)->function)
                add(to, (clonal__epilogue){.bias = true, .activation = (*o)->function, .dropout = drops, .mask = mask});
    }
}

static void backward_epilogues(list *to)
{
    add(to, (clonal__epilogue){0});
    add(to, (clonal__epilogue){.dropout = true, .mask = mask});
    for (int drops = 0; drops < 2; drops++)
        for (const clonal__operation *const *o = clonal__operations; *o; o++)
            if ((*o)->function)
                add(to, (clonal__epilogue){.derivative = (*o)->function, .dropout = drops, .mask = mask});
    add(to, (clonal__epilogue){.gated = true, .mask = mask});
}

static clonal__update_form forms[64]; /* which the epilogues of updates point to */
static size_t form_count;

static void update_epilogues(clonal_context *context, list *to)
{
    add(to, (clonal__epilogue){0});
    for (const char *const *name = clonal_optimizer_names(); *name; name++)
        for (int i = 0; i < 4; i++) {
            clonal_optimizer settings = clonal_optimizer_default();
            settings.momentum = i & 1 ? 0.9f : 0;
            settings.weight_decay = i & 2 ? 0.01f : 0;
            forms[form_count] = clonal__update_form_of(context, clonal__optimizer_named(*name), &settings);
            if (i == 0) add(to, (clonal__epilogue){.update = &forms[form_count]});
            if (i == 0)
                add(to, (clonal__epilogue){
                            .update = &forms[form_count], .bias_update = true, .dropout = true, .mask = mask});
            add(to, (clonal__epilogue){.update = &forms[form_count++], .bias_update = true});
        }
}

/* The chapter's epilogues, and none: what every variant is tried with. */
static bool common(const clonal__epilogue *e)
{
    const bool chapter = e->bias && e->dropout && e->activation && e->activation->gates;
    const bool none = !e->bias && !e->dropout && !e->derivative && !e->update && !e->gated;
    return chapter || none || e->gated || (e->bias_update && e->update == &forms[0]);
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

/* Cross-entropy within the product that makes the logits, by every variant that takes it. */
static clonal_status print_losses(clonal_context *context, const clonal__gemm_shape *shape)
{
    clonal__launch_list launches = {.context = context};
    int variants[64], count = clonal__native_variants(context, shape, variants, 64);
    for (const clonal__operation *const *o = clonal__operations; *o; o++) {
        if (!(*o)->loss || !(*o)->loss->by_row) continue;
        const clonal__epilogue e = {.bias = true, .loss = (*o)->loss->by_row};
        for (int v = 0; v < count; v++)
            if (clonal__native_holds_rows(shape, variants[v]))
                CLONAL__TRY(clonal__native_append(&launches, shape, variants[v], &(clonal__gemm_buffers){0}, &e));
    }
    return CLONAL_OK;
}

/* Products that gather their samples, of bytes and of floats, in training and before it. */
static clonal_status print_gathers(clonal_context *context, const clonal__gemm_shape *shape, int operand,
                                   const clonal__epilogue *e)
{
    clonal__launch_list launches = {.context = context};
    int variants[64], count = clonal__native_variants(context, shape, variants, 64);
    for (int v = 0; v < count; v++)
        for (int bytes = 0; bytes < 2; bytes++) {
            const clonal__gemm_buffers buffers = {.gathered = operand, .bytes = bytes};
            CLONAL__TRY(clonal__native_append(&launches, shape, variants[v], &buffers, e));
        }
    return CLONAL_OK;
}

/* Of a weights' gradient with its update, and the gradient at the layer before or another weights'. */
static clonal_status print_pair(clonal__launch_list *launches, const clonal__gemm_shape shapes[2],
                                const clonal__epilogue *first, const clonal__epilogue *second, int gathered, bool few)
{
    int variants[2][64], count[2];
    for (int i = 0; i < 2; i++) {
        count[i] = clonal__native_variants(launches->context, &shapes[i], variants[i], 64);
        count[i] = clonal__native_likely(launches->context, &shapes[i], variants[i], count[i]);
    }
    for (int v = 0; v < count[0]; v++)
        for (int w = 0; w < count[1]; w++) {
            const int pair[2] = {variants[0][v], variants[1][w]};
            const clonal__gemm_product products[2] = {
                {.shape = shapes[0], .choice = {.variant = pair[0]}, .epilogue = first},
                {.shape = shapes[1],
                 .choice = {.variant = pair[1]},
                 .buffers = {.gathered = gathered, .bytes = true},
                 .epilogue = second}};
            if (!clonal__native_pairs(launches->context, shapes, pair)) continue;
            CLONAL__TRY(clonal__native_append_pair(launches, products));
            if (few) return CLONAL_OK;
        }
    return CLONAL_OK;
}

/* The likely forms of products as wide as the chapter's: all of them for its epilogues, one pair for the others. */
static clonal_status print_pairs(clonal_context *context, const list *backward, const list *update)
{
    enum { BY_SGD = 3 }; /* with the bias, of update_epilogues */
    clonal__launch_list launches = {.context = context};
    const clonal__gemm_shape back = {256, 256, 256, false, false, 0}, weights = {256, 256, 256, true, false, 0};
    for (size_t i = 0; i < backward->count; i++) {
        const clonal__epilogue *e = &backward->all[i];
        CLONAL__TRY(
            print_pair(&launches, (const clonal__gemm_shape[2]){weights, back}, &update->all[BY_SGD], e, 0, !e->gated));
    }
    for (size_t i = 1; i < update->count; i++) {
        const clonal__epilogue *e = &update->all[i];
        CLONAL__TRY(print_pair(&launches, (const clonal__gemm_shape[2]){weights, weights}, e, e, 0, i != BY_SGD));
        CLONAL__TRY(print_pair(&launches, (const clonal__gemm_shape[2]){weights, weights}, e, e, 2, i != BY_SGD));
    }
    return CLONAL_OK;
}

static clonal_status print_device(clonal_context *context)
{
    list forward = {0}, backward = {0}, update = {0};
    clonal__launch_list launches = {.context = context};
    forward_epilogues(&forward);
    backward_epilogues(&backward);
    update_epilogues(context, &update);
    CLONAL__TRY(print_own_kernels(&launches));
    CLONAL__TRY(clonal__op_dropout(&launches, &mask, 256, 256, NULL, NULL));
    CLONAL__TRY(append_noises(&launches));
    for (uint32_t k = 256; k <= 2048; k *= 8) {
        CLONAL__TRY(print_gemm(context, &(clonal__gemm_shape){256, 256, k, false, true, 0}, &forward));
        CLONAL__TRY(print_gemm(context, &(clonal__gemm_shape){256, 256, k, false, false, 0}, &backward));
        CLONAL__TRY(print_gemm(context, &(clonal__gemm_shape){256, 256, k, true, false, 0}, &update));
        CLONAL__TRY(print_losses(context, &(clonal__gemm_shape){256, 10, k, false, true, 0}));
    }
    const clonal__epilogue bias = {.bias = true}, updated = {.update = &forms[0], .bias_update = true};
    CLONAL__TRY(print_gathers(context, &(clonal__gemm_shape){256, 256, 784, false, true, 0}, 1, &bias));
    CLONAL__TRY(print_gathers(context, &(clonal__gemm_shape){256, 784, 256, true, false, 0}, 2, &updated));
    return print_pairs(context, &backward, &update);
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
