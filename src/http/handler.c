
/*
 * The content handler: pages or API; and of the API, a kept answer, the wait for
 * one, or an operation.
 */

#include "http/answers.h"
#include "http/conf.h"
#include "http/op.h"


static ngx_int_t handler_api(ngx_http_request_t *r, ngx_str_t *path);
static ngx_int_t handler_kept(billing_subject_t *subject);


ngx_int_t
ngx_http_billing_handler(ngx_http_request_t *r)
{
    ngx_str_t           path;
    billing_loc_conf_t *blcf;

    blcf = ngx_http_get_module_loc_conf(r, ngx_http_billing_module);

    if (r->uri.len < blcf->name.len) {
        return NGX_HTTP_NOT_FOUND;
    }

    path.data = r->uri.data + blcf->name.len;
    path.len = r->uri.len - blcf->name.len;

    if (path.len >= 4 && ngx_strncmp(path.data, "api/", 4) == 0) {
        return handler_api(r, &path);
    }

    return billing_pages(r, &path);
}


static ngx_int_t
handler_api(ngx_http_request_t *r, ngx_str_t *path)
{
    ngx_int_t          rc;
    billing_subject_t *subject;

    subject = billing_subject(r, path);
    if (subject == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = handler_kept(subject);

    return rc == NGX_DECLINED ? billing_run(subject) : rc;
}


/* What is wrong with the request, an operation tells. */
static ngx_int_t
handler_kept(billing_subject_t *subject)
{
    ngx_int_t rc;

    if (subject->route == NULL || !subject->route->kept
        || subject->known != NGX_OK || !subject->acceptable)
    {
        return NGX_DECLINED;
    }

    rc = billing_answers_zone(subject);

    if (rc != NGX_DECLINED || billing_subject_query(subject) != NGX_OK) {
        return rc;
    }

    return billing_answers_ask(subject, billing_run);
}
