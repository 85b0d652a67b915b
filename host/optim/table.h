/* table.h: all optimizers, a line each, the default first. */
#define CLONAL__OPTIMIZERS(X)                                                                      \
    X(sgd)                                                                                         \
    X(adam)                                                                                        \
    X(adamw)
