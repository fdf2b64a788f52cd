
/*
 * A write under way: sent, sent again when the data had to be settled, and
 * what came of it.
 */

#ifndef NGX_HTTP_BILLING_WRITING_H
#define NGX_HTTP_BILLING_WRITING_H

#include "store/ngx_http_billing_write.h"


/* What is written. */
typedef struct {
    ngx_billing_redis_script_t *script;
    const char                 *name; /* in the log */
    unsigned audited : 1;             /* it begins with audit()'s arguments */
    unsigned changes : 1;             /* what answers show, if it is done */
    unsigned asks : 1;                /* whether it was done before */
} ngx_http_billing_deed_t;


/*
 * Runs a script with copies of the arguments; done and errors as
 * ngx_http_billing_write.h says.
 */
ngx_int_t ngx_http_billing_write(ngx_http_billing_store_t *store,
    const ngx_http_billing_deed_t *deed, const ngx_str_t *domain,
    ngx_uint_t nargs, const ngx_str_t *args, ngx_http_billing_write_pt done,
    void *data);


#endif /* NGX_HTTP_BILLING_WRITING_H */
