
/*
 * Which linked accounts of a list other service accounts have already: what
 * the script that writes would refuse them for, told without a write.
 */

#ifndef NGX_HTTP_BILLING_OVERLAP_H
#define NGX_HTTP_BILLING_OVERLAP_H

#include "http/ngx_http_billing.h"
#include "store/ngx_http_billing_mirror.h"


/*
 * [{"linked_account", "account", "name"}, ...], at most 1000; NULL when out of
 * memory.  cloud is of the provider that has listed them.
 */
json_t *ngx_http_billing_overlap(ngx_http_billing_main_conf_t *bmcf,
    ngx_http_billing_mirror_t *mirror, const char *cloud, const json_t *linked);


#endif /* NGX_HTTP_BILLING_OVERLAP_H */
