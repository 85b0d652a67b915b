/* gemm_skip.cl: the GEMM's form for CPUs that leaves out the zeros of A, which dropout and what
 * gates (relu) make most of an activation or of a gradient: kernel gemm_rows, one work-item a
 * group.
 *
 * No bit differs from the chain's. A step with a[k] = +-0 adds +-0 where b[k] is finite: it changes
 * no sum but -0, which becomes +0 where it adds +0. So
 *   - a piece of B that holds an infinity or a NaN is taken with all of A, zeros too;
 *   - a sum that leaves out steps is the chain's, or -0 where the chain's is +0 (a chain is -0 only
 *     by a product that was rounded to zero, which is no zero's); a row with a -0 is made again
 *     with all steps.
 *
 * A group makes `rows` rows by `panels` panels of NR columns. For each piece of up to KB steps it
 * lists where A's rows are not zero, packs a panel of B, and adds the listed steps to the sums, for
 * which local memory has room: SUMS rows of panels. Needs gemm_native.cl's macros. */
#ifndef CLONAL_LIB_GEMM_SKIP_CL
#define CLONAL_LIB_GEMM_SKIP_CL

#ifndef KB
#define KB 128 /* a multiple of VW */
#endif
#ifndef SUMS
#define SUMS 1024 /* a group's rows by its panels, at most */
#endif

typedef CLONAL_JOIN(int, VW) gemm_ints;
typedef gemm_ints __attribute__((aligned(4))) gemm_ints_anywhere;
#define GEMM_BITS CLONAL_JOIN(as_int, VW)

/* The steps of a piece in which rows of A are not zero: of row r the first count[r] of
 * steps[r*2*KB..], where they stand in a panel, and of steps[r*2*KB + KB..], A's words. */
typedef struct gemm_lists {
    __local uint *steps, *count;
} gemm_lists;

/* Rows of A are listed where they lie, or from a transposed copy. */
#if A_FORM == 0
#define GEMM_LISTED const __global
#else
#define GEMM_LISTED const __local
#endif

#define GEMM_SIZE_OF(words) ((words)&0x7fffffff)
#define GEMM_IS_NO_ZERO(word) (GEMM_SIZE_OF(word) != 0u)

/* gemm_list appends to a row's list of n the steps k0 + b of which x[b] is no zero, b < count;
 * how many there are then. */
#ifdef __has_builtin
#if defined(__AVX512F__) && __has_builtin(__builtin_ia32_compresssi512_mask) &&                    \
    __has_builtin(__builtin_ia32_cmpd512_mask) && VW == 16
#define GEMM_COMPRESSES 1
#endif
#endif
#ifdef GEMM_COMPRESSES
/* AVX-512 moves a vector's marked lanes to its front: a whole vector is stored each time, of which
 * the next one leaves what is listed. It ends in the list: no more were found than looked at. */
typedef int gemm_512 __attribute__((vector_size(64)));
typedef gemm_512 __attribute__((aligned(4))) gemm_512_anywhere;
#define GEMM_APPEND(list, x, found)                                                                \
    *(__local gemm_512_anywhere *)(list) =                                                         \
        __builtin_ia32_compresssi512_mask((gemm_512)(x), (gemm_512)(int16)(0), found);

GEMM_INLINE uint gemm_list(__local uint *steps, uint n, GEMM_LISTED float *x, uint k0, uint count)
{
    enum { NOT_EQUAL = 4 };
    int16 place = (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) * NR + (int)k0 * NR;
    uint b = 0;
    for (; b + VW <= count; b += VW, place += VW * NR) {
        const int16 words = *(GEMM_LISTED gemm_ints_anywhere *)(x + b);
        const ushort found = (ushort)__builtin_ia32_cmpd512_mask(
            (gemm_512)GEMM_SIZE_OF(words), (gemm_512)(int16)(0), NOT_EQUAL, (ushort)0xffff);
        GEMM_APPEND(steps + n, place, found)
        GEMM_APPEND(steps + KB + n, words, found)
        n += (uint)__builtin_popcount(found);
    }
    for (; b < count; b++) {
        if (!GEMM_IS_NO_ZERO(as_uint(x[b]))) continue;
        steps[n] = (k0 + b) * NR;
        steps[KB + n] = as_uint(x[b]);
        n++;
    }
    return n;
}
#else
/* Bit l: whether lane l is not +-0. */
GEMM_INLINE uint gemm_no_zeros(gemm_ints x)
{
    const uint bit[16] = {1,   2,   4,    8,    16,   32,   64,    128,
                          256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
    const gemm_ints all = GEMM_BITS(CLONAL_JOIN(vload, VW)(0, bit));
    const gemm_ints found = (GEMM_SIZE_OF(x) != (gemm_ints)(0)) & all;
#if VW == 16
    const int8 half_of = found.lo | found.hi;
#else
    const int8 half_of = found;
#endif
    const int4 four = half_of.lo | half_of.hi;
    const int2 two = four.lo | four.hi;
    return (uint)(two.x | two.y);
}

GEMM_INLINE uint gemm_list(__local uint *steps, uint n, GEMM_LISTED float *x, uint k0, uint count)
{
    for (uint b0 = 0; b0 < count; b0 += 64u) {
        const uint left = min(count - b0, 64u);
        ulong bits = 0ul;
        uint b = 0;
        for (; b + VW <= left; b += VW)
            bits |= (ulong)gemm_no_zeros(*(GEMM_LISTED gemm_ints_anywhere *)(x + b0 + b)) << b;
        for (; b < left; b++) bits |= (ulong)GEMM_IS_NO_ZERO(as_uint(x[b0 + b])) << b;
        for (; bits != 0ul; bits &= bits - 1ul) {
            const uint found = b0 + 63u - (uint)clz(bits & -bits);
            steps[n] = (k0 + found) * NR;
            steps[KB + n] = as_uint(x[found]);
            n++;
        }
    }
    return n;
}
#endif

/* Lists kn steps of `rows` rows of A. room: of a panel. */
#if A_FORM == 0
GEMM_INLINE void gemm_list_rows(const gemm_lists *to, __local float *room, const __global float *a,
                                ulong lda, uint rows, uint kn)
{
    for (uint r = 0; r < rows; r++, a += lda)
        to->count[r] = gemm_list(to->steps + r * 2 * KB, 0u, a, 0u, kn);
}
#else
/* VW rows at a time, NR steps of each: they are neighbours in memory, and a row's own numbers, lda
 * apart, could meet in one set of a cache. */
GEMM_INLINE void gemm_list_rows(const gemm_lists *to, __local float *room, const __global float *a,
                                ulong lda, uint rows, uint kn)
{
    for (uint r0 = 0; r0 < rows; r0 += VW) {
        const uint some = min(rows - r0, (uint)VW);
        for (uint k0 = 0; k0 < kn; k0 += NR) {
            const __global float *from = a + (ulong)k0 * lda + r0;
            const uint steps = min(kn - k0, (uint)NR);
            uint k = 0;
            for (; some == VW && k + VW <= steps; k += VW)
                gemm_transpose(room + k, from + k * lda, lda, VW);
            for (; k < steps; k++)
                for (uint r = 0; r < some; r++) room[r * NR + k] = from[k * lda + r];
            for (uint r = 0; r < some; r++)
                to->count[r0 + r] =
                    gemm_list(to->steps + (r0 + r) * 2 * KB, k0 == 0u ? 0u : to->count[r0 + r],
                              room + r * NR, k0, steps);
        }
    }
}
#endif

/* Lists all steps of a row of A, zeros too. */
GEMM_INLINE uint gemm_list_all(const gemm_lists *to, const __global float *a, ulong step, uint r,
                               uint kn)
{
    for (uint k = 0; k < kn; k++) {
        to->steps[r * 2 * KB + k] = k * NR;
        to->steps[r * 2 * KB + KB + k] = as_uint(a[(ulong)k * step]);
    }
    return kn;
}

#define GEMM_LARGEST(most, x)                                                                      \
    {                                                                                              \
        const gemm_ints size = GEMM_SIZE_OF(GEMM_BITS(x));                                         \
        most = size > most ? size : most;                                                          \
    }

/* Packs kn rows of a panel, of which n columns are there; whether none of its numbers is an
 * infinity or a NaN. */
GEMM_INLINE bool gemm_pack_finite(__local float *panel, const __global float *b, ulong ldb, uint n,
                                  uint kn)
{
    gemm_ints most = (gemm_ints)(0);
#if B_FORM == 0
    if (n == NR) {
        for (uint k = 0; k < kn; k++)
#pragma unroll
            for (uint v = 0; v < NV; v++) {
                const gemm_vec x = GEMM_LOAD(b + k * ldb + v * VW);
                GEMM_STORE_TO(__local, x, panel + k * NR + v * VW);
                GEMM_LARGEST(most, x)
            }
        return !any(most >= (gemm_ints)(0x7f800000));
    }
    gemm_pack_rows(panel, b, ldb, n, kn);
#else
    gemm_pack_columns(panel, b, ldb, n, kn);
#endif
    for (uint i = 0; i < kn * NR; i += VW) GEMM_LARGEST(most, GEMM_LOAD_FROM(__local, panel + i))
    return !any(most >= (gemm_ints)(0x7f800000));
}

/* sums[0..NR-1] = fma(what, panel's row, sums) for each of the listed steps; from zeros if `first`.
 */
GEMM_INLINE void gemm_add_steps(__local float *sums, const __local float *panel,
                                const __local uint *steps, uint count, bool first)
{
    gemm_vec acc[NV];
#pragma unroll
    for (uint v = 0; v < NV; v++)
        acc[v] = first ? (gemm_vec)(0.0f) : GEMM_LOAD_FROM(__local, sums + v * VW);
    for (uint i = 0; i < count; i++) {
        const gemm_vec x = (gemm_vec)(as_float(steps[KB + i]));
        const __local float *row = panel + steps[i];
#pragma unroll
        for (uint v = 0; v < NV; v++)
            acc[v] = GEMM_FMA(x, GEMM_LOAD_FROM(__local, row + v * VW), acc[v]);
    }
#pragma unroll
    for (uint v = 0; v < NV; v++) GEMM_STORE_TO(__local, acc[v], sums + v * VW);
}

GEMM_INLINE bool gemm_has_negative_zero(const __local float *sums)
{
    gemm_ints found = (gemm_ints)(0);
#pragma unroll
    for (uint v = 0; v < NV; v++)
        found |= GEMM_BITS(GEMM_LOAD_FROM(__local, sums + v * VW)) == (gemm_ints)(0x80000000);
    return any(found);
}

/* A row's finished sums of one block of the chain, `columns` from n0 on: added to the blocks before
 * in C, and with the last block what follows. */
GEMM_INLINE void gemm_finish_row(const gemm_after *after, const __local float *sums, uint row,
                                 uint n0, uint columns, bool first, bool last)
{
    __global float *c = after->c + (ulong)row * after->columns + n0;
#if DROPOUT
    gemm_words words[NV];
    if (last) gemm_make_words(after, row, n0, words);
#endif
#pragma unroll
    for (uint v = 0; v < NV; v++) {
        if (v * VW >= columns) continue;
        gemm_vec y = GEMM_LOAD_FROM(__local, sums + v * VW);
        const uint count = columns - v * VW;
        if (!first) y = gemm_load_part(c + v * VW, count) + y;
        if (last)
            gemm_finish(after, y, row, n0 + v * VW, count
#if DROPOUT
                        ,
                        words[v]
#endif
            );
        else
            gemm_store_part(y, c + v * VW, count);
    }
}

#if A_FORM == 0
#define GEMM_A_PLACE(row, k) (a_base + (ulong)(row)*lda + (k))
#define GEMM_A_APART 1ul
#else
#define GEMM_A_PLACE(row, k) (a_base + (ulong)(k)*lda + (row))
#define GEMM_A_APART lda
#endif
#if B_FORM == 0
#define GEMM_B_PLACE(k, column) (b_base + (ulong)(k)*ldb + (column))
#else
#define GEMM_B_PLACE(k, column) (b_base + (ulong)(column)*ldb + (k))
#endif

/* Row r of the sums of the panel of columns from n0 on: a panel's rows are neighbours. */
#define GEMM_SUMS(r, n0) (sums + ((n0)-columns0) * sizes.s3 + (r)*NR)

/* Task (p, q) makes `panels` panels of NR columns, from p*panels on, of rows q*rows..; rows <= MR,
 * rows * panels <= SUMS. With K > 1024 C holds the sums of the blocks so far. sizes.s5: how many
 * tasks are side by side; sizes.s6: the launch's first one. Group sizes.s7 has none, so that of two
 * threads neither has one more. */
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void gemm_rows(
#include "lib/gemm_arguments.cl"
)
{
    __local float panel[KB * NR] __attribute__((aligned(64)));
    __local float sums[SUMS * NR] __attribute__((aligned(64)));
    __local uint listed[MR * KB * 2] __attribute__((aligned(64))), counts[MR];
    const gemm_lists lists = {listed, counts};
    GEMM_SIZES_FROM_ARGS
#include "lib/gemm_after.cl"
    const uint group = (uint)get_group_id(0),
               task = sizes.s6 + group - (group > sizes.s7 ? 1u : 0u);
    if (group == sizes.s7) return;
    const uint m0 = task / sizes.s5 * sizes.s3, rows = min(M - m0, sizes.s3);
    const uint columns0 = task % sizes.s5 * sizes.s4 * NR;
    GEMM_BIAS_GROUP(columns0, m0, m0 + rows)
    const uint columns1 = (uint)min((ulong)N, (ulong)columns0 + sizes.s4 * NR);
    for (uint k0 = 0; k0 < K; k0 += K_BLOCK) {
        const uint kn = min(K - k0, K_BLOCK), pieces = (kn - 1u) / KB + 1u,
                   most = (kn - 1u) / pieces + 1u;
        for (uint k1 = 0; k1 < kn; k1 += most) {
            const uint steps = min(kn - k1, most);
            gemm_list_rows(&lists, panel, GEMM_A_PLACE(m0, k0 + k1), lda, rows, steps);
            bool all_listed = false;
            for (uint n0 = columns0; n0 < columns1; n0 += NR) {
                const bool finite = gemm_pack_finite(panel, GEMM_B_PLACE(k0 + k1, n0), ldb,
                                                     min(N - n0, (uint)NR), steps);
                if (!finite && !all_listed) {
                    for (uint r = 0; r < rows; r++)
                        counts[r] = gemm_list_all(&lists, GEMM_A_PLACE(m0 + r, k0 + k1),
                                                  GEMM_A_APART, r, steps);
                    all_listed = true;
                }
                for (uint r = 0; r < rows; r++)
                    gemm_add_steps(GEMM_SUMS(r, n0), panel, listed + r * 2 * KB, counts[r],
                                   k1 == 0u);
            }
        }
        for (uint n0 = columns0; n0 < columns1; n0 += NR) {
            const uint columns = min(N - n0, (uint)NR);
            /* Rows with a -0 are made again, with all steps: counts tell which. */
            uint mended = 0;
            for (uint r = 0; r < rows; r++) {
                counts[r] = gemm_has_negative_zero(GEMM_SUMS(r, n0)) ? 1u : 0u;
                mended += counts[r];
            }
            for (uint k1 = 0; mended != 0u && k1 < kn; k1 += most) {
                const uint steps = min(kn - k1, most);
                gemm_pack_finite(panel, GEMM_B_PLACE(k0 + k1, n0), ldb, columns, steps);
                for (uint r = 0; r < rows; r++) {
                    if (counts[r] == 0u) continue;
                    gemm_list_all(&lists, GEMM_A_PLACE(m0 + r, k0 + k1), GEMM_A_APART, r, steps);
                    gemm_add_steps(GEMM_SUMS(r, n0), panel, listed + r * 2 * KB, steps, k1 == 0u);
                }
            }
            for (uint r = 0; r < rows; r++)
                gemm_finish_row(&after, GEMM_SUMS(r, n0), m0 + r, n0, columns, k0 == 0u,
                                k0 + kn == K);
        }
    }
}

#endif
