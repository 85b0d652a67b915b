/* attachment.c: what higher rooms leave in a context, which the runtime frees without knowing it. */
#include "host/runtime/runtime.h"

#include "host/base/memory.h"
#include <string.h>

struct clonal__attachment {
    struct clonal__attachment *next; /* the one attached before it */
    const char *key;
    void *object;
    void (*object_free)(void *object);
};

void *clonal__attached(const clonal_context *context, const char *key)
{
    for (const struct clonal__attachment *a = context->attachments; a; a = a->next)
        if (strcmp(a->key, key) == 0) return a->object;
    return NULL;
}

clonal_status clonal__attach(clonal_context *context, const char *key, void *object, void (*object_free)(void *object))
{
    struct clonal__attachment *made;
    clonal_status status = CLONAL_OK;
    if (clonal__attached(context, key))
        status = clonal__fail(CLONAL_E_INTERNAL, "the context has an attachment '%s' already", key);
    if (status == CLONAL_OK) status = clonal__calloc(1, sizeof *made, &made);
    if (status != CLONAL_OK) {
        object_free(object);
        return status;
    }
    *made = (struct clonal__attachment){context->attachments, key, object, object_free};
    context->attachments = made;
    return CLONAL_OK;
}

void clonal__attachments_release(clonal_context *context)
{
    while (context->attachments) {
        struct clonal__attachment *last = context->attachments;
        context->attachments = last->next;
        last->object_free(last->object);
        clonal__free(last);
    }
}
