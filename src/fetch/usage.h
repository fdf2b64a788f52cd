
/*
 * What lookups cost: counts of calls.
 */

#ifndef BILLING_FETCH_USAGE_H
#define BILLING_FETCH_USAGE_H

#include "fetch/fetch.h"


/* What lookups of a domain have cost. */
typedef struct {
    char       month[BILLING_MONTH_LEN]; /* this one */
    ngx_uint_t calls;                    /* to all providers in it */
    ngx_uint_t limit;                    /* of an account; 0: none */
    ngx_uint_t days;                     /* 1: in a day, 0: in a month */
    ngx_uint_t full;                     /* accounts that have reached it */
} billing_usage_t;

/* Asks Redis; NULL when out of memory. */
billing_redis_call_t *billing_usage_ask(billing_fetch_t *fetch,
    const ngx_str_t *domain, billing_redis_done_pt done, void *data);

/* Reads the reply; NGX_ERROR: there was none. */
ngx_int_t billing_usage_read(const billing_fetch_t *fetch,
    const struct redisReply *reply, billing_usage_t *usage);

/* Counts a call that no permit was given for; account empty: of none yet. */
void billing_usage_count(
    billing_fetch_t *fetch, const billing_owner_t *owner, const char *provider);

/* The month or the day, whichever the limit is about; returns its length. */
size_t billing_usage_period(const billing_fetch_t *fetch, billing_day_t day,
    char period[BILLING_DAY_LEN]);


#endif /* BILLING_FETCH_USAGE_H */
