
/*
 * A request of the API is read here, once, and handed on: kept answers are
 * looked for by its keys, and where there is none, an operation begins with it.
 */

#include "http/request.h"
#include "http/subject.h"


#define BILLING_CANONICAL_MAX (64 * 1024)


static void subject_free(void *data);
static void subject_route(billing_subject_t *subject, const ngx_str_t *path);
static billing_subject_query_t *subject_query_read(
    const billing_subject_t *subject);
static ngx_str_t subject_key(const billing_subject_t *subject);


billing_subject_t *
billing_subject(ngx_http_request_t *r, const ngx_str_t *path)
{
    ngx_uint_t          csv;
    ngx_pool_cleanup_t *cln;
    billing_subject_t  *subject;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(billing_subject_t));
    if (cln == NULL) {
        return NULL;
    }

    subject = cln->data;
    ngx_memzero(subject, sizeof(billing_subject_t));
    cln->handler = subject_free;

    subject->request = r;
    subject->bmcf = ngx_http_get_module_main_conf(r, ngx_http_billing_module);
    subject->blcf = ngx_http_get_module_loc_conf(r, ngx_http_billing_module);
    subject->arrived = ngx_current_msec;
    subject->args = r->args;

    subject_route(subject, path);

    if (subject->route == NULL || !subject->route->open) {
        subject->known = billing_identity_caller(
            r, &subject->caller, &subject->problem, &subject->detail);
    }

    ngx_log_debug5(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
        "billing: request for \"%V\", route \"%V\", domain \"%V\", "
        "user \"%V\", known: %i",
        path, subject->route == NULL ? path : &subject->route->path,
        &subject->caller.domain, &subject->caller.user, subject->known);

    if (subject->route == NULL) {
        return subject;
    }

    subject->acceptable = billing_accept_acceptable(r, subject->route, &csv)
                          == NGX_OK;
    subject->csv = csv;

    if (subject->known == NGX_OK && subject->bmcf->zone != NULL
        && (subject->route->kept || subject->route->query))
    {
        subject->zone_key = billing_answers_key_zone(subject);
    }

    return subject;
}


static void
subject_free(void *data)
{
    billing_subject_t *subject = data;

    billing_subject_query_free(subject->query);
}


static void
subject_route(billing_subject_t *subject, const ngx_str_t *path)
{
    ngx_str_t           below;
    ngx_http_request_t *r;

    r = subject->request;

    if (path->len < 7 || ngx_strncmp(path->data, "api/v1/", 7) != 0) {
        return;
    }

    below.data = path->data + 7;
    below.len = path->len - 7;

    subject->route = billing_route(
        r->method == NGX_HTTP_HEAD ? NGX_HTTP_GET : r->method, &below,
        &subject->id, &subject->methods);
}


ngx_int_t
billing_subject_query(billing_subject_t *subject)
{
    billing_day_t today;

    today = billing_day_of(ngx_time());

    if (subject->query != NULL && subject->today == today) {
        return NGX_OK;
    }

    billing_subject_query_free(subject->query);
    ngx_str_null(&subject->shared_key);
    subject->today = today;
    subject->query = subject_query_read(subject);

    if (subject->query == NULL) {
        return NGX_ERROR;
    }

    if (subject->route->kept) {
        subject->shared_key = subject_key(subject);
    }

    return NGX_OK;
}


/* Of a route without one: no query, or something that it does not know. */
static billing_subject_query_t *
subject_query_read(const billing_subject_t *subject)
{
    billing_subject_query_t *query;

    query = ngx_alloc(sizeof(billing_subject_query_t), ngx_cycle->log);
    if (query == NULL) {
        return NULL;
    }

    ngx_memzero(query, sizeof(billing_subject_query_t));
    billing_errors_init(&query->errors);

    if (subject->route->query) {
        query->status = billing_query_parse(
            (billing_str_t){
                (const char *) subject->args.data, subject->args.len },
            subject->today, &query->query, &query->errors);
        billing_query_accept(&query->query, subject->csv);
    }

    return query;
}


void
billing_subject_query_free(billing_subject_query_t *query)
{
    if (query == NULL) {
        return;
    }

    billing_query_free(&query->query);
    billing_errors_free(&query->errors);
    ngx_free(query);
}


/* Empty: the answer is not for others, or there is no valid question. */
static ngx_str_t
subject_key(const billing_subject_t *subject)
{
    ngx_str_t              key, canonical;
    billing_buf_t          text;
    const billing_query_t *query;

    ngx_str_null(&key);
    ngx_str_null(&canonical);

    if (!subject->route->query) {
        return subject->args.len != 0
                   ? key
                   : billing_answers_key_shared(subject, &canonical, 0);
    }

    query = &subject->query->query;

    if (subject->query->status != BILLING_OK || query->refresh
        || query->explain) {
        ngx_log_debug1(NGX_LOG_DEBUG_HTTP, subject->request->connection->log, 0,
            "billing: no kept answer will do: %s",
            subject->query->status != BILLING_OK ? "an invalid query"
            : query->refresh                     ? "a refresh"
                                                 : "an explanation");
        return key;
    }

    billing_buf_init(&text, BILLING_CANONICAL_MAX);

    if (billing_query_canonical(query, &text) == BILLING_OK) {
        canonical.data = (u_char *) text.data;
        canonical.len = text.len;
        key = billing_answers_key_shared(
            subject, &canonical, query->format != BILLING_FORMAT_JSON);
    }

    billing_buf_free(&text);

    return key;
}
