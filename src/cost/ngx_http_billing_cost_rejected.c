
/*
 * Credentials that a provider has refused: they are not tried again with
 * every request.  A worker remembers a thousand of them for a minute; new
 * credentials have another version, and so another name.
 */

#include "cost/ngx_http_billing_cost_engine.h"


#define NGX_HTTP_BILLING_COST_REJECTED_MAX  1024
#define NGX_HTTP_BILLING_COST_REJECTED_TIME 60000 /* milliseconds */


typedef struct {
    ngx_str_node_t node;  /* in cost->rejected */
    ngx_queue_t    queue; /* in cost->rejections, oldest first */
    ngx_msec_t     until;

    const billing_fault_t *fault;
} ngx_http_billing_cost_rejected_t;


static ngx_http_billing_cost_rejected_t *ngx_http_billing_cost_rejected_find(
    ngx_http_billing_cost_t *cost, const ngx_str_t *name);
static void ngx_http_billing_cost_rejected_free(
    ngx_http_billing_cost_t *cost, ngx_http_billing_cost_rejected_t *rejected);


const billing_fault_t *
ngx_http_billing_cost_rejected(ngx_http_billing_cost_t *cost,
    const ngx_str_t *domain, const ngx_http_billing_cost_account_t *account)
{
    ngx_str_t                         name;
    ngx_http_billing_cost_rejected_t *rejected;

    if (ngx_queue_empty(&cost->rejections)
        || ngx_http_billing_cost_credential_name(
               cost, &name, domain, &account->id, account->version)
               != NGX_OK)
    {
        return NULL;
    }

    rejected = ngx_http_billing_cost_rejected_find(cost, &name);
    ngx_free(name.data);

    if (rejected == NULL) {
        return NULL;
    }

    if ((ngx_msec_int_t) (rejected->until - ngx_current_msec) > 0) {
        return rejected->fault;
    }

    ngx_http_billing_cost_rejected_free(cost, rejected);

    return NULL;
}


void
ngx_http_billing_cost_rejected_set(
    ngx_http_billing_cost_flight_t *flight, const billing_fault_t *fault)
{
    ngx_uint_t                        is;
    ngx_str_t                         name;
    ngx_http_billing_cost_t          *cost;
    ngx_http_billing_cost_rejected_t *rejected;

    cost = flight->cost;
    is = fault != NULL && ngx_strcmp(fault->code, "provider_rejected") == 0;

    if (fault != NULL && !is) {
        return;
    }

    if ((!is && ngx_queue_empty(&cost->rejections))
        || ngx_http_billing_cost_credential_name(
               cost, &name, &flight->domain, &flight->account, flight->version)
               != NGX_OK)
    {
        return;
    }

    rejected = ngx_http_billing_cost_rejected_find(cost, &name);

    if (rejected != NULL) {
        ngx_http_billing_cost_rejected_free(cost, rejected);
    }

    rejected = is ? ngx_calloc(
                   sizeof(ngx_http_billing_cost_rejected_t), cost->conf.log)
                  : NULL;
    if (rejected == NULL) {
        ngx_free(name.data);
        return;
    }

    rejected->node.str = name;
    rejected->node.node.key = ngx_crc32_short(name.data, name.len);
    rejected->fault = fault;
    rejected->until = ngx_current_msec + NGX_HTTP_BILLING_COST_REJECTED_TIME;

    ngx_rbtree_insert(&cost->rejected, &rejected->node.node);
    ngx_queue_insert_tail(&cost->rejections, &rejected->queue);

    if (++cost->nrejected > NGX_HTTP_BILLING_COST_REJECTED_MAX) {
        ngx_http_billing_cost_rejected_free(
            cost, ngx_queue_data(ngx_queue_head(&cost->rejections),
                      ngx_http_billing_cost_rejected_t, queue));
    }
}


void
ngx_http_billing_cost_rejections_free(ngx_http_billing_cost_t *cost)
{
    while (!ngx_queue_empty(&cost->rejections)) {
        ngx_http_billing_cost_rejected_free(
            cost, ngx_queue_data(ngx_queue_head(&cost->rejections),
                      ngx_http_billing_cost_rejected_t, queue));
    }
}


static ngx_http_billing_cost_rejected_t *
ngx_http_billing_cost_rejected_find(
    ngx_http_billing_cost_t *cost, const ngx_str_t *name)
{
    ngx_str_t key;

    key = *name;

    return (ngx_http_billing_cost_rejected_t *) ngx_str_rbtree_lookup(
        &cost->rejected, &key, ngx_crc32_short(key.data, key.len));
}


static void
ngx_http_billing_cost_rejected_free(
    ngx_http_billing_cost_t *cost, ngx_http_billing_cost_rejected_t *rejected)
{
    cost->nrejected--;

    ngx_rbtree_delete(&cost->rejected, &rejected->node.node);
    ngx_queue_remove(&rejected->queue);
    ngx_free(rejected->node.str.data);
    ngx_free(rejected);
}
