
/*
 * Answers in the zone.  One whose domain was touched is of no use to anybody
 * and goes when it is met; one that is in doubt or past its time stays until
 * its room is needed, since it may be all there is while Redis is away.
 */

#include "store/zone_shared.h"


/* So a piece takes one page of the slab. */
#define BILLING_ZONE_PIECE (ngx_pagesize - offsetof(billing_zone_piece_t, data))


static billing_zone_answer_t *zone_search(
    billing_zone_t *zone, const ngx_str_t *key);
static billing_zone_result_t  zone_holds(billing_zone_t *zone,
     const billing_zone_wanted_t *wanted, billing_zone_answer_t *kept);
static billing_zone_result_t  zone_copy(const billing_zone_wanted_t *wanted,
     const billing_zone_answer_t *kept, ngx_pool_t *pool,
     billing_answer_t *answer);
static billing_zone_answer_t *zone_store(
    billing_zone_t *zone, const ngx_str_t *key, const billing_answer_t *answer);
static ngx_int_t zone_write(
    billing_zone_t *zone, billing_zone_body_t *body, const ngx_str_t *text);
static void zone_insert(billing_zone_t *zone, billing_zone_answer_t *kept);


billing_zone_result_t
billing_zone_answer_get(billing_zone_t *zone,
    const billing_zone_wanted_t *wanted, ngx_pool_t *pool,
    billing_answer_t *answer)
{
    billing_zone_answer_t *kept;
    billing_zone_result_t  result;

    billing_zone_memory_lock(zone);

    kept = zone_search(zone, &wanted->key);
    result = kept == NULL ? BILLING_ZONE_NONE : zone_holds(zone, wanted, kept);

    if (result > BILLING_ZONE_OLD) {
        ngx_queue_remove(&kept->queue);
        billing_zone_point();
        ngx_queue_insert_head(&zone->shared->used_answers, &kept->queue);
        billing_zone_point();

        result = zone_copy(wanted, kept, pool, answer);
    }

    billing_zone_memory_unlock(zone);

    return result;
}


static billing_zone_answer_t *
zone_search(billing_zone_t *zone, const ngx_str_t *key)
{
    uint32_t  hash;
    ngx_str_t text;

    text = *key;
    hash = ngx_murmur_hash2(text.data, text.len);

    return (billing_zone_answer_t *) ngx_str_rbtree_lookup(
        &zone->shared->answers, &text, hash);
}


/* PLAIN if so; else why not. */
static billing_zone_result_t
zone_holds(billing_zone_t *zone, const billing_zone_wanted_t *wanted,
    billing_zone_answer_t *kept)
{
    billing_zone_domain_t *domain;

    domain = billing_zone_find(zone, &wanted->domain);

    if (domain == NULL || domain->stamp != kept->stamp) {
        billing_zone_memory_remove(zone, kept);
        return BILLING_ZONE_CHANGED;
    }

    return wanted->old
                   || (kept->doubt == billing_zone_doubts(zone, domain)
                       && ngx_time() < kept->answer.until)
               ? BILLING_ZONE_PLAIN
               : BILLING_ZONE_OLD;
}


static billing_zone_result_t
zone_copy(const billing_zone_wanted_t *wanted,
    const billing_zone_answer_t *kept, ngx_pool_t *pool,
    billing_answer_t *answer)
{
    size_t                     n;
    u_char                    *p, *last;
    ngx_int_t                  coding;
    billing_zone_piece_t      *piece;
    billing_zone_result_t      result;
    const billing_zone_body_t *body;

    *answer = kept->answer;

    body = &kept->bodies[wanted->coding];
    result = body->tried ? BILLING_ZONE_FOUND : BILLING_ZONE_PLAIN;

    if (body->pieces == NULL) {
        body = &kept->bodies[BILLING_IDENTITY];
    }

    answer->coding = body - kept->bodies;

    if (wanted->none_match.len != 0) {
        coding = billing_answer_named(
            &wanted->none_match, answer->tag, answer->coding);

        if (coding != NGX_DECLINED) {
            answer->coding = coding;
            return BILLING_ZONE_MATCHED;
        }
    }

    p = ngx_pnalloc(pool, body->len);
    if (p == NULL) {
        return BILLING_ZONE_NONE;
    }

    answer->body.data = p;
    answer->body.len = body->len;
    last = p + body->len;

    for (piece = body->pieces; p < last; piece = piece->next) {
        n = ngx_min((size_t) (last - p), BILLING_ZONE_PIECE);
        p = ngx_cpymem(p, piece->data, n);
    }

    return result;
}


void
billing_zone_answer_put(billing_zone_t *zone, const ngx_str_t *domain,
    const ngx_str_t *key, const billing_zone_ticket_t *ticket,
    const billing_answer_t *answer)
{
    billing_zone_answer_t *kept;
    billing_zone_domain_t *found;

    if (answer->body.len == 0
        || key->len + answer->body.len > zone->shared->max_answer)
    {
        return;
    }

    billing_zone_memory_lock(zone);

    found = billing_zone_find(zone, domain);

    if (found != NULL && found->stamp == ticket->stamp
        && billing_zone_doubts(zone, found) == ticket->doubt)
    {
        kept = zone_search(zone, key);

        if (kept != NULL) {
            billing_zone_memory_remove(zone, kept);
        }

        kept = zone_store(zone, key, answer);

        if (kept != NULL) {
            kept->stamp = ticket->stamp;
            kept->doubt = ticket->doubt;
            zone_insert(zone, kept);
        }
    }

    billing_zone_memory_unlock(zone);
}


static billing_zone_answer_t *
zone_store(
    billing_zone_t *zone, const ngx_str_t *key, const billing_answer_t *answer)
{
    billing_zone_answer_t *kept;

    kept = billing_zone_memory_alloc(
        zone, sizeof(billing_zone_answer_t) + key->len);
    if (kept == NULL) {
        return NULL;
    }

    billing_zone_point();
    ngx_memzero(kept, sizeof(billing_zone_answer_t));
    billing_zone_point();

    kept->node.node.key = ngx_murmur_hash2(key->data, key->len);
    kept->node.str.len = key->len;
    kept->node.str.data = (u_char *) (kept + 1);
    ngx_memcpy(kept->node.str.data, key->data, key->len);

    kept->answer = *answer;
    ngx_str_null(&kept->answer.body);

    if (zone_write(zone, &kept->bodies[BILLING_IDENTITY], &answer->body)
        != NGX_OK) {
        billing_zone_memory_free(zone, kept);
        return NULL;
    }

    return kept;
}


void
billing_zone_answer_put_coding(
    billing_zone_t *zone, const ngx_str_t *key, const billing_answer_t *answer)
{
    size_t                 used;
    ngx_uint_t             i;
    billing_zone_body_t   *body;
    billing_zone_answer_t *kept;

    billing_zone_memory_lock(zone);

    kept = zone_search(zone, key);

    if (kept == NULL || kept->bodies[answer->coding].tried
        || ngx_memcmp(kept->answer.tag, answer->tag, BILLING_TAG_LEN) != 0)
    {
        billing_zone_memory_unlock(zone);
        return;
    }

    used = key->len + answer->body.len;

    for (i = 0; i < BILLING_CODINGS; i++) {
        used += kept->bodies[i].len;
    }

    body = &kept->bodies[answer->coding];

    body->tried = 1;
    billing_zone_point();

    if (answer->body.len != 0 && used <= zone->shared->max_answer) {
        /* out of the queue: it must not make room for itself */
        ngx_queue_remove(&kept->queue);
        billing_zone_point();
        (void) zone_write(zone, body, &answer->body);
        ngx_queue_insert_head(&zone->shared->used_answers, &kept->queue);
    }

    billing_zone_memory_unlock(zone);
}


/* NGX_ERROR: there is no room; then the body has no pieces. */
static ngx_int_t
zone_write(
    billing_zone_t *zone, billing_zone_body_t *body, const ngx_str_t *text)
{
    size_t                n, left;
    billing_zone_piece_t *piece, **end;

    end = &body->pieces;

    for (left = text->len; left != 0; left -= n) {
        n = ngx_min(left, BILLING_ZONE_PIECE);

        piece = billing_zone_memory_alloc(
            zone, offsetof(billing_zone_piece_t, data) + n);

        if (piece == NULL) {
            while (body->pieces != NULL) {
                piece = body->pieces;
                body->pieces = piece->next;
                billing_zone_point();
                ngx_slab_free_locked(zone->pool, piece);
            }

            return NGX_ERROR;
        }

        ngx_memcpy(piece->data, text->data + text->len - left, n);
        billing_zone_point();
        piece->next = NULL;
        *end = piece;
        billing_zone_point();
        end = &piece->next;
    }

    body->len = text->len;
    body->tried = 1;

    return NGX_OK;
}


static void
zone_insert(billing_zone_t *zone, billing_zone_answer_t *kept)
{
    billing_count(kept);
    ngx_rbtree_insert(&zone->shared->answers, &kept->node.node);
    billing_zone_point();
    ngx_queue_insert_head(&zone->shared->used_answers, &kept->queue);
    billing_zone_point();
}
