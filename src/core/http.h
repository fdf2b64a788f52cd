
/*
 * An HTTP request as a provider describes it and the curl bridge sends it.
 * The scheme of authentication is named here and applied by the bridge.
 * All strings are owned by the request and may hold secrets: free it with
 * billing_http_request_free(), which wipes them.
 */

#ifndef BILLING_CORE_HTTP_H
#define BILLING_CORE_HTTP_H

#include "core/buf.h"


#define BILLING_HTTP_MAX_HEADERS 8
#define BILLING_HTTP_MAX_HEADER  8192 /* bytes of one */
#define BILLING_HTTP_MAX_URL     8192
#define BILLING_HTTP_MAX_BODY    65536
#define BILLING_HTTP_MAX_WANTED  256 /* bytes of the header that is wanted */


typedef enum {
    BILLING_HTTP_GET = 0,
    BILLING_HTTP_POST,
    BILLING_HTTP_PUT
} billing_http_method_t;


typedef enum {
    BILLING_AUTH_NONE = 0, /* the headers carry all there is */
    BILLING_AUTH_SIGV4     /* AWS Signature Version 4 over all headers */
} billing_auth_t;


typedef struct {
    billing_http_method_t method;
    billing_auth_t        auth;
    billing_buf_t         url; /* not NUL-terminated */
    billing_buf_t         headers[BILLING_HTTP_MAX_HEADERS];
    /* "Name: value", without CR, LF */
    unsigned      nheaders;
    billing_buf_t body; /* empty: none */

    unsigned token : 1; /* the answer will hold a secret */
    unsigned local : 1; /* to a service of this machine: past any proxy */

    const char *wanted; /* static: a header of the answer, see below */
    const char *reason; /* static: why there is no request; NULL: not said */

    /* BILLING_AUTH_SIGV4; each without NUL */
    billing_buf_t key;     /* "access key id:secret access key" */
    billing_buf_t service; /* "aws:amz:region:service" */
} billing_http_request_t;


/* Makes an empty GET. */
void billing_http_request_init(billing_http_request_t *req);

/*
 * Adds a header.  A value with a control character is BILLING_INVALID, so a
 * credential can never smuggle a second header in; so is a blank one, which
 * libcurl would take for the wish to send no such header, and a name that is
 * no token (RFC 9110 section 5.6.2).  BILLING_LIMIT past the limits above.
 */
billing_status_t billing_http_request_header(
    billing_http_request_t *req, billing_str_t name, billing_str_t value);

/* Wipes and frees everything. */
void billing_http_request_free(billing_http_request_t *req);


#endif /* BILLING_CORE_HTTP_H */
