
/*
 * Shows the curl bridge to the tests.  In a location with "curl_test" a GET
 * with these arguments starts n transfers and answers with what became of
 * each, as JSON, when the last has ended:
 *
 *   url, n, method, header, body, ca, timeout, connect_timeout, max_body
 *   sigv4           signs for this service, with the key in "key"
 *   local=1         it is a service of this machine
 *   on_done=cancel  the first that ends cancels all, itself included
 *   on_done=start   who ends starts another one, "more" times in all
 *   detach=1        answers at once; what becomes of them is logged
 *
 * "do=cancel" cancels the transfers of all requests, "do=stats" tells how
 * many connections nginx uses and how many transfers run.
 */

#include "ngx_http_curl_test.h"

#include <ngx_md5.h>


static ngx_int_t ngx_http_curl_test_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_curl_test_run(ngx_http_request_t *r);
static ngx_http_curl_test_run_t *ngx_http_curl_test_create_run(
    ngx_http_request_t *r);
static void ngx_http_curl_test_read_args(
    ngx_http_curl_test_run_t *run, ngx_http_request_t *r);
static ngx_int_t ngx_http_curl_test_detach(ngx_http_curl_test_run_t *run);
static ngx_str_t ngx_http_curl_test_arg(
    ngx_http_request_t *r, ngx_pool_t *pool, char *name);
static ngx_uint_t ngx_http_curl_test_number(
    ngx_http_request_t *r, char *name, ngx_uint_t otherwise);
static ngx_int_t ngx_http_curl_test_start(ngx_http_curl_test_run_t *run);
static ngx_int_t ngx_http_curl_test_request(
    ngx_http_curl_test_run_t *run, billing_http_request_t *request);
static void ngx_http_curl_test_done(
    void *data, const billing_curl_result_t *result);
static void       ngx_http_curl_test_react(ngx_http_curl_test_item_t *item);
static ngx_uint_t ngx_http_curl_test_cancel(ngx_http_curl_test_run_t *run);
static ngx_uint_t ngx_http_curl_test_cancel_all(
    ngx_http_curl_test_main_conf_t *conf);
static void  ngx_http_curl_test_finish(ngx_http_curl_test_run_t *run);
static void  ngx_http_curl_test_cleanup(void *data);
static void *ngx_http_curl_test_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_curl_test(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_curl_test_proxy(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static ngx_int_t ngx_http_curl_test_init_process(ngx_cycle_t *cycle);
static void      ngx_http_curl_test_exit_process(ngx_cycle_t *cycle);


static ngx_command_t ngx_http_curl_test_commands[] = {

    { ngx_string("curl_test"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS,
        ngx_http_curl_test, 0, 0, NULL },

    { ngx_string("curl_test_max_connections"),
        NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_conf_set_num_slot,
        NGX_HTTP_MAIN_CONF_OFFSET,
        offsetof(ngx_http_curl_test_main_conf_t, conf.max_connections), NULL },

    { ngx_string("curl_test_max_host_connections"),
        NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_conf_set_num_slot,
        NGX_HTTP_MAIN_CONF_OFFSET,
        offsetof(ngx_http_curl_test_main_conf_t, conf.max_host_connections),
        NULL },

    { ngx_string("curl_test_proxy"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE12,
        ngx_http_curl_test_proxy, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("curl_test_max_memory"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1,
        ngx_conf_set_size_slot, NGX_HTTP_MAIN_CONF_OFFSET,
        offsetof(ngx_http_curl_test_main_conf_t, conf.max_memory), NULL },

    ngx_null_command
};


static ngx_http_module_t ngx_http_curl_test_module_ctx = {
    NULL, /* preconfiguration */
    NULL, /* postconfiguration */

    ngx_http_curl_test_create_main_conf, /* create main configuration */
    NULL,                                /* init main configuration */

    NULL, /* create server configuration */
    NULL, /* merge server configuration */

    NULL, /* create location configuration */
    NULL  /* merge location configuration */
};


ngx_module_t ngx_http_curl_test_module = { NGX_MODULE_V1,
    &ngx_http_curl_test_module_ctx,  /* module context */
    ngx_http_curl_test_commands,     /* module directives */
    NGX_HTTP_MODULE,                 /* module type */
    NULL,                            /* init master */
    NULL,                            /* init module */
    ngx_http_curl_test_init_process, /* init process */
    NULL,                            /* init thread */
    NULL,                            /* exit thread */
    ngx_http_curl_test_exit_process, /* exit process */
    NULL,                            /* exit master */
    NGX_MODULE_V1_PADDING };


static ngx_int_t
ngx_http_curl_test_handler(ngx_http_request_t *r)
{
    ngx_int_t                       rc;
    ngx_str_t                       what;
    ngx_http_curl_test_main_conf_t *conf;

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    conf = ngx_http_get_module_main_conf(r, ngx_http_curl_test_module);
    what = ngx_http_curl_test_arg(r, r->pool, "do");

    if (ngx_strcmp(what.data, "stats") == 0) {
        return ngx_http_curl_test_stats(r, 0);
    }

    if (ngx_strcmp(what.data, "cancel") == 0) {
        return ngx_http_curl_test_stats(r, ngx_http_curl_test_cancel_all(conf));
    }

    return ngx_http_curl_test_run(r);
}


static ngx_int_t
ngx_http_curl_test_run(ngx_http_request_t *r)
{
    ngx_uint_t                i, n;
    ngx_http_cleanup_t       *cln;
    ngx_http_curl_test_run_t *run;

    cln = ngx_http_cleanup_add(r, 0);
    if (cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    run = ngx_http_curl_test_create_run(r);
    if (run == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    cln->handler = ngx_http_curl_test_cleanup;
    cln->data = run;

    n = ngx_http_curl_test_number(r, "n", 1);

    for (i = 0; i < n; i++) {
        if (ngx_http_curl_test_start(run) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    if (ngx_http_curl_test_number(r, "detach", 0)) {
        cln->handler = NULL;
        return ngx_http_curl_test_detach(run);
    }

    r->read_event_handler = ngx_http_test_reading;
    r->main->count++;

    return NGX_DONE;
}


static ngx_http_curl_test_run_t *
ngx_http_curl_test_create_run(ngx_http_request_t *r)
{
    ngx_pool_t                     *pool;
    ngx_http_curl_test_run_t       *run;
    ngx_http_curl_test_main_conf_t *conf;

    conf = ngx_http_get_module_main_conf(r, ngx_http_curl_test_module);

    pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    run = ngx_pcalloc(pool, sizeof(ngx_http_curl_test_run_t));
    if (run == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    run->pool = pool;
    run->request = r;
    run->curl = conf->curl;
    run->max = ngx_http_curl_test_number(r, "n", 1)
               + ngx_http_curl_test_number(r, "more", 0);
    run->items = ngx_pcalloc(
        pool, run->max * sizeof(ngx_http_curl_test_item_t));
    if (run->items == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    ngx_queue_insert_tail(&conf->runs, &run->queue);
    ngx_http_curl_test_read_args(run, r);

    return run;
}


static void
ngx_http_curl_test_read_args(
    ngx_http_curl_test_run_t *run, ngx_http_request_t *r)
{
    ngx_str_t ca;

    run->url = ngx_http_curl_test_arg(r, run->pool, "url");
    run->method = ngx_http_curl_test_arg(r, run->pool, "method");
    run->header = ngx_http_curl_test_arg(r, run->pool, "header");
    run->body = ngx_http_curl_test_arg(r, run->pool, "body");
    run->on_done = ngx_http_curl_test_arg(r, run->pool, "on_done");
    run->sigv4 = ngx_http_curl_test_arg(r, run->pool, "sigv4");
    run->key = ngx_http_curl_test_arg(r, run->pool, "key");
    run->local = ngx_http_curl_test_number(r, "local", 0);

    ca = ngx_http_curl_test_arg(r, run->pool, "ca");
    run->options.ca_file = ca.len ? (char *) ca.data : NULL;
    run->options.timeout = ngx_http_curl_test_number(r, "timeout", 0);
    run->options.connect_timeout = ngx_http_curl_test_number(
        r, "connect_timeout", 0);
    run->options.max_body = ngx_http_curl_test_number(r, "max_body", 0);
}


static ngx_int_t
ngx_http_curl_test_detach(ngx_http_curl_test_run_t *run)
{
    ngx_http_request_t *r;

    r = run->request;
    run->request = NULL;

    return ngx_http_curl_test_stats(r, 0);
}


/* A NUL-terminated copy, empty when there is none. */
static ngx_str_t
ngx_http_curl_test_arg(ngx_http_request_t *r, ngx_pool_t *pool, char *name)
{
    u_char   *dst, *src;
    ngx_str_t value, text;

    ngx_str_set(&text, "");

    if (ngx_http_arg(r, (u_char *) name, ngx_strlen(name), &value) != NGX_OK) {
        return text;
    }

    dst = ngx_pcalloc(pool, value.len + 1);
    if (dst == NULL) {
        return text;
    }

    text.data = dst;
    src = value.data;
    ngx_unescape_uri(&dst, &src, value.len, 0);
    text.len = dst - text.data;
    *dst = '\0';

    return text;
}


static ngx_uint_t
ngx_http_curl_test_number(
    ngx_http_request_t *r, char *name, ngx_uint_t otherwise)
{
    ngx_int_t n;
    ngx_str_t text;

    text = ngx_http_curl_test_arg(r, r->pool, name);
    n = ngx_atoi(text.data, text.len);

    return n == NGX_ERROR ? otherwise : (ngx_uint_t) n;
}


static ngx_int_t
ngx_http_curl_test_start(ngx_http_curl_test_run_t *run)
{
    billing_http_request_t     request;
    ngx_http_curl_test_item_t *item;

    if (ngx_http_curl_test_request(run, &request) != NGX_OK) {
        billing_http_request_free(&request);
        return NGX_ERROR;
    }

    item = &run->items[run->n];
    item->run = run;

    run->starting = 1;
    item->transfer = billing_curl_start(
        run->curl, &request, &run->options, ngx_http_curl_test_done, item);
    run->starting = 0;

    if (item->transfer == NULL || request.url.data != NULL
        || request.headers[0].data != NULL || request.body.data != NULL)
    {
        return NGX_ERROR;
    }

    run->n++;
    run->left++;

    return NGX_OK;
}


static ngx_int_t
ngx_http_curl_test_request(
    ngx_http_curl_test_run_t *run, billing_http_request_t *request)
{
    u_char          *colon;
    billing_str_t    name, value;
    billing_status_t status;

    billing_http_request_init(request);
    request->local = run->local != 0;
    request->method = ngx_strcmp(run->method.data, "POST") == 0
                          ? BILLING_HTTP_POST
                          : BILLING_HTTP_GET;

    status = billing_buf_add(&request->url, run->url.data, run->url.len);

    if (status == BILLING_OK) {
        status = billing_buf_add(&request->body, run->body.data, run->body.len);
    }

    if (status == BILLING_OK && run->sigv4.len != 0) {
        request->auth = BILLING_AUTH_SIGV4;
        (void) billing_buf_add(
            &request->service, run->sigv4.data, run->sigv4.len);
        status = billing_buf_add(&request->key, run->key.data, run->key.len);
    }

    colon = (u_char *) ngx_strchr(run->header.data, ':');

    if (status == BILLING_OK && colon != NULL) {
        name.data = (char *) run->header.data;
        name.len = colon - run->header.data;
        value = billing_str_from((char *) colon + 1);
        status = billing_http_request_header(request, name, value);
    }

    return status == BILLING_OK ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_curl_test_done(void *data, const billing_curl_result_t *result)
{
    ngx_md5_t                  md5;
    ngx_str_t                  error;
    ngx_http_curl_test_run_t  *run;
    ngx_http_curl_test_item_t *item = data;

    run = item->run;
    run->inside |= run->starting;

    item->calls++;
    item->result = *result;

    /* it lives as long as the transfer */
    if (result->error != NULL) {
        error.data = (u_char *) result->error;
        error.len = ngx_strlen(error.data) + 1;
        item->result.error = (char *) ngx_pstrdup(run->pool, &error);
    }

    ngx_md5_init(&md5);
    ngx_md5_update(&md5, result->body, result->len);
    ngx_md5_final(item->md5, &md5);

    ngx_http_curl_test_react(item);

    item->transfer = NULL;
    run->left--;

    if (run->left == 0) {
        ngx_http_curl_test_finish(run);
    }
}


static void
ngx_http_curl_test_react(ngx_http_curl_test_item_t *item)
{
    ngx_http_curl_test_run_t *run;

    run = item->run;

    if (ngx_strcmp(run->on_done.data, "cancel") == 0) {
        billing_curl_cancel(item->transfer);
        item->transfer = NULL;
        (void) ngx_http_curl_test_cancel(run);
    }

    if (ngx_strcmp(run->on_done.data, "start") == 0 && run->n < run->max) {
        if (ngx_http_curl_test_start(run) != NGX_OK) {
            ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                "no new transfer from a callback");
        }
    }
}


static ngx_uint_t
ngx_http_curl_test_cancel(ngx_http_curl_test_run_t *run)
{
    ngx_uint_t                 i, n;
    ngx_http_curl_test_item_t *item;

    n = 0;

    for (i = 0; i < run->n; i++) {
        item = &run->items[i];

        if (item->transfer != NULL) {
            billing_curl_cancel(item->transfer);
            item->transfer = NULL;
            item->cancelled = 1;
            run->left--;
            n++;
        }
    }

    return n;
}


static ngx_uint_t
ngx_http_curl_test_cancel_all(ngx_http_curl_test_main_conf_t *conf)
{
    ngx_uint_t                n;
    ngx_queue_t              *q, *next;
    ngx_http_curl_test_run_t *run;

    n = 0;

    for (q = ngx_queue_head(&conf->runs); q != ngx_queue_sentinel(&conf->runs);
         q = next)
    {
        next = ngx_queue_next(q);
        run = ngx_queue_data(q, ngx_http_curl_test_run_t, queue);
        n += ngx_http_curl_test_cancel(run);
        ngx_http_curl_test_finish(run);
    }

    return n;
}


static void
ngx_http_curl_test_finish(ngx_http_curl_test_run_t *run)
{
    ngx_connection_t *c;

    if (run->request == NULL) {
        ngx_http_curl_test_log(run);
        ngx_http_curl_test_cleanup(run);
        return;
    }

    c = run->request->connection;

    ngx_http_finalize_request(run->request, ngx_http_curl_test_report(run));
    ngx_http_run_posted_requests(c);
}


/* The request ends: when it has been answered, or as the client has gone. */
static void
ngx_http_curl_test_cleanup(void *data)
{
    ngx_http_curl_test_run_t *run = data;

    (void) ngx_http_curl_test_cancel(run);
    ngx_queue_remove(&run->queue);
    ngx_destroy_pool(run->pool);
}


static void *
ngx_http_curl_test_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_curl_test_main_conf_t *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_curl_test_main_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->conf.max_connections = NGX_CONF_UNSET_UINT;
    conf->conf.max_host_connections = NGX_CONF_UNSET_UINT;
    conf->conf.max_memory = NGX_CONF_UNSET_SIZE;
    ngx_queue_init(&conf->runs);

    return conf;
}


static char *
ngx_http_curl_test(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_core_loc_conf_t *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_curl_test_handler;

    return NGX_CONF_OK;
}


static char *
ngx_http_curl_test_proxy(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_curl_test_main_conf_t *main = conf;

    char      *rc;
    ngx_str_t *value, list;

    value = cf->args->elts;
    main->conf.proxy = &main->proxy;

    rc = billing_curl_proxy_parse(cf, &value[1], &main->proxy);

    if (rc != NGX_CONF_OK || cf->args->nelts == 2) {
        return rc;
    }

    list.data = value[2].data + sizeof("no_proxy=") - 1;
    list.len = value[2].len - (sizeof("no_proxy=") - 1);

    return billing_curl_proxy_except(cf, &list, &main->proxy);
}


static ngx_int_t
ngx_http_curl_test_init_process(ngx_cycle_t *cycle)
{
    billing_curl_conf_t            *limits;
    ngx_http_curl_test_main_conf_t *conf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    conf = ngx_http_cycle_get_module_main_conf(
        cycle, ngx_http_curl_test_module);
    limits = &conf->conf;

    ngx_conf_init_uint_value(limits->max_connections, 0);
    ngx_conf_init_uint_value(limits->max_host_connections, 0);
    ngx_conf_init_size_value(limits->max_memory, 0);

    conf->curl = billing_curl_create(limits, cycle->log);

    return conf->curl == NULL ? NGX_ERROR : NGX_OK;
}


static void
ngx_http_curl_test_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_curl_test_main_conf_t *conf;

    conf = ngx_http_cycle_get_module_main_conf(
        cycle, ngx_http_curl_test_module);

    if (conf->curl != NULL) {
        billing_curl_destroy(conf->curl);
    }
}
