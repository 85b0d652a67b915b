/* The experiments, in the order of the book's exercises: a file and a line each. */
X(dropout_rates)
X(many_epochs)
X(activation_variance)
X(test_time)
X(weight_decay)
X(drop_connect)
X(technique)
