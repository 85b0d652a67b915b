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
 * which local memory has room: MR rows by COLUMNS columns. Needs gemm_native.cl's macros. */
#ifndef CLONAL_LIB_GEMM_SKIP_CL
#define CLONAL_LIB_GEMM_SKIP_CL

#ifndef KB
#define KB 128 /* a multiple of 64 */
#endif
#ifndef COLUMNS
#define COLUMNS 256 /* a multiple of NR */
#endif

typedef CLONAL_JOIN(int, VW) gemm_ints;
#define GEMM_BITS CLONAL_JOIN(as_int, VW)

/* The steps of a piece in which rows of A are not zero: of row r the first count[r] pairs of
 * steps[r*2*KB..], a place in the panel and A's word. */
typedef struct gemm_lists {
    __local uint *steps, *count;
} gemm_lists;

#if A_FORM == 0
#define GEMM_WORDS const __global uint
#else
#define GEMM_WORDS const uint
#endif

/* Appends the steps k0 + b whose bits b are set to a row's list of n, with words[k*apart]; how many
 * there are then. */
GEMM_INLINE uint gemm_list_bits(__local uint *steps, uint n, ulong bits, uint k0, GEMM_WORDS *words,
                                uint apart)
{
    for (; bits != 0ul; bits &= bits - 1ul) {
        const uint k = k0 + 63u - (uint)clz(bits & -bits);
        steps[2u * n] = k * NR;
        steps[2u * n + 1u] = words[k * apart];
        n++;
    }
    return n;
}

#define GEMM_IS_NO_ZERO(word) ((word) << 1 != 0u)

#if A_FORM == 0
/* Bit l: whether lane l is not +-0. */
GEMM_INLINE uint gemm_no_zeros(gemm_vec x)
{
    const uint bit[16] = {1,   2,   4,    8,    16,   32,   64,    128,
                          256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
    const gemm_ints all = GEMM_BITS(CLONAL_JOIN(vload, VW)(0, bit));
    const gemm_ints found = ((GEMM_BITS(x) & 0x7fffffff) != (gemm_ints)(0)) & all;
#if VW == 16
    const int8 half_of = found.lo | found.hi;
#else
    const int8 half_of = found;
#endif
    const int4 four = half_of.lo | half_of.hi;
    const int2 two = four.lo | four.hi;
    return (uint)(two.x | two.y);
}

GEMM_INLINE void gemm_list_rows(const gemm_lists *to, const __global float *a, ulong lda, uint rows,
                                uint kn)
{
    for (uint r = 0; r < rows; r++, a += lda) {
        const __global uint *words = (const __global uint *)a;
        uint n = 0;
        for (uint k0 = 0; k0 < kn; k0 += 64u) {
            const uint left = min(kn - k0, 64u);
            ulong bits = 0ul;
            uint b = 0;
            for (; b + VW <= left; b += VW)
                bits |= (ulong)gemm_no_zeros(GEMM_LOAD(a + k0 + b)) << b;
            for (; b < left; b++) bits |= (ulong)GEMM_IS_NO_ZERO(words[k0 + b]) << b;
            n = gemm_list_bits(to->steps + r * 2 * KB, n, bits, k0, words, 1u);
        }
        to->count[r] = n;
    }
}
#else
/* VW rows at a time, by way of a copy: they are neighbours in memory, and a row's own numbers, lda
 * apart, could meet in one set of a cache. */
GEMM_INLINE void gemm_list_rows(const gemm_lists *to, const __global float *a, ulong lda, uint rows,
                                uint kn)
{
    uint some[KB * VW] __attribute__((aligned(64))),
        masks[KB / 32 * VW] __attribute__((aligned(64)));
    for (uint r0 = 0; r0 < rows; r0 += VW) {
        const uint left = min(rows - r0, (uint)VW);
        for (uint w = 0; w < KB / 32; w++) {
            gemm_ints mask = (gemm_ints)(0);
            for (uint k = 32u * w; k < min(32u * w + 32u, kn); k++) {
                const gemm_ints x = GEMM_BITS(gemm_load_part(a + (ulong)k * lda + r0, left));
                *(gemm_ints *)(some + k * VW) = x;
                mask |= ((x & 0x7fffffff) != (gemm_ints)(0)) & (gemm_ints)((int)(1u << (k & 31u)));
            }
            *(gemm_ints *)(masks + w * VW) = mask;
        }
        for (uint r = 0; r < left; r++) {
            uint n = 0;
            for (uint w = 0; w < KB / 32; w += 2)
                n = gemm_list_bits(to->steps + (r0 + r) * 2 * KB, n,
                                   masks[w * VW + r] | (ulong)masks[(w + 1u) * VW + r] << 32,
                                   32u * w, some + r, VW);
            to->count[r0 + r] = n;
        }
    }
}
#endif

/* Lists all steps of a row of A, zeros too. */
GEMM_INLINE uint gemm_list_all(const gemm_lists *to, const __global float *a, ulong step, uint r,
                               uint kn)
{
    for (uint k = 0; k < kn; k++) {
        to->steps[2 * (r * KB + k)] = k * NR;
        to->steps[2 * (r * KB + k) + 1] = as_uint(a[(ulong)k * step]);
    }
    return kn;
}

#define GEMM_LARGEST(most, x)                                                                      \
    {                                                                                              \
        const gemm_ints size = GEMM_BITS(x) & 0x7fffffff;                                          \
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
        const gemm_vec x = (gemm_vec)(as_float(steps[2u * i + 1u]));
        const __local float *row = panel + steps[2u * i];
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

/* Task (p, q) makes `panels` panels of NR columns, from p*panels on, of rows q*rows..; rows <= MR,
 * panels * NR <= COLUMNS. With K > 1024 C holds the sums of the blocks so far. sizes.s5: how many
 * tasks are side by side. Group sizes.s6 has none, so that of two threads neither has one more. */
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void gemm_rows(GEMM_ARGS GEMM_EPILOGUE_ARGS)
{
    __local float panel[KB * NR] __attribute__((aligned(64)));
    __local float sums[MR * COLUMNS] __attribute__((aligned(64)));
    __local uint listed[MR * KB * 2] __attribute__((aligned(64))), counts[MR];
    const gemm_lists lists = {listed, counts};
    GEMM_SIZES_FROM_ARGS
    GEMM_AFTER_FROM_ARGS
    const uint group = (uint)get_group_id(0), task = group - (group > sizes.s6 ? 1u : 0u);
    if (group == sizes.s6) return;
    const uint m0 = task / sizes.s5 * sizes.s3, rows = min(M - m0, sizes.s3);
    const uint columns0 = task % sizes.s5 * sizes.s4 * NR;
    GEMM_BIAS_GROUP(columns0, m0, m0 + rows)
    const uint columns1 = min(N, columns0 + sizes.s4 * NR);
    for (uint k0 = 0; k0 < K; k0 += K_BLOCK) {
        const uint kn = min(K - k0, K_BLOCK), pieces = (kn - 1u) / KB + 1u,
                   most = (kn - 1u) / pieces + 1u;
        for (uint k1 = 0; k1 < kn; k1 += most) {
            const uint steps = min(kn - k1, most);
            gemm_list_rows(&lists, GEMM_A_PLACE(m0, k0 + k1), lda, rows, steps);
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
                    gemm_add_steps(sums + r * COLUMNS + (n0 - columns0), panel, listed + r * 2 * KB,
                                   counts[r], k1 == 0u);
            }
        }
        for (uint n0 = columns0; n0 < columns1; n0 += NR) {
            const uint columns = min(N - n0, (uint)NR);
            __local float *first = sums + (n0 - columns0);
            /* Rows with a -0 are made again, with all steps: counts tell which. */
            uint mended = 0;
            for (uint r = 0; r < rows; r++) {
                counts[r] = gemm_has_negative_zero(first + r * COLUMNS) ? 1u : 0u;
                mended += counts[r];
            }
            for (uint k1 = 0; mended != 0u && k1 < kn; k1 += most) {
                const uint steps = min(kn - k1, most);
                gemm_pack_finite(panel, GEMM_B_PLACE(k0 + k1, n0), ldb, columns, steps);
                for (uint r = 0; r < rows; r++) {
                    if (counts[r] == 0u) continue;
                    gemm_list_all(&lists, GEMM_A_PLACE(m0 + r, k0 + k1), GEMM_A_APART, r, steps);
                    gemm_add_steps(first + r * COLUMNS, panel, listed + r * 2 * KB, steps,
                                   k1 == 0u);
                }
            }
            for (uint r = 0; r < rows; r++)
                gemm_finish_row(&after, first + r * COLUMNS, m0 + r, n0, columns, k0 == 0u,
                                k0 + kn == K);
        }
    }
}

#endif
