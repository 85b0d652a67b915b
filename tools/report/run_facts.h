/* run_facts.h: what a run's run.json tells of its settings, device and digests. */
#ifndef TOOLS_REPORT_RUN_FACTS_H
#define TOOLS_REPORT_RUN_FACTS_H

#include "page.h"
#include <jansson.h>

/* Reads FOLDER/run.json; *facts: json_decref. 0, or an exit code after a message. */
int run_facts_read(const char *folder, json_t **facts);
/* A string of an object of run.json, "" where there is none: run_fact(facts, "device", "name"). */
const char *run_fact(const json_t *facts, const char *object, const char *name);
/* The tables of device and environment, and of settings but the one called `without` (NULL: all).
 */
void page_device(page *p, const json_t *facts);
void page_run_settings(page *p, const json_t *facts, const char *without);

#endif
