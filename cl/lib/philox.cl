/* Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011), equal to Random123's
 * philox4x32. The counter is {column/4, row, stream, step}, the key {low, high} word of the seed (see CONTRACT.md). */
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

/* Eight consecutive blocks, ctr.x .. ctr.x + 7 (modulo 2^32): their 32 words in the order of the elements, the first 16
 * in *first. The form for CPUs, which have a 32x32 to 64 bit product for vectors but no mul_hi: a word is held in the
 * low half of a 64-bit lane, whose upper half is garbage from round to round and masked where a product reads it. */
static inline void clonal_philox8(uint4 ctr, uint2 key, uint16 *first, uint16 *second)
{
    const ulong low = 0xfffffffful;
    uint8 blocks = ctr.x + (uint8)(0, 1, 2, 3, 4, 5, 6, 7);
    ulong8 c0 = convert_ulong8(blocks);
    ulong8 c1 = (ulong8)((ulong)ctr.y);
    ulong8 c2 = (ulong8)((ulong)ctr.z);
    ulong8 c3 = (ulong8)((ulong)ctr.w);
    for (int round = 0; round < 10; ++round) {
        ulong8 p0 = (c0 & low) * (ulong)CLONAL__PHILOX_M0;
        ulong8 p1 = (c2 & low) * (ulong)CLONAL__PHILOX_M1;
        c0 = (p1 >> 32) ^ c1 ^ (ulong)key.x;
        c1 = p1;
        c2 = (p0 >> 32) ^ c3 ^ (ulong)key.y;
        c3 = p0;
        key += (uint2)(CLONAL__PHILOX_W0, CLONAL__PHILOX_W1);
    }
    /* Words 0,1 and words 2,3 of a block as one little-endian 64-bit lane each, then the lanes interleaved. */
    ulong8 w01 = (c0 & low) | (c1 << 32);
    ulong8 w23 = (c2 & low) | (c3 << 32);
    ulong16 words;
    words.even = w01;
    words.odd = w23;
    *first = as_uint16(words.lo);
    *second = as_uint16(words.hi);
}

#endif
