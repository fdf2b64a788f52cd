
/*
 * The endpoint that seals credentials anew: under the first key of the key
 * file, so that an older key may go, and in the newest form.  It looks at all
 * accounts of the domain, a few in a turn of the loop, and writes a few at a
 * time; a change of credentials that comes in between wins.
 */

#include "http/ngx_http_billing_resource.h"

#include "core/billing_secret.h"
#include "event/ngx_billing_turn.h"


#define NGX_HTTP_BILLING_RESEAL_TRIES 3
#define NGX_HTTP_BILLING_RESEAL_STAY  10000 /* ms; any, for it is repeated */


/* An account that is to be looked at. */
typedef struct {
    ngx_http_billing_credential_t credential;
    ngx_uint_t                    tries;
} ngx_http_billing_reseal_item_t;


typedef struct {
    ngx_http_billing_op_t          *op;
    ngx_http_billing_reseal_item_t *items;
    ngx_uint_t                      nitems;
    ngx_uint_t                      next; /* item */
    ngx_uint_t                      total;
    ngx_uint_t                      resealed;
    ngx_uint_t                      already;
    ngx_http_billing_seal_form_t    form;
    json_t                         *failed;
    ngx_event_t                     event;
    ngx_event_t                     stay; /* a worker that is to leave */

    /* what is being written; from a pool that goes with it */
    ngx_pool_t                     *pool;
    ngx_http_billing_reseal_t       batch[NGX_HTTP_BILLING_RESEAL_MAX];
    ngx_http_billing_reseal_item_t *of[NGX_HTTP_BILLING_RESEAL_MAX];
    ngx_uint_t                      n;
    unsigned                        told : 1; /* the audit log was */
} ngx_http_billing_resealing_t;


static void ngx_http_billing_reseal_free(void *data);
static void ngx_http_billing_reseal_stay(ngx_event_t *ev);
static void ngx_http_billing_reseal_loaded(
    ngx_http_billing_op_t *op, void *data, ngx_http_billing_mirror_t *mirror);
static ngx_int_t ngx_http_billing_reseal_collect(
    ngx_http_billing_resealing_t *r, ngx_http_billing_mirror_t *mirror);
static ngx_int_t ngx_http_billing_reseal_copy(
    ngx_pool_t *pool, ngx_http_billing_credential_t *credential);
static void      ngx_http_billing_reseal_event(ngx_event_t *ev);
static ngx_int_t ngx_http_billing_reseal_item(
    ngx_http_billing_resealing_t *r, ngx_http_billing_reseal_item_t *item);
static void ngx_http_billing_reseal_failed(
    ngx_http_billing_resealing_t *r, ngx_http_billing_reseal_item_t *item);
static ngx_int_t ngx_http_billing_reseal_write(ngx_http_billing_resealing_t *r);
static void      ngx_http_billing_reseal_done(void *data,
         ngx_http_billing_outcome_t outcome, ngx_str_t *values, ngx_uint_t nvalues);
static ngx_int_t ngx_http_billing_reseal_outcome(
    ngx_http_billing_resealing_t *r, ngx_http_billing_reseal_item_t *item,
    ngx_str_t *now);
static ngx_int_t ngx_http_billing_reseal_again(ngx_http_billing_resealing_t *r,
    ngx_http_billing_reseal_item_t *item, ngx_str_t *now);
static void      ngx_http_billing_reseal_send(ngx_http_billing_resealing_t *r);


void
ngx_http_billing_api_reseal(ngx_http_billing_op_t *op)
{
    ngx_pool_cleanup_t           *cln;
    ngx_http_billing_resealing_t *r;

    cln = ngx_pool_cleanup_add(op->pool, sizeof(ngx_http_billing_resealing_t));
    if (cln == NULL) {
        ngx_http_billing_send_nomem(op);
        return;
    }

    r = cln->data;
    ngx_memzero(r, sizeof(ngx_http_billing_resealing_t));
    cln->handler = ngx_http_billing_reseal_free;

    r->op = op;
    r->failed = json_array();
    r->event.handler = ngx_http_billing_reseal_event;
    r->event.data = r;
    r->event.log = op->log;
    r->stay.handler = ngx_http_billing_reseal_stay;
    r->stay.data = r;
    r->stay.log = op->log;

    ngx_http_billing_reseal_stay(&r->stay);

    ngx_http_billing_resource_load(op, ngx_http_billing_reseal_loaded, r);
}


static void
ngx_http_billing_reseal_free(void *data)
{
    ngx_http_billing_resealing_t *r = data;

    json_decref(r->failed);
    ngx_del_timer(&r->stay);

    if (r->pool != NULL) {
        ngx_destroy_pool(r->pool);
    }
}


/* A worker leaves when no timer is left: between two turns there is none. */
static void
ngx_http_billing_reseal_stay(ngx_event_t *ev)
{
    ngx_add_timer(ev, NGX_HTTP_BILLING_RESEAL_STAY);
}


static void
ngx_http_billing_reseal_loaded(
    ngx_http_billing_op_t *op, void *data, ngx_http_billing_mirror_t *mirror)
{
    ngx_http_billing_resealing_t *r = data;

    if (ngx_http_billing_reseal_collect(r, mirror) != NGX_OK) {
        ngx_http_billing_send_nomem(op);
        return;
    }

    ngx_post_event(&r->event, &ngx_posted_next_events);
}


/* Copies, for the mirror changes while we write. */
static ngx_int_t
ngx_http_billing_reseal_collect(
    ngx_http_billing_resealing_t *r, ngx_http_billing_mirror_t *mirror)
{
    ngx_pool_t                     *pool;
    ngx_http_billing_op_t          *op;
    ngx_http_billing_object_t      *object;
    ngx_http_billing_reseal_item_t *item;

    op = r->op;
    pool = op->pool;

    r->form = ngx_http_billing_sync_seal_form(&op->bmcf->store, &op->domain);

    r->total = ngx_http_billing_mirror_count(mirror, NGX_HTTP_BILLING_ACCOUNT);
    r->items = ngx_pcalloc(
        pool, (r->total + 1) * sizeof(ngx_http_billing_reseal_item_t));
    if (r->items == NULL) {
        return NGX_ERROR;
    }

    object = ngx_http_billing_mirror_first(mirror, NGX_HTTP_BILLING_ACCOUNT, 0);

    for (/* void */; object != NULL && r->nitems < r->total;
         object = ngx_http_billing_mirror_next(mirror, object))
    {
        item = &r->items[r->nitems++];

        ngx_http_billing_object_credential(
            object, &op->domain, &item->credential);

        if (ngx_http_billing_reseal_copy(pool, &item->credential) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    r->total = r->nitems;

    return NGX_OK;
}


static ngx_int_t
ngx_http_billing_reseal_copy(
    ngx_pool_t *pool, ngx_http_billing_credential_t *credential)
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
ngx_http_billing_reseal_event(ngx_event_t *ev)
{
    ngx_http_billing_resealing_t *r = ev->data;

    ngx_int_t rc;

    if (r->pool == NULL) {
        r->pool = ngx_create_pool(16384, r->op->log);
        if (r->pool == NULL) {
            ngx_http_billing_send_nomem(r->op);
            return;
        }
    }

    rc = NGX_OK;

    while (rc == NGX_OK && r->next < r->nitems
           && r->n < NGX_HTTP_BILLING_RESEAL_MAX)
    {
        rc = ngx_http_billing_reseal_item(r, &r->items[r->next++]);

        if (rc == NGX_OK && r->n == 0 && ngx_billing_turn_over()) {
            ngx_destroy_pool(r->pool);
            r->pool = NULL;
            ngx_post_event(&r->event, &ngx_posted_next_events);
            return;
        }
    }

    if (rc == NGX_OK && r->n == 0) {
        ngx_http_billing_reseal_send(r);
        return;
    }

    if (rc != NGX_OK || ngx_http_billing_reseal_write(r) != NGX_OK) {
        ngx_http_billing_send_nomem(r->op);
    }
}


/* All are opened: that one names the first key does not say that it opens. */
static ngx_int_t
ngx_http_billing_reseal_item(
    ngx_http_billing_resealing_t *r, ngx_http_billing_reseal_item_t *item)
{
    ngx_int_t                     rc;
    ngx_str_t                     plain;
    ngx_http_billing_keys_t      *keys;
    ngx_http_billing_reseal_t    *one;
    ngx_http_billing_credential_t fresh;

    keys = r->op->bmcf->store.keys;

    rc = ngx_http_billing_open(keys, r->pool, &item->credential, &plain);

    if (rc == NGX_DECLINED) {
        ngx_http_billing_reseal_failed(r, item);
        return NGX_OK;
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_billing_sealed_so(keys, r->form, &item->credential.sealed)) {
        r->already++;

    } else {
        fresh = item->credential;
        rc = ngx_http_billing_seal(keys, r->pool, &fresh, r->form, &plain);

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
ngx_http_billing_reseal_failed(
    ngx_http_billing_resealing_t *r, ngx_http_billing_reseal_item_t *item)
{
    (void) json_array_append_new(
        r->failed, json_stringn((char *) item->credential.account.data,
                       item->credential.account.len));
}


static ngx_int_t
ngx_http_billing_reseal_write(ngx_http_billing_resealing_t *r)
{
    ngx_str_t                       none;
    ngx_http_billing_op_t          *op;
    const ngx_http_billing_audit_t *audit;

    op = r->op;
    audit = NULL;

    if (!r->told) {
        ngx_str_null(&none);
        audit = ngx_http_billing_audit(op, &none, &none, "");
    }

    return ngx_http_billing_reseal(&op->bmcf->store, &op->domain, audit,
        r->batch, r->n, ngx_http_billing_reseal_done, r);
}


static void
ngx_http_billing_reseal_done(void *data, ngx_http_billing_outcome_t outcome,
    ngx_str_t *values, ngx_uint_t nvalues)
{
    ngx_http_billing_resealing_t *r = data;

    ngx_int_t  rc;
    ngx_uint_t i;

    if (outcome != NGX_HTTP_BILLING_WRITE_DONE || nvalues != r->n) {
        ngx_http_billing_resource_away(r->op);
        return;
    }

    rc = NGX_OK;

    for (i = 0; rc == NGX_OK && i < nvalues; i++) {
        rc = ngx_http_billing_reseal_outcome(r, r->of[i], &values[i]);
    }

    if (rc != NGX_OK) {
        ngx_http_billing_send_nomem(r->op);
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
ngx_http_billing_reseal_outcome(ngx_http_billing_resealing_t *r,
    ngx_http_billing_reseal_item_t *item, ngx_str_t *now)
{
    if (now->len == 0) {
        r->resealed++;
        return NGX_OK;
    }

    if (now->len == 1 && now->data[0] == '-') {
        r->total--;
        return NGX_OK;
    }

    if (++item->tries == NGX_HTTP_BILLING_RESEAL_TRIES) {
        ngx_http_billing_reseal_failed(r, item);
        return NGX_OK;
    }

    return ngx_http_billing_reseal_again(r, item, now);
}


/* now: the version of the credentials, a blank and what seals them. */
static ngx_int_t
ngx_http_billing_reseal_again(ngx_http_billing_resealing_t *r,
    ngx_http_billing_reseal_item_t *item, ngx_str_t *now)
{
    u_char                        *blank;
    ngx_int_t                      version;
    ngx_http_billing_reseal_item_t again;
    ngx_http_billing_credential_t *credential;

    again = *item;
    credential = &again.credential;
    blank = ngx_strlchr(now->data, now->data + now->len, ' ');
    version = blank == NULL ? NGX_ERROR
                            : ngx_atoi(now->data, blank - now->data);

    if (version == NGX_ERROR) {
        ngx_http_billing_reseal_failed(r, item);
        return NGX_OK;
    }

    credential->version = version;
    credential->sealed.data = blank + 1;
    credential->sealed.len = now->data + now->len - credential->sealed.data;

    if (ngx_http_billing_reseal_copy(r->op->pool, credential) != NGX_OK) {
        return NGX_ERROR;
    }

    r->items[--r->next] = again;

    return NGX_OK;
}


static void
ngx_http_billing_reseal_send(ngx_http_billing_resealing_t *r)
{
    ngx_http_billing_send_json(r->op, NGX_HTTP_OK,
        json_pack("{s:I, s:I, s:I, s:O}", "total", (json_int_t) r->total,
            "resealed", (json_int_t) r->resealed, "already",
            (json_int_t) r->already, "failed", r->failed));
}
