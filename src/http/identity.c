
/*
 * Who is calling, and whether a page of another site made him call.
 *
 * Identity is what the site's own configuration says it is (auth_basic,
 * auth_request, a JWT module ...); nothing is ever taken from a body.
 */

#include "http/op.h"
#include "http/request.h"
#include "http/subject.h"

#include "core/input.h"
#include "core/text.h"


#define BILLING_USER_LEN 256


static ngx_int_t identity_evaluate(
    ngx_http_request_t *r, ngx_http_complex_value_t *cv, ngx_str_t *value);
static ngx_int_t identity_caller_projects(
    ngx_pool_t *pool, billing_caller_t *caller, ngx_str_t *value);
static ngx_uint_t identity_own_site(const ngx_str_t *site);
static ngx_str_t  identity_authority(ngx_http_request_t *r);


ngx_int_t
billing_identity_caller(ngx_http_request_t *r, billing_caller_t *caller,
    billing_problem_t *problem, const char **detail)
{
    ngx_str_t           role, projects;
    billing_str_t       s;
    billing_loc_conf_t *blcf;

    blcf = ngx_http_get_module_loc_conf(r, ngx_http_billing_module);

    ngx_memzero(caller, sizeof(billing_caller_t));
    ngx_str_set(&caller->domain, "default");

    if (identity_evaluate(r, blcf->user, &caller->user) != NGX_OK
        || identity_evaluate(r, blcf->role, &role) != NGX_OK
        || identity_evaluate(r, blcf->projects, &projects) != NGX_OK
        || (blcf->domain != NULL
            && identity_evaluate(r, blcf->domain, &caller->domain) != NGX_OK))
    {
        return NGX_ERROR;
    }

    s.data = (char *) caller->user.data;
    s.len = caller->user.len;

    *problem = BILLING_PROBLEM_FORBIDDEN;

    if (s.len == 0 || s.len > BILLING_USER_LEN || !billing_text_valid(s)
        || billing_text_control(s))
    {
        *problem = BILLING_PROBLEM_UNAUTHENTICATED;
        *detail = "sign in first: the request carries no usable user name";
        return NGX_DECLINED;
    }

    if (role.len == 5 && ngx_strncmp(role.data, "admin", 5) == 0) {
        caller->role = BILLING_ADMIN;

    } else if (role.len == 6 && ngx_strncmp(role.data, "member", 6) == 0) {
        caller->role = BILLING_MEMBER;

    } else {
        *detail = "this user has no role here; ask the administrator";
        return NGX_DECLINED;
    }

    s.data = (char *) caller->domain.data;
    s.len = caller->domain.len;

    if (!billing_input_is_domain(s)) {
        *detail = "this user's domain is not a valid one";
        return NGX_DECLINED;
    }

    if (caller->role == BILLING_ADMIN || blcf->projects == NULL
        || (projects.len == 1 && projects.data[0] == '*'))
    {
        caller->all_projects = 1;
        return NGX_OK;
    }

    return identity_caller_projects(r->pool, caller, &projects);
}


/* No value: empty. */
static ngx_int_t
identity_evaluate(
    ngx_http_request_t *r, ngx_http_complex_value_t *cv, ngx_str_t *value)
{
    ngx_str_null(value);

    return cv == NULL ? NGX_OK : ngx_http_complex_value(r, cv, value);
}


static ngx_int_t
identity_caller_projects(
    ngx_pool_t *pool, billing_caller_t *caller, ngx_str_t *value)
{
    u_char     *p, *start, *end, *last;
    ngx_str_t  *project;
    ngx_array_t list;

    if (ngx_array_init(&list, pool, 8, sizeof(ngx_str_t)) != NGX_OK) {
        return NGX_ERROR;
    }

    last = value->data + value->len;

    for (p = value->data; p < last; p = end + 1) {
        end = ngx_strlchr(p, last, ',');
        if (end == NULL) {
            end = last;
        }

        for (start = p; start < end && *start == ' '; start++) { /* void */
        }

        for (p = end; p > start && p[-1] == ' '; p--) { /* void */
        }

        if (p == start) {
            continue;
        }

        project = ngx_array_push(&list);
        if (project == NULL) {
            return NGX_ERROR;
        }

        project->data = start;
        project->len = p - start;
    }

    caller->projects = list.elts;
    caller->nprojects = list.nelts;

    qsort(caller->projects, caller->nprojects, sizeof(ngx_str_t),
        billing_identity_compare);

    return NGX_OK;
}


ngx_int_t
billing_identity_caller_copy(
    ngx_pool_t *pool, billing_caller_t *to, const billing_caller_t *from)
{
    ngx_uint_t i;

    *to = *from;

    to->user.data = ngx_pstrdup(pool, (ngx_str_t *) &from->user);
    to->domain.data = ngx_pstrdup(pool, (ngx_str_t *) &from->domain);
    to->projects = ngx_palloc(pool, from->nprojects * sizeof(ngx_str_t));

    if (to->user.data == NULL || to->domain.data == NULL
        || to->projects == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < from->nprojects; i++) {
        to->projects[i].len = from->projects[i].len;
        to->projects[i].data = ngx_pstrdup(pool, &from->projects[i]);
        if (to->projects[i].data == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_uint_t
billing_identity_visible(billing_op_t *op, ngx_str_t *project_id)
{
    return op->all_projects
           || billing_identity_among(op->projects, op->nprojects, project_id);
}


ngx_uint_t
billing_identity_among(ngx_str_t *list, ngx_uint_t n, ngx_str_t *id)
{
    return n != 0
           && bsearch(id, list, n, sizeof(ngx_str_t), billing_identity_compare)
                  != NULL;
}


int
billing_identity_compare(const void *one, const void *two)
{
    const ngx_str_t *a = one, *b = two;

    return ngx_memn2cmp(a->data, b->data, a->len, b->len);
}


/*
 * Browsers say where a request comes from: by Sec-Fetch-Site (Fetch Metadata,
 * section 2.2), older ones by Origin.  The scheme is left out of the
 * comparison, since TLS may end in front of us.
 */

ngx_int_t
billing_identity_check_site(billing_op_t *op, ngx_http_request_t *r)
{
    u_char   *p, *last;
    ngx_str_t site, origin, host;

    site = billing_headers_request_header(r, "sec-fetch-site");
    origin = billing_headers_request_header(r, "origin");
    host = identity_authority(r);

    if (site.len != 0) {
        if (identity_own_site(&site)) {
            return NGX_OK;
        }

    } else if (origin.len == 0) {
        return NGX_OK;

    } else {
        last = origin.data + origin.len;
        p = ngx_strlcasestrn(origin.data, last, (u_char *) "://", 3 - 1);

        if (p != NULL && host.len != 0 && (size_t) (last - p - 3) == host.len
            && ngx_strncasecmp(p + 3, host.data, host.len) == 0)
        {
            return NGX_OK;
        }
    }

    billing_send_problem(op, BILLING_PROBLEM_CROSS_SITE,
        "a page of another site may not change things here");

    return NGX_DECLINED;
}


static ngx_uint_t
identity_own_site(const ngx_str_t *site)
{
    return (site->len == 11 && ngx_strncmp(site->data, "same-origin", 11) == 0)
           || (site->len == 4 && ngx_strncmp(site->data, "none", 4) == 0);
}


/*
 * Any page can have a browser send a GET, with whatever tells us who its user
 * is.  A header of one's own it cannot send; where browsers say nothing of
 * sites (plain http), that is what counts.  A link that somebody follows is
 * his own doing.  A frame is led by its page: it navigates, too, but is no
 * document by itself.
 */
void
billing_identity_look_site(billing_op_t *op, ngx_http_request_t *r)
{
    ngx_str_t site, mode, dest, own;

    site = billing_headers_request_header(r, "sec-fetch-site");
    dest = billing_headers_request_header(r, "sec-fetch-dest");
    mode = billing_headers_request_header(r, "sec-fetch-mode");
    own = billing_headers_request_header(r, "x-billing-refresh");

    op->insists = (own.len == 1 && own.data[0] == '1')
                  || identity_own_site(&site);
    op->foreign = site.len != 0 && !op->insists
                  && !(mode.len == 8
                       && ngx_strncmp(mode.data, "navigate", 8) == 0
                       && (dest.len == 0
                           || (dest.len == 8
                               && ngx_strncmp(dest.data, "document", 8) == 0)));
}


/*
 * Host and port that the client asked for.  HTTP/3 has no Host header, but a
 * pseudo-header ":authority", which nginx keeps apart; where a client sends
 * both, nginx refuses those that differ.  (Of HTTP/2, nginx makes a Host header
 * of it.)
 */
static ngx_str_t
identity_authority(ngx_http_request_t *r)
{
    ngx_str_t host;

    host = billing_headers_request_header(r, "host");

    if (host.data == NULL && r->host_start != NULL && r->host_end != NULL) {
        host.data = r->host_start;
        host.len = r->host_end - r->host_start;
    }

    return host;
}
