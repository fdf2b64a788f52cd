
/*
 * What lookups cost: calls to providers, counted by month and day.  Calls for
 * costs are counted where leave is given for them (permit.c, which lists the
 * keys); here are the others, and what an administrator is told.
 */

#include "fetch/usage.h"

#include <hiredis/hiredis.h>

#include "event/lua.h"
#include "fetch/names.h"


static void usage_ignore(void *data, redisReply *reply, const char *error);


BILLING_LUA(usage_add_lua, "event/redis_denied.lua", "fetch/usage_add.lua");

static billing_redis_script_t usage_add = {
    .text = usage_add_lua,
};

BILLING_LUA(usage_sum_lua, "fetch/usage_sum.lua");

static billing_redis_script_t usage_sum = {
    .text = usage_sum_lua,
    .reads = 1,
};


size_t
billing_usage_period(const billing_fetch_t *fetch, billing_day_t day,
    char period[BILLING_DAY_LEN])
{
    if (fetch->conf.limit_days) {
        billing_day_format(day, period);
    } else {
        billing_month_format(billing_month_of(day), period);
    }

    return ngx_strlen(period);
}


void
billing_usage_count(
    billing_fetch_t *fetch, const billing_owner_t *owner, const char *provider)
{
    size_t     len;
    ngx_str_t  argv[3];
    ngx_uint_t n;

    if (billing_names_usage(fetch, &owner->domain,
            billing_month_of(billing_day_of(ngx_time())), &argv[0])
        != NGX_OK)
    {
        return;
    }

    argv[1].data = (u_char *) provider;
    argv[1].len = ngx_strlen(provider);
    argv[2].data = NULL;
    n = 1;

    if (owner->account.len != 0) {
        len = argv[1].len + owner->account.len + sizeof("::linked");

        argv[2].data = ngx_alloc(len, fetch->conf.log);
        if (argv[2].data != NULL) {
            argv[2].len = ngx_snprintf(argv[2].data, len, "%s:%V:linked",
                              provider, &owner->account)
                          - argv[2].data;
            n = 2;
        }
    }

    /* a call that is not counted is no reason to fail anything */
    (void) billing_redis_client_eval(
        fetch->conf.redis, &usage_add, 1, n, argv, usage_ignore, NULL);

    if (argv[2].data != NULL) {
        ngx_free(argv[2].data);
    }

    ngx_free(argv[0].data);
}


static void
usage_ignore(void *data, redisReply *reply, const char *error)
{
}


billing_redis_call_t *
billing_usage_ask(billing_fetch_t *fetch, const ngx_str_t *domain,
    billing_redis_done_pt done, void *data)
{
    u_char                limit[NGX_INT_T_LEN];
    char                  period[BILLING_DAY_LEN];
    ngx_str_t            *argv;
    ngx_uint_t            i, n;
    billing_day_t         day;
    billing_redis_call_t *call;

    day = billing_day_of(ngx_time());

    for (n = 0; billing_providers[n] != NULL; n++) { /* void */
    }

    argv = ngx_alloc((3 + n) * sizeof(ngx_str_t), fetch->conf.log);
    if (argv == NULL) {
        return NULL;
    }

    if (billing_names_usage(fetch, domain, billing_month_of(day), &argv[0])
        != NGX_OK)
    {
        ngx_free(argv);
        return NULL;
    }

    argv[1].data = (u_char *) period;
    argv[1].len = billing_usage_period(fetch, day, period);
    argv[2].data = limit;
    argv[2].len = ngx_sprintf(limit, "%ui", fetch->conf.limit) - limit;

    for (i = 0; i < n; i++) {
        argv[3 + i].data = (u_char *) billing_providers[i]->id;
        argv[3 + i].len = ngx_strlen(argv[3 + i].data);
    }

    call = billing_redis_client_eval(
        fetch->conf.redis, &usage_sum, 1, 2 + n, argv, done, data);

    ngx_free(argv[0].data);
    ngx_free(argv);

    return call;
}


ngx_int_t
billing_usage_read(const billing_fetch_t *fetch, const redisReply *reply,
    billing_usage_t *usage)
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
    usage->limit = fetch->conf.limit;
    usage->days = fetch->conf.limit_days;

    return NGX_OK;
}
