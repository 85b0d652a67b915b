/* gemm.h: who computes a matrix product. */
#ifndef CLONAL_GEMM_H
#define CLONAL_GEMM_H

/* Which implementation is asked for. Values are remembered on disk: new ones go behind the last. */
typedef enum clonal_gemm {
    CLONAL_GEMM_AUTO,    /* the fastest that keeps the numeric contract on the device */
    CLONAL_GEMM_CLBLAST, /* CLBlast's */
    CLONAL_GEMM_NATIVE   /* Clonal's own */
} clonal_gemm;

#endif
