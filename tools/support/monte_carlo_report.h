/* monte_carlo_report.h: what many passes with dropout tell, in lines or JSON. */
#ifndef TOOLS_SUPPORT_MONTE_CARLO_REPORT_H
#define TOOLS_SUPPORT_MONTE_CARLO_REPORT_H

#include <clonal/monte_carlo.h>
#include <jansson.h>

/* Prints it below the line that says what was evaluated. */
void monte_carlo_print(const clonal_monte_carlo *result);
/* Adds it to an object. */
void monte_carlo_json(const clonal_monte_carlo *result, json_t *object);

#endif
