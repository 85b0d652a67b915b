/* verbs.h: the verbs of the command, each in cmd_<verb>.c. argv[0] is the verb; they return the
 * exit code. */
#ifndef TOOLS_SUPPORT_VERBS_H
#define TOOLS_SUPPORT_VERBS_H

int cmd_bench(int argc, const char **argv);
int cmd_cache(int argc, const char **argv);
int cmd_devices(int argc, const char **argv);
int cmd_diff(int argc, const char **argv);
int cmd_dropout(int argc, const char **argv);
int cmd_eval(int argc, const char **argv);
int cmd_experiment(int argc, const char **argv);
int cmd_export(int argc, const char **argv);
int cmd_graph(int argc, const char **argv);
int cmd_import(int argc, const char **argv);
int cmd_mask(int argc, const char **argv);
int cmd_plot(int argc, const char **argv);
int cmd_predict(int argc, const char **argv);
int cmd_report(int argc, const char **argv);
int cmd_reproduce(int argc, const char **argv);
int cmd_rng(int argc, const char **argv);
int cmd_sweep(int argc, const char **argv);
int cmd_train(int argc, const char **argv);
int cmd_tune(int argc, const char **argv);
int cmd_verify(int argc, const char **argv);

#endif
