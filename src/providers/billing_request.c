
/* Parts of requests: URL, headers, forms. */

#include "billing_request.h"

#include <strings.h>

#include "core/billing_json_arena.h"


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

    return a.len == b.len && a.len > 0
           && strncasecmp(a.data, b.data, a.len) == 0;
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
