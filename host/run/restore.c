/* restore.c: see restore.h. */
#include "host/run/restore.h"

#include <string.h>

/* Of this name, rank and shape. */
static bool is_of(const clonal__tensor *t, const clonal__parameter *p)
{
    return strcmp(t->name, p->name) == 0 && t->rank == p->rank &&
           memcmp(t->shape, p->shape, p->rank * sizeof *p->shape) == 0;
}

bool clonal__checkpoint_fits(const clonal__checkpoint *c, const clonal_model *model)
{
    if (c->count != model->shapes.parameter_count || c->state_count != clonal__model_state_count(model)) return false;
    for (size_t i = 0; i < c->count; i++)
        if (!is_of(&c->parameters[i], &model->shapes.parameters[i])) return false;
    for (size_t s = 0; s < c->state_count; s++)
        if (strcmp(c->state_names[s], clonal__model_state(model, s)->prefix) != 0) return false;
    return true;
}

clonal_status clonal__checkpoint_load(const clonal__checkpoint *c, clonal_model *model)
{
    for (size_t i = 0; i < c->count; i++) {
        CLONAL__TRY(clonal_model_write_parameter(model, i, c->parameters[i].values));
        for (size_t s = 0; s < c->state_count; s++)
            CLONAL__TRY(clonal__model_write_state(model, s, i, c->states[s * c->count + i]));
    }
    return CLONAL_OK;
}
