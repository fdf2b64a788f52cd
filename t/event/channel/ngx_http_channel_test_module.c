
/*
 * A channel of Redis behind HTTP, for tests.
 *
 *     channel_test_server  URL name [connect timeout];  (http)
 *     channel_test;                                     (location)
 *
 * The answer says, in JSON, what has come so far: "messages", the text of the
 * "last" one, how often there may have been a gap ("gaps"), whether the last
 * "age" milliseconds (argument) are the only ones that may lack something
 * ("proved"), and how many messages had come before the first connect
 * ("early").  With "block=500" the worker does nothing for so long before.
 */

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "event/redis_channel.h"


typedef struct {
    billing_redis_conf_t redis;
    ngx_str_t            name;
} ngx_http_channel_test_main_conf_t;


static ngx_int_t ngx_http_channel_test_init_process(ngx_cycle_t *cycle);
static void      ngx_http_channel_test_exit_process(ngx_cycle_t *cycle);
static void  ngx_http_channel_test_message(void *data, const ngx_str_t *text);
static void  ngx_http_channel_test_again(void *data);
static void *ngx_http_channel_test_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_channel_test_server(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_channel_test(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static ngx_int_t ngx_http_channel_test_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_channel_test_number(
    ngx_http_request_t *r, char *name, ngx_int_t missing);


static billing_redis_channel_t *ngx_http_channel_test_channel;

static ngx_uint_t ngx_http_channel_test_messages;
static ngx_uint_t ngx_http_channel_test_gaps;
static ngx_uint_t ngx_http_channel_test_early;
static ngx_str_t  ngx_http_channel_test_last;
static u_char     ngx_http_channel_test_text[128];


static ngx_command_t ngx_http_channel_test_commands[] = {

    { ngx_string("channel_test_server"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE23,
        ngx_http_channel_test_server, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("channel_test"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS,
        ngx_http_channel_test, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    ngx_null_command
};


static ngx_http_module_t ngx_http_channel_test_module_ctx = { NULL, NULL,
    ngx_http_channel_test_create_main_conf, NULL, NULL, NULL, NULL, NULL };


ngx_module_t ngx_http_channel_test_module = { NGX_MODULE_V1,
    &ngx_http_channel_test_module_ctx, ngx_http_channel_test_commands,
    NGX_HTTP_MODULE, NULL, NULL, ngx_http_channel_test_init_process, NULL, NULL,
    ngx_http_channel_test_exit_process, NULL, NGX_MODULE_V1_PADDING };


static ngx_int_t
ngx_http_channel_test_init_process(ngx_cycle_t *cycle)
{
    billing_redis_listener_t           listener;
    ngx_http_channel_test_main_conf_t *cmcf;

    cmcf = ngx_http_cycle_get_module_main_conf(
        cycle, ngx_http_channel_test_module);

    if (ngx_process != NGX_PROCESS_WORKER || cmcf->name.len == 0) {
        return NGX_OK;
    }

    listener.message = ngx_http_channel_test_message;
    listener.again = ngx_http_channel_test_again;
    listener.data = cycle;

    ngx_http_channel_test_channel = billing_redis_channel_create(
        &cmcf->redis, &cmcf->name, &listener, cycle->log);

    return ngx_http_channel_test_channel ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_channel_test_exit_process(ngx_cycle_t *cycle)
{
    if (ngx_http_channel_test_channel != NULL) {
        billing_redis_channel_destroy(ngx_http_channel_test_channel);
    }
}


static void
ngx_http_channel_test_message(void *data, const ngx_str_t *text)
{
    size_t len;

    len = ngx_min(text->len, sizeof(ngx_http_channel_test_text));
    ngx_memcpy(ngx_http_channel_test_text, text->data, len);

    ngx_http_channel_test_last.data = ngx_http_channel_test_text;
    ngx_http_channel_test_last.len = len;

    ngx_http_channel_test_messages++;
    ngx_http_channel_test_early += ngx_http_channel_test_gaps == 0;
}


static void
ngx_http_channel_test_again(void *data)
{
    ngx_http_channel_test_gaps++;
}


static void *
ngx_http_channel_test_create_main_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_channel_test_main_conf_t));
}


static char *
ngx_http_channel_test_server(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_channel_test_main_conf_t *cmcf = conf;

    char      *error;
    ngx_str_t *value;

    value = cf->args->elts;

    error = billing_redis_url_parse(cf, &value[1], &cmcf->redis);
    if (error != NGX_CONF_OK) {
        return error;
    }

    cmcf->name = value[2];

    if (cf->args->nelts > 3) {
        cmcf->redis.connect_timeout = ngx_parse_time(&value[3], 0);
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_channel_test(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_core_loc_conf_t *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_channel_test_handler;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_channel_test_handler(ngx_http_request_t *r)
{
    u_char     *p;
    ngx_int_t   rc;
    ngx_buf_t  *b;
    ngx_chain_t out;

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    b = ngx_create_temp_buf(
        r->pool, 1024 + 6 * sizeof(ngx_http_channel_test_text));
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_msleep(ngx_http_channel_test_number(r, "block", 0));

    p = ngx_slprintf(b->last, b->end,
        "{\"messages\":%ui,\"gaps\":%ui,\"early\":%ui,\"proved\":%ui,"
        "\"last\":\"",
        ngx_http_channel_test_messages, ngx_http_channel_test_gaps,
        ngx_http_channel_test_early,
        billing_redis_channel_proved(ngx_http_channel_test_channel,
            ngx_http_channel_test_number(r, "age", 1000)));

    p = (u_char *) ngx_escape_json(
        p, ngx_http_channel_test_last.data, ngx_http_channel_test_last.len);
    b->last = ngx_slprintf(p, b->end, "\"}" CRLF);
    b->last_buf = 1;
    b->last_in_chain = 1;

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = b->last - b->pos;
    ngx_str_set(&r->headers_out.content_type, "application/json");

    rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


static ngx_int_t
ngx_http_channel_test_number(
    ngx_http_request_t *r, char *name, ngx_int_t missing)
{
    ngx_str_t value;

    if (ngx_http_arg(r, (u_char *) name, ngx_strlen(name), &value) != NGX_OK) {
        return missing;
    }

    return ngx_atoi(value.data, value.len);
}
