
/*
 * What lookups cost: calls to providers, counted by month and day.  Calls for
 * costs are counted where leave is given for them (_permit.c, which lists the
 * keys); here are the others, and what an administrator is told.
 */

#include "cost/ngx_http_billing_cost_usage.h"

#include <hiredis/hiredis.h>

#include "event/ngx_billing_lua.h"


static void ngx_http_billing_cost_usage_ignore(
    void *data, redisReply *reply, const char *error);


NGX_BILLING_LUA(ngx_http_billing_cost_usage_add_lua,
    "event/ngx_billing_redis_denied.lua",
    "cost/ngx_http_billing_cost_usage_add.lua");

static ngx_billing_redis_script_t ngx_http_billing_cost_usage_add = {
    .text = ngx_http_billing_cost_usage_add_lua,
};

NGX_BILLING_LUA(ngx_http_billing_cost_usage_sum_lua,
    "cost/ngx_http_billing_cost_usage_sum.lua");

static ngx_billing_redis_script_t ngx_http_billing_cost_usage_sum = {
    .text = ngx_http_billing_cost_usage_sum_lua,
    .reads = 1,
};


size_t
ngx_http_billing_cost_usage_key(const ngx_http_billing_cost_t *cost,
    const ngx_str_t *domain, billing_month_t month, u_char *p)
{
    char text[BILLING_MONTH_LEN];

    billing_month_format(month, text);

    return ngx_sprintf(p, "%V{%V}:usage:%s", &cost->conf.prefix, domain, text)
           - p;
}


size_t
ngx_http_billing_cost_usage_period(const ngx_http_billing_cost_t *cost,
    billing_day_t day, char period[BILLING_DAY_LEN])
{
    if (cost->conf.limit_days) {
        billing_day_format(day, period);
    } else {
        billing_month_format(billing_month_of(day), period);
    }

    return ngx_strlen(period);
}


void
ngx_http_billing_cost_count(ngx_http_billing_cost_t *cost,
    const ngx_str_t *domain, const char *provider, const ngx_str_t *account)
{
    u_char    *p;
    size_t     len;
    ngx_str_t  argv[3];
    ngx_uint_t n;

    len = ngx_strlen(provider);

    p = ngx_alloc(NGX_HTTP_BILLING_COST_USAGE_KEY(cost, *domain) + len
                      + sizeof("::linked") + (account ? account->len : 0),
        cost->conf.log);
    if (p == NULL) {
        return;
    }

    argv[0].data = p;
    argv[0].len = ngx_http_billing_cost_usage_key(
        cost, domain, billing_month_of(billing_day_of(ngx_time())), p);
    argv[1].data = (u_char *) provider;
    argv[1].len = len;
    n = 1;

    if (account != NULL) {
        p += argv[0].len;
        argv[2].data = p;
        argv[2].len = ngx_sprintf(p, "%s:%V:linked", provider, account) - p;
        n = 2;
    }

    /* a call that is not counted is no reason to fail anything */
    (void) ngx_billing_redis_eval(cost->conf.redis,
        &ngx_http_billing_cost_usage_add, 1, n, argv,
        ngx_http_billing_cost_usage_ignore, NULL);

    ngx_free(argv[0].data);
}


static void
ngx_http_billing_cost_usage_ignore(
    void *data, redisReply *reply, const char *error)
{
}


ngx_billing_redis_call_t *
ngx_http_billing_cost_usage(ngx_http_billing_cost_t *cost,
    const ngx_str_t *domain, ngx_billing_redis_done_pt done, void *data)
{
    u_char                    limit[NGX_INT_T_LEN];
    char                      period[BILLING_DAY_LEN];
    ngx_str_t                *argv;
    ngx_uint_t                i, n;
    billing_day_t             day;
    ngx_billing_redis_call_t *call;

    day = billing_day_of(ngx_time());

    for (n = 0; billing_providers[n] != NULL; n++) { /* void */
    }

    argv = ngx_alloc((3 + n) * sizeof(ngx_str_t)
                         + NGX_HTTP_BILLING_COST_USAGE_KEY(cost, *domain),
        cost->conf.log);
    if (argv == NULL) {
        return NULL;
    }

    argv[0].data = (u_char *) (argv + 3 + n);
    argv[0].len = ngx_http_billing_cost_usage_key(
        cost, domain, billing_month_of(day), argv[0].data);
    argv[1].data = (u_char *) period;
    argv[1].len = ngx_http_billing_cost_usage_period(cost, day, period);
    argv[2].data = limit;
    argv[2].len = ngx_sprintf(limit, "%ui", cost->conf.limit) - limit;

    for (i = 0; i < n; i++) {
        argv[3 + i].data = (u_char *) billing_providers[i]->id;
        argv[3 + i].len = ngx_strlen(argv[3 + i].data);
    }

    call = ngx_billing_redis_eval(cost->conf.redis,
        &ngx_http_billing_cost_usage_sum, 1, 2 + n, argv, done, data);

    ngx_free(argv);

    return call;
}


ngx_int_t
ngx_http_billing_cost_usage_read(const ngx_http_billing_cost_t *cost,
    const struct redisReply *reply, ngx_http_billing_cost_usage_t *usage)
{
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements != 2
        || reply->element[0]->type != REDIS_REPLY_INTEGER
        || reply->element[1]->type != REDIS_REPLY_INTEGER)
    {
        return NGX_ERROR;
    }

    billing_month_format(
        billing_month_of(billing_day_of(ngx_time())), usage->month);

    usage->calls = reply->element[0]->integer;
    usage->full = reply->element[1]->integer;
    usage->limit = cost->conf.limit;
    usage->days = cost->conf.limit_days;

    return NGX_OK;
}
