
/*
 * Which linked accounts of a list other service accounts have already: what
 * the script that writes would refuse them for, told without a write.
 */

#ifndef BILLING_HTTP_OVERLAP_H
#define BILLING_HTTP_OVERLAP_H

#include "http/billing.h"
#include "store/mirror.h"


/*
 * [{"linked_account", "account", "name"}, ...], at most 1000; NULL when out of
 * memory.  cloud is of the provider that has listed them.
 */
json_t *billing_overlap(billing_main_conf_t *bmcf, billing_mirror_t *mirror,
    const char *cloud, const json_t *linked);


#endif /* BILLING_HTTP_OVERLAP_H */
