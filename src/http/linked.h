
/*
 * The lists of linked accounts behind "all linked accounts" credentials, read
 * again from the provider once a day, before a lookup needs them.
 */

#ifndef BILLING_HTTP_LINKED_H
#define BILLING_HTTP_LINKED_H

#include "http/billing.h"
#include "store/catalog.h"


#define BILLING_LINKED_VALID 86400 /* seconds */


/*
 * Asks the provider for the lists of those accounts that are due (never read,
 * or a day old) and that asked() says yes to, and stores what is new.  done
 * runs when all have answered or failed, at the latest after ten seconds; at
 * once (but not before this returns) when none is due.  changed says that
 * Redis has other accounts now than the catalog, which stays as it is: a
 * linked account may have gone from one account to another, and only a
 * catalog that is read again has it once.  An account whose provider fails
 * keeps its old list.  On a client's abort, call
 * billing_linked_cancel().
 */
typedef struct billing_linked_s billing_linked_t;

billing_linked_t *billing_linked_refresh(billing_op_t *op,
    const billing_catalog_t *catalog, ngx_uint_t forced,
    ngx_uint_t (*asked)(void *data, const billing_catalog_account_t *account),
    void (*done)(void *data, ngx_uint_t changed), void *data);

void billing_linked_cancel(billing_linked_t *linked);


#endif /* BILLING_HTTP_LINKED_H */
