
/* Names of keys: the only place that puts one together. */

#include "fetch/names.h"

#include "event/str.h"


static void *names_alloc(billing_fetch_t *fetch, ngx_pool_t *pool, size_t size);
static ngx_int_t names_make(billing_fetch_t *fetch, ngx_pool_t *pool,
    const ngx_str_t *domain, size_t size, ngx_str_t *name, const char *fmt,
    ...);
static char      names_granularity(billing_granularity_t granularity);


static void *
names_alloc(billing_fetch_t *fetch, ngx_pool_t *pool, size_t size)
{
    return pool != NULL ? ngx_pnalloc(pool, size)
                        : ngx_alloc(size, fetch->conf.log);
}


/* size: of what fmt makes, at most. */
static ngx_int_t
names_make(billing_fetch_t *fetch, ngx_pool_t *pool, const ngx_str_t *domain,
    size_t size, ngx_str_t *name, const char *fmt, ...)
{
    u_char    *p, *last;
    va_list    args;
    ngx_str_t *prefix;

    prefix = &fetch->conf.prefix;
    size += prefix->len + domain->len + sizeof("{}:") - 1;

    p = names_alloc(fetch, pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    last = p + size;
    name->data = p;
    p = ngx_slprintf(p, last, "%V{%V}:", prefix, domain);

    va_start(args, fmt);
    p = ngx_vslprintf(p, last, fmt, args);
    va_end(args);

    name->len = p - name->data;

    return NGX_OK;
}


static char
names_granularity(billing_granularity_t granularity)
{
    return granularity == BILLING_DAILY ? 'D' : 'M';
}


ngx_int_t
billing_names_cost(billing_fetch_t *fetch, ngx_pool_t *pool,
    const billing_owner_t *owner, billing_granularity_t granularity,
    billing_apart_t apart, billing_month_t month, ngx_str_t *key)
{
    char text[BILLING_MONTH_LEN];

    /* what charges are asked for with, in a question of their own */
    static const char *const aparts[] = { "", "s", "d" };

    billing_month_format(month, text);

    return names_make(fetch, pool, &owner->domain,
        owner->account.len + NGX_INT_T_LEN + BILLING_MONTH_LEN
            + sizeof("cost:::Ms:"),
        key, "cost:%V:%ui:%c%s:%s", &owner->account, owner->version,
        names_granularity(granularity), aparts[apart], text);
}


ngx_int_t
billing_names_account(billing_fetch_t *fetch, ngx_pool_t *pool,
    const billing_owner_t *owner, const char *behind, ngx_str_t *name)
{
    return names_make(fetch, pool, &owner->domain,
        owner->account.len + sizeof("account:") + ngx_strlen(behind), name,
        "account:%V%s", &owner->account, behind);
}


ngx_int_t
billing_names_owner(billing_fetch_t *fetch, ngx_pool_t *pool,
    const billing_owner_t *owner, const char *what, ngx_str_t *name)
{
    return names_make(fetch, pool, &owner->domain,
        ngx_strlen(what) + owner->account.len + NGX_INT_T_LEN + sizeof("::"),
        name, "%s:%V:%ui", what, &owner->account, owner->version);
}


ngx_int_t
billing_names_resume(billing_flight_t *flight, ngx_str_t *name)
{
    char                   day[BILLING_DAY_LEN];
    const billing_owner_t *owner;

    owner = &flight->owner;
    billing_day_format(flight->start, day);

    return names_make(flight->fetch, flight->pool, &owner->domain,
        owner->account.len + 2 * NGX_INT_T_LEN + BILLING_DAY_LEN
            + sizeof("resume:::M:"),
        name, "resume:%V:%ui:%c%ui:%s", &owner->account, owner->version,
        names_granularity(flight->granularity), (ngx_uint_t) flight->apart,
        day);
}


ngx_int_t
billing_names_paced(billing_fetch_t *fetch, const ngx_str_t *domain,
    const char *provider, const ngx_str_t *linked, ngx_str_t *name)
{
    return names_make(fetch, NULL, domain,
        ngx_strlen(provider) + linked->len + sizeof("paced::"), name,
        "paced:%s:%V", provider, linked);
}


ngx_int_t
billing_names_usage(billing_fetch_t *fetch, const ngx_str_t *domain,
    billing_month_t month, ngx_str_t *name)
{
    char text[BILLING_MONTH_LEN];

    billing_month_format(month, text);

    return names_make(
        fetch, NULL, domain, sizeof("usage:yyyy-mm"), name, "usage:%s", text);
}


ngx_int_t
billing_names_block(billing_fetch_t *fetch, ngx_pool_t *pool,
    const ngx_str_t *key, uint64_t scope, ngx_str_t *name)
{
    name->data = names_alloc(fetch, pool, key->len + 1 + 16);
    if (name->data == NULL) {
        return NGX_ERROR;
    }

    name->len = ngx_sprintf(name->data, "%V:%016xL", key, scope) - name->data;

    return NGX_OK;
}


ngx_int_t
billing_names_lock(billing_fetch_block_t *block)
{
    billing_flight_t *flight;

    flight = block->flight;

    if (billing_str_dup(flight->pool, &block->lock, &block->key) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_memcpy(block->lock.data + flight->fetch->conf.prefix.len + sizeof("{}:")
                   - 1 + flight->owner.domain.len,
        "lock", sizeof("cost") - 1);

    return NGX_OK;
}


ngx_int_t
billing_names_credential(
    billing_fetch_t *fetch, const billing_owner_t *owner, ngx_str_t *name)
{
    name->data = ngx_alloc(
        owner->domain.len + owner->account.len + NGX_INT_T_LEN + sizeof("::"),
        fetch->conf.log);
    if (name->data == NULL) {
        return NGX_ERROR;
    }

    name->len = ngx_sprintf(name->data, "%V:%V:%ui", &owner->domain,
                    &owner->account, owner->version)
                - name->data;

    return NGX_OK;
}
