/* wide.cl: -DCLONAL_WIDE=1 is the form for CPUs with wide vectors. What kernels of masks and noise
 * have in common of it: the columns of an item; a vector that lies anywhere, and memory asked for
 * ahead.
 *
 * -DCLONAL_AHEAD=n, on a device that is the host's processor: what lies n floats behind is asked
 * for while this is worked on. A hint alone, also past a buffer's end. */

#ifndef CLONAL_WIDE
#define CLONAL_WIDE 0
#endif

#if CLONAL_WIDE
#define ITEM_COLUMNS 64u
#else
#define ITEM_COLUMNS 4u
#endif

/* Of vload16 and vstore16 some compilers make four loads and stores and more. */
typedef float16 __attribute__((aligned(4))) float16_anywhere;

#ifdef CLONAL_AHEAD
#include "lib/prefetch.cl"
#define ASK_AHEAD(p, writes) clonal_prefetch(p, CLONAL_AHEAD, writes)
#else
#define ASK_AHEAD(p, writes)
#endif
