
/* Parts of requests: URL, headers, forms. */

#include "providers/request.h"

#include <stdlib.h>
#include <strings.h>

#include "core/json_arena.h"


/* RFC 3986 section 3; the path has query and fragment with it. */
typedef struct {
    billing_str_t scheme;
    billing_str_t host;
    unsigned long port;
    billing_str_t path;
} billing_request_parts_t;


static int billing_request_split(
    billing_str_t url, billing_request_parts_t *parts);
static int billing_request_port(
    billing_str_t authority, billing_request_parts_t *parts);
static int billing_request_alike(billing_str_t a, billing_str_t b);
static int billing_request_is_plain(char c);


billing_status_t
billing_request_url(
    billing_http_request_t *req, billing_str_t base, billing_str_t rest)
{
    (void) billing_buf_add_str(&req->url, base);

    return billing_buf_add_str(&req->url, rest);
}


billing_str_t
billing_request_host(billing_str_t url)
{
    size_t        i;
    billing_str_t host;

    host = url;

    for (i = 0; i + 2 < url.len; i++) {
        if (memcmp(url.data + i, "://", 3) == 0) {
            host.data = url.data + i + 3;
            host.len = url.len - i - 3;
            break;
        }
    }

    for (i = 0; i < host.len; i++) {
        if (host.data[i] == ':' || host.data[i] == '/') {
            host.len = i;
        }
    }

    return host;
}


int
billing_request_is_host(billing_str_t url, const char *other)
{
    billing_str_t a, b;

    a = billing_request_host(url);
    b = billing_request_host(billing_str_from(other));

    return a.len > 0 && billing_request_alike(a, b);
}


int
billing_request_is_below(
    billing_str_t base, billing_str_t link, billing_str_t *rest)
{
    size_t                  i;
    billing_request_parts_t a, b;

    if (!billing_request_split(base, &a) || !billing_request_split(link, &b)
        || !billing_request_alike(a.scheme, b.scheme)
        || !billing_request_alike(a.host, b.host) || a.port != b.port
        || b.path.len <= a.path.len
        || (a.path.len > 0 && memcmp(a.path.data, b.path.data, a.path.len) != 0)
        || b.path.data[a.path.len] != '/')
    {
        return 0;
    }

    for (i = 0; i < b.path.len; i++) {
        if (b.path.data[i] <= ' ' || b.path.data[i] == 0x7f) {
            return 0;
        }
    }

    rest->data = b.path.data + a.path.len;
    rest->len = b.path.len - a.path.len;

    return 1;
}


static int
billing_request_split(billing_str_t url, billing_request_parts_t *parts)
{
    size_t        i;
    const char   *colon;
    billing_str_t authority;

    static const char ends[] = { '/', '?', '#', '\\' };

    colon = url.len == 0 ? NULL : memchr(url.data, ':', url.len);

    if (colon == NULL || url.len - (size_t) (colon - url.data) < 3
        || memcmp(colon, "://", 3) != 0)
    {
        return 0;
    }

    parts->scheme.data = url.data;
    parts->scheme.len = (size_t) (colon - url.data);

    authority.data = colon + 3;
    authority.len = url.len - parts->scheme.len - 3;

    /* a backslash is a slash to some */
    for (i = 0; i < authority.len; i++) {
        if (memchr(ends, authority.data[i], sizeof(ends)) != NULL) {
            break;
        }
    }

    parts->path.data = authority.data + i;
    parts->path.len = authority.len - i;
    authority.len = i;

    return (authority.len == 0 || memchr(authority.data, '@', i) == NULL)
           && billing_request_port(authority, parts);
}


static int
billing_request_port(billing_str_t authority, billing_request_parts_t *parts)
{
    char   number[6];
    size_t i, len;

    for (i = authority.len; i > 0; i--) {
        if (authority.data[i - 1] < '0' || authority.data[i - 1] > '9') {
            break;
        }
    }

    parts->host = authority;

    if (i == 0 || authority.data[i - 1] != ':') {
        parts->port = billing_request_alike(parts->scheme, billing_str("https"))
                          ? 443
                          : 80;
        return authority.len > 0;
    }

    parts->host.len = i - 1;
    len = authority.len - i;

    if (len == 0 || len >= sizeof(number)) {
        return 0;
    }

    memcpy(number, authority.data + i, len);
    number[len] = '\0';
    parts->port = strtoul(number, NULL, 10);

    return parts->host.len > 0;
}


/* ASCII, in whatever case. */
static int
billing_request_alike(billing_str_t a, billing_str_t b)
{
    return a.len == b.len
           && (a.len == 0 || strncasecmp(a.data, b.data, a.len) == 0);
}


billing_status_t
billing_request_accept(billing_http_request_t *req)
{
    return billing_http_request_header(
        req, billing_str("Accept"), billing_str("application/json"));
}


billing_status_t
billing_request_json(billing_http_request_t *req)
{
    billing_status_t rc;

    req->method = BILLING_HTTP_POST;

    rc = billing_request_accept(req);
    if (rc != BILLING_OK) {
        return rc;
    }

    return billing_http_request_header(
        req, billing_str("Content-Type"), billing_str("application/json"));
}


billing_status_t
billing_request_body(billing_http_request_t *req, json_t *body)
{
    char            *text;
    billing_status_t rc;

    text = json_dumps(body, JSON_COMPACT);
    json_decref(body);

    if (text == NULL) {
        return BILLING_NOMEM;
    }

    rc = billing_buf_add(&req->body, text, strlen(text));
    billing_json_text_free(text);

    return rc;
}


billing_status_t
billing_request_form(billing_http_request_t *req)
{
    req->method = BILLING_HTTP_POST;

    return billing_http_request_header(req, billing_str("Content-Type"),
        billing_str("application/x-www-form-urlencoded"));
}


billing_status_t
billing_request_bearer(billing_http_request_t *req, billing_str_t token)
{
    billing_buf_t    value;
    billing_status_t rc;

    billing_buf_init_secret(&value, BILLING_HTTP_MAX_HEADER);

    (void) billing_buf_add_str(&value, billing_str("Bearer "));
    rc = billing_buf_add_str(&value, token);

    if (rc == BILLING_OK) {
        rc = billing_http_request_header(req, billing_str("Authorization"),
            (billing_str_t){ value.data, value.len });
    }

    billing_buf_wipe(&value);

    return rc;
}


billing_status_t
billing_request_field(billing_buf_t *out, const char *name, billing_str_t value)
{
    size_t i;

    static const char hex[] = "0123456789ABCDEF";

    if (out->len > 0) {
        (void) billing_buf_add_char(out, '&');
    }

    (void) billing_buf_add_str(out, billing_str_from(name));
    (void) billing_buf_add_char(out, '=');

    for (i = 0; i < value.len; i++) {
        if (billing_request_is_plain(value.data[i])) {
            (void) billing_buf_add_char(out, value.data[i]);
            continue;
        }

        (void) billing_buf_add_char(out, '%');
        (void) billing_buf_add_char(out, hex[(value.data[i] >> 4) & 15]);
        (void) billing_buf_add_char(out, hex[value.data[i] & 15]);
    }

    return out->status;
}


/* RFC 3986 section 2.3 */
static int
billing_request_is_plain(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
           || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'
           || c == '~';
}
