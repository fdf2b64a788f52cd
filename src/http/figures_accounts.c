
/*
 * The accounts of a question, as lookups see them: which linked accounts are
 * asked for, and what stands in the way.
 */

#include "http/figures.h"


/* linked accounts that a question leaves out, at most */
#define BILLING_FIGURES_EXCLUDED 1000


static ngx_int_t  figures_fill(const billing_figures_t *figures,
     const billing_catalog_account_t *source, billing_fetch_account_t *account);
static ngx_int_t  figures_all(const billing_figures_t *figures,
     const billing_catalog_account_t *source, billing_fetch_account_t *account);
static ngx_uint_t figures_foreign(
    const billing_catalog_account_t *source, const ngx_str_t *linked);
static ngx_uint_t             figures_same(const char *one, const char *two);
static const char            *figures_cloud(const billing_figures_t *figures,
               const billing_catalog_account_t *account, ngx_uint_t together);
static const billing_fault_t *figures_fault(
    const billing_figures_t *figures, const billing_catalog_account_t *source);


ngx_int_t
billing_figures_accounts(billing_figures_t *figures)
{
    ngx_uint_t                        i;
    billing_fetch_account_t          *account;
    const billing_catalog_account_t  *source;
    const billing_catalog_account_t **slot;

    for (i = 0; i < figures->catalog->naccounts; i++) {
        source = &figures->catalog->accounts[i];

        if (!figures->endpoint->asked(figures, source)) {
            continue;
        }

        account = ngx_array_push(&figures->accounts);
        slot = ngx_array_push(&figures->sources);

        if (account == NULL || slot == NULL) {
            return NGX_ERROR;
        }

        *slot = source;

        if (figures_fill(figures, source, account) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/*
 * An account whose list of linked accounts was never read cannot be asked
 * for; that must not look like no costs.  Nor may a list that could not be
 * read again look like today's.
 */
static ngx_int_t
figures_fill(const billing_figures_t *figures,
    const billing_catalog_account_t *source, billing_fetch_account_t *account)
{
    ngx_memzero(account, sizeof(billing_fetch_account_t));

    account->id = source->id;
    account->provider = source->provider;
    account->credential = source->credential;
    account->version = source->credential_version;
    account->linked = source->linked;
    account->nlinked = source->nlinked;
    account->linked_at = source->linked_at;
    account->enabled = source->enabled;
    account->gone = source->gone;
    account->ngone = source->ngone;
    account->state = source->state;
    account->reason = source->reason;
    account->since = source->reason_since;

    /*
     * With an account whose list has gone, or most of it, the costs may have,
     * too: what is kept serves, and nothing is asked for.
     */

    if ((source->linked_at == 0 && source->nlinked == 0)
        || source->reason == BILLING_REASON_LIST_EMPTY
        || source->reason == BILLING_REASON_LIST_SHRUNK)
    {
        account->fault = figures_fault(figures, source);
        account->outdated = source->nlinked == 0 ? NULL : account->fault;

    } else if (source->linked_all
               && figures->now - source->linked_at >= BILLING_LINKED_VALID)
    {
        account->outdated = figures_fault(figures, source);
    }

    if (figures->kept && account->fault == NULL) {
        account->fault = &billing_fault_foreign;
    }

    return figures_all(figures, source, account);
}


/*
 * Where the provider can, credentials for all linked accounts ask for all of
 * them, and leave out what other service accounts have: what stands in the list
 * and is another's, and what is registered by its own name, since it may have
 * joined.
 */
static ngx_int_t
figures_all(const billing_figures_t *figures,
    const billing_catalog_account_t *source, billing_fetch_account_t *account)
{
    ngx_uint_t                       i, j;
    ngx_str_t                       *excluded;
    ngx_array_t                      list;
    const char                      *cloud;
    const billing_catalog_account_t *other;

    cloud = figures_cloud(figures, source, 1);

    if (!source->linked_all || cloud == NULL) {
        return NGX_OK;
    }

    if (ngx_array_init(&list, figures->op->pool, 16, sizeof(ngx_str_t))
        != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < figures->catalog->naccounts; i++) {
        other = &figures->catalog->accounts[i];

        if (other == source
            || !figures_same(cloud, figures_cloud(figures, other, 0))) {
            continue;
        }

        for (j = 0; j < other->nlinked; j++) {
            if (other->linked_all
                && !figures_foreign(source, &other->linked[j])) {
                continue;
            }

            if (list.nelts == BILLING_FIGURES_EXCLUDED) {
                return NGX_OK; /* too long: by the list */
            }

            excluded = ngx_array_push(&list);
            if (excluded == NULL) {
                return NGX_ERROR;
            }

            *excluded = other->linked[j];
        }
    }

    account->all = 1;
    account->excluded = list.elts;
    account->nexcluded = list.nelts;

    return NGX_OK;
}


static ngx_uint_t
figures_foreign(
    const billing_catalog_account_t *source, const ngx_str_t *linked)
{
    ngx_uint_t i;

    for (i = 0; i < source->nforeign; i++) {
        if (source->foreign[i].len == linked->len
            && ngx_memcmp(source->foreign[i].data, linked->data, linked->len)
                   == 0)
        {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
figures_same(const char *one, const char *two)
{
    return two != NULL && ngx_strcmp(one, two) == 0;
}


/* NULL where questions are not for all at once. */
static const char *
figures_cloud(const billing_figures_t *figures,
    const billing_catalog_account_t *account, ngx_uint_t together)
{
    ngx_str_t                id;
    billing_provider_conf_t *pc;

    id = account->provider;
    pc = billing_provider_conf(figures->op->bmcf, &id);

    return pc == NULL || (together && !pc->provider->together)
               ? NULL
               : pc->provider->cloud;
}


/* Why the list of linked accounts could not be read. */
static const billing_fault_t *
figures_fault(
    const billing_figures_t *figures, const billing_catalog_account_t *source)
{
    billing_sealed_t credential;

    billing_catalog_credential(source, &figures->op->domain, &credential);

    if (billing_credential_bad(&figures->op->bmcf->store, &credential)) {
        return &billing_fault_sealed;
    }

    /* nobody has said anything of the account: it is not the provider's */

    if (source->reason == BILLING_REASON_NONE
        && source->state.len == sizeof("ok") - 1)
    {
        return &billing_fault_internal;
    }

    return billing_fault(source->state.len == sizeof("rejected") - 1
                             ? BILLING_REJECTED
                             : BILLING_UNAVAILABLE,
        source->reason);
}


const billing_catalog_account_t *
billing_figures_accounts_source(
    billing_figures_t *figures, const billing_cost_origin_t *origin)
{
    const billing_catalog_account_t **sources;

    sources = figures->sources.elts;

    return sources[origin->account];
}
