
/*
 * The endpoint that seals credentials anew: under the first key of the key
 * file, so that an older key may go, and in the newest form.  It looks at all
 * accounts of the domain, a few in a turn of the loop, and writes a few at a
 * time; a change of credentials that comes in between wins.
 */

#include "http/resource.h"

#include "core/secret.h"
#include "event/turn.h"


#define BILLING_RESEAL_TRIES 3
#define BILLING_RESEAL_STAY  10000 /* ms; any, for it is repeated */


/* An account that is to be looked at. */
typedef struct {
    billing_sealed_t credential;
    ngx_uint_t       tries;
} billing_reseal_item_t;


typedef struct {
    billing_op_t          *op;
    billing_reseal_item_t *items;
    ngx_uint_t             nitems;
    ngx_uint_t             next; /* item */
    ngx_uint_t             total;
    ngx_uint_t             resealed;
    ngx_uint_t             already;
    billing_seal_form_t    form;
    json_t                *failed;
    ngx_event_t            event;
    ngx_event_t            stay; /* a worker that is to leave */

    /* what is being written; from a pool that goes with it */
    ngx_pool_t            *pool;
    billing_reseal_t       batch[BILLING_RESEAL_MAX];
    billing_reseal_item_t *of[BILLING_RESEAL_MAX];
    ngx_uint_t             n;
    unsigned               told : 1; /* the audit log was */
} billing_resealing_t;


static void api_reseal_free(void *data);
static void api_reseal_stay(ngx_event_t *ev);
static void api_reseal_loaded(
    billing_op_t *op, void *data, billing_mirror_t *mirror);
static ngx_int_t api_reseal_collect(
    billing_resealing_t *r, billing_mirror_t *mirror);
static ngx_int_t api_reseal_copy(
    ngx_pool_t *pool, billing_sealed_t *credential);
static void      api_reseal_event(ngx_event_t *ev);
static ngx_int_t api_reseal_item(
    billing_resealing_t *r, billing_reseal_item_t *item);
static void api_reseal_failed(
    billing_resealing_t *r, billing_reseal_item_t *item);
static ngx_int_t api_reseal_write(billing_resealing_t *r);
static void      api_reseal_done(void *data, billing_outcome_t outcome,
         ngx_str_t *values, ngx_uint_t nvalues);
static ngx_int_t api_reseal_outcome(
    billing_resealing_t *r, billing_reseal_item_t *item, ngx_str_t *now);
static ngx_int_t api_reseal_again(
    billing_resealing_t *r, billing_reseal_item_t *item, ngx_str_t *now);
static void api_reseal_send(billing_resealing_t *r);


void
billing_api_reseal(billing_op_t *op)
{
    ngx_pool_cleanup_t  *cln;
    billing_resealing_t *r;

    cln = ngx_pool_cleanup_add(op->pool, sizeof(billing_resealing_t));
    if (cln == NULL) {
        billing_send_nomem(op);
        return;
    }

    r = cln->data;
    ngx_memzero(r, sizeof(billing_resealing_t));
    cln->handler = api_reseal_free;

    r->op = op;
    r->failed = json_array();
    r->event.handler = api_reseal_event;
    r->event.data = r;
    r->event.log = op->log;
    r->stay.handler = api_reseal_stay;
    r->stay.data = r;
    r->stay.log = op->log;

    api_reseal_stay(&r->stay);

    billing_resource_load(op, api_reseal_loaded, r);
}


static void
api_reseal_free(void *data)
{
    billing_resealing_t *r = data;

    json_decref(r->failed);
    ngx_del_timer(&r->stay);

    if (r->pool != NULL) {
        ngx_destroy_pool(r->pool);
    }
}


/* A worker leaves when no timer is left: between two turns there is none. */
static void
api_reseal_stay(ngx_event_t *ev)
{
    ngx_add_timer(ev, BILLING_RESEAL_STAY);
}


static void
api_reseal_loaded(billing_op_t *op, void *data, billing_mirror_t *mirror)
{
    billing_resealing_t *r = data;

    if (api_reseal_collect(r, mirror) != NGX_OK) {
        billing_send_nomem(op);
        return;
    }

    ngx_post_event(&r->event, &ngx_posted_next_events);
}


/* Copies, for the mirror changes while we write. */
static ngx_int_t
api_reseal_collect(billing_resealing_t *r, billing_mirror_t *mirror)
{
    ngx_pool_t            *pool;
    billing_op_t          *op;
    billing_object_t      *object;
    billing_reseal_item_t *item;

    op = r->op;
    pool = op->pool;

    r->form = billing_sync_seal_form(&op->bmcf->store, &op->domain);

    r->total = billing_mirror_count(mirror, BILLING_KIND_ACCOUNT);
    r->items = ngx_pcalloc(
        pool, (r->total + 1) * sizeof(billing_reseal_item_t));
    if (r->items == NULL) {
        return NGX_ERROR;
    }

    object = billing_mirror_first(mirror, BILLING_KIND_ACCOUNT, 0);

    for (/* void */; object != NULL && r->nitems < r->total;
         object = billing_mirror_next(mirror, object))
    {
        item = &r->items[r->nitems++];

        billing_object_credential(object, &op->domain, &item->credential);

        if (api_reseal_copy(pool, &item->credential) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    r->total = r->nitems;

    return NGX_OK;
}


static ngx_int_t
api_reseal_copy(ngx_pool_t *pool, billing_sealed_t *credential)
{
    ngx_str_t account, provider, sealed;

    account = credential->account;
    provider = credential->provider;
    sealed = credential->sealed;

    credential->account.data = ngx_pstrdup(pool, &account);
    credential->provider.data = ngx_pstrdup(pool, &provider);
    credential->sealed.data = ngx_pstrdup(pool, &sealed);

    return credential->account.data == NULL || credential->provider.data == NULL
                   || credential->sealed.data == NULL
               ? NGX_ERROR
               : NGX_OK;
}


/* Goes on until there is something to write, or the turn is over. */
static void
api_reseal_event(ngx_event_t *ev)
{
    billing_resealing_t *r = ev->data;

    ngx_int_t rc;

    if (r->pool == NULL) {
        r->pool = ngx_create_pool(16384, r->op->log);
        if (r->pool == NULL) {
            billing_send_nomem(r->op);
            return;
        }
    }

    rc = NGX_OK;

    while (rc == NGX_OK && r->next < r->nitems && r->n < BILLING_RESEAL_MAX) {
        rc = api_reseal_item(r, &r->items[r->next++]);

        if (rc == NGX_OK && r->n == 0 && billing_turn_over()) {
            ngx_destroy_pool(r->pool);
            r->pool = NULL;
            ngx_post_event(&r->event, &ngx_posted_next_events);
            return;
        }
    }

    if (rc == NGX_OK && r->n == 0) {
        api_reseal_send(r);
        return;
    }

    if (rc != NGX_OK || api_reseal_write(r) != NGX_OK) {
        billing_send_nomem(r->op);
    }
}


/* All are opened: that one names the first key does not say that it opens. */
static ngx_int_t
api_reseal_item(billing_resealing_t *r, billing_reseal_item_t *item)
{
    ngx_int_t         rc;
    ngx_str_t         plain;
    billing_keys_t   *keys;
    billing_reseal_t *one;
    billing_sealed_t  fresh;

    keys = r->op->bmcf->store.keys;

    rc = billing_seal_open(keys, r->pool, &item->credential, &plain);

    if (rc == NGX_DECLINED) {
        api_reseal_failed(r, item);
        return NGX_OK;
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    if (billing_seal_sealed_so(keys, r->form, &item->credential.sealed)) {
        r->already++;

    } else {
        fresh = item->credential;
        rc = billing_seal(keys, r->pool, &fresh, r->form, &plain);

        one = &r->batch[r->n];
        one->id = fresh.account;
        one->sealed = item->credential.sealed;
        one->fresh = fresh.sealed;
        r->of[r->n++] = item;
    }

    billing_secret_free(plain.data);

    return rc;
}


static void
api_reseal_failed(billing_resealing_t *r, billing_reseal_item_t *item)
{
    (void) json_array_append_new(
        r->failed, json_stringn((char *) item->credential.account.data,
                       item->credential.account.len));
}


static ngx_int_t
api_reseal_write(billing_resealing_t *r)
{
    ngx_str_t              none;
    billing_op_t          *op;
    const billing_audit_t *audit;

    op = r->op;
    audit = NULL;

    if (!r->told) {
        ngx_str_null(&none);
        audit = billing_audit(op, &none, &none, "");
    }

    return billing_write_reseal(&op->bmcf->store, &op->domain, audit, r->batch,
        r->n, api_reseal_done, r);
}


static void
api_reseal_done(void *data, billing_outcome_t outcome, ngx_str_t *values,
    ngx_uint_t nvalues)
{
    billing_resealing_t *r = data;

    ngx_int_t  rc;
    ngx_uint_t i;

    if (outcome != BILLING_WRITE_DONE || nvalues != r->n) {
        billing_resource_away(r->op);
        return;
    }

    rc = NGX_OK;

    for (i = 0; rc == NGX_OK && i < nvalues; i++) {
        rc = api_reseal_outcome(r, r->of[i], &values[i]);
    }

    if (rc != NGX_OK) {
        billing_send_nomem(r->op);
        return;
    }

    ngx_destroy_pool(r->pool);
    r->pool = NULL;
    r->n = 0;
    r->told = 1;

    ngx_post_event(&r->event, &ngx_posted_next_events);
}


/* What was changed in between is looked at again, in the place of one done. */
static ngx_int_t
api_reseal_outcome(
    billing_resealing_t *r, billing_reseal_item_t *item, ngx_str_t *now)
{
    if (now->len == 0) {
        r->resealed++;
        return NGX_OK;
    }

    if (now->len == 1 && now->data[0] == '-') {
        r->total--;
        return NGX_OK;
    }

    if (++item->tries == BILLING_RESEAL_TRIES) {
        api_reseal_failed(r, item);
        return NGX_OK;
    }

    return api_reseal_again(r, item, now);
}


/* now: the version of the credentials, a blank and what seals them. */
static ngx_int_t
api_reseal_again(
    billing_resealing_t *r, billing_reseal_item_t *item, ngx_str_t *now)
{
    u_char               *blank;
    ngx_int_t             version;
    billing_reseal_item_t again;
    billing_sealed_t     *credential;

    again = *item;
    credential = &again.credential;
    blank = ngx_strlchr(now->data, now->data + now->len, ' ');
    version = blank == NULL ? NGX_ERROR
                            : ngx_atoi(now->data, blank - now->data);

    if (version == NGX_ERROR) {
        api_reseal_failed(r, item);
        return NGX_OK;
    }

    credential->version = version;
    credential->sealed.data = blank + 1;
    credential->sealed.len = now->data + now->len - credential->sealed.data;

    if (api_reseal_copy(r->op->pool, credential) != NGX_OK) {
        return NGX_ERROR;
    }

    r->items[--r->next] = again;

    return NGX_OK;
}


static void
api_reseal_send(billing_resealing_t *r)
{
    billing_send_json(r->op, NGX_HTTP_OK,
        json_pack("{s:I, s:I, s:I, s:O}", "total", (json_int_t) r->total,
            "resealed", (json_int_t) r->resealed, "already",
            (json_int_t) r->already, "failed", r->failed));
}
