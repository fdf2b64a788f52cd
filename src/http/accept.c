
/*
 * What a client takes: media types, and codings (RFC 9110, section 12.5).
 */

#include "http/request.h"


ngx_int_t
billing_accept_acceptable(
    ngx_http_request_t *r, const billing_route_t *route, ngx_uint_t *csv)
{
    ngx_str_t   accept;
    ngx_uint_t  main, table;
    const char *type, *range;

    *csv = 0;

    type = route->stream ? "text/event-stream" : "application/json";
    range = route->stream ? "text/*" : "application/*";
    accept = billing_headers_own_header(r, "accept");

    if (accept.len == 0
        || (accept.len == 3 && ngx_strncmp(accept.data, "*/*", 3) == 0))
    {
        return NGX_OK;
    }

    main = billing_accept_accepts(&accept, type, range);
    table = route->csv ? billing_accept_accepts(&accept, "text/csv", "text/*")
                       : 0;

    *csv = table > main;

    return main == 0 && table == 0 ? NGX_DECLINED : NGX_OK;
}


/*
 * The quality (0 to 1000) that an Accept header gives a media type; the most
 * specific range counts (RFC 9110, section 12.5.1).
 */

ngx_uint_t
billing_accept_accepts(ngx_str_t *accept, const char *type, const char *range)
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
               : len == ngx_strlen(range)
                       && ngx_strncasecmp(p, (u_char *) range, len) == 0
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
