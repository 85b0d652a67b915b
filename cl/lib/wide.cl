/* wide.cl: for CPUs with wide vectors: a vector that lies anywhere, and memory asked for ahead.
 *
 * -DCLONAL_AHEAD=n, on a device that is the host's processor: what lies n floats behind is asked
 * for while this is worked on. A hint alone, also past a buffer's end. OpenCL's own prefetch does
 * nothing on PoCL. */

/* Of vload16 and vstore16 some compilers make four loads and stores and more. */
typedef float16 __attribute__((aligned(4))) float16_anywhere;

#ifdef CLONAL_AHEAD
#define ASK_AHEAD(p, writes) __builtin_prefetch((const void *)(size_t)((p) + CLONAL_AHEAD), writes)
#else
#define ASK_AHEAD(p, writes)
#endif
