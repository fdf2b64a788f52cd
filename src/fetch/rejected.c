
/*
 * Credentials that a provider has refused: they are not tried again with
 * every request.  A worker remembers a thousand of them for a minute; new
 * credentials have another version, and so another name.
 */

#include "fetch/rejected.h"

#include "fetch/names.h"


#define BILLING_REJECTED_MAX  1024
#define BILLING_REJECTED_TIME 60000 /* milliseconds */


typedef struct {
    ngx_str_node_t node;  /* in fetch->rejected */
    ngx_queue_t    queue; /* in fetch->rejections, oldest first */
    ngx_msec_t     until;

    const billing_fault_t *fault;
} billing_rejected_t;


static billing_rejected_t *rejected_lookup(
    billing_fetch_t *fetch, const ngx_str_t *name);
static void rejected_free(billing_fetch_t *fetch, billing_rejected_t *rejected);


const billing_fault_t *
billing_rejected_find(billing_fetch_t *fetch, const billing_owner_t *owner)
{
    ngx_str_t           name;
    billing_rejected_t *rejected;

    if (ngx_queue_empty(&fetch->rejections)
        || billing_names_credential(fetch, owner, &name) != NGX_OK)
    {
        return NULL;
    }

    rejected = rejected_lookup(fetch, &name);
    ngx_free(name.data);

    if (rejected == NULL) {
        return NULL;
    }

    if ((ngx_msec_int_t) (rejected->until - ngx_current_msec) > 0) {
        return rejected->fault;
    }

    rejected_free(fetch, rejected);

    return NULL;
}


void
billing_rejected_set(billing_fetch_t *fetch, const billing_owner_t *owner,
    const billing_fault_t *fault)
{
    ngx_uint_t          is;
    ngx_str_t           name;
    billing_rejected_t *rejected;

    is = fault != NULL && ngx_strcmp(fault->code, "provider_rejected") == 0;

    if (fault != NULL && !is) {
        return;
    }

    if ((!is && ngx_queue_empty(&fetch->rejections))
        || billing_names_credential(fetch, owner, &name) != NGX_OK)
    {
        return;
    }

    rejected = rejected_lookup(fetch, &name);

    if (rejected != NULL) {
        rejected_free(fetch, rejected);
    }

    rejected = is ? ngx_calloc(sizeof(billing_rejected_t), fetch->conf.log)
                  : NULL;
    if (rejected == NULL) {
        ngx_free(name.data);
        return;
    }

    rejected->node.str = name;
    rejected->node.node.key = ngx_crc32_short(name.data, name.len);
    rejected->fault = fault;
    rejected->until = ngx_current_msec + BILLING_REJECTED_TIME;

    ngx_rbtree_insert(&fetch->rejected, &rejected->node.node);
    ngx_queue_insert_tail(&fetch->rejections, &rejected->queue);

    if (++fetch->nrejected > BILLING_REJECTED_MAX) {
        rejected_free(fetch, ngx_queue_data(ngx_queue_head(&fetch->rejections),
                                 billing_rejected_t, queue));
    }
}


void
billing_rejected_free_all(billing_fetch_t *fetch)
{
    while (!ngx_queue_empty(&fetch->rejections)) {
        rejected_free(fetch, ngx_queue_data(ngx_queue_head(&fetch->rejections),
                                 billing_rejected_t, queue));
    }
}


static billing_rejected_t *
rejected_lookup(billing_fetch_t *fetch, const ngx_str_t *name)
{
    ngx_str_t key;

    key = *name;

    return (billing_rejected_t *) ngx_str_rbtree_lookup(
        &fetch->rejected, &key, ngx_crc32_short(key.data, key.len));
}


static void
rejected_free(billing_fetch_t *fetch, billing_rejected_t *rejected)
{
    fetch->nrejected--;

    ngx_rbtree_delete(&fetch->rejected, &rejected->node.node);
    ngx_queue_remove(&rejected->queue);
    ngx_free(rejected->node.str.data);
    ngx_free(rejected);
}
