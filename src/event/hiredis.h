
/*
 * Whether hiredis is ours alone.
 */

#ifndef BILLING_EVENT_HIREDIS_H
#define BILLING_EVENT_HIREDIS_H

#include <ngx_config.h>
#include <ngx_core.h>


/*
 * At configuration time, when all modules have been loaded: NGX_ERROR, with
 * the reason in the log, if another module has a copy of hiredis and one of
 * the two would be used by both.
 */
ngx_int_t billing_hiredis_check(ngx_conf_t *cf);


#endif /* BILLING_EVENT_HIREDIS_H */
