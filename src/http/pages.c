
/*
 * Pages: the web app's files, embedded in the module (or on disk, for its
 * development).  Every path that is not a file gets the app itself, which
 * routes in the browser; its <base> is where this location is mounted.
 */

#include "http/op.h"
#include "http/request.h"
#include "http/assets.h"


#define BILLING_BASE_MARK "__BILLING_BASE__"


static billing_asset_t *pages_asset_find(ngx_str_t *path);
static ngx_int_t page_asset(ngx_http_request_t *r, billing_asset_t *asset);
static ngx_int_t page_index(ngx_http_request_t *r, ngx_str_t *html);
static ngx_int_t page_disk(
    ngx_http_request_t *r, ngx_str_t *dir, ngx_str_t *path);
static ngx_int_t page_read(
    ngx_http_request_t *r, ngx_str_t *name, ngx_str_t *content);
static ngx_int_t page_base(ngx_http_request_t *r, ngx_str_t *base);
static ngx_int_t page_send(
    ngx_http_request_t *r, ngx_str_t *type, ngx_str_t *content);
static ngx_uint_t pages_accepts_encoding(
    ngx_http_request_t *r, const char *encoding);
static ngx_int_t page_headers(ngx_http_request_t *r, const char *cache_control);
static ngx_table_elt_t *page_header(
    ngx_http_request_t *r, const char *name, const char *value);


ngx_int_t
billing_pages(ngx_http_request_t *r, ngx_str_t *path)
{
    ngx_str_t           index = ngx_string("index.html");
    billing_asset_t    *asset;
    billing_loc_conf_t *blcf;

    if (!(r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    if (ngx_http_discard_request_body(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    blcf = ngx_http_get_module_loc_conf(r, ngx_http_billing_module);

    if (blcf->html.len != 0) {
        return page_disk(r, &blcf->html, path);
    }

    asset = pages_asset_find(path);

    if (asset != NULL && asset->path.len != index.len) {
        return page_asset(r, asset);
    }

    /* a file of another version of the app: a page would not be it */

    if (path->len > 7 && ngx_strncmp(path->data, "assets/", 7) == 0) {
        return asset != NULL ? page_asset(r, asset) : NGX_HTTP_NOT_FOUND;
    }

    asset = pages_asset_find(&index);

    return asset == NULL ? NGX_HTTP_NOT_FOUND : page_index(r, &asset->plain);
}


static billing_asset_t *
pages_asset_find(ngx_str_t *path)
{
    ngx_uint_t       i;
    billing_asset_t *asset;

    for (i = 0; i < billing_nassets; i++) {
        asset = &billing_assets[i];

        if (asset->path.len == path->len
            && ngx_memcmp(asset->path.data, path->data, path->len) == 0)
        {
            return asset;
        }
    }

    return NULL;
}


static ngx_int_t
page_asset(ngx_http_request_t *r, billing_asset_t *asset)
{
    ngx_str_t       *content;
    const char      *encoding;
    ngx_table_elt_t *h;

    content = &asset->plain;
    encoding = NULL;

    if (asset->brotli.len != 0 && pages_accepts_encoding(r, "br")) {
        content = &asset->brotli;
        encoding = "br";

    } else if (asset->gzip.len != 0 && pages_accepts_encoding(r, "gzip")) {
        content = &asset->gzip;
        encoding = "gzip";
    }

    if (encoding != NULL) {
        h = page_header(r, "Content-Encoding", encoding);
        if (h == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        r->headers_out.content_encoding = h;
    }

    if (page_header(r, "Vary", "Accept-Encoding") == NULL
        || page_headers(r, asset->immutable
                               ? "public, max-age=31536000, immutable"
                               : "no-cache")
               != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return page_send(r, &asset->type, content);
}


/* The app's page, with the public path of this location as its <base>. */

static ngx_int_t
page_index(ngx_http_request_t *r, ngx_str_t *html)
{
    u_char   *p, *mark;
    ngx_str_t base, page, type = ngx_string("text/html; charset=utf-8");

    mark = ngx_strnstr(html->data, BILLING_BASE_MARK, html->len);

    if (mark == NULL || page_base(r, &base) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    page.len = html->len - (sizeof(BILLING_BASE_MARK) - 1) + base.len;
    page.data = ngx_pnalloc(r->pool, page.len);
    if (page.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p = ngx_cpymem(page.data, html->data, mark - html->data);
    p = ngx_cpymem(p, base.data, base.len);
    mark += sizeof(BILLING_BASE_MARK) - 1;
    ngx_memcpy(p, mark, html->data + html->len - mark);

    if (page_headers(r, "no-cache") != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return page_send(r, &type, &page);
}


/* The base as it stands in HTML. */

static ngx_int_t
page_base(ngx_http_request_t *r, ngx_str_t *base)
{
    u_char             *p;
    ngx_str_t           url;
    billing_loc_conf_t *blcf;

    blcf = ngx_http_get_module_loc_conf(r, ngx_http_billing_module);
    url = blcf->base;

    base->len = url.len + ngx_escape_html(NULL, url.data, url.len);
    base->data = ngx_pnalloc(r->pool, base->len);
    if (base->data == NULL) {
        return NGX_ERROR;
    }

    p = (u_char *) ngx_escape_html(base->data, url.data, url.len);

    return p == base->data + base->len ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
page_send(ngx_http_request_t *r, ngx_str_t *type, ngx_str_t *content)
{
    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_type = *type;
    r->headers_out.content_type_len = type->len;
    r->headers_out.content_type_lowcase = NULL;
    r->headers_out.content_length_n = content->len;

    return billing_op_output(r, content->data, content->len);
}


/*
 * 1 if Accept-Encoding names the coding and does not give it the quality 0.
 */

static ngx_uint_t
pages_accepts_encoding(ngx_http_request_t *r, const char *encoding)
{
    u_char   *p, *end, *last, *q;
    size_t    len;
    ngx_str_t accept;

    len = ngx_strlen(encoding);
    accept = billing_headers_own_header(r, "accept-encoding");
    last = accept.data + accept.len;

    for (p = accept.data; p < last; p = end + 1) {
        end = ngx_strlchr(p, last, ',');
        if (end == NULL) {
            end = last;
        }

        while (p < end && *p == ' ') {
            p++;
        }

        if ((size_t) (end - p) < len
            || ngx_strncasecmp(p, (u_char *) encoding, len) != 0
            || (p + len < end && p[len] != ';' && p[len] != ' '))
        {
            continue;
        }

        q = ngx_strlcasestrn(p + len, end, (u_char *) "q=", 2 - 1);

        /* "q=0", "q=0.0": no digit from 1 to 9 */

        for (q = q == NULL ? NULL : q + 2; q != NULL && q < end; q++) {
            if (*q >= '1' && *q <= '9') {
                return 1;
            }
        }

        return q == NULL;
    }

    return 0;
}


static ngx_int_t
page_headers(ngx_http_request_t *r, const char *cache_control)
{
    ngx_uint_t i;

    static const char *const headers[][2] = {
        { "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; "
            "img-src 'self'; connect-src 'self'; base-uri 'self'; "
            "form-action 'self'; frame-ancestors 'self'; "
            "require-trusted-types-for 'script'; trusted-types 'none'" },
        { "X-Content-Type-Options", "nosniff" },
        { "Referrer-Policy", "same-origin" },
    };

    for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        if (page_header(r, headers[i][0], headers[i][1]) == NULL) {
            return NGX_ERROR;
        }
    }

    return page_header(r, "Cache-Control", cache_control) == NULL ? NGX_ERROR
                                                                  : NGX_OK;
}


static ngx_table_elt_t *
page_header(ngx_http_request_t *r, const char *name, const char *value)
{
    ngx_table_elt_t *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NULL;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value.data = (u_char *) value;
    h->value.len = ngx_strlen(value);

    return h;
}


/*
 * "billing_html": files are read when they are asked for, so that an edit is
 * seen at the next reload of the page.  This blocks the worker for a moment:
 * it is for development.
 */

static ngx_int_t
page_disk(ngx_http_request_t *r, ngx_str_t *dir, ngx_str_t *path)
{
    u_char    *p;
    ngx_int_t  rc;
    ngx_str_t  name, content, type;
    ngx_uint_t index;

    /* nginx has already resolved "..": path stays below dir */

    index = path->len == 0 || path->data[path->len - 1] == '/'
            || (path->len == 10
                && ngx_strncmp(path->data, "index.html", 10) == 0);

    for (;;) {
        name.len = dir->len + 1 + (index ? 10 : path->len);
        name.data = ngx_pnalloc(r->pool, name.len + 1);
        if (name.data == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        p = ngx_cpymem(name.data, dir->data, dir->len);
        *p++ = '/';
        p = index ? ngx_cpymem(p, "index.html", 10)
                  : ngx_cpymem(p, path->data, path->len);
        *p = '\0';

        rc = page_read(r, &name, &content);

        if (rc == NGX_OK) {
            break;
        }

        if (rc == NGX_ERROR || index) {
            return rc == NGX_ERROR ? NGX_HTTP_INTERNAL_SERVER_ERROR
                                   : NGX_HTTP_NOT_FOUND;
        }

        index = 1;
    }

    if (index) {
        return page_index(r, &content);
    }

    ngx_http_set_exten(r);

    if (ngx_http_set_content_type(r) != NGX_OK
        || page_headers(r, "no-cache") != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    type = r->headers_out.content_type;

    return page_send(r, &type, &content);
}


/* NGX_DECLINED: there is no such file. */

static ngx_int_t
page_read(ngx_http_request_t *r, ngx_str_t *name, ngx_str_t *content)
{
    ssize_t         n;
    ngx_fd_t        fd;
    ngx_int_t       rc;
    ngx_file_info_t fi;

    fd = ngx_open_file(
        name->data, NGX_FILE_RDONLY | NGX_FILE_NONBLOCK, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        return NGX_DECLINED;
    }

    rc = NGX_DECLINED;

    if (ngx_fd_info(fd, &fi) != NGX_FILE_ERROR && ngx_is_file(&fi)) {
        rc = NGX_ERROR;
        content->len = ngx_file_size(&fi);
        content->data = ngx_pnalloc(r->pool, content->len + 1);

        if (content->data != NULL) {
            n = ngx_read_fd(fd, content->data, content->len);
            rc = n == (ssize_t) content->len ? NGX_OK : NGX_ERROR;
        }
    }

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_ALERT, r->connection->log, ngx_errno,
            ngx_close_file_n " \"%V\" failed", name);
    }

    return rc;
}
