
/*
 * The short way of a figure: a request whose answer is in the zone is
 * answered from within the content handler, with neither an operation nor a
 * word to Redis.
 */

#include "http/ngx_http_billing_answers_internal.h"
#include "http/ngx_http_billing_encode.h"


static ngx_int_t ngx_http_billing_answers_subject(ngx_http_request_t *r,
    ngx_str_t *path, ngx_http_billing_caller_t *caller,
    ngx_http_billing_subject_t *subject);
static ngx_int_t ngx_http_billing_answers_zone(ngx_http_request_t *r,
    const ngx_http_billing_subject_t *subject, const ngx_str_t *key);
static void      ngx_http_billing_answers_encode(ngx_http_request_t *r,
         const ngx_http_billing_zone_question_t                     *question,
         ngx_http_billing_answer_t                                  *answer);
static ngx_int_t ngx_http_billing_answers_push(
    ngx_http_request_t *r, const ngx_http_billing_answer_headers_t *headers);
static void ngx_http_billing_answers_etag(
    ngx_http_billing_answer_headers_t *headers,
    const ngx_http_billing_answer_t   *answer);
static void ngx_http_billing_answers_add(
    ngx_http_billing_answer_headers_t *headers, const char *name,
    const ngx_str_t *value);


ngx_int_t
ngx_http_billing_answers_serve(ngx_http_request_t *r, ngx_str_t *path)
{
    ngx_int_t                     rc;
    ngx_str_t                     zone_key;
    ngx_http_billing_caller_t     caller;
    ngx_http_billing_subject_t    subject;
    ngx_http_billing_main_conf_t *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_billing_module);

    if (!(r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD))
        || ngx_http_billing_answers_subject(r, path, &caller, &subject)
               != NGX_OK)
    {
        return NGX_DECLINED;
    }

    ngx_str_null(&zone_key);

    if (bmcf->zone != NULL) {
        if (ngx_http_billing_answers_zone_key(
                r->pool, bmcf, &subject, &zone_key)
            != NGX_OK)
        {
            return NGX_DECLINED;
        }

        rc = ngx_http_billing_answers_zone(r, &subject, &zone_key);
        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    return ngx_http_billing_answers_ask(r, &subject, &zone_key);
}


/* Who asks for what; what is wrong with it, an operation will say. */
static ngx_int_t
ngx_http_billing_answers_subject(ngx_http_request_t *r, ngx_str_t *path,
    ngx_http_billing_caller_t *caller, ngx_http_billing_subject_t *subject)
{
    ngx_str_t                  rest;
    ngx_uint_t                 methods;
    const char                *detail;
    ngx_http_billing_problem_t problem;

    rest = *path;

    if (rest.len < 7 || ngx_strncmp(rest.data, "api/v1/", 7) != 0) {
        return NGX_DECLINED;
    }

    rest.data += 7;
    rest.len -= 7;

    subject->route = ngx_http_billing_route(
        NGX_HTTP_GET, &rest, &subject->id, &methods);

    if (subject->route == NULL || !subject->route->kept) {
        return NGX_DECLINED;
    }

    if (ngx_http_billing_caller(r, r->pool, caller, &problem, &detail) != NGX_OK
        || ngx_http_billing_acceptable(r, subject->route, &subject->csv)
               != NGX_OK)
    {
        return NGX_DECLINED;
    }

    subject->caller = caller;
    subject->blcf = ngx_http_get_module_loc_conf(r, ngx_http_billing_module);
    subject->args = r->args;

    return NGX_OK;
}


static ngx_int_t
ngx_http_billing_answers_zone(ngx_http_request_t *r,
    const ngx_http_billing_subject_t *subject, const ngx_str_t *key)
{
    ngx_http_billing_answer_t        answer;
    ngx_http_billing_main_conf_t    *bmcf;
    ngx_http_billing_zone_result_t   result;
    ngx_http_billing_zone_question_t question;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_billing_module);

    if (!ngx_http_billing_watch_trusted(bmcf->watch)) {
        return NGX_DECLINED;
    }

    question.domain = subject->caller->domain;
    question.key = *key;
    question.none_match = ngx_http_billing_own_header(r, "if-none-match");
    question.coding = ngx_http_billing_coding(r);
    question.old = 0;

    result = ngx_http_billing_zone_get(bmcf->zone, &question, r->pool, &answer);

    if (result == NGX_HTTP_BILLING_ZONE_MISS) {
        return NGX_DECLINED;
    }

    if (result == NGX_HTTP_BILLING_ZONE_PLAIN) {
        ngx_http_billing_answers_encode(r, &question, &answer);
    }

    return ngx_http_billing_answers_output(r, subject->route, &answer,
        result == NGX_HTTP_BILLING_ZONE_MATCHED, NULL);
}


/* The first one who wants a coding has it made, for all others. */
static void
ngx_http_billing_answers_encode(ngx_http_request_t *r,
    const ngx_http_billing_zone_question_t         *question,
    ngx_http_billing_answer_t                      *answer)
{
    ngx_http_billing_answer_t     encoded;
    ngx_http_billing_main_conf_t *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_billing_module);

    encoded = *answer;
    encoded.coding = question->coding;

    if (ngx_http_billing_encode(
            r->pool, encoded.coding, &answer->body, &encoded.body)
        == NGX_OK)
    {
        *answer = encoded;

    } else {
        encoded.body.len = 0;
    }

    ngx_http_billing_zone_put_coding(bmcf->zone, &question->key, &encoded);
}


ngx_int_t
ngx_http_billing_answers_output(ngx_http_request_t *r,
    const ngx_http_billing_route_t                 *route,
    const ngx_http_billing_answer_t *answer, ngx_uint_t matched,
    const ngx_str_t *cache)
{
    ngx_http_billing_ctx_t            *ctx;
    ngx_http_billing_answer_headers_t *headers;

    if (ngx_http_discard_request_body(r) != NGX_OK) {
        r->keepalive = 0;
    }

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_billing_ctx_t));
    headers = ngx_palloc(r->pool, sizeof(ngx_http_billing_answer_headers_t));

    if (ctx == NULL || headers == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->valid = 1;
    ctx->cache_status = cache != NULL
                            ? *cache
                            : ngx_http_billing_cost_cache_names
                                [answer->stale ? NGX_HTTP_BILLING_COST_STALE
                                               : NGX_HTTP_BILLING_COST_HIT];
    ngx_http_set_ctx(r, ctx, ngx_http_billing_module);

    ngx_http_billing_answers_headers(
        headers, route, answer, &ctx->cache_status);

    if (ngx_http_billing_answers_push(r, headers) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->disable_not_modified = 1;
    r->headers_out.status = matched ? NGX_HTTP_NOT_MODIFIED : NGX_HTTP_OK;

    if (matched) {
        r->headers_out.content_length_n = -1;
        return ngx_http_billing_output(r, NULL, 0);
    }

    r->headers_out.content_type = headers->type;
    r->headers_out.content_type_len = ngx_http_billing_type_len(&headers->type);
    r->headers_out.content_type_lowcase = NULL;
    r->headers_out.content_length_n = answer->body.len;

    return ngx_http_billing_output(r, answer->body.data, answer->body.len);
}


static ngx_int_t
ngx_http_billing_answers_push(
    ngx_http_request_t *r, const ngx_http_billing_answer_headers_t *headers)
{
    ngx_uint_t          i;
    const ngx_keyval_t *from;
    ngx_table_elt_t    *to;

    for (i = 0; i < headers->n; i++) {
        from = &headers->list[i];

        to = ngx_list_push(&r->headers_out.headers);
        if (to == NULL) {
            return NGX_ERROR;
        }

        ngx_memzero(to, sizeof(ngx_table_elt_t));
        to->hash = 1;
        to->key = from->key;
        to->value = from->value;

        if (i == 0) {
            r->headers_out.etag = to;
        }

        if (to->key.len == sizeof("Content-Encoding") - 1) {
            r->headers_out.content_encoding = to;
        }
    }

    return ngx_http_billing_safe_headers(r, 1);
}


/* The ETag comes first; the part of a very large answer has none. */
void
ngx_http_billing_answers_headers(ngx_http_billing_answer_headers_t *headers,
    const ngx_http_billing_route_t                                 *route,
    const ngx_http_billing_answer_t *answer, const ngx_str_t *cache)
{
    static const ngx_str_t control = ngx_string("private, no-cache");
    static const ngx_str_t vary_csv = ngx_string("Accept, Accept-Encoding");
    static const ngx_str_t vary = ngx_string("Accept-Encoding");
    static const ngx_str_t storage = ngx_string("storage");
    static const ngx_str_t file = ngx_string(
        "attachment; filename=\"costs.csv\"");
    static const ngx_str_t focus = ngx_string(
        "attachment; filename=\"costs-focus.csv\"");
    static const ngx_str_t no = ngx_string("false");
    static const ngx_str_t yes = ngx_string("true");

    headers->n = 0;

    if (answer->tag[0] != '\0') {
        ngx_http_billing_answers_etag(headers, answer);
    }

    ngx_http_billing_answers_add(headers, "X-Billing-Cache", cache);

    ngx_http_billing_answers_add(headers, "Cache-Control", &control);

    if (route->csv) {
        ngx_http_billing_answers_add(headers, "Vary", &vary_csv);
    } else {
        ngx_http_billing_answers_add(headers, "Vary", &vary);
    }

    if (answer->coding != NGX_HTTP_BILLING_IDENTITY) {
        ngx_http_billing_answers_add(headers, "Content-Encoding",
            &ngx_http_billing_coding_names[answer->coding]);
    }

    if (answer->degraded) {
        ngx_http_billing_answers_add(headers, "X-Billing-Degraded", &storage);
    }

    if (!answer->csv) {
        ngx_str_set(&headers->type, "application/json");
        return;
    }

    ngx_str_set(&headers->type, "text/csv; charset=utf-8");
    ngx_http_billing_answers_add(
        headers, "Content-Disposition", answer->focus ? &focus : &file);

    /* told before the body: a file may leave without its end being known */

    ngx_http_billing_answers_add(
        headers, "X-Billing-Complete", answer->incomplete ? &no : &yes);

    if (answer->cut) {
        ngx_http_billing_answers_add(headers, "X-Billing-Truncated", &yes);
    }
}


static void
ngx_http_billing_answers_etag(ngx_http_billing_answer_headers_t *headers,
    const ngx_http_billing_answer_t                             *answer)
{
    u_char          *p;
    const ngx_str_t *suffix;

    suffix = &ngx_http_billing_tag_suffixes[answer->coding];
    p = headers->etag;
    *p++ = '"';
    p = ngx_cpymem(p, answer->tag, NGX_HTTP_BILLING_TAG_LEN);
    p = ngx_cpymem(p, suffix->data, suffix->len);

    if (answer->degraded) {
        p = ngx_cpymem(p, "-degraded", sizeof("-degraded") - 1);
    }

    *p++ = '"';

    ngx_str_set(&headers->list[0].key, "ETag");
    headers->list[0].value.data = headers->etag;
    headers->list[0].value.len = p - headers->etag;
    headers->n = 1;
}


static void
ngx_http_billing_answers_add(ngx_http_billing_answer_headers_t *headers,
    const char *name, const ngx_str_t *value)
{
    ngx_keyval_t *header;

    header = &headers->list[headers->n++];

    header->key.data = (u_char *) name;
    header->key.len = ngx_strlen(name);
    header->value = *value;
}
