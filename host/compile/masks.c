/* masks.c: gives masks whose probability follows a schedule their variables of the launch list. */
#include "host/compile/compile.h"

/* 1 + the highest node that has a mask. */
static size_t node_room(const clonal__program *program)
{
    size_t room = 0;
    for (size_t i = 0; i < program->instruction_count; i++) {
        const clonal__instruction *in = &program->instructions[i];
        const size_t node = clonal__mask_node(&in->mask);
        if (in->mask.decide && node >= room) room = node + 1;
    }
    return room;
}

/* Both masks of a node, forward and backward, have the same variables. numbers[node]: 1 + its mask's number. */
static clonal_status number(clonal__program *program, size_t *numbers, clonal__mask **masks, size_t *count)
{
    for (size_t i = 0; i < program->instruction_count; i++) {
        clonal__instruction *in = &program->instructions[i];
        if (!in->mask.decide) continue;
        size_t *mine = &numbers[clonal__mask_node(&in->mask)];
        const bool first = *mine == 0;
        if (first) {
            CLONAL__TRY(clonal__grow(masks, *count + 1, sizeof **masks));
            *mine = ++*count;
        }
        in->mask.variable = CLONAL__VARIABLE_COUNT + CLONAL__MASK_VARIABLES * (unsigned)(*mine - 1);
        if (first) (*masks)[*mine - 1] = in->mask;
    }
    return CLONAL_OK;
}

clonal_status clonal__bind_masks(clonal__program *program, clonal__mask **masks, size_t *count)
{
    size_t *numbers;
    *masks = NULL;
    *count = 0;
    CLONAL__TRY(clonal__calloc(node_room(program), sizeof *numbers, &numbers));
    const clonal_status status = number(program, numbers, masks, count);
    clonal__free(numbers);
    return status;
}
