
/*
 * Endpoints about the service itself: session, health, its own description.
 */

#include "http/ngx_http_billing.h"

#include "fetch/usage.h"

#include <hiredis/hiredis.h>


/* The document is a file of its own; the assembler puts it here. */

__asm__(".pushsection .rodata\n"
        "ngx_http_billing_openapi_begin:\n"
        ".incbin \"http/openapi.json\"\n"
        "ngx_http_billing_openapi_end:\n"
        ".byte 0\n"
        ".popsection\n");

extern const char ngx_http_billing_openapi_begin[]
    __attribute__((visibility("hidden")));
extern const char ngx_http_billing_openapi_end[]
    __attribute__((visibility("hidden")));


static void ngx_http_billing_session_usage(
    void *data, struct redisReply *reply, const char *error);
static void ngx_http_billing_session_send(
    ngx_http_billing_op_t *op, json_t *lookups);
static void ngx_http_billing_health_done(
    void *data, struct redisReply *reply, const char *error);
static void ngx_http_billing_call(
    ngx_http_billing_op_t *op, ngx_billing_redis_call_t *command);
static void ngx_http_billing_call_abort(ngx_http_billing_op_t *op);


/*
 * An admin is told what lookups have cost.  That is in Redis, and a session
 * is there without it.
 */
void
ngx_http_billing_api_session(ngx_http_billing_op_t *op)
{
    if (op->role != NGX_HTTP_BILLING_ADMIN) {
        ngx_http_billing_session_send(op, NULL);
        return;
    }

    ngx_http_billing_call(op, billing_usage_ask(op->bmcf->fetch, &op->domain,
                                  ngx_http_billing_session_usage, op));
}


static void
ngx_http_billing_session_usage(
    void *data, struct redisReply *reply, const char *error)
{
    ngx_http_billing_op_t *op = data;

    json_t         *lookups;
    billing_usage_t usage;

    lookups = NULL;

    if (billing_usage_read(op->bmcf->fetch, reply, &usage) == NGX_OK) {
        lookups = json_pack("{s:s, s:I, s:o?, s:s?, s:I}", "month", usage.month,
            "calls", (json_int_t) usage.calls, "limit",
            usage.limit ? json_integer(usage.limit) : NULL, "per",
            usage.limit == 0 ? NULL
            : usage.days     ? "day"
                             : "month",
            "accounts_at_limit", (json_int_t) usage.full);
    }

    ngx_http_billing_session_send(op, lookups == NULL ? json_null() : lookups);
}


/* Takes lookups over; NULL: the caller is not told. */
static void
ngx_http_billing_session_send(ngx_http_billing_op_t *op, json_t *lookups)
{
    json_t    *projects;
    ngx_uint_t i, sandbox;

    projects = NULL;
    sandbox = 0;

    if (!op->all_projects) {
        projects = json_array();

        for (i = 0; i < op->nprojects; i++) {
            (void) json_array_append_new(
                projects, json_stringn((char *) op->projects[i].data,
                              op->projects[i].len));
        }
    }

    for (i = 0; i < op->bmcf->nproviders; i++) {
        sandbox |= op->bmcf->providers[i].sandbox;
    }

    ngx_http_billing_send_json(op, NGX_HTTP_OK,
        json_pack("{s:s%, s:s, s:s%, s:o?, s:[ss], s:s, s:b, s:o*}", "user",
            op->user.data, op->user.len, "role",
            op->role == NGX_HTTP_BILLING_ADMIN ? "admin" : "member", "domain",
            op->domain.data, op->domain.len, "projects", projects, "languages",
            "ko", "en", "version", NGX_HTTP_BILLING_VERSION, "sandbox",
            (int) sandbox, "lookups", lookups));
}


ngx_str_t
ngx_http_billing_openapi(void)
{
    ngx_str_t text;

    text.data = (u_char *) ngx_http_billing_openapi_begin;
    text.len = ngx_http_billing_openapi_end - ngx_http_billing_openapi_begin;

    return text;
}


void
ngx_http_billing_api_openapi(ngx_http_billing_op_t *op)
{
    size_t        len;
    billing_buf_t body;

    len = ngx_http_billing_openapi_end - ngx_http_billing_openapi_begin;

    billing_buf_init(&body, len);
    (void) billing_buf_add(&body, ngx_http_billing_openapi_begin, len);

    ngx_http_billing_send(op, NGX_HTTP_OK, "application/json", &body);
}


void
ngx_http_billing_api_health(ngx_http_billing_op_t *op)
{
    ngx_str_t argv[] = { ngx_string("PING") };

    ngx_http_billing_call(
        op, ngx_billing_redis_command(op->bmcf->store.redis, 1, argv, 0,
                ngx_http_billing_health_done, op));
}


static void
ngx_http_billing_health_done(
    void *data, struct redisReply *reply, const char *error)
{
    ngx_http_billing_op_t *op = data;

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        ngx_http_billing_send_problem(
            op, NGX_HTTP_BILLING_STORAGE_UNAVAILABLE, "Redis does not answer");
        return;
    }

    ngx_http_billing_send_json(
        op, NGX_HTTP_OK, json_pack("{s:s}", "redis", "ok"));
}


/* The operation goes on in the callback of a command that was just given. */
static void
ngx_http_billing_call(
    ngx_http_billing_op_t *op, ngx_billing_redis_call_t *command)
{
    if (command == NULL) {
        ngx_http_billing_send_nomem(op);
        return;
    }

    op->data = command;
    op->abort = ngx_http_billing_call_abort;
}


static void
ngx_http_billing_call_abort(ngx_http_billing_op_t *op)
{
    ngx_billing_redis_cancel(op->data);
    ngx_http_billing_finish(op);
}
