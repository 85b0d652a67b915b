/* operations.h: the table of all operations. */
#ifndef CLONAL_OPS_OPERATIONS_H
#define CLONAL_OPS_OPERATIONS_H

#include "host/ir/operation.h"

/* Every operation, in table.h's order, and NULL behind the last. */
extern const clonal__operation *const clonal__operations[];

#endif
