
/*
 * The content handler: pages or API, then, for the API, in this order: who is
 * calling, which endpoint, may he, is the request well formed - and the
 * endpoint.
 */

#include "http/ngx_http_billing_answers.h"
#include "http/ngx_http_billing_conf.h"
#include "http/ngx_http_billing_op.h"

#include "core/billing_prefer.h"


#define NGX_HTTP_BILLING_BODY_DEPTH 16

/* Of "Prefer: wait": below, not even the cache would have answered. */
#define NGX_HTTP_BILLING_WAIT_LEAST 100 /* milliseconds */
#define NGX_HTTP_BILLING_WAIT_MOST  30  /* seconds; longer is all there is */


static ngx_int_t ngx_http_billing_api(ngx_http_request_t *r, ngx_str_t *path);
static ngx_int_t ngx_http_billing_capture(
    ngx_http_billing_op_t *op, ngx_http_request_t *r);
static ngx_msec_t ngx_http_billing_wait(ngx_http_request_t *r);
static ngx_int_t  ngx_http_billing_admit(
     ngx_http_billing_op_t *op, ngx_http_request_t *r, ngx_str_t *path);
static ngx_int_t ngx_http_billing_admit_route(
    ngx_http_billing_op_t *op, ngx_http_request_t *r, ngx_str_t *path);
static ngx_int_t ngx_http_billing_negotiate(
    ngx_http_billing_op_t *op, ngx_http_request_t *r);
static ngx_int_t ngx_http_billing_check_type(
    ngx_http_billing_op_t *op, ngx_http_request_t *r);
static void ngx_http_billing_parse(ngx_http_billing_op_t *op);


ngx_int_t
ngx_http_billing_handler(ngx_http_request_t *r)
{
    ngx_str_t                    path;
    ngx_http_billing_loc_conf_t *blcf;

    blcf = ngx_http_get_module_loc_conf(r, ngx_http_billing_module);

    if (r->uri.len < blcf->name.len) {
        return NGX_HTTP_NOT_FOUND;
    }

    path.data = r->uri.data + blcf->name.len;
    path.len = r->uri.len - blcf->name.len;

    if (path.len >= 4 && ngx_strncmp(path.data, "api/", 4) == 0) {
        return ngx_http_billing_api(r, &path);
    }

    return ngx_http_billing_page(r, &path);
}


static ngx_int_t
ngx_http_billing_api(ngx_http_request_t *r, ngx_str_t *path)
{
    ngx_int_t rc;

    rc = ngx_http_billing_answers_serve(r, path);

    return rc == NGX_DECLINED ? ngx_http_billing_run(r, ngx_current_msec) : rc;
}


ngx_int_t
ngx_http_billing_run(ngx_http_request_t *r, ngx_msec_t started)
{
    ngx_int_t                    rc;
    ngx_str_t                    path;
    ngx_http_billing_op_t       *op;
    ngx_http_billing_loc_conf_t *blcf;

    blcf = ngx_http_get_module_loc_conf(r, ngx_http_billing_module);

    path.data = r->uri.data + blcf->name.len;
    path.len = r->uri.len - blcf->name.len;

    op = ngx_http_billing_op_create(r);
    if (op == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    op->started = started;

    ngx_http_billing_look_site(op, r);
    rc = ngx_http_billing_capture(op, r);

    if (rc == NGX_OK) {
        rc = ngx_http_billing_admit(op, r, &path);
    }

    if (rc == NGX_ERROR) {
        ngx_http_billing_send_problem(
            op, NGX_HTTP_BILLING_INTERNAL, "out of memory");
    }

    if (rc == NGX_OK && op->route->body) {
        ngx_http_billing_body_read(op, ngx_http_billing_parse);
        return NGX_DONE;
    }

    if (ngx_http_discard_request_body(r) != NGX_OK) {
        r->keepalive = 0;
    }

    if (ngx_http_billing_watch_client(r) != NGX_OK) {
        r->keepalive = 0;
    }

    if (rc == NGX_OK) {
        op->route->handler(op);
    }

    return NGX_DONE;
}


/* Copies what endpoints need; the request may go before them. */

static ngx_int_t
ngx_http_billing_capture(ngx_http_billing_op_t *op, ngx_http_request_t *r)
{
    ngx_str_t                  name = ngx_string("request_id");
    ngx_uint_t                 i;
    ngx_http_variable_value_t *v;

    struct {
        ngx_str_t *to;
        ngx_str_t  from;
    } copies[] = {
        { &op->args, r->args },
        { &op->base, op->blcf->base },
        { &op->if_match, ngx_http_billing_request_header(r, "if-match") },
        { &op->if_none_match, ngx_http_billing_own_header(r, "if-none-match") },
        { &op->idempotency_key,
            ngx_http_billing_request_header(r, "idempotency-key") },
        { &op->last_event_id,
            ngx_http_billing_request_header(r, "last-event-id") },
        { &op->audit.from, r->connection->addr_text },
    };

    for (i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
        copies[i].to->len = copies[i].from.len;
        copies[i].to->data = ngx_pnalloc(op->pool, copies[i].from.len + 1);
        if (copies[i].to->data == NULL) {
            return NGX_ERROR;
        }

        *ngx_cpymem(
            copies[i].to->data, copies[i].from.data, copies[i].from.len) = '\0';
    }

    op->wait = ngx_http_billing_wait(r);

    v = ngx_http_get_variable(r, &name, ngx_hash_key(name.data, name.len));

    if (v == NULL || v->not_found) {
        return NGX_OK;
    }

    op->request_id.len = v->len;
    op->request_id.data = ngx_pnalloc(op->pool, v->len);
    if (op->request_id.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(op->request_id.data, v->data, v->len);

    return NGX_OK;
}


/* How long the client would rather wait; 0: it does not say. */
static ngx_msec_t
ngx_http_billing_wait(ngx_http_request_t *r)
{
    long      seconds;
    ngx_str_t prefer;

    prefer = ngx_http_billing_own_header(r, "prefer");
    seconds = billing_prefer_wait(
        (billing_str_t){ (const char *) prefer.data, prefer.len });

    if (seconds < 0 || seconds > NGX_HTTP_BILLING_WAIT_MOST) {
        return 0;
    }

    return ngx_max((ngx_msec_t) seconds * 1000, NGX_HTTP_BILLING_WAIT_LEAST);
}


/* NGX_OK: go on; NGX_DECLINED: a problem was sent. */

static ngx_int_t
ngx_http_billing_admit(
    ngx_http_billing_op_t *op, ngx_http_request_t *r, ngx_str_t *path)
{
    ngx_int_t  rc;
    ngx_str_t  rest, allow;
    ngx_uint_t methods;

    rest = *path;
    methods = 0;

    if (rest.len >= 7 && ngx_strncmp(rest.data, "api/v1/", 7) == 0) {
        rest.data += 7;
        rest.len -= 7;
        op->route = ngx_http_billing_route(
            op->method, &rest, &op->id, &methods);
    }

    if (op->route != NULL && op->id.len != 0) {
        op->id.data = ngx_pstrdup(op->pool, &op->id);
        if (op->id.data == NULL) {
            return NGX_ERROR;
        }
    }

    if (op->route != NULL && op->route->open) {
        return ngx_http_billing_negotiate(op, r);
    }

    rc = ngx_http_billing_identify(op, r);
    if (rc != NGX_OK) {
        return rc;
    }

    if (op->route != NULL) {
        return ngx_http_billing_admit_route(op, r, path);
    }

    if (methods != 0) {
        if (ngx_http_billing_allow(op->pool, methods, &allow) != NGX_OK
            || ngx_http_billing_header(op, "Allow", &allow) != NGX_OK)
        {
            return NGX_ERROR;
        }

        ngx_http_billing_send_problem(op, NGX_HTTP_BILLING_METHOD_NOT_ALLOWED,
            "this resource allows %.*s", (int) allow.len, allow.data);
        return NGX_DECLINED;
    }

    ngx_http_billing_send_problem(
        op, NGX_HTTP_BILLING_NOT_FOUND_, "there is no such resource");
    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_billing_admit_route(
    ngx_http_billing_op_t *op, ngx_http_request_t *r, ngx_str_t *path)
{
    ngx_int_t rc;

    if (op->route->write) {
        rc = ngx_http_billing_check_site(op, r);
        if (rc != NGX_OK) {
            return rc;
        }

        if (op->role != NGX_HTTP_BILLING_ADMIN) {
            ngx_http_billing_send_problem(op, NGX_HTTP_BILLING_FORBIDDEN,
                "only an admin may change things");
            return NGX_DECLINED;
        }
    }

    rc = ngx_http_billing_negotiate(op, r);
    if (rc != NGX_OK || !op->route->body) {
        return rc;
    }

    return ngx_http_billing_check_type(op, r);
}


static ngx_int_t
ngx_http_billing_negotiate(ngx_http_billing_op_t *op, ngx_http_request_t *r)
{
    ngx_uint_t csv;

    if (ngx_http_billing_acceptable(r, op->route, &csv) == NGX_OK) {
        op->accept_csv = csv;
        return NGX_OK;
    }

    ngx_http_billing_send_problem(op, NGX_HTTP_BILLING_NOT_ACCEPTABLE_,
        "this resource is available as %s%s only",
        op->route->stream ? "text/event-stream" : "application/json",
        op->route->csv ? " and text/csv" : "");

    return NGX_DECLINED;
}


ngx_int_t
ngx_http_billing_acceptable(ngx_http_request_t *r,
    const ngx_http_billing_route_t *route, ngx_uint_t *csv)
{
    ngx_str_t   accept;
    ngx_uint_t  main, table;
    const char *type, *group;

    *csv = 0;

    type = route->stream ? "text/event-stream" : "application/json";
    group = route->stream ? "text/*" : "application/*";
    accept = ngx_http_billing_own_header(r, "accept");

    if (accept.len == 0
        || (accept.len == 3 && ngx_strncmp(accept.data, "*/*", 3) == 0))
    {
        return NGX_OK;
    }

    main = ngx_http_billing_accepts(&accept, type, group);
    table = route->csv ? ngx_http_billing_accepts(&accept, "text/csv", "text/*")
                       : 0;

    *csv = table > main;

    return main == 0 && table == 0 ? NGX_DECLINED : NGX_OK;
}


/*
 * The quality (0 to 1000) that an Accept header gives a media type; the most
 * specific range counts (RFC 9110, section 12.5.1).
 */

ngx_uint_t
ngx_http_billing_accepts(ngx_str_t *accept, const char *type, const char *group)
{
    u_char    *p, *end, *last, *q;
    size_t     len;
    ngx_int_t  quality;
    ngx_uint_t best, rank, specific;

    best = 0;
    specific = 0;
    last = accept->data + accept->len;

    for (p = accept->data; p < last; p = end + 1) {
        end = ngx_strlchr(p, last, ',');
        if (end == NULL) {
            end = last;
        }

        while (p < end && (*p == ' ' || *p == '\t')) {
            p++;
        }

        for (len = 0; p + len < end && p[len] != ';' && p[len] != ' '; len++) {
            /* void */
        }

        rank = len == ngx_strlen(type)
                       && ngx_strncasecmp(p, (u_char *) type, len) == 0
                   ? 3
               : len == ngx_strlen(group)
                       && ngx_strncasecmp(p, (u_char *) group, len) == 0
                   ? 2
               : len == 3 && ngx_strncmp(p, "*/*", 3) == 0 ? 1
                                                           : 0;

        if (rank == 0 || rank < specific) {
            continue;
        }

        quality = 1000;
        q = ngx_strlcasestrn(p + len, end, (u_char *) "q=", 2 - 1);

        if (q != NULL) {
            for (len = 0, q += 2;
                 q + len < end
                 && (q[len] == '.' || (q[len] >= '0' && q[len] <= '9'));
                 len++)
            { /* void */
            }

            quality = ngx_atofp(q, len, 3);
            quality = quality == NGX_ERROR ? 0 : ngx_min(quality, 1000);
        }

        best = rank > specific ? (ngx_uint_t) quality
                               : ngx_max(best, (ngx_uint_t) quality);
        specific = rank;
    }

    return best;
}


static ngx_int_t
ngx_http_billing_check_type(ngx_http_billing_op_t *op, ngx_http_request_t *r)
{
    size_t     len;
    ngx_str_t  type;
    ngx_uint_t i;

    static ngx_str_t types[] = { ngx_string("application/json"),
        ngx_string("application/merge-patch+json") };

    type = ngx_http_billing_request_header(r, "content-type");

    for (len = 0; len < type.len && type.data[len] != ';'
                  && type.data[len] != ' ' && type.data[len] != '\t';
         len++)
    { /* void */
    }

    for (i = 0; i < (op->method == NGX_HTTP_PATCH ? 2 : 1); i++) {
        if (len == types[i].len
            && ngx_strncasecmp(type.data, types[i].data, len) == 0) {
            return NGX_OK;
        }
    }

    ngx_http_billing_send_problem(op, NGX_HTTP_BILLING_UNSUPPORTED_MEDIA_TYPE,
        "the body must be application/json");

    return NGX_DECLINED;
}


static void
ngx_http_billing_parse(ngx_http_billing_op_t *op)
{
    char             reason[128];
    billing_str_t    text;
    billing_status_t rc;

    text.data = (char *) op->body_text.data;
    text.len = op->body_text.len;

    rc = billing_json_parse(
        text, NGX_HTTP_BILLING_BODY_DEPTH, &op->body, reason);

    if (rc == BILLING_NOMEM) {
        ngx_http_billing_send_problem(
            op, NGX_HTTP_BILLING_INTERNAL, "out of memory");
        return;
    }

    if (rc != BILLING_OK) {
        ngx_http_billing_send_problem(op, NGX_HTTP_BILLING_MALFORMED,
            "the body is not valid JSON: %s", reason);
        return;
    }

    if (!json_is_object(op->body)) {
        ngx_http_billing_send_problem(
            op, NGX_HTTP_BILLING_INVALID, "the body must be a JSON object");
        return;
    }

    op->route->handler(op);
}
