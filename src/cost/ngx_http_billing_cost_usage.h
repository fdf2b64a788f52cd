
/*
 * What lookups cost: counts of calls.
 */

#ifndef NGX_HTTP_BILLING_COST_USAGE_H
#define NGX_HTTP_BILLING_COST_USAGE_H

#include "cost/ngx_http_billing_cost_engine.h"


/* The size of a key, at most, and one; returns its length. */
#define NGX_HTTP_BILLING_COST_USAGE_KEY(cost, domain) \
    ((cost)->conf.prefix.len + (domain).len + sizeof("{}:usage:yyyy-mm"))

size_t ngx_http_billing_cost_usage_key(const ngx_http_billing_cost_t *cost,
    const ngx_str_t *domain, billing_month_t month, u_char *p);

/* The month or the day, whichever the limit is about; returns its length. */
size_t ngx_http_billing_cost_usage_period(const ngx_http_billing_cost_t *cost,
    billing_day_t day, char period[BILLING_DAY_LEN]);


#endif /* NGX_HTTP_BILLING_COST_USAGE_H */
