
/*
 * What a kept answer depends on, written down: equal keys are equal answers,
 * as long as nothing changes in the domain.  Numbers come in the machine's
 * own form, texts with their length before them, since an id or a list of
 * projects may hold any character.
 */

#include "http/ngx_http_billing_answers_internal.h"

#include "core/billing_hash.h"
#include "core/billing_query.h"


#define NGX_HTTP_BILLING_CANONICAL_MAX (64 * 1024)


/* A key that is being written; data is NULL while it is measured. */
typedef struct {
    u_char *data;
    size_t  len;
} ngx_http_billing_key_t;


static ngx_int_t ngx_http_billing_key_make(ngx_pool_t *pool, uint64_t print,
    uint64_t day, const ngx_http_billing_subject_t *subject, ngx_str_t *key);
static ngx_int_t ngx_http_billing_key_canonical(
    ngx_pool_t *pool, ngx_http_billing_subject_t *subject, billing_day_t today);
static void ngx_http_billing_key_write(ngx_http_billing_key_t *out,
    uint64_t print, uint64_t day, const ngx_http_billing_subject_t *subject);
static void ngx_http_billing_key_number(
    ngx_http_billing_key_t *out, uint64_t number);
static void ngx_http_billing_key_text(
    ngx_http_billing_key_t *out, const ngx_str_t *text);
static void ngx_http_billing_key_bytes(
    ngx_http_billing_key_t *out, const u_char *data, size_t len);
static void ngx_http_billing_print_text(
    uint64_t *print, const u_char *data, size_t len);


/* Dates that are not named are today's, and so is the answer's time. */
ngx_int_t
ngx_http_billing_answers_zone_key(ngx_pool_t *pool,
    ngx_http_billing_main_conf_t             *bmcf,
    const ngx_http_billing_subject_t *subject, ngx_str_t *key)
{
    return ngx_http_billing_key_make(pool, bmcf->node_print, 0, subject, key);
}


/* With the day: midnight is not the same moment for all nodes. */
ngx_int_t
ngx_http_billing_answers_shared_key(ngx_pool_t *pool,
    ngx_http_billing_main_conf_t               *bmcf,
    const ngx_http_billing_subject_t *subject, ngx_str_t *key)
{
    ngx_int_t                  rc;
    billing_day_t              today;
    ngx_http_billing_subject_t canonical;

    canonical = *subject;
    today = billing_day_of(ngx_time());

    rc = ngx_http_billing_key_canonical(pool, &canonical, today);
    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_billing_key_make(pool, bmcf->print, today, &canonical, key);
}


static ngx_int_t
ngx_http_billing_key_canonical(
    ngx_pool_t *pool, ngx_http_billing_subject_t *subject, billing_day_t today)
{
    ngx_int_t        rc;
    billing_buf_t    text;
    billing_query_t  query;
    billing_errors_t errors;

    if (!subject->route->csv) {
        return subject->args.len == 0 ? NGX_OK : NGX_DECLINED;
    }

    rc = NGX_DECLINED;

    billing_errors_init(&errors);
    billing_buf_init(&text, NGX_HTTP_BILLING_CANONICAL_MAX);

    if (billing_query_parse((billing_str_t){ (const char *) subject->args.data,
                                subject->args.len },
            today, &query, &errors)
            == BILLING_OK
        && !query.refresh && !query.explain)
    {
        billing_query_accept(&query, subject->csv);
        subject->csv = query.format != BILLING_FORMAT_JSON;

        if (billing_query_canonical(&query, &text) == BILLING_OK) {
            subject->args.len = text.len;
            subject->args.data = ngx_pnalloc(pool, text.len);

            if (subject->args.data != NULL) {
                ngx_memcpy(subject->args.data, text.data, text.len);
                rc = NGX_OK;
            }
        }
    }

    billing_buf_free(&text);
    billing_query_free(&query);
    billing_errors_free(&errors);

    return rc;
}


/* Written twice: to nowhere, which tells how long it is, and into its place. */
static ngx_int_t
ngx_http_billing_key_make(ngx_pool_t *pool, uint64_t print, uint64_t day,
    const ngx_http_billing_subject_t *subject, ngx_str_t *key)
{
    ngx_http_billing_key_t out;

    ngx_memzero(&out, sizeof(ngx_http_billing_key_t));
    ngx_http_billing_key_write(&out, print, day, subject);

    key->len = out.len;
    key->data = ngx_pnalloc(pool, out.len);
    if (key->data == NULL) {
        return NGX_ERROR;
    }

    out.data = key->data;
    out.len = 0;
    ngx_http_billing_key_write(&out, print, day, subject);

    return NGX_OK;
}


static void
ngx_http_billing_key_write(ngx_http_billing_key_t *out, uint64_t print,
    uint64_t day, const ngx_http_billing_subject_t *subject)
{
    ngx_uint_t                       i;
    const ngx_http_billing_caller_t *caller;

    caller = subject->caller;

    ngx_http_billing_key_number(out, print);
    ngx_http_billing_key_number(out, day);
    ngx_http_billing_key_number(out, subject->blcf->valid_current);
    ngx_http_billing_key_number(out, subject->blcf->valid_closed);
    ngx_http_billing_key_number(out, subject->csv * 2 + caller->all_projects);
    ngx_http_billing_key_text(out, &caller->domain);
    ngx_http_billing_key_text(out, &subject->route->path);
    ngx_http_billing_key_text(out, &subject->id);
    ngx_http_billing_key_text(out, &subject->args);

    for (i = 0; i < caller->nprojects; i++) {
        ngx_http_billing_key_text(out, &caller->projects[i]);
    }
}


static void
ngx_http_billing_key_number(ngx_http_billing_key_t *out, uint64_t number)
{
    ngx_http_billing_key_bytes(out, (u_char *) &number, sizeof(uint64_t));
}


static void
ngx_http_billing_key_text(ngx_http_billing_key_t *out, const ngx_str_t *text)
{
    ngx_http_billing_key_number(out, text->len);
    ngx_http_billing_key_bytes(out, text->data, text->len);
}


static void
ngx_http_billing_key_bytes(
    ngx_http_billing_key_t *out, const u_char *data, size_t len)
{
    if (out->data != NULL && len != 0) {
        ngx_memcpy(out->data + out->len, data, len);
    }

    out->len += len;
}


void
ngx_http_billing_answers_init(ngx_http_billing_main_conf_t *bmcf)
{
    ngx_uint_t                        i;
    ngx_str_t                         version, form;
    ngx_http_billing_provider_conf_t *pc;

    ngx_str_set(&version, NGX_HTTP_BILLING_VERSION);

    bmcf->print = BILLING_HASH;
    ngx_http_billing_print_text(&bmcf->print, version.data, version.len);

    /* another build's answers may be of another form, whatever it is called */

    form = ngx_http_billing_openapi();
    ngx_http_billing_print_text(&bmcf->print, form.data, form.len);

    for (i = 0; i < bmcf->nproviders; i++) {
        pc = &bmcf->providers[i];

        ngx_http_billing_print_text(&bmcf->print, (u_char *) pc->provider->id,
            ngx_strlen(pc->provider->id));
        ngx_http_billing_print_text(
            &bmcf->print, pc->endpoint.data, pc->endpoint.len);
        ngx_http_billing_print_text(&bmcf->print,
            (u_char *) (pc->enabled ? "on" : "off"), pc->enabled ? 2 : 3);
    }

    bmcf->node_print = bmcf->print;
    ngx_rbtree_init(&bmcf->asks, &bmcf->asks_end, ngx_str_rbtree_insert_value);

    ngx_http_billing_print_text(&bmcf->node_print, bmcf->redis_conf.name.data,
        bmcf->redis_conf.name.len);
    ngx_http_billing_print_text(&bmcf->node_print,
        (u_char *) &bmcf->redis_conf.db, sizeof(bmcf->redis_conf.db));
    ngx_http_billing_print_text(
        &bmcf->node_print, bmcf->prefix.data, bmcf->prefix.len);
}


static void
ngx_http_billing_print_text(uint64_t *print, const u_char *data, size_t len)
{
    *print = billing_hash(*print, data, len);
    *print = billing_hash(*print, &len, sizeof(size_t));
}
