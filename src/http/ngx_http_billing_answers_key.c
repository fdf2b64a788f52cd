
/*
 * What a kept answer depends on, written down: equal keys are equal answers,
 * as long as nothing changes in the domain.  Numbers come in the machine's
 * own form, texts with their length before them, since an id or a list of
 * projects may hold any character.
 */

#include "http/ngx_http_billing_answers_internal.h"

#include "core/billing_query.h"


#define NGX_HTTP_BILLING_CANONICAL_MAX (64 * 1024)


static u_char *ngx_http_billing_key_number(u_char *p, uint64_t number);
static u_char *ngx_http_billing_key_text(u_char *p, const ngx_str_t *text);
static void    ngx_http_billing_print_text(
       uint64_t *print, const u_char *data, size_t len);


ngx_int_t
ngx_http_billing_answers_key(
    ngx_pool_t *pool, const ngx_http_billing_subject_t *subject, ngx_str_t *key)
{
    size_t                           len;
    u_char                          *p;
    ngx_uint_t                       i;
    const ngx_http_billing_caller_t *caller;

    caller = subject->caller;

    /* as many numbers as are written below */

    len = (10 + caller->nprojects) * sizeof(uint64_t) + caller->domain.len
          + subject->route->path.len + subject->id.len + subject->args.len;

    for (i = 0; i < caller->nprojects; i++) {
        len += caller->projects[i].len;
    }

    p = ngx_pnalloc(pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    key->data = p;

    p = ngx_http_billing_key_number(p, subject->print);
    p = ngx_http_billing_key_number(p, subject->day);
    p = ngx_http_billing_key_number(p, subject->blcf->valid_current);
    p = ngx_http_billing_key_number(p, subject->blcf->valid_closed);
    p = ngx_http_billing_key_number(p, subject->csv * 2 + caller->all_projects);
    p = ngx_http_billing_key_text(p, &caller->domain);
    p = ngx_http_billing_key_text(p, &subject->route->path);
    p = ngx_http_billing_key_text(p, &subject->id);
    p = ngx_http_billing_key_text(p, &subject->args);

    for (i = 0; i < caller->nprojects; i++) {
        p = ngx_http_billing_key_text(p, &caller->projects[i]);
    }

    key->len = p - key->data;

    return NGX_OK;
}


static u_char *
ngx_http_billing_key_number(u_char *p, uint64_t number)
{
    return ngx_cpymem(p, &number, sizeof(uint64_t));
}


static u_char *
ngx_http_billing_key_text(u_char *p, const ngx_str_t *text)
{
    p = ngx_http_billing_key_number(p, text->len);

    return ngx_cpymem(p, text->data, text->len);
}


void
ngx_http_billing_answers_init(ngx_http_billing_main_conf_t *bmcf)
{
    ngx_uint_t                        i;
    ngx_str_t                         version;
    ngx_http_billing_provider_conf_t *pc;

    ngx_str_set(&version, NGX_HTTP_BILLING_VERSION);

    bmcf->print = 14695981039346656037ULL; /* FNV-1a */
    ngx_http_billing_print_text(&bmcf->print, version.data, version.len);

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
    size_t i;

    for (i = 0; i < len; i++) {
        *print = (*print ^ data[i]) * 1099511628211ULL;
    }

    *print = (*print ^ len) * 1099511628211ULL;
}
