
/*
 * The steps by which a service account is made, verified or changed.  They
 * run in this order; each function starts the next or answers.
 */

#ifndef BILLING_HTTP_ACCOUNT_H
#define BILLING_HTTP_ACCOUNT_H

#include "http/edit.h"

#include "fetch/verify.h"


typedef struct billing_account_s billing_account_t;

struct billing_account_s {
    billing_edit_t edit; /* first */

    billing_provider_conf_t *pc;
    json_t                  *credentials; /* plain, checked */
    json_t                  *linked;      /* NULL: not verified */
    ngx_str_t                user;        /* a digest */
    billing_verdict_t        verdict;     /* the provider's; copied */
    ngx_event_t              turn;        /* others are under way: later */
    ngx_msec_t               patience;    /* until then */
    ngx_str_t               *shared;      /* linked, owner, ... */
    ngx_uint_t               nshared;
    unsigned                 later : 1; /* need not be verified now */

    /* What follows when the user may ask, and when the provider says yes. */
    void (*begun)(billing_account_t *account);
    void (*verified)(billing_account_t *account);
};


/* resource says which body it is. */
billing_account_t *billing_account_begin(
    billing_op_t *op, const billing_resource_t *resource);

/*
 * Checks credentials, for the provider of this id; adds to errors what is
 * wrong.
 */
void billing_account_check(billing_account_t *account, json_t *provider,
    json_t *credentials, billing_errors_t *errors);

/* Was the request made before, was the user refused too often?  Then begun. */
void billing_account_admit(billing_account_t *account);

/* NGX_DECLINED: the provider is disabled, which was answered. */
ngx_int_t billing_account_enabled(
    billing_account_t *account, billing_mirror_t *mirror);

/* Asks the provider; then verified. */
void billing_account_ask(billing_account_t *account);

/* Seals the credentials and writes them and what was learned into next. */
ngx_int_t billing_account_seal(billing_account_t *account);


#endif /* BILLING_HTTP_ACCOUNT_H */
