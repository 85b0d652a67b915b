/* data_ahead.c: see data_ahead.h and include/clonal/run.h. A thread reads the outline, the training data, the test data
 * unless who takes them is at it, and then computes the digests, which are not waited for by the first use. */
#include "host/run/data_ahead.h"

#include "host/base/memory.h"
#include "host/runtime/process.h"
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>

enum { SPLITS = 2 };

typedef enum state { WAITING, AT_WORK, DONE } state;

typedef struct part {
    state samples, digest;
    clonal_dataset *data; /* NULL: it could not be read */
    char text[72];        /* the digest; "" where it could not be computed */
} part;

struct clonal_data_ahead {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char *folder; /* NULL: Fashion-MNIST */
    state outlined;
    bool has_outline;
    bool taken; /* the parts' data are the run's, or nobody reads them */
    bool ended; /* the caller wants no more */
    bool reads; /* there is a thread */
    pthread_t thread;
    clonal__data_outline outline;
    part parts[SPLITS]; /* by clonal_split */
};

static void set(clonal_data_ahead *a, state *of, state to)
{
    pthread_mutex_lock(&a->lock);
    *of = to;
    pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->lock);
}

static void wait_for(clonal_data_ahead *a, const state *of)
{
    pthread_mutex_lock(&a->lock);
    while (*of != DONE) pthread_cond_wait(&a->changed, &a->lock);
    pthread_mutex_unlock(&a->lock);
}

/* Reads a split, unless it is read already, or somebody else is at it. */
static void read_split(clonal_data_ahead *a, clonal_split split)
{
    part *p = &a->parts[split];
    pthread_mutex_lock(&a->lock);
    const bool mine = p->samples == WAITING;
    if (mine) p->samples = AT_WORK;
    pthread_mutex_unlock(&a->lock);
    if (!mine) return;
    if (clonal_dataset_open(a->folder, split, &p->data) != CLONAL_OK) p->data = NULL;
    set(a, &p->samples, DONE);
}

/* The samples may have been taken meanwhile, but are kept until their digest is there. */
static void digest_split(clonal_data_ahead *a, clonal_split split)
{
    part *p = &a->parts[split];
    wait_for(a, &p->samples);
    if (!p->data || clonal_dataset_digest(p->data, p->text) != CLONAL_OK) p->text[0] = 0;
    set(a, &p->digest, DONE);
}

static void set_ended(clonal_data_ahead *a)
{
    pthread_mutex_lock(&a->lock);
    a->ended = true;
    pthread_mutex_unlock(&a->lock);
}

static bool ended(clonal_data_ahead *a)
{
    pthread_mutex_lock(&a->lock);
    const bool is = a->ended;
    pthread_mutex_unlock(&a->lock);
    return is;
}

static void *read_all(void *argument)
{
    clonal_data_ahead *a = argument;
    a->has_outline = clonal__data_outline_read(a->folder, &a->outline);
    set(a, &a->outlined, DONE);
    for (int s = 0; s < SPLITS && !ended(a); s++) read_split(a, (clonal_split)s);
    for (int s = 0; s < SPLITS && !ended(a); s++) digest_split(a, (clonal_split)s);
    return NULL;
}

/* A thread takes some 100 MB of addresses for a stack and a heap of its own, which drivers may need where they are
 * few. */
static bool addresses_are_limited(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

/* Where there is no thread, nothing is read ahead. */
static void start(clonal_data_ahead *a)
{
    a->reads = !addresses_are_limited() && pthread_create(&a->thread, NULL, read_all, a) == 0;
    if (a->reads) return;
    a->taken = true;
    a->outlined = DONE;
}

clonal_status clonal_data_ahead_begin(const char *data, clonal_data_ahead **ahead)
{
    clonal_data_ahead *a;
    CLONAL__NEEDS(ahead);
    *ahead = NULL;
    CLONAL__TRY(clonal__calloc(1, sizeof *a, &a));
    if (data && !(a->folder = clonal__strdup(data))) {
        clonal__free(a);
        return CLONAL_E_MEMORY;
    }
    pthread_mutex_init(&a->lock, NULL); /* neither can fail where a mutex is a word of memory */
    pthread_cond_init(&a->changed, NULL);
    start(a);
    *ahead = a;
    return CLONAL_OK;
}

/* The thread is waited for: one that is at work in libcrypto while a process ends crashes it. In a child it is the
 * parent's. */
void clonal_data_ahead_end(clonal_data_ahead *a)
{
    if (!a || clonal__process_is_fork()) return;
    set_ended(a);
    if (a->reads) pthread_join(a->thread, NULL);
    for (int s = 0; s < SPLITS && !a->taken; s++) clonal_dataset_destroy(a->parts[s].data);
    pthread_cond_destroy(&a->changed);
    pthread_mutex_destroy(&a->lock);
    clonal__free(a->folder);
    clonal__free(a);
}

bool clonal__data_ahead_is_of(const clonal_data_ahead *a, const char *data)
{
    return a->folder && data ? strcmp(a->folder, data) == 0 : !a->folder && !data;
}

bool clonal__data_ahead_outline(clonal_data_ahead *a, clonal__data_outline *outline)
{
    wait_for(a, &a->outlined);
    if (a->has_outline) *outline = a->outline;
    return a->has_outline && !a->taken;
}

bool clonal__data_ahead_done(clonal_data_ahead *a)
{
    pthread_mutex_lock(&a->lock);
    const bool done = a->taken || a->parts[CLONAL_SPLIT_TRAIN].samples == DONE;
    pthread_mutex_unlock(&a->lock);
    return done;
}

clonal_status clonal__data_ahead_take(clonal_data_ahead *a, clonal__splits *splits)
{
    clonal_dataset *data[SPLITS];
    if (a->taken) return clonal__splits_open(a->folder, splits);
    read_split(a, CLONAL_SPLIT_TEST);
    for (int s = 0; s < SPLITS; s++) {
        wait_for(a, &a->parts[s].samples);
        data[s] = a->parts[s].data;
    }
    if (!data[0] || !data[1]) return clonal__splits_open(a->folder, splits);
    a->taken = true;
    *splits = (clonal__splits){.train = data[CLONAL_SPLIT_TRAIN], .test = data[CLONAL_SPLIT_TEST]};
    splits->outputs = clonal__splits_outputs(splits);
    return CLONAL_OK;
}

clonal_status clonal__data_ahead_digests(clonal_data_ahead *a, clonal__splits *splits)
{
    char *const to[SPLITS] = {splits->train_digest, splits->test_digest};
    const clonal_dataset *const data[SPLITS] = {splits->train, splits->test};
    for (int s = 0; s < SPLITS; s++) {
        if (to[s][0]) continue;
        wait_for(a, &a->parts[s].digest);
        memcpy(to[s], a->parts[s].text, sizeof a->parts[s].text);
        if (!to[s][0]) CLONAL__TRY(clonal_dataset_digest(data[s], to[s]));
    }
    return CLONAL_OK;
}
