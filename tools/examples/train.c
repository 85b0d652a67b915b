/* Lists the devices, builds the chapter's network, trains it on Fashion-MNIST and evaluates it: train [FOLDER [EPOCHS]]
 * cc train.c $(pkg-config --cflags --libs clonal) */
#include <clonal/clonal.h>
#include <stdio.h>
#include <stdlib.h>

static void check(clonal_status status)
{
    if (status != CLONAL_OK) {
        fprintf(stderr, "%s\n", clonal_last_error()->message);
        exit(status);
    }
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : NULL; /* NULL: Fashion-MNIST */
    const int epochs = argc > 2 ? atoi(argv[2]) : 1;
    clonal_device_list *devices;
    check(clonal_device_list_create(&devices));
    for (size_t i = 0; i < clonal_device_list_count(devices); i++) {
        const clonal_device_info *device = clonal_device_list_get(devices, i);
        printf("%s  %s, %u units\n", device->selector, device->name, device->compute_units);
    }
    clonal_device_list_destroy(devices);

    clonal_dataset *train, *test;
    check(clonal_dataset_open(folder, CLONAL_SPLIT_TRAIN, &train));
    check(clonal_dataset_open(folder, CLONAL_SPLIT_TEST, &test));

    clonal_graph *graph;
    check(clonal_graph_create(&graph));
    clonal_node x = clonal_flatten(graph, clonal_input(graph, 2, (uint32_t[]){28, 28}));
    for (int layer = 0; layer < 2; layer++)
        x = clonal_dropout(graph, clonal_relu(graph, clonal_linear(graph, x, 256)), 0.5);
    clonal_softmax_cross_entropy(graph, clonal_linear(graph, x, 10));

    clonal_context *context;
    clonal_model *model;
    clonal_model_options options = clonal_model_options_default();
    check(clonal_context_create(NULL, &context)); /* the best device, or what CLONAL_DEVICE names */
    check(clonal_model_create(context, graph, &options, &model));

    double train_loss = 0, loss, accuracy;
    char digest[72];
    for (int epoch = 0; epoch < epochs; epoch++)
        check(clonal_model_train_epoch(model, train, (uint32_t)epoch, NULL, NULL, &train_loss));
    check(clonal_model_evaluate(model, test, &loss, &accuracy));
    check(clonal_model_save(model, "weights.safetensors", digest));
    printf("train loss %.4f, validation loss %.4f, accuracy %.4f\n%s\n", train_loss, loss, accuracy, digest);

    clonal_model_destroy(model);
    clonal_context_destroy(context);
    clonal_graph_destroy(graph);
    clonal_dataset_destroy(train);
    clonal_dataset_destroy(test);
}
