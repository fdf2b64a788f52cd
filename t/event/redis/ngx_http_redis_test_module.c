
/*
 * The Redis bridge behind HTTP, for tests.
 *
 *     redis_test_server  URL [timeout] [connect timeout];  (http)
 *     redis_test;                                          (location)
 *
 * A request's arguments say what to do; the answer is what came of it, in
 * JSON:
 *
 *     c=GET|key   words of the command; "#" is its number, "@" the filling
 *     n=5000      how often
 *     t=100       timeout, milliseconds
 *     fill=1000   length of the filling
 *     script=1    c holds the number of keys, keys and arguments of a script
 *     x=now       cancel each command at once
 *     x=first     cancel all others when the first has ended
 *     again=100   a command without a reply is given once more, so often
 */

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
#include <hiredis/hiredis.h>

#include "event/redis_internal.h"


#define NGX_HTTP_REDIS_TEST_WORDS 16


typedef struct {
    billing_redis_conf_t redis;
    ngx_uint_t           configured;
} ngx_http_redis_test_main_conf_t;


typedef struct ngx_http_redis_test_ctx_s ngx_http_redis_test_ctx_t;

typedef struct {
    ngx_http_redis_test_ctx_t *ctx;
    billing_redis_call_t      *call;
    ngx_uint_t                 number;
    ngx_uint_t                 again;
} ngx_http_redis_test_item_t;


struct ngx_http_redis_test_ctx_s {
    ngx_http_request_t         *r;
    ngx_http_redis_test_item_t *items;
    ngx_uint_t                  n;
    ngx_uint_t                  pending;

    ngx_str_t  words[NGX_HTTP_REDIS_TEST_WORDS];
    ngx_uint_t nwords;
    ngx_msec_t timeout;
    ngx_uint_t again;
    ngx_uint_t script;
    ngx_uint_t cancel_first;

    ngx_uint_t replies;
    ngx_uint_t failures;
    ngx_uint_t wrong;   /* replies that are not the command's number */
    ngx_uint_t unasked; /* callbacks inside of a command or cancel call */
    ngx_uint_t inside;

    size_t      len; /* of the last reply */
    uint32_t    crc;
    int         type;
    long long   integer;
    ngx_str_t   text;
    const char *error;
};


static ngx_int_t ngx_http_redis_test_init_process(ngx_cycle_t *cycle);
static void      ngx_http_redis_test_exit_process(ngx_cycle_t *cycle);
static void     *ngx_http_redis_test_create_main_conf(ngx_conf_t *cf);
static char     *ngx_http_redis_test_server(
        ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_redis_test(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static ngx_int_t ngx_http_redis_test_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_redis_test_words(ngx_http_redis_test_ctx_t *ctx);
static ngx_int_t ngx_http_redis_test_number(
    ngx_http_request_t *r, char *name, ngx_int_t missing);
static ngx_uint_t ngx_http_redis_test_is(
    ngx_http_request_t *r, char *name, char *value);
static void      ngx_http_redis_test_start(ngx_http_redis_test_ctx_t *ctx);
static ngx_int_t ngx_http_redis_test_give(ngx_http_redis_test_item_t *item);
static void      ngx_http_redis_test_done(
         void *data, redisReply *reply, const char *error);
static void ngx_http_redis_test_note(
    ngx_http_redis_test_item_t *item, redisReply *reply, const char *error);
static void      ngx_http_redis_test_cancel(void *data);
static void      ngx_http_redis_test_finish(ngx_http_redis_test_ctx_t *ctx);
static ngx_int_t ngx_http_redis_test_send(ngx_http_redis_test_ctx_t *ctx);


static billing_redis_t *ngx_http_redis_test_redis;
static ngx_uint_t       ngx_http_redis_test_waiting; /* requests */

static billing_redis_script_t ngx_http_redis_test_script = {
    .text = "return {KEYS[1] or 'none', ARGV[1] or 'none', #KEYS, #ARGV}"
};


static ngx_command_t ngx_http_redis_test_commands[] = {

    { ngx_string("redis_test_server"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE123,
        ngx_http_redis_test_server, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("redis_test"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS,
        ngx_http_redis_test, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    ngx_null_command
};


static ngx_http_module_t ngx_http_redis_test_module_ctx = { NULL, NULL,
    ngx_http_redis_test_create_main_conf, NULL, NULL, NULL, NULL, NULL };


ngx_module_t ngx_http_redis_test_module = { NGX_MODULE_V1,
    &ngx_http_redis_test_module_ctx, ngx_http_redis_test_commands,
    NGX_HTTP_MODULE, NULL, NULL, ngx_http_redis_test_init_process, NULL, NULL,
    ngx_http_redis_test_exit_process, NULL, NGX_MODULE_V1_PADDING };


static ngx_int_t
ngx_http_redis_test_init_process(ngx_cycle_t *cycle)
{
    ngx_http_redis_test_main_conf_t *rmcf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    rmcf = ngx_http_cycle_get_module_main_conf(
        cycle, ngx_http_redis_test_module);

    if (rmcf == NULL || !rmcf->configured) {
        return NGX_OK;
    }

    ngx_http_redis_test_redis = billing_redis_create(&rmcf->redis, cycle->log);

    return ngx_http_redis_test_redis ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_redis_test_exit_process(ngx_cycle_t *cycle)
{
    if (ngx_http_redis_test_redis != NULL) {
        billing_redis_client_destroy(ngx_http_redis_test_redis);
    }
}


static void *
ngx_http_redis_test_create_main_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_redis_test_main_conf_t));
}


static char *
ngx_http_redis_test_server(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_redis_test_main_conf_t *rmcf = conf;

    char      *error;
    u_char     servers[1024], *p;
    ngx_str_t *value;
    ngx_uint_t i;

    value = cf->args->elts;

    error = billing_redis_url_parse(cf, &value[1], &rmcf->redis);
    if (error != NGX_CONF_OK) {
        return error;
    }

    if (cf->args->nelts > 2) {
        rmcf->redis.timeout = ngx_parse_time(&value[2], 0);
    }

    if (cf->args->nelts > 3) {
        rmcf->redis.connect_timeout = ngx_parse_time(&value[3], 0);
    }

    rmcf->configured = 1;
    p = servers;

    for (i = 0; i < rmcf->redis.nservers; i++) {
        p = ngx_slprintf(p, servers + sizeof(servers), " %s%V%s:%ui",
            rmcf->redis.servers[i].host.data[0] == ':' ? "[" : "",
            &rmcf->redis.servers[i].host,
            rmcf->redis.servers[i].host.data[0] == ':' ? "]" : "",
            (ngx_uint_t) rmcf->redis.servers[i].port);
    }

    ngx_conf_log_error(NGX_LOG_NOTICE, cf, 0,
        "redis test: name \"%V\", host \"%V\", port %d, path \"%V\", "
        "user \"%V\", password \"%V\", db %i, servers%*s",
        &rmcf->redis.name, &rmcf->redis.host, (int) rmcf->redis.port,
        &rmcf->redis.path, &rmcf->redis.user, &rmcf->redis.password,
        rmcf->redis.db, (size_t) (p - servers), servers);

    return NGX_CONF_OK;
}


static char *
ngx_http_redis_test(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_core_loc_conf_t *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_redis_test_handler;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_redis_test_handler(ngx_http_request_t *r)
{
    ngx_int_t                  rc;
    ngx_http_cleanup_t        *cln;
    ngx_http_redis_test_ctx_t *ctx;

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_redis_test_ctx_t));
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->r = r;

    if (ngx_http_redis_test_words(ctx) != NGX_OK) {
        return NGX_HTTP_BAD_REQUEST;
    }

    if (ctx->nwords == 0) {
        return ngx_http_redis_test_send(ctx);
    }

    ctx->n = ngx_http_redis_test_number(r, "n", 1);
    ctx->timeout = ngx_http_redis_test_number(r, "t", 0);
    ctx->again = ngx_http_redis_test_number(r, "again", 0);
    ctx->script = ngx_http_redis_test_number(r, "script", 0);
    ctx->cancel_first = ngx_http_redis_test_is(r, "x", "first");

    ctx->items = ngx_pcalloc(
        r->pool, ctx->n * sizeof(ngx_http_redis_test_item_t));
    cln = ngx_http_cleanup_add(r, 0);
    if (ctx->items == NULL || cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    cln->handler = ngx_http_redis_test_cancel;
    cln->data = ctx;

    ngx_http_redis_test_waiting++;
    r->main->count++;
    r->read_event_handler = ngx_http_test_reading;

    ngx_http_redis_test_start(ctx);

    return NGX_DONE;
}


static ngx_int_t
ngx_http_redis_test_words(ngx_http_redis_test_ctx_t *ctx)
{
    size_t    fill;
    u_char   *src, *dst, *p, *last;
    ngx_str_t value, *word;

    if (ngx_http_arg(ctx->r, (u_char *) "c", 1, &value) != NGX_OK) {
        return NGX_OK;
    }

    fill = ngx_http_redis_test_number(ctx->r, "fill", 0);

    p = ngx_pnalloc(ctx->r->pool, value.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    src = value.data;
    dst = p;
    ngx_unescape_uri(&dst, &src, value.len, 0);
    last = dst;

    while (p <= last && ctx->nwords < NGX_HTTP_REDIS_TEST_WORDS) {
        word = &ctx->words[ctx->nwords++];
        word->data = p;
        p = ngx_strlchr(p, last, '|');
        p = p ? p : last;
        word->len = p++ - word->data;

        if (word->len == 1 && word->data[0] == '@') {
            word->data = ngx_palloc(ctx->r->pool, fill);
            if (word->data == NULL) {
                return NGX_ERROR;
            }

            word->len = fill;
            ngx_memset(word->data, 'x', fill);
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_redis_test_number(ngx_http_request_t *r, char *name, ngx_int_t missing)
{
    ngx_str_t value;

    if (ngx_http_arg(r, (u_char *) name, ngx_strlen(name), &value) != NGX_OK) {
        return missing;
    }

    return ngx_atoi(value.data, value.len);
}


static ngx_uint_t
ngx_http_redis_test_is(ngx_http_request_t *r, char *name, char *value)
{
    ngx_str_t arg;

    return ngx_http_arg(r, (u_char *) name, ngx_strlen(name), &arg) == NGX_OK
           && arg.len == ngx_strlen(value)
           && ngx_strncmp(arg.data, value, arg.len) == 0;
}


static void
ngx_http_redis_test_start(ngx_http_redis_test_ctx_t *ctx)
{
    ngx_uint_t                  i, cancel;
    ngx_http_redis_test_item_t *item;

    cancel = ngx_http_redis_test_is(ctx->r, "x", "now");

    for (i = 0; i < ctx->n; i++) {
        item = &ctx->items[i];
        item->ctx = ctx;
        item->number = i;
        item->again = ctx->again;

        if (ngx_http_redis_test_give(item) != NGX_OK) {
            continue;
        }

        ctx->pending++;

        if (cancel && i < ctx->n - 1) {
            billing_redis_call_cancel(item->call);
            item->call = NULL;
            ctx->pending--;
        }
    }

    if (ctx->pending == 0) {
        ngx_http_finalize_request(ctx->r, NGX_HTTP_INTERNAL_SERVER_ERROR);
    }
}


static ngx_int_t
ngx_http_redis_test_give(ngx_http_redis_test_item_t *item)
{
    u_char                     number[NGX_INT_T_LEN];
    ngx_int_t                  nkeys;
    ngx_str_t                  words[NGX_HTTP_REDIS_TEST_WORDS];
    ngx_uint_t                 i;
    ngx_http_redis_test_ctx_t *ctx;

    ctx = item->ctx;

    for (i = 0; i < ctx->nwords; i++) {
        words[i] = ctx->words[i];

        if (words[i].len == 1 && words[i].data[0] == '#') {
            words[i].data = number;
            words[i].len = ngx_sprintf(number, "%ui", item->number) - number;
        }
    }

    ctx->inside++;

    if (ctx->script) {
        nkeys = ngx_atoi(words[0].data, words[0].len);
        item->call = billing_redis_client_eval(ngx_http_redis_test_redis,
            &ngx_http_redis_test_script, nkeys, ctx->nwords - 1 - nkeys,
            &words[1], ngx_http_redis_test_done, item);

    } else {
        item->call = billing_redis_client_command(ngx_http_redis_test_redis,
            ctx->nwords, words, ctx->timeout, ngx_http_redis_test_done, item);
    }

    ctx->inside--;

    return item->call ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_redis_test_done(void *data, redisReply *reply, const char *error)
{
    ngx_uint_t                  i;
    ngx_connection_t           *c;
    ngx_http_redis_test_ctx_t  *ctx;
    ngx_http_redis_test_item_t *item = data;

    ctx = item->ctx;
    ctx->unasked += ctx->inside ? 1 : 0;
    item->call = NULL;

    if (reply == NULL && item->again > 0) {
        item->again--;
        if (ngx_http_redis_test_give(item) == NGX_OK) {
            return;
        }
    }

    ngx_http_redis_test_note(item, reply, error);
    ctx->pending--;

    if (ctx->cancel_first) {
        ctx->cancel_first = 0;

        for (i = 0; i < ctx->n; i++) {
            if (ctx->items[i].call != NULL) {
                billing_redis_call_cancel(ctx->items[i].call);
                ctx->items[i].call = NULL;
                ctx->pending--;
            }
        }
    }

    if (ctx->pending == 0) {
        c = ctx->r->connection;
        ngx_http_redis_test_finish(ctx);
        ngx_http_run_posted_requests(c);
    }
}


static void
ngx_http_redis_test_note(
    ngx_http_redis_test_item_t *item, redisReply *reply, const char *error)
{
    u_char                     number[NGX_INT_T_LEN];
    size_t                     len;
    ngx_http_redis_test_ctx_t *ctx;

    ctx = item->ctx;

    if (reply == NULL) {
        ctx->failures++;
        ctx->error = error;
        return;
    }

    ctx->replies++;
    ctx->type = reply->type;
    ctx->integer = reply->integer;

    if (reply->type == REDIS_REPLY_ARRAY) {
        ctx->len = reply->elements;
        reply = reply->elements ? reply->element[0] : reply;
    }

    if (reply->str == NULL) {
        return;
    }

    len = ngx_sprintf(number, "%ui", item->number) - number;
    ctx->wrong += reply->len != len || ngx_memcmp(reply->str, number, len) != 0;

    ctx->len = reply->len;
    ctx->crc = ngx_crc32_long((u_char *) reply->str, reply->len);
    ctx->text.len = ngx_min(reply->len, 128);
    ctx->text.data = ngx_pnalloc(ctx->r->pool, 128);

    if (ctx->text.data == NULL) {
        ctx->text.len = 0;
        return;
    }

    ngx_memcpy(ctx->text.data, reply->str, ctx->text.len);
}


static void
ngx_http_redis_test_cancel(void *data)
{
    ngx_uint_t                 i;
    ngx_http_redis_test_ctx_t *ctx = data;

    ctx->inside++;
    ngx_http_redis_test_waiting--;

    for (i = 0; i < ctx->n; i++) {
        if (ctx->items[i].call != NULL) {
            billing_redis_call_cancel(ctx->items[i].call);
            ctx->items[i].call = NULL;
        }
    }
}


static void
ngx_http_redis_test_finish(ngx_http_redis_test_ctx_t *ctx)
{
    ngx_http_finalize_request(ctx->r, ngx_http_redis_test_send(ctx));
}


static ngx_int_t
ngx_http_redis_test_send(ngx_http_redis_test_ctx_t *ctx)
{
    u_char             *p;
    size_t              size;
    ngx_int_t           rc;
    ngx_buf_t          *b;
    ngx_chain_t         out;
    ngx_http_request_t *r;

    r = ctx->r;
    size = 1024 + 6 * ctx->text.len;

    b = ngx_create_temp_buf(r->pool, size);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p = ngx_slprintf(b->last, b->end,
        "{\"ready\":%ui,\"epoch\":%ui,\"waiting\":%ui,"
        "\"replies\":%ui,\"failures\":%ui,"
        "\"wrong\":%ui,\"unasked\":%ui,\"type\":%d,\"integer\":%L,"
        "\"len\":%uz,\"crc\":%uD,\"slot\":%ui,\"error\":\"%s\",\"text\":\"",
        billing_redis_client_ready(ngx_http_redis_test_redis),
        (ngx_uint_t) (uint32_t) billing_redis_client_epoch(
            ngx_http_redis_test_redis, &ctx->words[1]),
        ngx_http_redis_test_waiting, ctx->replies, ctx->failures, ctx->wrong,
        ctx->unasked, ctx->type, (int64_t) ctx->integer, ctx->len, ctx->crc,
        billing_redis_slots_of(ctx->words[1].data, ctx->words[1].len),
        ctx->error ? ctx->error : "");

    p = (u_char *) ngx_escape_json(p, ctx->text.data, ctx->text.len);
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
