/* layout.h: a network's tensors by the names and in the layout that another framework gives them,
 * and back. */
#ifndef CLONAL_EXCHANGE_LAYOUT_H
#define CLONAL_EXCHANGE_LAYOUT_H

#include "host/exchange/network.h"

enum { CLONAL__FOREIGN_NAME_ROOM = 96 };

typedef struct clonal__layout {
    const char *framework; /* for messages: "Flax" */
    bool transposed;       /* it has the weights of linear layers as (I,O) */
    /* Writes the name that the framework gives a layer's parameter number `part`; false: it has no
     * such layer. */
    bool (*name)(const clonal_graph *graph, const clonal__network_layer *layer, unsigned part,
                 char room[CLONAL__FOREIGN_NAME_ROOM]);
} clonal__layout;

/* Fills `foreign`, which is empty, with the tensors of a network that has a graph, by the
 * framework's names and in its layout. Errors: CLONAL_E_ARGUMENT (it has no layer of a kind),
 * CLONAL_E_MEMORY. */
clonal_status clonal__layout_to(const clonal__layout *layout, const clonal__network *network,
                                clonal__network *foreign);
/* The other way in place, for a network that has both its graph and the framework's tensors: these
 * become the graph's parameters, and what is none of them is dropped. Shapes are the caller's to
 * look at. Errors: CLONAL_E_FORMAT (a parameter is not there), CLONAL_E_MEMORY. */
clonal_status clonal__layout_from(const clonal__layout *layout, const char *path,
                                  clonal__network *network);

/* What a reader ends with: where all went well, given as `status`, what the network holds moves to
 * *file; else it is freed, and *file is NULL. */
clonal_status clonal__layout_finish(clonal_status status, clonal__network *network,
                                    clonal__safetensors **file);

/* Gives tensor number `index` another name. */
clonal_status clonal__network_rename(clonal__network *network, size_t index, const char *name);
/* Makes a matrix (I,O) the matrix (O,I). */
clonal_status clonal__network_transpose(clonal__network *network, size_t index);
/* Forgets the tensors that are not to be kept. */
void clonal__network_keep(clonal__network *network, bool (*keep)(const clonal__tensor *tensor));

#endif
