/* Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011),
 * equal to Random123's philox4x32. The counter is {column/4, row, stream, step}, the key {low,
 * high} word of the seed (see CONTRACT.md). */
#ifndef CLONAL_LIB_PHILOX_CL
#define CLONAL_LIB_PHILOX_CL

#define CLONAL__PHILOX_M0 0xd2511f53u
#define CLONAL__PHILOX_M1 0xcd9e8d57u
#define CLONAL__PHILOX_W0 0x9e3779b9u
#define CLONAL__PHILOX_W1 0xbb67ae85u

/* One block: the four words of a counter. The form for GPUs. */
static inline uint4 clonal_philox(uint4 ctr, uint2 key)
{
    for (int round = 0; round < 10; ++round) {
        uint hi0 = mul_hi(CLONAL__PHILOX_M0, ctr.x);
        uint lo0 = CLONAL__PHILOX_M0 * ctr.x;
        uint hi1 = mul_hi(CLONAL__PHILOX_M1, ctr.z);
        uint lo1 = CLONAL__PHILOX_M1 * ctr.z;
        ctr = (uint4)(hi1 ^ ctr.y ^ key.x, lo1, hi0 ^ ctr.w ^ key.y, lo0);
        key += (uint2)(CLONAL__PHILOX_W0, CLONAL__PHILOX_W1);
    }
    return ctr;
}

/* The forms for CPUs, which have a 32x32 to 64 bit product for vectors but no mul_hi: a word is
 * held in the low half of a 64-bit lane, whose upper half is garbage from round to round and masked
 * where a product reads it. Rounds are written out and functions inlined, since compilers otherwise
 * make a 64-bit product, five times as slow, of some of them. A high half comes down by a shuffle,
 * since processors that multiply and shift in one port shuffle in another. */
static inline __attribute__((always_inline)) ulong8 clonal__high(ulong8 product)
{
    return as_ulong8(as_uint16(product).s1133557799bbddff);
}

#define CLONAL__PHILOX_ROUND(c0, c1, c2, c3, k0, k1)                                               \
    do {                                                                                           \
        ulong8 clonal__p0 = (c0 & (ulong)0xfffffffful) * (ulong)CLONAL__PHILOX_M0;                 \
        ulong8 clonal__p1 = (c2 & (ulong)0xfffffffful) * (ulong)CLONAL__PHILOX_M1;                 \
        c0 = clonal__high(clonal__p1) ^ c1 ^ (ulong)(k0);                                          \
        c1 = clonal__p1;                                                                           \
        c2 = clonal__high(clonal__p0) ^ c3 ^ (ulong)(k1);                                          \
        c3 = clonal__p0;                                                                           \
    } while (0)

/* The low halves of the lanes of x and y in turns: 64-bit lanes with x below y. A shift and an or
 * would do, but compilers fold the shift into the product and so make it twice. By select, since
 * oclgrind takes a vector built from the scalars of two others for one with unset lanes. */
static inline __attribute__((always_inline)) ulong8 clonal__low_halves(ulong8 x, ulong8 y)
{
    const uint u = 0xffffffffu;
    return as_ulong8(select(as_uint16(x), as_uint16(y).s0022446688aaccee,
                            (uint16)(0, u, 0, u, 0, u, 0, u, 0, u, 0, u, 0, u, 0, u)));
}

/* Eight blocks' lanes to their 32 words in the order of the elements. */
static inline __attribute__((always_inline)) void
clonal__philox_words(ulong8 c0, ulong8 c1, ulong8 c2, ulong8 c3, uint16 *first, uint16 *second)
{
    const ulong u = 0xfffffffffffffffful;
    const ulong8 odd = (ulong8)(0, u, 0, u, 0, u, 0, u);
    ulong8 w01 = clonal__low_halves(c0, c1), w23 = clonal__low_halves(c2, c3);
    *first = as_uint16(select(w01.s00112233, w23.s00112233, odd));
    *second = as_uint16(select(w01.s44556677, w23.s44556677, odd));
}

/* A chain's eight blocks from ctr.x + n on, and a round of it. */
#define CLONAL__PHILOX_START(c, n)                                                                 \
    ulong8 c##0 = convert_ulong8(ctr.x + (uint8)(n) + (uint8)(0, 1, 2, 3, 4, 5, 6, 7)),            \
           c##1 = (ulong8)((ulong)ctr.y), c##2 = (ulong8)((ulong)ctr.z),                           \
           c##3 = (ulong8)((ulong)ctr.w);
#define CLONAL__PHILOX_ROUND_OF(c, n)                                                              \
    CLONAL__PHILOX_ROUND(c##0, c##1, c##2, c##3, key.x + n##u * CLONAL__PHILOX_W0,                 \
                         key.y + n##u * CLONAL__PHILOX_W1);
#define CLONAL__PHILOX_ALL_ROUNDS(ROUND)                                                           \
    ROUND(0) ROUND(1) ROUND(2) ROUND(3) ROUND(4) ROUND(5) ROUND(6) ROUND(7) ROUND(8) ROUND(9)

/* Eight consecutive blocks, ctr.x .. ctr.x + 7 (modulo 2^32): their 32 words in the order of the
 * elements, the first 16 in *first. */
static inline __attribute__((always_inline)) void clonal_philox8(uint4 ctr, uint2 key,
                                                                 uint16 *first, uint16 *second)
{
    CLONAL__PHILOX_START(a, 0u)
#define CLONAL__PHILOX8_ROUND(n) CLONAL__PHILOX_ROUND_OF(a, n)
    CLONAL__PHILOX_ALL_ROUNDS(CLONAL__PHILOX8_ROUND)
    clonal__philox_words(a0, a1, a2, a3, first, second);
}

/* Sixteen and thirty-two consecutive blocks, 64 and 128 words: two and four chains side by side,
 * since one alone waits for its products. */
static inline __attribute__((always_inline)) void clonal_philox16(uint4 ctr, uint2 key,
                                                                  uint16 words[4])
{
    CLONAL__PHILOX_START(a, 0u)
    CLONAL__PHILOX_START(b, 8u)
#define CLONAL__PHILOX16_ROUND(n) CLONAL__PHILOX_ROUND_OF(a, n) CLONAL__PHILOX_ROUND_OF(b, n)
    CLONAL__PHILOX_ALL_ROUNDS(CLONAL__PHILOX16_ROUND)
    clonal__philox_words(a0, a1, a2, a3, &words[0], &words[1]);
    clonal__philox_words(b0, b1, b2, b3, &words[2], &words[3]);
}

static inline __attribute__((always_inline)) void clonal_philox32(uint4 ctr, uint2 key,
                                                                  uint16 words[8])
{
    CLONAL__PHILOX_START(a, 0u)
    CLONAL__PHILOX_START(b, 8u)
    CLONAL__PHILOX_START(c, 16u)
    CLONAL__PHILOX_START(d, 24u)
#define CLONAL__PHILOX32_ROUND(n)                                                                  \
    CLONAL__PHILOX16_ROUND(n) CLONAL__PHILOX_ROUND_OF(c, n) CLONAL__PHILOX_ROUND_OF(d, n)
    CLONAL__PHILOX_ALL_ROUNDS(CLONAL__PHILOX32_ROUND)
    clonal__philox_words(a0, a1, a2, a3, &words[0], &words[1]);
    clonal__philox_words(b0, b1, b2, b3, &words[2], &words[3]);
    clonal__philox_words(c0, c1, c2, c3, &words[4], &words[5]);
    clonal__philox_words(d0, d1, d2, d3, &words[6], &words[7]);
}

#endif
