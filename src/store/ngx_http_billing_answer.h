
/*
 * A whole answer as it is kept: its body and what its headers say.
 */

#ifndef NGX_HTTP_BILLING_ANSWER_H
#define NGX_HTTP_BILLING_ANSWER_H

#include <ngx_config.h>
#include <ngx_core.h>


#define NGX_HTTP_BILLING_TAG_LEN 32


/* Content codings. */
typedef enum {
    NGX_HTTP_BILLING_IDENTITY = 0,
    NGX_HTTP_BILLING_GZIP,
    NGX_HTTP_BILLING_BROTLI,
    NGX_HTTP_BILLING_CODINGS
} ngx_http_billing_coding_t;


/*
 * The tag, hex digits of a digest, stands for the identity body; the entity
 * tag of another coding is the tag with a suffix.
 */
typedef struct {
    time_t                    until; /* the first second it does not hold */
    u_char                    tag[NGX_HTTP_BILLING_TAG_LEN];
    ngx_http_billing_coding_t coding; /* of the body */
    ngx_str_t                 body;
    unsigned                  csv : 1;        /* else JSON */
    unsigned                  focus : 1;      /* of that kind */
    unsigned                  cut : 1;        /* a limit left groups out */
    unsigned                  begins : 1;     /* how it begins; not kept */
    unsigned                  stale : 1;      /* some figures are old */
    unsigned                  incomplete : 1; /* some are missing */
    unsigned                  degraded : 1;   /* Redis is away; not kept */
} ngx_http_billing_answer_t;


/* "", "-gz", "-br" */
extern const ngx_str_t ngx_http_billing_tag_suffixes[];

/*
 * The coding whose entity tag an If-None-Match names, or NGX_DECLINED.  "*"
 * names all: then it is the coding given.
 */
ngx_int_t ngx_http_billing_answer_named(const ngx_str_t *list,
    const u_char              tag[NGX_HTTP_BILLING_TAG_LEN],
    ngx_http_billing_coding_t coding);


#endif /* NGX_HTTP_BILLING_ANSWER_H */
