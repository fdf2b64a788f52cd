
/*
 * Answers in the zone.  One whose domain was touched is of no use to anybody
 * and goes when it is met; one that is in doubt or past its time stays until
 * its room is needed, since it may be all there is while Redis is away.
 */

#include "store/ngx_http_billing_zone_shared.h"


/* So a piece takes one page of the slab. */
#define NGX_HTTP_BILLING_ZONE_PIECE \
    (ngx_pagesize - offsetof(ngx_http_billing_zone_piece_t, data))


static ngx_http_billing_zone_answer_t *ngx_http_billing_zone_search(
    ngx_http_billing_zone_t *zone, const ngx_str_t *key);
static ngx_http_billing_zone_result_t ngx_http_billing_zone_holds(
    ngx_http_billing_zone_t *zone, const ngx_http_billing_zone_wanted_t *wanted,
    ngx_http_billing_zone_answer_t *kept);
static ngx_http_billing_zone_result_t ngx_http_billing_zone_copy(
    const ngx_http_billing_zone_wanted_t *wanted,
    const ngx_http_billing_zone_answer_t *kept, ngx_pool_t *pool,
    ngx_http_billing_answer_t *answer);
static ngx_http_billing_zone_answer_t *ngx_http_billing_zone_store(
    ngx_http_billing_zone_t *zone, const ngx_str_t *key,
    const ngx_http_billing_answer_t *answer);
static ngx_int_t ngx_http_billing_zone_write(ngx_http_billing_zone_t *zone,
    ngx_http_billing_zone_body_t *body, const ngx_str_t *text);
static void      ngx_http_billing_zone_insert(
         ngx_http_billing_zone_t *zone, ngx_http_billing_zone_answer_t *kept);


ngx_http_billing_zone_result_t
ngx_http_billing_zone_get(ngx_http_billing_zone_t *zone,
    const ngx_http_billing_zone_wanted_t *wanted, ngx_pool_t *pool,
    ngx_http_billing_answer_t *answer)
{
    ngx_http_billing_zone_answer_t *kept;
    ngx_http_billing_zone_result_t  result;

    ngx_http_billing_zone_lock(zone);

    kept = ngx_http_billing_zone_search(zone, &wanted->key);
    result = kept == NULL ? NGX_HTTP_BILLING_ZONE_NONE
                          : ngx_http_billing_zone_holds(zone, wanted, kept);

    if (result > NGX_HTTP_BILLING_ZONE_OLD) {
        ngx_queue_remove(&kept->queue);
        ngx_http_billing_zone_point();
        ngx_queue_insert_head(&zone->shared->used_answers, &kept->queue);
        ngx_http_billing_zone_point();

        result = ngx_http_billing_zone_copy(wanted, kept, pool, answer);
    }

    ngx_http_billing_zone_unlock(zone);

    return result;
}


static ngx_http_billing_zone_answer_t *
ngx_http_billing_zone_search(
    ngx_http_billing_zone_t *zone, const ngx_str_t *key)
{
    uint32_t  hash;
    ngx_str_t text;

    text = *key;
    hash = ngx_murmur_hash2(text.data, text.len);

    return (ngx_http_billing_zone_answer_t *) ngx_str_rbtree_lookup(
        &zone->shared->answers, &text, hash);
}


/* PLAIN if so; else why not. */
static ngx_http_billing_zone_result_t
ngx_http_billing_zone_holds(ngx_http_billing_zone_t *zone,
    const ngx_http_billing_zone_wanted_t            *wanted,
    ngx_http_billing_zone_answer_t                  *kept)
{
    ngx_http_billing_zone_domain_t *domain;

    domain = ngx_http_billing_zone_find(zone, &wanted->domain);

    if (domain == NULL || domain->stamp != kept->stamp) {
        ngx_http_billing_zone_remove(zone, kept);
        return NGX_HTTP_BILLING_ZONE_CHANGED;
    }

    return wanted->old
                   || (kept->doubt == ngx_http_billing_zone_doubts(zone, domain)
                       && ngx_time() < kept->answer.until)
               ? NGX_HTTP_BILLING_ZONE_PLAIN
               : NGX_HTTP_BILLING_ZONE_OLD;
}


static ngx_http_billing_zone_result_t
ngx_http_billing_zone_copy(const ngx_http_billing_zone_wanted_t *wanted,
    const ngx_http_billing_zone_answer_t *kept, ngx_pool_t *pool,
    ngx_http_billing_answer_t *answer)
{
    size_t                              n;
    u_char                             *p, *last;
    ngx_int_t                           coding;
    ngx_http_billing_zone_piece_t      *piece;
    ngx_http_billing_zone_result_t      result;
    const ngx_http_billing_zone_body_t *body;

    *answer = kept->answer;

    body = &kept->bodies[wanted->coding];
    result = body->tried ? NGX_HTTP_BILLING_ZONE_FOUND
                         : NGX_HTTP_BILLING_ZONE_PLAIN;

    if (body->pieces == NULL) {
        body = &kept->bodies[NGX_HTTP_BILLING_IDENTITY];
    }

    answer->coding = body - kept->bodies;

    if (wanted->none_match.len != 0) {
        coding = ngx_http_billing_answer_named(
            &wanted->none_match, answer->tag, answer->coding);

        if (coding != NGX_DECLINED) {
            answer->coding = coding;
            return NGX_HTTP_BILLING_ZONE_MATCHED;
        }
    }

    p = ngx_pnalloc(pool, body->len);
    if (p == NULL) {
        return NGX_HTTP_BILLING_ZONE_NONE;
    }

    answer->body.data = p;
    answer->body.len = body->len;
    last = p + body->len;

    for (piece = body->pieces; p < last; piece = piece->next) {
        n = ngx_min((size_t) (last - p), NGX_HTTP_BILLING_ZONE_PIECE);
        p = ngx_cpymem(p, piece->data, n);
    }

    return result;
}


void
ngx_http_billing_zone_put(ngx_http_billing_zone_t *zone,
    const ngx_str_t *domain, const ngx_str_t *key,
    const ngx_http_billing_zone_ticket_t *ticket,
    const ngx_http_billing_answer_t      *answer)
{
    ngx_http_billing_zone_answer_t *kept;
    ngx_http_billing_zone_domain_t *found;

    if (answer->body.len == 0
        || key->len + answer->body.len > zone->shared->max_answer)
    {
        return;
    }

    ngx_http_billing_zone_lock(zone);

    found = ngx_http_billing_zone_find(zone, domain);

    if (found != NULL && found->stamp == ticket->stamp
        && ngx_http_billing_zone_doubts(zone, found) == ticket->doubt)
    {
        kept = ngx_http_billing_zone_search(zone, key);

        if (kept != NULL) {
            ngx_http_billing_zone_remove(zone, kept);
        }

        kept = ngx_http_billing_zone_store(zone, key, answer);

        if (kept != NULL) {
            kept->stamp = ticket->stamp;
            kept->doubt = ticket->doubt;
            ngx_http_billing_zone_insert(zone, kept);
        }
    }

    ngx_http_billing_zone_unlock(zone);
}


static ngx_http_billing_zone_answer_t *
ngx_http_billing_zone_store(ngx_http_billing_zone_t *zone, const ngx_str_t *key,
    const ngx_http_billing_answer_t *answer)
{
    ngx_http_billing_zone_answer_t *kept;

    kept = ngx_http_billing_zone_alloc(
        zone, sizeof(ngx_http_billing_zone_answer_t) + key->len);
    if (kept == NULL) {
        return NULL;
    }

    ngx_http_billing_zone_point();
    ngx_memzero(kept, sizeof(ngx_http_billing_zone_answer_t));
    ngx_http_billing_zone_point();

    kept->node.node.key = ngx_murmur_hash2(key->data, key->len);
    kept->node.str.len = key->len;
    kept->node.str.data = (u_char *) (kept + 1);
    ngx_memcpy(kept->node.str.data, key->data, key->len);

    kept->answer = *answer;
    ngx_str_null(&kept->answer.body);

    if (ngx_http_billing_zone_write(
            zone, &kept->bodies[NGX_HTTP_BILLING_IDENTITY], &answer->body)
        != NGX_OK)
    {
        ngx_http_billing_zone_free(zone, kept);
        return NULL;
    }

    return kept;
}


void
ngx_http_billing_zone_put_coding(ngx_http_billing_zone_t *zone,
    const ngx_str_t *key, const ngx_http_billing_answer_t *answer)
{
    size_t                          used;
    ngx_uint_t                      i;
    ngx_http_billing_zone_body_t   *body;
    ngx_http_billing_zone_answer_t *kept;

    ngx_http_billing_zone_lock(zone);

    kept = ngx_http_billing_zone_search(zone, key);

    if (kept == NULL || kept->bodies[answer->coding].tried
        || ngx_memcmp(kept->answer.tag, answer->tag, NGX_HTTP_BILLING_TAG_LEN)
               != 0)
    {
        ngx_http_billing_zone_unlock(zone);
        return;
    }

    used = key->len + answer->body.len;

    for (i = 0; i < NGX_HTTP_BILLING_CODINGS; i++) {
        used += kept->bodies[i].len;
    }

    body = &kept->bodies[answer->coding];

    body->tried = 1;
    ngx_http_billing_zone_point();

    if (answer->body.len != 0 && used <= zone->shared->max_answer) {
        /* out of the queue: it must not make room for itself */
        ngx_queue_remove(&kept->queue);
        ngx_http_billing_zone_point();
        (void) ngx_http_billing_zone_write(zone, body, &answer->body);
        ngx_queue_insert_head(&zone->shared->used_answers, &kept->queue);
    }

    ngx_http_billing_zone_unlock(zone);
}


/* NGX_ERROR: there is no room; then the body has no pieces. */
static ngx_int_t
ngx_http_billing_zone_write(ngx_http_billing_zone_t *zone,
    ngx_http_billing_zone_body_t *body, const ngx_str_t *text)
{
    size_t                         n, left;
    ngx_http_billing_zone_piece_t *piece, **end;

    end = &body->pieces;

    for (left = text->len; left != 0; left -= n) {
        n = ngx_min(left, NGX_HTTP_BILLING_ZONE_PIECE);

        piece = ngx_http_billing_zone_alloc(
            zone, offsetof(ngx_http_billing_zone_piece_t, data) + n);

        if (piece == NULL) {
            while (body->pieces != NULL) {
                piece = body->pieces;
                body->pieces = piece->next;
                ngx_http_billing_zone_point();
                ngx_slab_free_locked(zone->pool, piece);
            }

            return NGX_ERROR;
        }

        ngx_memcpy(piece->data, text->data + text->len - left, n);
        ngx_http_billing_zone_point();
        piece->next = NULL;
        *end = piece;
        ngx_http_billing_zone_point();
        end = &piece->next;
    }

    body->len = text->len;
    body->tried = 1;

    return NGX_OK;
}


static void
ngx_http_billing_zone_insert(
    ngx_http_billing_zone_t *zone, ngx_http_billing_zone_answer_t *kept)
{
    ngx_billing_count(kept);
    ngx_rbtree_insert(&zone->shared->answers, &kept->node.node);
    ngx_http_billing_zone_point();
    ngx_queue_insert_head(&zone->shared->used_answers, &kept->queue);
    ngx_http_billing_zone_point();
}
