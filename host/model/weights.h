/* weights.h: a weights file of any format as a network, on no device. */
#ifndef CLONAL_MODEL_WEIGHTS_H
#define CLONAL_MODEL_WEIGHTS_H

#include "host/exchange/network.h"

/* The network of a file, with graph and all parameters, as clonal_run_open_mapped would have it.
 * Free with clonal__network_free; after a failure there is nothing to free. Errors: those of
 * clonal_graph_from_weights_mapped and clonal_model_load_mapped. */
clonal_status clonal__weights_network(const char *path, const char *map, clonal__network *network);

#endif
