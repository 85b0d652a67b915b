/* builtins.cl: declarations of those of OpenCL C's built-in functions that kernels call, as the
 * standard has them (OpenCL C 1.2, section 6.12), for a driver that would put a header of all of
 * them, 17,000 lines, in front of each program (host/runtime/program.c). A name that is here is
 * here for every type that it could be called with, so that no call means another function than
 * with the whole header: the test builtins.py holds both ways' code against each other. A name that
 * is missing makes a program be built with the header, which is slower. */
#define B_OVERLOAD __attribute__((overloadable))
#define B_CONST __attribute__((overloadable, const))
#define B_PURE __attribute__((overloadable, pure))

B_CONST size_t get_global_id(uint);
B_CONST size_t get_local_id(uint);
B_CONST size_t get_group_id(uint);
B_CONST size_t get_global_size(uint);
B_CONST size_t get_local_size(uint);
B_CONST size_t get_num_groups(uint);
B_OVERLOAD __attribute__((convergent)) void barrier(cl_mem_fence_flags);

/* one(T) for T and its vectors of n elements: one(float, ), one(float, 2), ... */
#define B_VECTORS(one, T) one(T, 2) one(T, 3) one(T, 4) one(T, 8) one(T, 16)
#define B_WIDTHS(one, T) one(T, ) B_VECTORS(one, T)
#define B_INTEGERS(widths, one)                                                                    \
    widths(one, char) widths(one, uchar) widths(one, short) widths(one, ushort) widths(one, int)   \
        widths(one, uint) widths(one, long) widths(one, ulong)
#ifdef cl_khr_fp64
#define B_REALS(widths, one) widths(one, float) widths(one, double)
#else
#define B_REALS(widths, one) widths(one, float)
#endif

#define B_REAL(T, n)                                                                               \
    B_CONST T##n fma(T##n, T##n, T##n);                                                            \
    B_CONST T##n fabs(T##n);                                                                       \
    B_CONST T##n floor(T##n);                                                                      \
    B_CONST T##n min(T##n, T##n);                                                                  \
    B_CONST T##n max(T##n, T##n);
B_REALS(B_WIDTHS, B_REAL)

#define B_INTEGER(T, n)                                                                            \
    B_CONST T##n min(T##n, T##n);                                                                  \
    B_CONST T##n max(T##n, T##n);                                                                  \
    B_CONST T##n mul_hi(T##n, T##n);                                                               \
    B_CONST T##n clz(T##n);
B_INTEGERS(B_WIDTHS, B_INTEGER)

#define B_ANY(T, n) B_CONST int any(T##n);
B_WIDTHS(B_ANY, char)
B_WIDTHS(B_ANY, short)
B_WIDTHS(B_ANY, int)
B_WIDTHS(B_ANY, long)

/* a vector and a number of its elements' type */
#define B_WITH_SCALAR(T, n)                                                                        \
    B_CONST T##n min(T##n, T);                                                                     \
    B_CONST T##n max(T##n, T);
B_REALS(B_VECTORS, B_WITH_SCALAR)
B_INTEGERS(B_VECTORS, B_WITH_SCALAR)

/* by whole numbers as wide as what is chosen, signed or not */
#define B_SELECT(T, n, I)                                                                          \
    B_CONST T##n select(T##n, T##n, I##n);                                                         \
    B_CONST T##n select(T##n, T##n, u##I##n);
#define B_SELECT_8(T, n) B_SELECT(T, n, char)
#define B_SELECT_16(T, n) B_SELECT(T, n, short)
#define B_SELECT_32(T, n) B_SELECT(T, n, int)
#define B_SELECT_64(T, n) B_SELECT(T, n, long)
B_WIDTHS(B_SELECT_8, char)
B_WIDTHS(B_SELECT_8, uchar)
B_WIDTHS(B_SELECT_16, short)
B_WIDTHS(B_SELECT_16, ushort)
B_WIDTHS(B_SELECT_32, int)
B_WIDTHS(B_SELECT_32, uint)
B_WIDTHS(B_SELECT_32, float)
B_WIDTHS(B_SELECT_64, long)
B_WIDTHS(B_SELECT_64, ulong)
#ifdef cl_khr_fp64
B_WIDTHS(B_SELECT_64, double)
#endif

/* from any type to those that kernels convert to */
#define B_CONVERT_FROM(T, n)                                                                       \
    B_CONST float##n convert_float##n(T##n);                                                       \
    B_CONST float##n convert_float##n##_rte(T##n);                                                 \
    B_CONST int##n convert_int##n##_rtz(T##n);                                                     \
    B_CONST uchar##n convert_uchar##n(T##n);                                                       \
    B_CONST ulong##n convert_ulong##n(T##n);
B_REALS(B_WIDTHS, B_CONVERT_FROM)
B_INTEGERS(B_WIDTHS, B_CONVERT_FROM)

#define B_LOAD_STORE(T, n)                                                                         \
    B_PURE T##n vload##n(size_t, const __constant T *);                                            \
    B_PURE T##n vload##n(size_t, const __global T *);                                              \
    B_PURE T##n vload##n(size_t, const __local T *);                                               \
    B_PURE T##n vload##n(size_t, const __private T *);                                             \
    B_OVERLOAD void vstore##n(T##n, size_t, __global T *);                                         \
    B_OVERLOAD void vstore##n(T##n, size_t, __local T *);                                          \
    B_OVERLOAD void vstore##n(T##n, size_t, __private T *);
B_REALS(B_VECTORS, B_LOAD_STORE)
B_INTEGERS(B_VECTORS, B_LOAD_STORE)

/* on one word, as OpenCL 1.1 has them; only integers */
#define B_ATOMIC(T, space)                                                                         \
    B_OVERLOAD T atomic_inc(volatile space T *);                                                   \
    B_OVERLOAD T atomic_add(volatile space T *, T);                                                \
    B_OVERLOAD T atomic_min(volatile space T *, T);                                                \
    B_OVERLOAD T atomic_max(volatile space T *, T);
B_ATOMIC(int, __global)
B_ATOMIC(int, __local)
B_ATOMIC(uint, __global)
B_ATOMIC(uint, __local)
