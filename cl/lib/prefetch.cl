/* clonal_prefetch(p, i, writes): fetches the cache line of p[i], floats in global memory, ahead of
 * their reading, or of their writing too, and changes nothing else; p[i] may lie outside of its
 * buffer. It is the compiler's,
 * since OpenCL's prefetch() does nothing on PoCL and on Intel's CPU runtime; a compiler without one
 * leaves it out. For CPUs. */
#ifndef CLONAL_LIB_PREFETCH_CL
#define CLONAL_LIB_PREFETCH_CL

#ifdef __has_builtin
#if __has_builtin(__builtin_prefetch)
#define clonal_prefetch(p, i, writes)                                                              \
    __builtin_prefetch((const void *)((size_t)(p) + sizeof(float) * (size_t)(i)), writes, 3)
#endif
#endif
#ifndef clonal_prefetch
#define clonal_prefetch(p, i, writes)
#endif

#endif
