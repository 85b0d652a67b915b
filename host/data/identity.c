/* identity.c: who a data set is: its address will not do, since the next one may be given the same. */
#include "host/base/memory.h"
#include "host/data/dataset.h"

#include <stdatomic.h>

struct clonal__dataset_identity {
    atomic_size_t holders;
    atomic_bool gone;
};

clonal_status clonal__dataset_identity_create(clonal__dataset_identity **identity)
{
    CLONAL__TRY(clonal__calloc(1, sizeof **identity, identity));
    atomic_init(&(*identity)->holders, 1);
    atomic_init(&(*identity)->gone, false);
    return CLONAL_OK;
}

clonal__dataset_identity *clonal__dataset_identity_hold(const clonal_dataset *data)
{
    atomic_fetch_add(&data->identity->holders, 1);
    return data->identity;
}

void clonal__dataset_identity_release(clonal__dataset_identity *identity)
{
    if (identity && atomic_fetch_sub(&identity->holders, 1) == 1) clonal__free(identity);
}

void clonal__dataset_identity_leave(clonal__dataset_identity *identity)
{
    if (identity) atomic_store(&identity->gone, true);
    clonal__dataset_identity_release(identity);
}

bool clonal__dataset_identity_gone(const clonal__dataset_identity *identity)
{
    return atomic_load(&identity->gone);
}
