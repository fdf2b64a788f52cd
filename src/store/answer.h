
/*
 * A whole answer as it is kept: its body and what its headers say.
 */

#ifndef BILLING_STORE_ANSWER_H
#define BILLING_STORE_ANSWER_H

#include <ngx_config.h>
#include <ngx_core.h>


#define BILLING_TAG_LEN 32


/* Content codings. */
typedef enum {
    BILLING_IDENTITY = 0,
    BILLING_GZIP,
    BILLING_BROTLI,
    BILLING_CODINGS
} billing_coding_t;


/*
 * The tag, hex digits of a digest, stands for the identity body; the entity
 * tag of another coding is the tag with a suffix.
 */
typedef struct {
    time_t           until; /* the first second it does not hold */
    u_char           tag[BILLING_TAG_LEN];
    billing_coding_t coding; /* of the body */
    ngx_str_t        body;
    unsigned         csv : 1;        /* else JSON */
    unsigned         focus : 1;      /* of that kind */
    unsigned         cut : 1;        /* a limit left groups out */
    unsigned         begins : 1;     /* how it begins; not kept */
    unsigned         stale : 1;      /* some figures are old */
    unsigned         incomplete : 1; /* some are missing */
    unsigned         degraded : 1;   /* Redis is away; not kept */
} billing_answer_t;


/* "", "-gz", "-br" */
extern const ngx_str_t billing_tag_suffixes[];

/*
 * The coding whose entity tag an If-None-Match names, or NGX_DECLINED.  "*"
 * names all: then it is the coding given.
 */
ngx_int_t billing_answer_named(const ngx_str_t *list,
    const u_char tag[BILLING_TAG_LEN], billing_coding_t coding);


#endif /* BILLING_STORE_ANSWER_H */
