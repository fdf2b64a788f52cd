
/*
 * The module: its directives, variables and life in master and workers.
 */

#include "http/conf.h"
#include "http/host.h"
#include "store/credential.h"
#include "store/write.h"

#include "core/json_arena.h"


/* Tasks at a time, of a worker; one processor is left to its loop. */
#define BILLING_THREADS 4

#define BILLING_CONCURRENCY     64
#define BILLING_CONCURRENCY_MIN 4


static ngx_int_t ngx_http_billing_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_http_billing_init_process(ngx_cycle_t *cycle);
static ngx_int_t module_init_clouds(
    billing_main_conf_t *bmcf, ngx_pool_t *pool);
static void ngx_http_billing_exit_process(ngx_cycle_t *cycle);


#define BILLING_BOUNDS(name, value, least, most)                      \
    static ngx_conf_num_bounds_t ngx_http_billing_##name##_bounds = { \
        ngx_conf_check_num_bounds, least, most                        \
    };

BILLING_MAIN_SETTINGS(BILLING_BOUNDS)


/* clang-format off */
#define BILLING_LOC_COMMAND(name, kind, value) \
    { ngx_string("billing_" #name), \
      NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF \
          | BILLING_##kind##_ARGS, \
      BILLING_##kind##_SET, NGX_HTTP_LOC_CONF_OFFSET, \
      offsetof(billing_loc_conf_t, name), NULL },

#define BILLING_MAIN_COMMAND(name, value, least, most) \
    { ngx_string("billing_" #name), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, \
      ngx_conf_set_num_slot, NGX_HTTP_MAIN_CONF_OFFSET, \
      offsetof(billing_main_conf_t, name), \
      &ngx_http_billing_##name##_bounds },
/* clang-format on */


static ngx_command_t ngx_http_billing_commands[] = {

    /* clang-format off */
    BILLING_LOC_SETTINGS(BILLING_LOC_COMMAND)
    BILLING_MAIN_SETTINGS(BILLING_MAIN_COMMAND)
    /* clang-format on */

    { ngx_string("billing"), NGX_HTTP_LOC_CONF | NGX_CONF_FLAG,
        ngx_http_billing_set_enable, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("billing_metrics"), NGX_HTTP_LOC_CONF | NGX_CONF_FLAG,
        ngx_http_billing_set_metrics, NGX_HTTP_LOC_CONF_OFFSET,
        offsetof(billing_loc_conf_t, metrics), NULL },

    { ngx_string("billing_redis"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1234,
        ngx_http_billing_set_redis, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("billing_redis_wait"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE2,
        ngx_http_billing_set_redis_wait, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("billing_zone"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1,
        ngx_http_billing_set_zone, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("billing_secret_key_file"),
        NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_http_billing_set_key_file,
        NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("billing_provider"), NGX_HTTP_MAIN_CONF | NGX_CONF_1MORE,
        ngx_http_billing_set_provider, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("billing_proxy"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE12,
        ngx_http_billing_set_proxy, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("billing_lookup_limit"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1,
        ngx_http_billing_set_lookup_limit, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("billing_cache_valid"),
        NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF
            | NGX_CONF_TAKE2,
        ngx_http_billing_set_cache_valid, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("billing_html"), NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1,
        ngx_http_billing_set_html, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("billing_base_path"), NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1,
        ngx_http_billing_set_base_path, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    ngx_null_command
};


static ngx_http_module_t ngx_http_billing_module_ctx = {
    ngx_http_billing_add_variables, /* preconfiguration */
    billing_conf_init,              /* postconfiguration */

    ngx_http_billing_create_main_conf, /* create main configuration */
    ngx_http_billing_init_main_conf,   /* init main configuration */

    NULL, /* create server configuration */
    NULL, /* merge server configuration */

    ngx_http_billing_create_loc_conf, /* create location configuration */
    ngx_http_billing_merge_loc_conf   /* merge location configuration */
};


ngx_module_t ngx_http_billing_module = { NGX_MODULE_V1,
    &ngx_http_billing_module_ctx,  /* module context */
    ngx_http_billing_commands,     /* module directives */
    NGX_HTTP_MODULE,               /* module type */
    NULL,                          /* init master */
    ngx_http_billing_init_module,  /* init module */
    ngx_http_billing_init_process, /* init process */
    NULL,                          /* init thread */
    NULL,                          /* exit thread */
    ngx_http_billing_exit_process, /* exit process */
    NULL,                          /* exit master */
    NGX_MODULE_V1_PADDING };


/* How the lookup engine reaches a provider. */

static ngx_int_t
module_fetch_provider(void *data, const ngx_str_t *domain, const ngx_str_t *id,
    billing_fetch_provider_t *provider)
{
    billing_main_conf_t *bmcf = data;

    ngx_str_t                name;
    billing_provider_conf_t *pc;

    name = *id;
    pc = billing_provider_conf(bmcf, &name);

    if (pc == NULL) {
        return NGX_DECLINED;
    }

    provider->provider = pc->provider;
    provider->endpoint = pc->endpoint;
    provider->login = pc->login;
    provider->region = pc->region;
    provider->host = billing_host(pc, domain);
    provider->ca_file = pc->ca_file.len ? (char *) pc->ca_file.data : NULL;
    provider->timeout = pc->timeout;
    provider->concurrency = pc->concurrency;
    provider->pace = pc->pace;
    provider->pace_time = pc->pace_time;
    provider->max_answer = pc->max_answer;

    return NGX_OK;
}


static json_t *
module_fetch_open(void *data, const ngx_str_t *domain,
    const billing_fetch_account_t *account, const billing_fault_t **fault)
{
    json_t              *plain;
    billing_main_conf_t *bmcf = data;

    billing_sealed_t credential;

    credential.domain = *domain;
    credential.account = account->id;
    credential.provider = account->provider;
    credential.sealed = account->credential;
    credential.version = account->version;

    plain = billing_credential_open(&bmcf->store, &credential);

    if (plain == NULL && billing_credential_bad(&bmcf->store, &credential)) {
        *fault = &billing_fault_sealed;
    }

    return plain;
}


static void
module_fetch_changed(void *data, const ngx_str_t *domain)
{
    billing_main_conf_t *bmcf = data;

    billing_store_changed(&bmcf->store, domain);
}


static void
module_fetch_told(void *data, billing_outcome_t outcome, ngx_str_t *values,
    ngx_uint_t nvalues)
{
}


/* What cannot be written is told by the next lookup. */
static void
module_fetch_state(void *data, const ngx_str_t *domain,
    const ngx_str_t *account, ngx_uint_t version, const char *state,
    billing_reason_t reason)
{
    billing_main_conf_t *bmcf = data;

    (void) billing_write_state(&bmcf->store, domain, account, version, state,
        reason, module_fetch_told, NULL);
}


static void
module_fetch_seen(void *data, const ngx_str_t *domain, const ngx_str_t *account,
    ngx_uint_t version, const ngx_str_t *linked)
{
    billing_main_conf_t *bmcf = data;

    (void) billing_write_seen(&bmcf->store, domain, account, version, linked,
        module_fetch_told, NULL);
}


/*
 * Transfers of a worker for lookups.  Together the workers have 64, but none
 * of them so few that a single account would be slow.
 */
static ngx_uint_t
module_concurrency(void)
{
    ngx_int_t        n;
    ngx_core_conf_t *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(
        ngx_cycle->conf_ctx, ngx_core_module);
    n = BILLING_CONCURRENCY / ngx_max(ccf->worker_processes, 1);

    return ngx_max(n, BILLING_CONCURRENCY_MIN);
}


static billing_fetch_t *
module_create_fetch(billing_main_conf_t *bmcf, ngx_log_t *log)
{
    billing_fetch_conf_t conf;

    ngx_memzero(&conf, sizeof(billing_fetch_conf_t));

    conf.prefix = bmcf->prefix;
    conf.redis = bmcf->store.redis;
    conf.curl = bmcf->curl;
    conf.threads = bmcf->threads;
    conf.concurrency = module_concurrency();
    conf.limit = bmcf->lookup_limit;
    conf.limit_days = bmcf->lookup_days;
    conf.log = log;
    conf.provider = module_fetch_provider;
    conf.open = module_fetch_open;
    conf.changed = module_fetch_changed;
    conf.state = module_fetch_state;
    conf.seen = module_fetch_seen;
    conf.data = bmcf;

    return billing_fetch_create(&conf);
}


static billing_cost_t *
module_create_cost(billing_main_conf_t *bmcf, ngx_log_t *log)
{
    billing_cost_conf_t conf;

    ngx_memzero(&conf, sizeof(billing_cost_conf_t));

    conf.fetch = bmcf->fetch;
    conf.redis = bmcf->store.redis;
    conf.log = log;

    return billing_cost_create(&conf);
}


static ngx_int_t
ngx_http_billing_init_module(ngx_cycle_t *cycle)
{
    billing_main_conf_t *bmcf;

    bmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_billing_module);

    /* a test of the configuration has no memory of that size */

    if (bmcf != NULL && bmcf->zone != NULL && !ngx_test_config) {
        billing_metrics_init(bmcf);
    }

    return NGX_OK;
}


/*
 * Also runs in cache manager and loader, which have no use for connections.
 */

static ngx_int_t
ngx_http_billing_init_process(ngx_cycle_t *cycle)
{
    billing_main_conf_t *bmcf;
    billing_curl_conf_t  curl_conf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    bmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_billing_module);

    if (bmcf == NULL || !bmcf->used) {
        return NGX_OK;
    }

    if (bmcf->zone != NULL) {
        billing_metrics_begin(billing_zone_metrics(bmcf->zone));
    }

    billing_json_arena_init();

    ngx_memzero(&curl_conf, sizeof(billing_curl_conf_t));

    /* lookups that hang must not keep a registration from its connection */
    curl_conf.max_host_connections = 2 * BILLING_CONCURRENCY;
    curl_conf.proxy = bmcf->proxy;

    bmcf->store.redis = billing_redis_create(&bmcf->redis_conf, cycle->log);
    bmcf->store.log = cycle->log;
    bmcf->store.zone = bmcf->zone;

    if (module_init_clouds(bmcf, cycle->pool) != NGX_OK) {
        return NGX_ERROR;
    }

    bmcf->curl = billing_curl_create(&curl_conf, cycle->log);
    bmcf->threads = billing_threads_create(bmcf->thread_pool,
        ngx_min(ngx_max(ngx_ncpu - 1, 1), BILLING_THREADS), cycle->log);

    if (bmcf->store.redis == NULL || bmcf->curl == NULL
        || bmcf->threads == NULL) {
        return NGX_ERROR;
    }

    bmcf->fetch = module_create_fetch(bmcf, cycle->log);
    if (bmcf->fetch == NULL) {
        return NGX_ERROR;
    }

    bmcf->cost = module_create_cost(bmcf, cycle->log);
    if (bmcf->cost == NULL) {
        return NGX_ERROR;
    }

    if (bmcf->zone == NULL) {
        return NGX_OK;
    }

    bmcf->watch = billing_watch_create(
        bmcf->store.redis, &bmcf->prefix, bmcf->zone, cycle->log);

    return bmcf->watch == NULL ? NGX_ERROR : NGX_OK;
}


/* What the store wants to know of providers. */

static ngx_int_t
module_init_clouds(billing_main_conf_t *bmcf, ngx_pool_t *pool)
{
    ngx_uint_t                i;
    const billing_provider_t *provider;
    billing_store_cloud_t    *clouds;

    clouds = ngx_palloc(pool, bmcf->nproviders * sizeof(billing_store_cloud_t));
    if (clouds == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < bmcf->nproviders; i++) {
        provider = bmcf->providers[i].provider;

        clouds[i].provider.data = (u_char *) provider->id;
        clouds[i].provider.len = ngx_strlen(provider->id);
        clouds[i].cloud.data = (u_char *) provider->cloud;
        clouds[i].cloud.len = ngx_strlen(provider->cloud);
    }

    bmcf->store.clouds = clouds;
    bmcf->store.nclouds = bmcf->nproviders;

    return NGX_OK;
}


static void
ngx_http_billing_exit_process(ngx_cycle_t *cycle)
{
    billing_main_conf_t *bmcf;

    bmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_billing_module);

    if (bmcf == NULL) {
        return;
    }

    if (bmcf->watch != NULL) {
        billing_watch_destroy(bmcf->watch);
        bmcf->watch = NULL;
    }

    if (bmcf->cost != NULL) {
        billing_cost_destroy(bmcf->cost);
        bmcf->cost = NULL;
    }

    if (bmcf->fetch != NULL) {
        billing_fetch_destroy(bmcf->fetch);
        bmcf->fetch = NULL;
    }

    if (bmcf->curl != NULL) {
        billing_curl_destroy(bmcf->curl);
        bmcf->curl = NULL;
    }

    if (bmcf->threads != NULL) {
        billing_threads_destroy(bmcf->threads);
        bmcf->threads = NULL;
    }

    billing_sync_store_destroy(&bmcf->store);

    if (bmcf->store.redis != NULL) {
        billing_redis_client_destroy(bmcf->store.redis);
        bmcf->store.redis = NULL;
    }

    billing_metrics_end();
}
