/* forms.h: the forms of cl/gemm_native.cl, which of them suit a device and a shape, and how each
 * spreads C over its groups. For the files of host/gemm alone. */
#ifndef CLONAL_GEMM_FORMS_H
#define CLONAL_GEMM_FORMS_H

#include "host/gemm/gemm.h"
#include "host/gemm/integers.h"

/* A form of the kernel. CPU: a register tile of rows x (vectors*width) columns, one work-item a
 * group. GPU: groups of tx x ty items, which share `steps` of k in local memory at a time. */
typedef struct clonal__form {
    bool gpu, direct; /* direct: B is read where it lies, not packed by the group */
    uint32_t rows;    /* 0: of a form that skips, whose groups have no tiles */
    uint32_t vectors, width;
    uint32_t unroll; /* of k; on GPUs, of four k */
    uint32_t tx, ty, steps;
    bool any;   /* of GPU forms: suits CPUs without vectors too, which try few */
    bool skips; /* leaves out the zeros of A (cl/lib/gemm_skip.cl): clonal__form_skip_room */
    bool packs; /* packs A beside B (cl/lib/gemm_blocks.cl): clonal__form_pack_room */
} clonal__form;

/* How C is split over groups: rows of C, and panels of its columns. */
typedef struct clonal__split {
    uint32_t rows, panels;
} clonal__split;

/* Of a form that skips the most rows of a group, and the most of them by its panels, on any shape:
 * what the device's local memory holds of A's lists and of sums. */
typedef struct clonal__skip_room {
    uint32_t rows, sums;
} clonal__skip_room;
clonal__skip_room clonal__form_skip_room(const clonal_context *context, const clonal__form *form);

/* Of a form that packs A the most rows of a group, and the steps of B that are packed at once, on
 * any shape: what the device's local memory has room for. */
typedef struct clonal__pack_room {
    uint32_t rows, steps;
} clonal__pack_room;
clonal__pack_room clonal__form_pack_room(const clonal_context *context, const clonal__form *form);

/* Columns of a panel, or of a GPU form's tile. */
static inline uint32_t clonal__form_columns(const clonal__form *f)
{
    return f->tx * f->vectors * f->width;
}

/* The form of a variant that is one of the shape's on the device; NULL: it is none. */
const clonal__form *clonal__form_of(const clonal_context *context, const clonal__gemm_shape *shape,
                                    int variant);
/* The form of any variant. */
const clonal__form *clonal__form_numbered(int variant);
/* Rows of a tile of C; of a form that skips, the most of a group. */
uint32_t clonal__form_rows(const clonal_context *context, const clonal__form *form,
                           const clonal__gemm_shape *shape);
/* Steps of k that a packed panel has room for: as many as a chain has where local memory allows, so
 * that few programs are built. */
uint32_t clonal__form_panel_steps(const clonal_context *context, const clonal__form *form,
                                  uint32_t k);
/* Local memory of a group. */
size_t clonal__form_local_bytes(const clonal_context *context, const clonal__form *form,
                                const clonal__gemm_shape *shape);
/* How a variant splits C. */
clonal__split clonal__form_split(const clonal_context *context, const clonal__gemm_shape *shape,
                                 int variant);
/* The device's compute units: 1 at least. */
uint32_t clonal__all_units(const clonal_context *context);

#endif
