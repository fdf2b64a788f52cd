
/*
 * Endpoints about the service itself: session, health, its own description.
 */

#include "http/billing.h"

#include "fetch/usage.h"

#include <hiredis/hiredis.h>


/* The document is a file of its own; the assembler puts it here. */

__asm__(".pushsection .rodata\n"
        "openapi_begin:\n"
        ".incbin \"http/openapi.json\"\n"
        "openapi_end:\n"
        ".byte 0\n"
        ".popsection\n");

extern const char openapi_begin[] __attribute__((visibility("hidden")));
extern const char openapi_end[] __attribute__((visibility("hidden")));


static void api_session_usage(
    void *data, struct redisReply *reply, const char *error);
static void api_session_send(billing_op_t *op, json_t *lookups);
static void api_health_done(
    void *data, struct redisReply *reply, const char *error);
static void api_call(billing_op_t *op, billing_redis_call_t *command);
static void api_call_abort(billing_op_t *op);


/*
 * An admin is told what lookups have cost.  That is in Redis, and a session
 * is there without it.
 */
void
billing_api_session(billing_op_t *op)
{
    if (op->role != BILLING_ADMIN) {
        api_session_send(op, NULL);
        return;
    }

    api_call(op,
        billing_usage_ask(op->bmcf->fetch, &op->domain, api_session_usage, op));
}


static void
api_session_usage(void *data, struct redisReply *reply, const char *error)
{
    billing_op_t *op = data;

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

    api_session_send(op, lookups == NULL ? json_null() : lookups);
}


/* Takes lookups over; NULL: the caller is not told. */
static void
api_session_send(billing_op_t *op, json_t *lookups)
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

    billing_send_json(op, NGX_HTTP_OK,
        json_pack("{s:s%, s:s, s:s%, s:o?, s:[ss], s:s, s:b, s:o*}", "user",
            op->user.data, op->user.len, "role",
            op->role == BILLING_ADMIN ? "admin" : "member", "domain",
            op->domain.data, op->domain.len, "projects", projects, "languages",
            "ko", "en", "version", BILLING_VERSION, "sandbox", (int) sandbox,
            "lookups", lookups));
}


ngx_str_t
billing_api_openapi_text(void)
{
    ngx_str_t text;

    text.data = (u_char *) openapi_begin;
    text.len = openapi_end - openapi_begin;

    return text;
}


void
billing_api_openapi(billing_op_t *op)
{
    size_t        len;
    billing_buf_t body;

    len = openapi_end - openapi_begin;

    billing_buf_init(&body, len);
    (void) billing_buf_add(&body, openapi_begin, len);

    billing_send(op, NGX_HTTP_OK, "application/json", &body);
}


void
billing_api_health(billing_op_t *op)
{
    ngx_str_t argv[] = { ngx_string("PING") };

    api_call(op, billing_redis_client_command(
                     op->bmcf->store.redis, 1, argv, 0, api_health_done, op));
}


static void
api_health_done(void *data, struct redisReply *reply, const char *error)
{
    billing_op_t *op = data;

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        billing_send_problem(
            op, BILLING_PROBLEM_STORAGE_UNAVAILABLE, "Redis does not answer");
        return;
    }

    billing_send_json(op, NGX_HTTP_OK, json_pack("{s:s}", "redis", "ok"));
}


/* The operation goes on in the callback of a command that was just given. */
static void
api_call(billing_op_t *op, billing_redis_call_t *command)
{
    if (command == NULL) {
        billing_send_nomem(op);
        return;
    }

    op->data = command;
    op->abort = api_call_abort;
}


static void
api_call_abort(billing_op_t *op)
{
    billing_redis_call_cancel(op->data);
    billing_op_finish(op);
}
