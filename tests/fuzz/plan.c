/* plan.c: the file in which a device's GEMM decisions are kept, read as a context's first plan reads it. */
#include "tests/fuzz/fuzz.h"

#include "host/gemm/admission.h"
#include "host/gemm/plan_store.h"
#include "tests/support/no_device.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static clonal_context context;

static clonal__plan_store *open_store(void)
{
    clonal__plan_store *store;
    FUZZ_CHECK(clonal__plan_store_of(&context, &store) == CLONAL_OK);
    return store;
}

/* The name of the file, below the folder: learned by having one written. */
static const char *file_name(void)
{
    static char name[300];
    struct dirent **entries;
    const clonal__gemm_decision one = {.shape = {1, 2, 3, false, true}, .choice = {.exact = true}};
    if (name[0]) return name;
    context.info = NO_DEVICE;
    setenv("XDG_CACHE_HOME", fuzz_folder(), 1);
    setenv("OCL_ICD_VENDORS", fuzz_folder(), 1); /* no driver has anything to say here */
    unsetenv("CLONAL_KERNELS");
    FUZZ_CHECK(clonal__plan_store_keep(open_store(), &one) == CLONAL_OK);
    clonal__attachments_release(&context);
    const int count = scandir(fuzz_path("clonal/plans"), &entries, NULL, alphasort);
    FUZZ_CHECK(count == 3 && entries[2]->d_name[0] != '.');
    snprintf(name, sizeof name, "clonal/plans/%s", entries[2]->d_name);
    for (int i = 0; i < count; i++) free(entries[i]);
    free(entries);
    return name;
}

/* Asks for the decision of a line's shape, and, as a plan does, whether it is a possible one. */
static void ask(const clonal__plan_store *store, const char *line)
{
    clonal__gemm_shape shape;
    clonal__gemm_choice room[CLONAL__GEMM_CANDIDATES];
    int ta, tb, wanted;
    if (sscanf(line, "%u %u %u %d %d %d", &shape.m, &shape.n, &shape.k, &ta, &tb, &wanted) != 6) return;
    shape.ta = ta;
    shape.tb = tb;
    const clonal__gemm_decision *found = clonal__plan_store_find(store, &shape, (clonal_gemm)wanted);
    if (found) {
        FUZZ_CHECK(found->choice.exact && clonal__gemm_same_shape(&found->shape, &shape));
        FUZZ_CHECK(clonal__gemm_candidates(&context, &shape, found->wanted, room) <= CLONAL__GEMM_CANDIDATES);
    }
    shape.m ^= 1;
    (void)clonal__plan_store_related(store, &shape, (clonal_gemm)wanted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), *rest;
    fuzz_file(file_name(), data, size);
    const clonal__plan_store *store = open_store();
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) ask(store, line);
    clonal__attachments_release(&context);
    free(text);
    return 0;
}
