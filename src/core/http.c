
/* An HTTP request's strings: made with limits, freed with their secrets. */

#include "core/http.h"


static int billing_http_is_token(billing_str_t name);
static int billing_http_is_value(billing_str_t value);


void
billing_http_request_init(billing_http_request_t *req)
{
    unsigned i;

    *req = (billing_http_request_t){ .method = BILLING_HTTP_GET,
        .auth = BILLING_AUTH_NONE };

    billing_buf_init_secret(&req->url, BILLING_HTTP_MAX_URL);
    billing_buf_init_secret(&req->body, BILLING_HTTP_MAX_BODY);
    billing_buf_init_secret(&req->key, BILLING_HTTP_MAX_HEADER);
    billing_buf_init(&req->service, BILLING_HTTP_MAX_HEADER);

    for (i = 0; i < BILLING_HTTP_MAX_HEADERS; i++) {
        billing_buf_init_secret(&req->headers[i], BILLING_HTTP_MAX_HEADER);
    }
}


billing_status_t
billing_http_request_header(
    billing_http_request_t *req, billing_str_t name, billing_str_t value)
{
    billing_buf_t *header;

    if (!billing_http_is_token(name) || !billing_http_is_value(value)) {
        return BILLING_INVALID;
    }

    if (req->nheaders == BILLING_HTTP_MAX_HEADERS) {
        return BILLING_LIMIT;
    }

    header = &req->headers[req->nheaders];

    (void) billing_buf_add_str(header, name);
    (void) billing_buf_add_str(header, billing_str(": "));
    (void) billing_buf_add_str(header, value);

    if (header->status != BILLING_OK) {
        billing_status_t status = header->status;

        billing_buf_wipe(header);
        return status;
    }

    req->nheaders++;

    return BILLING_OK;
}


void
billing_http_request_free(billing_http_request_t *req)
{
    unsigned i;

    billing_buf_wipe(&req->url);
    billing_buf_wipe(&req->body);
    billing_buf_wipe(&req->key);
    billing_buf_free(&req->service);

    for (i = 0; i < BILLING_HTTP_MAX_HEADERS; i++) {
        billing_buf_wipe(&req->headers[i]);
    }

    billing_http_request_init(req);
}


/* RFC 9110 section 5.6.2 */
static int
billing_http_is_token(billing_str_t name)
{
    size_t i;

    static const char chars[] = "!#$%&'*+-.^_`|~0123456789"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz";

    for (i = 0; i < name.len; i++) {
        if (memchr(chars, name.data[i], sizeof(chars) - 1) == NULL) {
            return 0;
        }
    }

    return name.len > 0;
}


static int
billing_http_is_value(billing_str_t value)
{
    int           seen;
    size_t        i;
    unsigned char c;

    seen = 0;

    for (i = 0; i < value.len; i++) {
        c = (unsigned char) value.data[i];

        if (c < 0x20 || c == 0x7f) {
            return 0;
        }

        seen |= c != ' ';
    }

    return seen;
}
