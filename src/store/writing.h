
/*
 * A write under way: sent, sent again when the data had to be settled, and
 * what came of it.
 */

#ifndef BILLING_STORE_WRITING_H
#define BILLING_STORE_WRITING_H

#include "store/write.h"


/* What is written. */
typedef struct {
    billing_redis_script_t *script;
    const char             *name; /* in the log */
    unsigned audited : 1;         /* it begins with audit()'s arguments */
    unsigned changes : 1;         /* what answers show, if it is done */
    unsigned asks : 1;            /* whether it was done before */
} billing_deed_t;


/*
 * Runs a script with copies of the arguments; done and errors as
 * write.h says.
 */
ngx_int_t billing_writing_write(billing_store_t *store,
    const billing_deed_t *deed, const ngx_str_t *domain, ngx_uint_t nargs,
    const ngx_str_t *args, billing_write_pt done, void *data);


#endif /* BILLING_STORE_WRITING_H */
