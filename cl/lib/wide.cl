/* wide.cl: -DCLONAL_WIDE=1 and 2 are the forms for CPUs with wide vectors. What kernels of masks
 * and noise have in common of it: the columns of an item and their words; a vector that lies
 * anywhere, and memory asked for ahead.
 *
 * -DCLONAL_AHEAD=n, on a device that is the host's processor: what lies n floats behind is asked
 * for while this is worked on. A hint alone, also past a buffer's end.
 *
 * -DCLONAL_STREAM=1, where a matrix is larger than caches are: vectors are stored around them, if
 * the compiler can, so that what is overwritten is not read from memory before. */

#ifndef CLONAL_WIDE
#define CLONAL_WIDE 0
#endif

#if CLONAL_WIDE
#define ITEM_COLUMNS (64u * CLONAL_WIDE)
#define ITEM_VECTORS (4 * CLONAL_WIDE) /* of 16 words */
#if CLONAL_WIDE == 2
#define ITEM_PHILOX clonal_philox32
#else
#define ITEM_PHILOX clonal_philox16
#endif

/* DO(i, four) for each four words of an item's `words`, those of its columns from i on. An item in
 * which its row ends takes them so and not by an index: PoCL keeps an array that is indexed for all
 * items of a group at once, in memory. */
#define WIDE_FOURS_OF(DO, n)                                                                       \
    DO(16u * n, words[n].s0123)                                                                    \
    DO(16u * n + 4u, words[n].s4567)                                                               \
    DO(16u * n + 8u, words[n].s89ab)                                                               \
    DO(16u * n + 12u, words[n].scdef)
#define WIDE_FOURS_1(DO)                                                                           \
    WIDE_FOURS_OF(DO, 0) WIDE_FOURS_OF(DO, 1) WIDE_FOURS_OF(DO, 2) WIDE_FOURS_OF(DO, 3)
#define WIDE_FOURS_2(DO)                                                                           \
    WIDE_FOURS_1(DO)                                                                               \
    WIDE_FOURS_OF(DO, 4) WIDE_FOURS_OF(DO, 5) WIDE_FOURS_OF(DO, 6) WIDE_FOURS_OF(DO, 7)
#define WIDE_FOURS CLONAL_JOIN(WIDE_FOURS_, CLONAL_WIDE)
#else
#define ITEM_COLUMNS 4u
#endif

/* Of vload16 and vstore16 some compilers make four loads and stores and more. */
typedef float16 __attribute__((aligned(4))) float16_anywhere;

#ifndef CLONAL_STREAM
#define CLONAL_STREAM 0
#endif
#if CLONAL_STREAM && defined(__has_builtin)
#if __has_builtin(__builtin_nontemporal_store)
/* Only whole lines of the cache can be. */
#define CAN_STREAM(p) (((size_t)(p)&63u) == 0u)
#define STREAM(v, p) __builtin_nontemporal_store(v, p)
#endif
#endif
#ifndef STREAM
#define CAN_STREAM(p) 0
#define STREAM(v, p) (*(p) = (v))
#endif

#ifdef CLONAL_AHEAD
#include "lib/prefetch.cl"
#define ASK_AHEAD(p, writes) clonal_prefetch(p, CLONAL_AHEAD, writes)
#else
#define ASK_AHEAD(p, writes)
#endif
