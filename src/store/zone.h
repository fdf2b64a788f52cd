
/*
 * The zone: shared memory of the workers of one nginx, given by billing_zone.
 * For every domain it has a stamp, which changes whenever something in the
 * domain may have changed, and it keeps whole answers, each of which holds
 * only while the stamp of its domain is what it was before the answer's data
 * was read.
 *
 * Everything is copied out under the zone's mutex: nothing points into the
 * zone when a function has returned, so a worker that dies leaves nothing
 * behind.  All functions return at once, and may be called from anywhere in a
 * worker.
 */

#ifndef BILLING_STORE_ZONE_H
#define BILLING_STORE_ZONE_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "event/metrics.h"
#include "store/answer.h"


/* One per configuration; the memory behind it is handed on at a reload. */
typedef struct billing_zone_s billing_zone_t;


/*
 * At configuration time.  NULL, with the reason logged, when out of memory or
 * when the name is taken.
 */
billing_zone_t *billing_zone_add(
    ngx_conf_t *cf, ngx_str_t *name, size_t size, void *tag);


/* The counters in it, once its memory is there. */
billing_metrics_t *billing_zone_metrics(billing_zone_t *zone);

/* Its size, and what of it nothing is in; in whole pages. */
void billing_zone_room(billing_zone_t *zone, size_t *size, size_t *unused);


/* Something in the domain has changed, or may have: its stamp does. */
void billing_zone_touch(billing_zone_t *zone, const ngx_str_t *domain);

/*
 * It is not known whether something in the domain has changed: none of its
 * answers holds any more, but they may still be better than none.
 */
void billing_zone_suspect(billing_zone_t *zone, const ngx_str_t *domain);

/*
 * Changes may have been missed: no answer in the zone, and none that is being
 * made, holds any more.  Stamps stay, for answers that are better than none.
 */
void billing_zone_doubt(billing_zone_t *zone);


/*
 * What an answer that is being made must find unchanged at its end.  No stamp
 * of a domain is ever given twice, not even to one that was forgotten and
 * comes back.
 */
typedef struct {
    uint64_t stamp; /* 0: there is no room, it cannot be kept */
    uint64_t doubt;
} billing_zone_ticket_t;

/* To be taken before anything is read that the answer is made of. */
void billing_zone_ticket(billing_zone_t *zone, const ngx_str_t *domain,
    billing_zone_ticket_t *ticket);


typedef struct {
    ngx_str_t        domain;
    ngx_str_t        key; /* all that the answer depends on */
    ngx_str_t        none_match;
    billing_coding_t coding;  /* the one that is wanted */
    unsigned         old : 1; /* also one that is outdated */
} billing_zone_wanted_t;

typedef enum {
    BILLING_ZONE_NONE = 0, /* of this key */
    BILLING_ZONE_CHANGED,  /* the domain, since */
    BILLING_ZONE_OLD,      /* or in doubt */
    BILLING_ZONE_FOUND,
    BILLING_ZONE_MATCHED, /* none_match names it: no body is copied */
    BILLING_ZONE_PLAIN    /* found, the coding not made yet */
} billing_zone_result_t;

/*
 * The answer, its body copied into the pool.  An outdated one is past its
 * time, or in doubt, but its domain was not touched.  Where the coding wanted
 * is of no use for the answer, FOUND comes with the identity.
 */
billing_zone_result_t billing_zone_answer_get(billing_zone_t *zone,
    const billing_zone_wanted_t *wanted, ngx_pool_t *pool,
    billing_answer_t *answer);

/*
 * Keeps an answer (identity) if nothing has changed since the ticket was
 * taken and it is not too large.  What was not used for longest makes room.
 */
void billing_zone_answer_put(billing_zone_t *zone, const ngx_str_t *domain,
    const ngx_str_t *key, const billing_zone_ticket_t *ticket,
    const billing_answer_t *answer);

/*
 * Keeps another coding of an answer that was PLAIN; an empty body: it is of
 * no use.
 */
void billing_zone_answer_put_coding(
    billing_zone_t *zone, const ngx_str_t *key, const billing_answer_t *answer);


#endif /* BILLING_STORE_ZONE_H */
