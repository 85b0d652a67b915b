/* random_graph.h: graphs as text that nobody would think of: fan-out, sums, layers in odd orders.
 */
#ifndef RANDOM_GRAPH_H
#define RANDOM_GRAPH_H

#include <stddef.h>
#include <stdint.h>

enum { RANDOM_GRAPH_TEXT = 2048 };

/* A sound graph of 4 to 20 nodes, of every operation, its nodes all 9 wide but for the last;
 * advances the state. */
void random_graph(uint64_t *state, char text[RANDOM_GRAPH_TEXT]);

#endif
