/* run.h: a training run as a folder: settings, metrics, checkpoints, weights. What `clonal train`
 * does. */
#ifndef CLONAL_RUN_H
#define CLONAL_RUN_H

#include <clonal/watch.h>

CLONAL_BEGIN

typedef enum clonal_loss { CLONAL_CROSS_ENTROPY, CLONAL_SQUARED_ERROR } clonal_loss;

/* Which operation stands behind each hidden layer's activation; or, CONNECT, in the place of the
 * linear one in front of it. run.json names them: "dropout", "gaussian", "alpha", "connect". */
typedef enum clonal_dropout_kind {
    CLONAL_DROPOUT_STANDARD = 0, /* clonal_dropout */
    CLONAL_DROPOUT_GAUSSIAN,     /* clonal_gaussian_dropout; p below 1 */
    CLONAL_DROPOUT_ALPHA,        /* clonal_alpha_dropout; meant for the activation "selu" */
    /* clonal_spatial_dropout drops whole channels, which a perceptron's flat layers do not have:
     * CLONAL_E_ARGUMENT. It is for graphs of one's own. */
    CLONAL_DROPOUT_SPATIAL,
    /* clonal_drop_connect: hidden layer l's own weights, between the layer before it and it, are
     * dropped with its p, and nothing is behind its activation; the output layer is
     * clonal_linear (Wan et al., ICML 2013, whose softmax layer is whole, too). */
    CLONAL_DROPOUT_CONNECT
} clonal_dropout_kind;

/* What is added to the samples in training (clonal_gaussian_noise, clonal_uniform_noise). */
typedef enum clonal_input_noise {
    CLONAL_INPUT_NOISE_NONE = 0,
    CLONAL_INPUT_NOISE_GAUSSIAN, /* input_noise_size is its deviation */
    CLONAL_INPUT_NOISE_UNIFORM   /* input_noise_size is its bound on both sides */
} clonal_input_noise;

/* A multilayer perceptron: input, input noise where there is any, flatten, then linear,
 * activation, dropout for each hidden layer, linear, loss. Both arrays are borrowed: they stay the
 * caller's, and must live as long as the struct is used. */
typedef struct clonal_perceptron {
    const uint32_t *hidden; /* (hidden_count): widths of the hidden layers */
    const double *dropout;  /* (hidden_count): p of each, as dropout_kind says; NULL: 0 of all */
    size_t hidden_count;    /* any number that memory allows */
    /* An operation of one element without attributes: "relu" (NULL too), "sigmoid", "tanh", ... */
    const char *activation;
    clonal_loss loss;
    clonal_dropout_kind dropout_kind;
    clonal_input_noise input_noise;
    double input_noise_size; /* finite, 0 or more; 0 without noise */
} clonal_perceptron;

/* Builds it for samples of a shape, and so many classes. Free with clonal_graph_destroy. Errors:
 * CLONAL_E_ARGUMENT (no widths, a width of 0, no such activation), and those of building graphs.
 * */
CLONAL_API clonal_status clonal_perceptron_graph(const clonal_perceptron *perceptron, size_t rank,
                                                 const uint32_t *shape, uint32_t classes,
                                                 clonal_graph **graph);

/* Data that are read in a thread of their own, while a device is opened. */
typedef struct clonal_data_ahead clonal_data_ahead;

/* Begins to read a data set (`data` as in clonal_run_settings; copied) and returns at once. What is
 * wrong with the data is told by the run that takes them. End with clonal_data_ahead_end. Errors:
 * CLONAL_E_MEMORY. */
CLONAL_API clonal_status clonal_data_ahead_begin(const char *data, clonal_data_ahead **ahead);
/* Frees them, unless a run took them, which has its own then. Waits for what the thread is at, the
 * reading of a split or its digest, and begins nothing more. NULL is legal. */
CLONAL_API void clonal_data_ahead_end(clonal_data_ahead *ahead);

/* A run: a graph, its seed, optimizer and schedule, the data, and how long it is trained. */
typedef struct clonal_run_settings {
    clonal_model_options model;
    uint32_t epochs;
    /* The graph as text (clonal_graph_print); NULL: the perceptron, built once the data's shape is
     * known. Borrowed. */
    const char *graph;
    clonal_perceptron perceptron;
    const char *data; /* the data set, as clonal_dataset_open takes it; NULL: Fashion-MNIST */
    /* The same data, begun to be read already, which clonal_run_train or clonal_run_explain takes
     * over, once; borrowed. NULL: they are read by it. */
    clonal_data_ahead *ahead;
    const char *out; /* the run's folder, made if missing; it must not hold a run, unless resume */
    uint32_t limit;  /* the first so many samples of each split alone; 0: all */
    /* Trains without this share of the training data (clonal_dataset_hold_out, by model.seed), and
     * evaluates each epoch on it in place of the test data, which still must be there: it counts
     * for the number of classes. 0: on the test data. */
    double validate;
    /* Ends the run once val_loss had its lowest value so many epochs ago; needs validate. 0: never
     */
    uint32_t early_stop;
    /* Writes a checkpoint within epochs too, at each step that is a multiple of it; 0: none */
    uint32_t checkpoint_steps;
    bool resume; /* go on from the last checkpoint in `out` */
    bool record; /* write record.txt: digests of every step's tensors. Slow; the same bits */
    /* Write stats.csv: clonal_model_watch of the training data before the first epoch and
     * after each. The same bits. */
    bool watch;
    /* What clonal_run_settings_load allocated, else NULL; for clonal_run_settings_free alone. */
    struct clonal__settings_memory *owned;
} clonal_run_settings;

/* The chapter's: 784-256-256-10, ReLU, dropout 0.5/0.5, SGD lr 0.1, batch 256, 10 epochs (Dive
 * into Deep Learning, 5.6). */
CLONAL_API void clonal_run_settings_default(clonal_run_settings *settings);
/* Reads the settings that a run folder's run.json holds, for resuming it (with some changed, if
 * wanted): settings->out is `run` itself, settings->data is copied to data, settings->resume is
 * set. The graph and the perceptron's arrays that settings point to then live until
 * clonal_run_settings_free, whatever is changed in settings meanwhile. What settings held before
 * is written over and not freed. Errors: CLONAL_E_IO (no run.json), CLONAL_E_FORMAT; settings are
 * then zero, and there is nothing to free. */
CLONAL_API clonal_status clonal_run_settings_load(const char *run, clonal_run_settings *settings,
                                                  char data[4096]);
/* Frees what clonal_run_settings_load allocated for these settings, and sets them to zero; what
 * the caller pointed to from them stays the caller's. Of several copies of loaded settings one is
 * freed, which ends all of them. Settings that were not loaded are legal, and so is NULL. */
CLONAL_API void clonal_run_settings_free(clonal_run_settings *settings);
/* A setting by the name of `clonal train`'s option for it, without dashes, and its value as the
 * option takes it: {"weight-decay", "0.0001"}, {"dropout", "0.2,0.5"}. */
typedef struct clonal_setting {
    const char *name, *value;
} clonal_setting;

typedef struct clonal_setting_info {
    const char *name; /* NULL behind the last */
    bool flag;        /* its value is "true" or "false" */
    bool list;        /* its value may have several parts, with commas between */
} clonal_setting_info;

/* All settings that have names. Not among them is what says where a run is and how it is watched.
 * Static. */
CLONAL_API const clonal_setting_info *clonal_setting_infos(void);
/* The default settings with named ones (count) over them, in whatever order they stand: "hidden" is
 * taken before "dropout", whose one number then is that of all layers, "flavor" sets the rule
 * "init" does. "graph" names a file, which is read. Copies what it keeps: *settings is freed with
 * clonal_run_settings_free, and has no out. Errors: CLONAL_E_ARGUMENT, naming the setting (no such
 * name, one twice, a value that is none, two that exclude each other), those of reading the graph;
 * settings are then zero. */
CLONAL_API clonal_status clonal_run_settings_named(size_t count, const clonal_setting *named,
                                                   clonal_run_settings *settings);

/* The graph of a run for samples of a shape and so many classes: settings->graph read, or its
 * perceptron built. Free with clonal_graph_destroy. Errors: those of clonal_graph_parse and of
 * clonal_perceptron_graph. */
CLONAL_API clonal_status clonal_run_graph(const clonal_run_settings *settings, size_t rank,
                                          const uint32_t *shape, uint32_t classes,
                                          clonal_graph **graph);

typedef struct clonal_epoch_metrics {
    uint32_t epoch; /* from 1 */
    double train_loss, val_loss, val_accuracy, seconds;
    /* "sha256:<hex>" of the weights after it, as weights.safetensors; "": not known */
    char digest[72];
} clonal_epoch_metrics;

/* What the caller hears of a run; each may be NULL. A return other than 0 cancels. */
typedef struct clonal_run_listener {
    void (*started)(const clonal_context *context, const clonal_model *model, size_t samples,
                    uint32_t first_epoch, void *user);
    /* Behind `started`, once all is there that the first epoch needs, unless none is to be trained:
     * how long the run took to come so far, reading data, planning and compiling. The epochs' own
     * seconds hold none of it. */
    void (*prepared)(double seconds, void *user);
    /* epochs count from 1, here as in the metrics and in first_epoch */
    int (*progress)(uint32_t epoch, size_t done, size_t total, double loss, void *user);
    int (*epoch)(const clonal_epoch_metrics *metrics, void *user);
    /* With settings->watch: the rows of stats.csv that a run adds, in the folder already; epoch 0:
     * the initial parameters. Called before `epoch` hears of the same one. */
    int (*statistics)(uint32_t epoch, const clonal_layer_statistics *rows, size_t count,
                      void *user);
    void *user;
} clonal_run_listener;

typedef struct clonal_run_result {
    char digest[72];    /* "sha256:<hex>" of weights.safetensors */
    char weights[4096]; /* its path */
    bool exact;         /* false: not the contract's bits */
    clonal_epoch_metrics last;
    uint32_t best_epoch; /* the first with the lowest val_loss; 0: none has a number for one */
} clonal_run_result;

/* Trains from settings to a finished run folder:
 *   run.json  metrics.csv  checkpoints/epoch-NNNN.safetensors  weights.safetensors
 *   (record.txt)  (stats.csv)
 * (with checkpoint_steps the newest within an epoch too, checkpoints/epoch-NNNN-step-*.safetensors)
 * Every file is written to a temporary name, flushed and renamed, so that a killed run leaves whole
 * files and --resume goes on from its last checkpoint to the digest of a run that was never
 * stopped. With resume, the settings that decide the run's bits, but for epochs and early_stop, and
 * the data by contents, must be those of run.json (clonal_run_settings_load), else
 * CLONAL_E_ARGUMENT names the one that differs; the context's device, where the data are,
 * checkpoint_steps, record, watch, gemm, allow_inexact and no_fusion may be others.
 * Errors: CLONAL_E_EXISTS (out holds a run), CLONAL_E_IO, CLONAL_E_FORMAT (damaged checkpoint) and
 * all of the layers below. */
CLONAL_API clonal_status clonal_run_train(clonal_context *context,
                                          const clonal_run_settings *settings,
                                          const clonal_run_listener *listener,
                                          clonal_run_result *result);

/* The step that a run of these settings would train with, as clonal_model_explain tells it (*text:
 * clonal_free), and the memory that it would take. Reads the data and compiles, trains nothing and
 * writes nothing; settings->out and resume are not looked at. Errors: those of clonal_run_train.
 * */
CLONAL_API clonal_status clonal_run_explain(clonal_context *context,
                                            const clonal_run_settings *settings, char **text,
                                            clonal_memory_need *need);

/* Opens a trained model from a run folder or a weights file, for evaluation and prediction. batch
 * 0: 256. CLONAL_E_FORMAT when a folder's weights are not the file whose digest its run.json
 * names; CLONAL_E_IO when it has none, or the run went on since. Free with clonal_model_destroy. */
CLONAL_API clonal_status clonal_run_open(clonal_context *context, const char *run_or_file,
                                         uint32_t batch, clonal_model **model);
/* The same with a map of the names of the tensors in the file, as clonal_model_load_mapped and
 * clonal_graph_from_weights_mapped take it; NULL: none. */
CLONAL_API clonal_status clonal_run_open_mapped(clonal_context *context, const char *run_or_file,
                                                const char *map, uint32_t batch,
                                                clonal_model **model);
/* Whether data are, by contents, those that the run folder's run.json names as its training or
 * test data: CLONAL_E_ARGUMENT when not. A run.json without digests takes any. */
CLONAL_API clonal_status clonal_run_check_data(const char *run, clonal_split split,
                                               const clonal_dataset *data);
/* The data (a folder, or an archive) that a run folder names ("" when run_or_file is a file): for
 * `clonal eval RUN` without --data. Errors: CLONAL_E_IO, CLONAL_E_FORMAT (no run.json, or a
 * damaged one), CLONAL_E_ARGUMENT (size is too small). */
CLONAL_API clonal_status clonal_run_data(const char *run_or_file, char *folder, size_t size);

CLONAL_END

#endif
