
/*
 * Creating, merging and checking configurations.  Whatever cannot work is
 * refused here, at "nginx -t", so that nothing is found out by a request.
 */

#include "http/answers.h"
#include "http/conf.h"

#include "event/hiredis.h"


static ngx_int_t conf_init_providers(ngx_conf_t *cf, billing_main_conf_t *bmcf);
static char     *conf_check_loc(ngx_conf_t *cf, billing_loc_conf_t *conf);
static ngx_int_t ngx_http_billing_set_base(
    ngx_conf_t *cf, billing_loc_conf_t *conf);


void *
ngx_http_billing_create_main_conf(ngx_conf_t *cf)
{
    billing_main_conf_t *bmcf;

    bmcf = ngx_pcalloc(cf->pool, sizeof(billing_main_conf_t));
    if (bmcf == NULL) {
        return NULL;
    }

    if (conf_init_providers(cf, bmcf) != NGX_OK) {
        return NULL;
    }

#define BILLING_MAIN_UNSET(name, value, least, most) \
    bmcf->name = NGX_CONF_UNSET_UINT;

    BILLING_MAIN_SETTINGS(BILLING_MAIN_UNSET)

    return bmcf;
}


static ngx_int_t
conf_init_providers(ngx_conf_t *cf, billing_main_conf_t *bmcf)
{
    ngx_uint_t               i, n;
    billing_provider_conf_t *pc;

    for (n = 0; billing_providers[n] != NULL; n++) { /* void */
    }

    bmcf->providers = ngx_pcalloc(
        cf->pool, n * sizeof(billing_provider_conf_t));
    if (bmcf->providers == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        pc = &bmcf->providers[i];

        pc->provider = billing_providers[i];
        pc->endpoint.data = (u_char *) pc->provider->endpoint;
        pc->endpoint.len = ngx_strlen(pc->provider->endpoint);
        pc->timeout = 20000;
        pc->concurrency = pc->provider->concurrency;
        pc->pace = pc->provider->pace;
        pc->pace_time = pc->provider->pace_time * 1000;
        pc->enabled = !pc->provider->optional;

        if (pc->concurrency == 0) {
            pc->concurrency = 4;
        }
    }

    bmcf->nproviders = n;

    return NGX_OK;
}


char *
ngx_http_billing_init_main_conf(ngx_conf_t *cf, void *conf)
{
    billing_main_conf_t *bmcf = conf;

    if (bmcf->redis_conf.name.data != NULL && bmcf->prefix.data == NULL) {
        ngx_str_set(&bmcf->prefix, "billing:");
    }

#define BILLING_MAIN_INIT(name, value, least, most) \
    ngx_conf_init_uint_value(bmcf->name, value);

    BILLING_MAIN_SETTINGS(BILLING_MAIN_INIT)

    bmcf->redis_conf.replicas = bmcf->wait_replicas;
    bmcf->redis_conf.replicas_timeout = bmcf->wait_timeout;

    return NGX_CONF_OK;
}


void *
ngx_http_billing_create_loc_conf(ngx_conf_t *cf)
{
    billing_loc_conf_t *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(billing_loc_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    /* set by ngx_pcalloc(): base_path, html, name, base = { 0, NULL } */

#define BILLING_LOC_UNSET(name, kind, value) \
    conf->name = BILLING_##kind##_UNSET;

    BILLING_LOC_SETTINGS(BILLING_LOC_UNSET)

    conf->enable = NGX_CONF_UNSET;
    conf->metrics = NGX_CONF_UNSET;
    conf->valid_current = NGX_CONF_UNSET;
    conf->valid_closed = NGX_CONF_UNSET;

    return conf;
}


char *
ngx_http_billing_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    billing_loc_conf_t *prev = parent;
    billing_loc_conf_t *conf = child;

    ngx_http_core_loc_conf_t *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    /*
     * "billing" itself is not inherited, each location is mounted by itself;
     * but "if" and "limit_except" are the location they stand in
     */

    if (clcf->noname) {
        conf->enable = prev->enable;
        conf->base_path = prev->base_path;
        conf->html = prev->html;
        conf->name = prev->name;

        if (clcf->lmt_excpt && clcf->handler == NULL && conf->enable) {
            clcf->handler = ngx_http_billing_handler;
        }
    }

    if (conf->enable == NGX_CONF_UNSET) {
        conf->enable = 0;
    }

#define BILLING_LOC_MERGE(name, kind, value) \
    BILLING_##kind##_MERGE(conf->name, prev->name, value);

    BILLING_LOC_SETTINGS(BILLING_LOC_MERGE)

    ngx_conf_merge_sec_value(conf->valid_current, prev->valid_current, 3600);
    ngx_conf_merge_sec_value(conf->valid_closed, prev->valid_closed, 86400);

    return conf->enable ? conf_check_loc(cf, conf) : NGX_CONF_OK;
}


static char *
conf_check_loc(ngx_conf_t *cf, billing_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (conf->user == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
            "\"billing\" is on in location \"%V\" but \"billing_user\" is "
            "not set: nobody could use it",
            &clcf->name);
        return NGX_CONF_ERROR;
    }

    if (conf->role == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
            "\"billing\" is on in location \"%V\" but \"billing_role\" is "
            "not set: nobody could use it",
            &clcf->name);
        return NGX_CONF_ERROR;
    }

    /*
     * nginx would answer a too large body with a page of its own; the limit
     * on bodies is ours (body.c)
     */

    clcf->client_max_body_size = 0;

    return ngx_http_billing_set_base(cf, conf) == NGX_OK ? NGX_CONF_OK
                                                         : NGX_CONF_ERROR;
}


/* A location's name may hold any character. */

static ngx_int_t
ngx_http_billing_set_base(ngx_conf_t *cf, billing_loc_conf_t *conf)
{
    uintptr_t n;
    ngx_str_t path;

    path = conf->base_path.len ? conf->base_path : conf->name;
    n = ngx_escape_uri(NULL, path.data, path.len, NGX_ESCAPE_URI);

    if (n == 0) {
        conf->base = path;
        return NGX_OK;
    }

    conf->base.len = path.len + 2 * n;
    conf->base.data = ngx_pnalloc(cf->pool, conf->base.len);
    if (conf->base.data == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_escape_uri(conf->base.data, path.data, path.len, NGX_ESCAPE_URI);

    return NGX_OK;
}


ngx_int_t
billing_conf_init(ngx_conf_t *cf)
{
    ngx_http_handler_pt       *handler;
    ngx_http_core_main_conf_t *cmcf;
    billing_main_conf_t       *bmcf;

    bmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_billing_module);

    if (bmcf->metrics && bmcf->zone == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
            "\"billing_metrics\" is on but \"billing_zone\" is not set: the "
            "counters of all workers lie there");
        return NGX_ERROR;
    }

    /* without a directive of ours, too: it is there, and others may suffer */

    if (billing_hiredis_check(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!bmcf->used) {
        return NGX_OK;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    handler = ngx_array_push(&cmcf->phases[NGX_HTTP_LOG_PHASE].handlers);
    if (handler == NULL) {
        return NGX_ERROR;
    }

    *handler = billing_metrics_log;

    if (bmcf->redis_conf.name.data == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
            "\"billing\" is on but \"billing_redis\" is not set");
        return NGX_ERROR;
    }

    if (bmcf->key_file.data == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
            "\"billing\" is on but \"billing_secret_key_file\" is not set");
        return NGX_ERROR;
    }

    bmcf->store.prefix = bmcf->prefix;
    billing_answers_key_init(bmcf);

    return NGX_OK;
}
