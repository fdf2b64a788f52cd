
/*
 * Months that a provider restated, as an answer tells of them.
 */

#include "http/figures.h"


ngx_int_t
billing_figures_changes(billing_figures_t *figures, billing_str_t currency)
{
    figures->changes = ngx_palloc(
        figures->op->pool, sizeof(billing_restated_shown_t));
    if (figures->changes == NULL) {
        return NGX_ERROR;
    }

    figures->changes->n = 0;
    figures->currency = currency;

    return NGX_OK;
}


void
billing_figures_changes_restated(void *data,
    const billing_cost_origin_t *origin, const billing_restated_t *change)
{
    billing_figures_t *figures = data;

    billing_restated_item_t item;

    if (figures->currency.len != 0
        && !billing_str_eq(
            figures->currency, billing_str_from(change->currency)))
    {
        return;
    }

    item.account = billing_str_of(
        &billing_figures_accounts_source(figures, origin)->id);
    item.month = origin->month;
    item.change = *change;

    billing_restated_show(figures->changes, &item);
}
