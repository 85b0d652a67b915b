/* gemm_openblas.c: OpenBLAS' sgemm, the peer of Clonal's products on a CPU. `clonal bench --peers tools/peers` compiles
 * and runs it; by hand:
 *
 *   cc -O2 gemm_openblas.c -I/usr/include/x86_64-linux-gnu/openblas-pthread -lopenblas -o gemm_openblas
 *   ./gemm_openblas NT:256:256:784 ...
 *
 * FORM:M:N:K is C (M,N) = op(A) (M,K) op(B) (K,N), row-major, T where an operand is stored transposed. Prints a line
 * each: the best of five samples, of as many calls as take about 6 ms. */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *values(size_t count)
{
    float *v = malloc(sizeof *v * count);
    for (size_t i = 0; v && i < count; i++) v[i] = (float)rand() / (float)RAND_MAX - 0.5f;
    return v;
}

static double best_seconds(int m, int n, int k, CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, const float *a, const float *b,
                           float *c)
{
    enum { SAMPLES = 5, MOST_CALLS = 1000 };
    double best = 1e30, calls = 3e9 / (2.0 * m * n * k);
    int repeats = calls < 1 ? 1 : calls > MOST_CALLS ? MOST_CALLS : (int)calls;
    for (int sample = 0; sample < SAMPLES; sample++) {
        double start = now_seconds();
        for (int i = 0; i < repeats; i++)
            cblas_sgemm(CblasRowMajor, ta, tb, m, n, k, 1, a, ta == CblasTrans ? m : k, b, tb == CblasTrans ? k : n, 0,
                        c, n);
        double seconds = (now_seconds() - start) / repeats;
        if (seconds < best) best = seconds;
    }
    return best;
}

static int measure(const char *text)
{
    char ta, tb;
    int m, n, k;
    if (sscanf(text, "%c%c:%d:%d:%d", &ta, &tb, &m, &n, &k) != 5 || m < 1 || n < 1 || k < 1) {
        fprintf(stderr, "'%s' is not FORM:M:N:K\n", text);
        return 1;
    }
    float *a = values((size_t)m * (size_t)k), *b = values((size_t)k * (size_t)n), *c = values((size_t)m * (size_t)n);
    if (a && b && c) {
        double s = best_seconds(m, n, k, ta == 'T' ? CblasTrans : CblasNoTrans, tb == 'T' ? CblasTrans : CblasNoTrans,
                                a, b, c);
        printf("%c%c %4d %4d %4d  %8.1f GFLOP/s  %10.1f us\n", ta, tb, m, n, k, 2e-9 * m * n * k / s, s * 1e6);
    }
    int failed = !(a && b && c);
    free(a);
    free(b);
    free(c);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc && !failed; i++) failed = measure(argv[i]);
    return failed;
}
