/* verify_gemm.c: the check gemm. */
#include "host/evidence/verify.h"

static clonal_status audit(clonal__verifier *v, const clonal__gemm_shape *shape)
{
    clonal__gemm_choice choices[CLONAL__GEMM_CANDIDATES];
    size_t count;
    CLONAL__TRY(clonal__verify_progress(v, "gemm %ux%ux%u", shape->m, shape->n, shape->k));
    CLONAL__TRY(clonal__gemm_audit(v->context, shape, choices, &count));
    for (size_t i = 0; i < count; i++)
        if (choices[i].kind == CLONAL__GEMM_NATIVE) /* CLBlast may break the contract: then it is not taken */
            clonal__verify_note(v, CLONAL_CHECK_GEMM, choices[i].exact, "native variant %d, %ux%ux%u%s%s",
                                choices[i].variant, shape->m, shape->n, shape->k, shape->ta ? ", A transposed" : "",
                                shape->tb ? ", B transposed" : "");
    return CLONAL_OK;
}

static const struct {
    bool ta, tb;
} transposed[] = {{false, true}, {false, false}, {true, false}};
enum { TRANSPOSED = sizeof transposed / sizeof *transposed };

/* Products whose A is mostly zeros: forms that leave these out. The first is short enough for sums of -0, and wide
 * enough for groups side by side; the second has a second block of the chain. */
static clonal_status audit_zeros(clonal__verifier *v)
{
    static const clonal__gemm_shape shapes[] = {{131, 480, 5, .zeros = 3}, {37, 70, 1100, .zeros = 3}};
    for (int i = 0; i < 2 * TRANSPOSED; i++) {
        clonal__gemm_shape s = shapes[i % 2];
        s.ta = transposed[i / 2].ta;
        s.tb = transposed[i / 2].tb;
        CLONAL__TRY(audit(v, &s));
    }
    return CLONAL_OK;
}

/* Large ones, whole: of few columns, rows or steps. Plans look at some of their groups (host/gemm/windows.h). */
static clonal_status audit_large(clonal__verifier *v)
{
    static const clonal__gemm_shape shapes[] = {{4100, 10, 1030, false, true, 0},
                                                {4100, 1030, 10, false, false, 0},
                                                {10, 1030, 4100, true, false, 0},
                                                {2056, 1030, 1030, false, false, 3}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) CLONAL__TRY(audit(v, &shapes[i]));
    return CLONAL_OK;
}

/* Odd sizes and a second block of the chain; then sizes that forms without packing take, and those of groups of 128 by
 * 128; then k = 1, whose products alone are -0 often enough to show a chain that is padded by zeros; one so large
 * that the device makes its matrices and compares them (host/gemm/classes.h), and one of which forms pack A. The cases
 * bring the rest. */
clonal_status clonal__verify_gemm(clonal__verifier *v)
{
    const clonal__gemm_shape odd = v->result->small ? (clonal__gemm_shape){9, 7, 1030, false, false, 0}
                                                    : (clonal__gemm_shape){33, 47, 1100, false, false, 0};
    const clonal__gemm_shape even = v->result->small ? (clonal__gemm_shape){8, 32, 20, false, false, 0}
                                                     : (clonal__gemm_shape){144, 160, 100, false, false, 0};
    for (int i = 0; i < TRANSPOSED; i++) {
        clonal__gemm_shape shapes[3] = {odd, even, even};
        shapes[2].k = 1;
        for (int k = 0; k < 3; k++) {
            shapes[k].ta = transposed[i].ta;
            shapes[k].tb = transposed[i].tb;
            CLONAL__TRY(audit(v, &shapes[k]));
        }
    }
    const clonal__gemm_shape large = {520, 515, 520, false, false, 0}, packed = {271, 259, 1030, true, false, 0};
    if (v->result->small) return CLONAL_OK;
    CLONAL__TRY(audit(v, &large));
    CLONAL__TRY(audit(v, &packed));
    if (v->options.full) CLONAL__TRY(audit_large(v));
    return audit_zeros(v);
}
