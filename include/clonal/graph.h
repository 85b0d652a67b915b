/* graph.h: a network as a graph of nodes with shapes.
 *
 * Dimensions, here and in every docstring of the library: B batch (rows of a step), I inputs and O
 * outputs of a linear node, C classes, K the summed dimension of a product, N samples of a data
 * set. A node's shape is that of one sample; the batch dimension stands in front when a graph is
 * compiled.
 *
 * A graph is built with functions that return the new node. The first failure sticks: later calls
 * return CLONAL_NO_NODE, and clonal_graph_status (and clonal_model_create) give its status; the
 * message names the nodes and their shapes. So a program builds its whole network and checks once.
 */
#ifndef CLONAL_GRAPH_H
#define CLONAL_GRAPH_H

#include <clonal/status.h>
#include <stddef.h>
#include <stdint.h>

CLONAL_BEGIN

typedef struct clonal_graph clonal_graph;
/* its number in the graph, from 0, in order of creation; also its random stream */
typedef int32_t clonal_node;
#define CLONAL_NO_NODE ((clonal_node)-1)
#define CLONAL_MAX_RANK 4

CLONAL_API clonal_status clonal_graph_create(clonal_graph **graph);
CLONAL_API void clonal_graph_destroy(clonal_graph *graph);
CLONAL_API clonal_status clonal_graph_status(const clonal_graph *graph);

/* The sample: shape of `rank` sizes, as {28, 28}. One input a graph. */
CLONAL_API clonal_node clonal_input(clonal_graph *graph, size_t rank, const uint32_t *shape);
/* (s0,s1,...) -> (s0*s1*...) */
CLONAL_API clonal_node clonal_flatten(clonal_graph *graph, clonal_node x);
/* y (B,O) = x (B,I) . w (O,I)^T + b (O); I is inferred. w and b start uniform in +-1/sqrt(I). */
CLONAL_API clonal_node clonal_linear(clonal_graph *graph, clonal_node x, uint32_t outputs);
/* The same with I stated: an error when x does not have it. */
CLONAL_API clonal_node clonal_linear_sized(clonal_graph *graph, clonal_node x, uint32_t inputs,
                                           uint32_t outputs);
CLONAL_API clonal_node clonal_relu(clonal_graph *graph, clonal_node x);    /* max(x, 0) */
CLONAL_API clonal_node clonal_sigmoid(clonal_graph *graph, clonal_node x); /* 1/(1+exp(-x)) */
CLONAL_API clonal_node clonal_tanh(clonal_graph *graph, clonal_node x);
/* x times the normal distribution's share below x, by erf: y = x (1 + erf(x/sqrt 2)) / 2. */
CLONAL_API clonal_node clonal_gelu(clonal_graph *graph, clonal_node x);
CLONAL_API clonal_node clonal_silu(clonal_graph *graph, clonal_node x); /* x sigmoid(x) */
/* y = x where x > 0, else negative_slope x; the slope is finite. */
CLONAL_API clonal_node clonal_leaky_relu(clonal_graph *graph, clonal_node x, double negative_slope);
/* lambda x where x > 0, else lambda alpha (exp(x) - 1); lambda = 1.0507..., alpha = 1.6732...: of
 * weights that start as lecun-normal, mean 0 and variance 1 stay from layer to layer (Klambauer et
 * al., Self-normalizing neural networks, 2017). */
CLONAL_API clonal_node clonal_selu(clonal_graph *graph, clonal_node x);
/* y = (x - mean) / sqrt(variance + epsilon) w + b, mean and variance over the last dimension (C)
 * of the sample; w (C) starts as ones, b (C) as zeros. epsilon is finite, 0 or more: 1e-5, say. */
CLONAL_API clonal_node clonal_layer_norm(clonal_graph *graph, clonal_node x, double epsilon);
/* Training: y = 0 with probability p, else x/(1-p). Evaluation: y = x. 0 <= p <= 1. */
CLONAL_API clonal_node clonal_dropout(clonal_graph *graph, clonal_node x, double p);
/* DropConnect (Wan et al., ICML 2013): clonal_linear whose weights, and not its bias, are dropped
 * with probability p, anew in each training step and one mask for the whole batch; the others are
 * multiplied by 1/(1-p). Evaluation: clonal_linear, with all of w. 0 <= p <= 1. */
CLONAL_API clonal_node clonal_drop_connect(clonal_graph *graph, clonal_node x, uint32_t outputs,
                                           double p);
/* Relatives of dropout: random in training and in passes with dropout on (clonal/monte_carlo.h), y
 * = x in evaluation; all of them go by the seed of masks.
 *
 * y = x N(1, p/(1-p)), a factor an element. 0 <= p < 1. (Srivastava et al., Dropout, 2014, section
 * 10; Wang and Manning, Fast dropout training, 2013.) */
CLONAL_API clonal_node clonal_gaussian_dropout(clonal_graph *graph, clonal_node x, double p);
/* y = x + N(0, s^2); s is finite in binary32, 0 or more. (Bishop, Training with noise is
 * equivalent to Tikhonov regularization, 1995.) */
CLONAL_API clonal_node clonal_gaussian_noise(clonal_graph *graph, clonal_node x, double s);
/* y = x + U[-w, w); w as s. */
CLONAL_API clonal_node clonal_uniform_noise(clonal_graph *graph, clonal_node x, double w);
/* Dropout of whole channels: of a sample of the shape (C, ...), all elements that have one first
 * index are dropped, with probability p, or all are divided by 1-p. On samples of one dimension it
 * is clonal_dropout. (Tompson et al., Efficient object localization using convolutional networks,
 * 2015.) */
CLONAL_API clonal_node clonal_spatial_dropout(clonal_graph *graph, clonal_node x, double p);
/* Dropout behind selu: with probability p an element becomes -lambda alpha, selu's limit; then all
 * are scaled and shifted so that mean 0 and variance 1 stay. 0 <= p <= 1; p = 1 gives +0. */
CLONAL_API clonal_node clonal_alpha_dropout(clonal_graph *graph, clonal_node x, double p);
/* y = a + b, of one shape */
CLONAL_API clonal_node clonal_add(clonal_graph *graph, clonal_node a, clonal_node b);
/* Losses; one a graph, the last node. x (B,C) and integer labels (B): the mean over the batch of
 * -log softmax(x)[label]. */
CLONAL_API clonal_node clonal_softmax_cross_entropy(clonal_graph *graph, clonal_node x);
/* The mean over batch and columns of (x - t)^2; t is the one-hot row of the label, or the data
 * set's targets (B,C). */
CLONAL_API clonal_node clonal_mean_squared_error(clonal_graph *graph, clonal_node x);

/* What a graph holds, for tools. */
CLONAL_API size_t clonal_graph_count(const clonal_graph *graph);
/* "linear"; NULL: no such node */
CLONAL_API const char *clonal_node_operation(const clonal_graph *graph, clonal_node node);
/* the rank */
CLONAL_API size_t clonal_node_shape(const clonal_graph *graph, clonal_node node,
                                    uint32_t shape[CLONAL_MAX_RANK]);

/* The graph as text, one node a line, `number operation inputs... attributes...`, and back. *text
 * is owned by the caller (clonal_free). Parsing accepts what printing gives; errors name the line
 * (CLONAL_E_FORMAT, CLONAL_E_SHAPE). */
CLONAL_API clonal_status clonal_graph_print(const clonal_graph *graph, char **text);
CLONAL_API clonal_status clonal_graph_parse(const char *text, clonal_graph **graph);

CLONAL_END

#endif
