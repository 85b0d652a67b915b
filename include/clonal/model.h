/* model.h: a graph compiled for a device and a batch size: parameters, the training step,
 * evaluation, prediction.
 *
 * Same seed, graph, data and options: the same parameters, bit for bit, on every device whose probe
 * keeps the contract. */
#ifndef CLONAL_MODEL_H
#define CLONAL_MODEL_H

#include <clonal/data.h>
#include <clonal/device.h>
#include <clonal/gemm.h>
#include <clonal/graph.h>
#include <clonal/optimizer.h>

CLONAL_BEGIN

/* A seed where one is given, else that of the whole. */
typedef struct clonal_own_seed {
    bool given; /* false */
    uint64_t value;
} clonal_own_seed;

/* Start from clonal_model_options_default and change what differs, so that members of later
 * versions keep their defaults. */
typedef struct clonal_model_options {
    uint64_t seed; /* initial parameters, masks and shuffles; 0 */
    /* In the place of `seed` for one of them, so that it varies alone, or stays while others do */
    clonal_own_seed initial_seed, dropout_seed, shuffle_seed;
    /* How linear nodes start (clonal_initial_names); "fan-in-uniform". Read when a model is
     * created, not kept. */
    const char *initial;
    uint32_t batch;             /* B; 256 */
    clonal_optimizer optimizer; /* SGD with a learning rate of 0.1 */
    clonal_schedule schedule;   /* constant */
    /* Constant. Another one needs a node that drops: CLONAL_E_ARGUMENT without. */
    clonal_dropout_schedule dropout_schedule;
    clonal_gemm gemm; /* AUTO: the fastest that keeps the contract on this device */
    /* Takes `gemm` even where it breaks the contract (clonal_model_is_exact tells). */
    bool allow_inexact;
    bool no_fusion; /* keeps every node's launch apart; the bits are the same */
} clonal_model_options;

CLONAL_API clonal_model_options clonal_model_options_default(void);
/* The rules for the initial weights (O,I) of linear nodes, static, and NULL behind the last. A
 * uniform one lies in +-its bound; the normal ones but the first are cut off at two deviations.
 *   fan-in-uniform                1/sqrt(I), the bias too: PyTorch's nn.Linear. By all others the
 *                                 bias is 0.
 *   uniform, normal               0.07, MXNet Gluon's; a deviation of 0.01
 *   lecun-uniform, lecun-normal   sqrt(3/I); a deviation of sqrt(1/I), Flax's (LeCun et al. 1998)
 *   glorot-uniform, glorot-normal sqrt(6/(I+O)), Keras'; sqrt(2/(I+O)) (Glorot and Bengio, 2010)
 *   he-uniform, he-normal         sqrt(6/I); sqrt(2/I) (He et al., ICCV 2015)
 * To the last bit: cl/CONTRACT.md, section 5, "Parameters". */
CLONAL_API const char *const *clonal_initial_names(void);
#define CLONAL_MODEL_OPTIONS_DEFAULT (clonal_model_options_default())

typedef struct clonal_model clonal_model;

/* What training takes of memory, in bytes, beside what drivers and their compilers take. */
typedef struct clonal_memory_need {
    uint64_t parameters;  /* weights and biases */
    uint64_t optimizer;   /* what it keeps of each parameter */
    uint64_t activations; /* values and gradients of the steps: a batch's, a short last batch's, and
                             those of the evaluation */
    uint64_t data;        /* the data sets' copies: samples, labels, order, losses */
    uint64_t device;      /* all of these: buffers on the device */
    uint64_t largest;     /* the largest of the buffers */
    uint64_t host;        /* parameters and what the optimizer keeps, once more in host memory while
                             a checkpoint is written */
} clonal_memory_need;

/* Sums up, without allocating any of it, what a model of this graph takes when it trains on `train`
 * and is evaluated on `test`, of which either may be NULL: it then counts nothing. options may be
 * NULL. Exact where it is known who computes the products, as it is once a model of the same graph,
 * batch and data has trained on the device; else the native kernel is taken to, which keeps least.
 * On a CPU, device and host memory are the same. Errors: those of clonal_model_create, but for
 * memory. */
CLONAL_API clonal_status clonal_model_memory_need(
    clonal_context *context, const clonal_graph *graph, const clonal_model_options *options,
    const clonal_dataset *train, const clonal_dataset *test, clonal_memory_need *need);

/* Differentiates and compiles `graph` (which is copied), plans all device memory and sets the
 * initial parameters from the seed. options may be NULL. Free with clonal_model_destroy before the
 * context. Errors: the graph's own; CLONAL_E_ARGUMENT (batch 0, NaN, no loss node, no rule
 * `initial`); CLONAL_E_CONTRACT (gemm forced to one that breaks it here); CLONAL_E_MEMORY, also
 * where it is found before anything is allocated that the parameters cannot fit. */
CLONAL_API clonal_status clonal_model_create(clonal_context *context, const clonal_graph *graph,
                                             const clonal_model_options *options,
                                             clonal_model **model);
CLONAL_API void clonal_model_destroy(clonal_model *model);
/* False where the device's probe failed or an inexact GEMM was allowed: such a model's digests are
 * not the contract's. */
CLONAL_API bool clonal_model_is_exact(const clonal_model *model);
/* The training steps done so far: word 3 of the masks' counter. 0 for NULL. */
CLONAL_API uint64_t clonal_model_step(const clonal_model *model);

/* Called after some steps; a return other than 0 stops the training with CLONAL_E_CANCELLED (the
 * parameters are then those of the steps done). done and total count samples of the epoch; loss is
 * the mean over those that were read back, so it trails. */
typedef int (*clonal_progress_fn)(size_t done, size_t total, double loss, void *user);

/* Trains one epoch (0-based: it selects the shuffle) over `data`, whose copy on the device the
 * model keeps until it is destroyed; the last batch may be short. *loss is the mean over the
 * epoch's samples as trained, dropout on. progress and loss may be NULL. Errors: CLONAL_E_SHAPE
 * (samples or labels do not fit the graph), CLONAL_E_ARGUMENT (batch larger than the data). */
CLONAL_API clonal_status clonal_model_train_epoch(clonal_model *model, const clonal_dataset *data,
                                                  uint32_t epoch, clonal_progress_fn progress,
                                                  void *user, double *loss);
/* Mean loss and share of right classes over `data`, dropout off. accuracy may be NULL; it is 0 for
 * float targets. */
CLONAL_API clonal_status clonal_model_evaluate(clonal_model *model, const clonal_dataset *data,
                                               double *loss, double *accuracy);
/* Each sample's loss, dropout off: what clonal_model_evaluate gives the mean of. losses (N), N the
 * samples of the data. Errors as there. */
CLONAL_API clonal_status clonal_model_losses(clonal_model *model, const clonal_dataset *data,
                                             double *losses);
/* The loss node's input for samples first .. first+count-1, as probabilities (softmax) under
 * cross-entropy, as it is under squared error. outputs (count,C). */
CLONAL_API clonal_status clonal_model_predict(clonal_model *model, const clonal_dataset *data,
                                              size_t first, size_t count, float *outputs);
CLONAL_API uint32_t clonal_model_outputs(const clonal_model *model); /* C */

/* Parameters, in the order of their nodes: name ("1.weight"; PyTorch's nn.Sequential numbering, the
 * input not counted), rows and columns (a bias has one row). */
CLONAL_API size_t clonal_model_parameter_count(const clonal_model *model);
CLONAL_API const char *clonal_model_parameter(const clonal_model *model, size_t index,
                                              uint32_t *rows, uint32_t *columns);
CLONAL_API clonal_status clonal_model_read_parameter(const clonal_model *model, size_t index,
                                                     float *values);
CLONAL_API clonal_status clonal_model_write_parameter(clonal_model *model, size_t index,
                                                      const float *values);

/* Writes the parameters as safetensors (https://huggingface.co/docs/safetensors), atomically;
 * digest, if not NULL, receives "sha256:<hex>" of the file (72 bytes). The file holds names,
 * shapes, values and the graph: nothing of device, time or path. */
CLONAL_API clonal_status clonal_model_save(const clonal_model *model, const char *path,
                                           char digest[72]);
/* Reads parameters from such a file, PyTorch's too; shapes must fit (CLONAL_E_SHAPE). Where the
 * file lacks one of the parameters' names, all are matched by order and shape: layers (the tensors
 * of one name up to its last '.') by equal kinds (what stands behind the '.') and shapes; among
 * layers of the same shapes by the numbers in their names, which must differ in these alone
 * ("net.fc2", "net.fc10") and be in the model's order. The pairs are logged as a warning. Where
 * that does not tell every parameter's tensor, CLONAL_E_SHAPE, with what the file has and the model
 * wants. After CLONAL_E_SHAPE or CLONAL_E_FORMAT the parameters are as they were. */
CLONAL_API clonal_status clonal_model_load(clonal_model *model, const char *path);
/* The same by a map, a text file that names the tensor of each parameter, a line each:
 *   1.weight = encoder.fc.weight
 *   1.bias = encoder.fc.bias
 *   4.weight = params/Dense_0/kernel transposed   # stored as (inputs, outputs), as Flax and TF do
 * A # at a line's begin or behind white space starts a comment. Tensors that the map does not name
 * are passed over. map NULL: clonal_model_load. Errors, with the map's line: CLONAL_E_IO,
 * CLONAL_E_FORMAT (not of the form, a name that is not there or twice, a parameter without a line),
 * CLONAL_E_SHAPE. */
CLONAL_API clonal_status clonal_model_load_mapped(clonal_model *model, const char *path,
                                                  const char *map);
/* The graph that a weights file holds; without one (a file of others), the multi-layer perceptron
 * with ReLU that its tensors spell: by their numbers where the names are those of PyTorch's
 * nn.Sequential ("1.weight", behind "module." or "_orig_mod." too), else in the order of the
 * numbers in the names, or the only one that the shapes allow, with layers 1, 4, 7, ..., which a
 * warning tells. CLONAL_E_FORMAT where there is none. Free with clonal_graph_destroy. */
CLONAL_API clonal_status clonal_graph_from_weights(const char *path, clonal_graph **graph);
/* The same with the names that a map (clonal_model_load_mapped; NULL: none) gives the tensors,
 * which must then be those of an nn.Sequential: 1, 4, 7, ... have ReLU between them. */
CLONAL_API clonal_status clonal_graph_from_weights_mapped(const char *path, const char *map,
                                                          clonal_graph **graph);

/* The compiled step as text: every pass's result, the memory plan and the GEMM plan. *text:
 * clonal_free. */
CLONAL_API clonal_status clonal_model_explain(const clonal_model *model, char **text);

CLONAL_END

#endif
