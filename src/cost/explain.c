
/* Each block of a lookup, as it is decided on: for admins, and for the log. */

#include "cost/explain.h"


void
billing_explain(billing_cost_lookup_t *lookup,
    const billing_fetch_account_t *account, const billing_cost_part_t *part,
    billing_month_t month, billing_block_state_t state, const char *rule,
    const char *from, time_t as_of)
{
    billing_explain_t block;

    ngx_log_debug5(NGX_LOG_DEBUG_HTTP, lookup->cost->conf.log, 0,
        "billing: block of \"%V\", month %d: state %d by \"%s\" from %s",
        &account->id, (int) month, (int) state, rule,
        from == NULL ? "nowhere" : from);

    if (lookup->question.explain == NULL) {
        return;
    }

    block = (billing_explain_t){
        .account = account - lookup->question.accounts,
        .part = part - lookup->question.parts,
        .granularity = part->granularity,
        .month = month,
        .state = state,
        .rule = rule,
        .from = from,
        .as_of = as_of,
    };

    lookup->question.explain(lookup->question.data, &block);
}
