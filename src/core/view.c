
/*
 * The costs answer in JSON, and the parts that a dashboard shares with it.
 * The writer keeps the first failure, so it is asked once, at the end.
 */

#include "core/view_parts.h"


static void billing_view_dates(billing_json_t *w, const billing_query_t *query);
static void billing_view_currencies(billing_json_t *w,
    const billing_query_t *query, const billing_table_t *table);
static void billing_view_in_progress(billing_json_t *w,
    const billing_query_t *query, const billing_view_state_t *state);
static size_t billing_view_blocks(billing_json_t *w,
    const billing_view_state_t *state, size_t account, size_t block);
static void   billing_view_missing(billing_json_t *w,
      const billing_view_state_t *state, const billing_view_account_t *account);


billing_status_t
billing_view_costs(const billing_query_t *query, const billing_table_t *table,
    const billing_view_state_t *state, billing_buf_t *out)
{
    char           text[BILLING_DAY_LEN];
    billing_json_t w;

    billing_json_init(&w, out);
    billing_json_begin_object(&w);

    billing_json_key(&w, "granularity");
    billing_json_cstring(
        &w, query->granularity == BILLING_DAILY ? "DAILY" : "MONTHLY");

    billing_query_date(query, 0, text);
    billing_json_key(&w, "start");
    billing_json_cstring(&w, text);

    billing_query_date(query, billing_query_dates(query) - 1, text);
    billing_json_key(&w, "end");
    billing_json_cstring(&w, text);

    billing_json_key(&w, "dates");
    billing_view_dates(&w, query);

    billing_json_key(&w, "currencies");
    billing_view_currencies(&w, query, table);

    billing_json_key(&w, "in_progress");
    billing_view_in_progress(&w, query, state);

    billing_json_key(&w, "accounts");
    billing_view_accounts(&w, state);

    billing_json_key(&w, "complete");
    billing_json_bool(&w, billing_view_complete(state));

    billing_view_restated(&w, state);

    billing_json_end_object(&w);

    return out->status;
}


static void
billing_view_dates(billing_json_t *w, const billing_query_t *query)
{
    char     text[BILLING_DAY_LEN];
    unsigned i;

    billing_json_begin_array(w);

    for (i = 0; i < billing_query_dates(query); i++) {
        billing_query_date(query, i, text);
        billing_json_cstring(w, text);
    }

    billing_json_end_array(w);
}


static void
billing_view_currencies(billing_json_t *w, const billing_query_t *query,
    const billing_table_t *table)
{
    unsigned                  i, n, ndates;
    const billing_currency_t *currencies;

    currencies = billing_table_currencies(table, &n);
    ndates = billing_query_dates(query);

    billing_json_begin_array(w);

    for (i = 0; i < n; i++) {
        billing_json_begin_object(w);

        billing_json_key(w, "currency");
        billing_json_string(w, currencies[i].currency);

        billing_json_key(w, "costs");
        billing_view_amounts(w, currencies[i].costs, ndates);

        billing_json_key(w, "sum");
        billing_view_money(w, currencies[i].sum);

        billing_json_key(w, "share_of");
        billing_view_share_of(w, &currencies[i]);

        billing_json_key(w, "groups");
        billing_view_groups(
            w, &currencies[i], query->group_by, query->ngroup_by, ndates);

        billing_json_end_object(w);
    }

    billing_json_end_array(w);
}


static void
billing_view_in_progress(billing_json_t *w, const billing_query_t *query,
    const billing_view_state_t *state)
{
    char     text[BILLING_DAY_LEN];
    unsigned i;

    billing_json_begin_array(w);

    for (i = 0; i < billing_query_dates(query); i++) {
        if (!billing_query_open(query, i, state->today, state->open)) {
            continue;
        }

        billing_query_date(query, i, text);
        billing_json_cstring(w, text);
    }

    billing_json_end_array(w);
}


void
billing_view_money(billing_json_t *w, billing_money_t amount)
{
    char   text[BILLING_MONEY_LEN];
    size_t len;

    len = billing_money_format(amount, text);
    billing_json_string(w, (billing_str_t){ text, len });
}


void
billing_view_amounts(
    billing_json_t *w, const billing_money_t *costs, unsigned ndates)
{
    unsigned i;

    billing_json_begin_array(w);

    for (i = 0; i < ndates; i++) {
        billing_view_money(w, costs[i]);
    }

    billing_json_end_array(w);
}


void
billing_view_groups(billing_json_t *w, const billing_currency_t *currency,
    const billing_by_t *by, unsigned nby, unsigned ndates)
{
    unsigned               i, j;
    const billing_group_t *group;

    billing_json_begin_array(w);

    for (i = 0; i < currency->ngroups; i++) {
        group = &currency->groups[i];

        billing_json_begin_object(w);
        billing_json_key(w, "key");

        if (group->key == NULL) {
            billing_json_null(w);

        } else {
            billing_json_begin_object(w);

            for (j = 0; j < nby; j++) {
                billing_json_name(w, by[j].name);
                billing_json_string(w, group->key[j]);
            }

            billing_json_end_object(w);
        }

        billing_json_key(w, "costs");
        billing_view_amounts(w, group->costs, ndates);

        billing_json_key(w, "sum");
        billing_view_money(w, group->sum);

        if (group->key == NULL) {
            billing_json_key(w, "positive");
            billing_view_money(w, group->positive);

            billing_json_key(w, "negative");
            billing_view_money(w, group->negative);

            billing_json_key(w, "positive_costs");
            billing_view_amounts(w, group->above, ndates);

            billing_json_key(w, "negative_costs");
            billing_view_amounts(w, group->below, ndates);
        }

        billing_json_end_object(w);
    }

    billing_json_end_array(w);
}


void
billing_view_share_of(billing_json_t *w, const billing_currency_t *currency)
{
    billing_json_cstring(w, currency->mixed ? "magnitudes" : "sum");
}


void
billing_view_accounts(billing_json_t *w, const billing_view_state_t *state)
{
    size_t                        i, block;
    const billing_view_account_t *account;

    static const char *const names[] = { "fresh", "stale", "failed",
        "disabled" };

    block = 0;

    billing_json_begin_array(w);

    for (i = 0; i < state->naccounts; i++) {
        account = &state->accounts[i];

        billing_json_begin_object(w);

        billing_json_key(w, "id");
        billing_json_string(w, account->id);

        billing_json_key(w, "state");
        billing_json_cstring(w, names[account->state]);

        billing_json_key(w, "as_of");
        billing_view_time(w, account->as_of);

        billing_json_key(w, "code");
        billing_json_cstring(
            w, account->fault == NULL ? NULL : account->fault->code);

        billing_json_key(w, "reason");
        billing_view_reason(w,
            account->fault == NULL ? BILLING_REASON_NONE
                                   : account->fault->reason,
            account->since);

        billing_view_missing(w, state, account);

        if (state->explain != NULL) {
            block = billing_view_blocks(w, state, i, block);
        }

        billing_json_end_object(w);
    }

    billing_json_end_array(w);
}


/* Those of the account, from the first of them on; returns where they end. */
static size_t
billing_view_blocks(billing_json_t *w, const billing_view_state_t *state,
    size_t account, size_t block)
{
    char                     text[BILLING_MONTH_LEN];
    const billing_explain_t *e;

    static const char *const states[] = { "fresh", "old", "missing" };

    billing_json_key(w, "blocks");
    billing_json_begin_array(w);

    for (; block < state->nexplain && state->explain[block].account == account;
         block++)
    {
        e = &state->explain[block];
        billing_month_format(e->month, text);

        billing_json_begin_object(w);

        billing_json_key(w, "granularity");
        billing_json_cstring(
            w, e->granularity == BILLING_DAILY ? "DAILY" : "MONTHLY");
        billing_json_key(w, "month");
        billing_json_cstring(w, text);
        billing_json_key(w, "state");
        billing_json_cstring(w, states[e->state]);
        billing_json_key(w, "rule");
        billing_json_cstring(w, e->rule);
        billing_json_key(w, "from");
        billing_json_cstring(w, e->from);
        billing_json_key(w, "as_of");
        billing_view_time(w, e->as_of);

        billing_json_end_object(w);
    }

    billing_json_end_array(w);

    return block;
}


/* The months of which there is nothing; no member where nothing is missing. */
static void
billing_view_missing(billing_json_t *w, const billing_view_state_t *state,
    const billing_view_account_t *account)
{
    char     text[BILLING_MONTH_LEN];
    unsigned i, month;

    static const char *const names[] = { "monthly", "daily" };

    if (account->missing[0] == 0 && account->missing[1] == 0) {
        return;
    }

    billing_json_key(w, "missing");
    billing_json_begin_object(w);

    for (i = 0; i < BILLING_VIEW_PARTS; i++) {
        if (account->missing[i] == 0) {
            continue;
        }

        billing_json_key(
            w, names[state->parts[i].granularity == BILLING_DAILY]);
        billing_json_begin_array(w);

        for (month = 0; month < 64; month++) {
            if (account->missing[i] >> month & 1) {
                billing_month_format(
                    state->parts[i].first + (billing_month_t) month, text);
                billing_json_cstring(w, text);
            }
        }

        billing_json_end_array(w);
    }

    billing_json_end_object(w);
}


void
billing_view_reason(billing_json_t *w, billing_reason_t reason, time_t since)
{
    if (reason == BILLING_REASON_NONE) {
        billing_json_null(w);
        return;
    }

    billing_json_begin_object(w);

    billing_json_key(w, "code");
    billing_json_cstring(w, billing_reason_names[reason]);

    billing_json_key(w, "args");
    billing_json_begin_object(w);
    billing_json_end_object(w);

    billing_json_key(w, "since");
    billing_view_time(w, since);

    billing_json_end_object(w);
}


void
billing_view_restated(billing_json_t *w, const billing_view_state_t *state)
{
    char                           month[BILLING_MONTH_LEN];
    unsigned                       i;
    const billing_restated_item_t *item;

    if (state->changes == NULL) {
        return;
    }

    billing_json_key(w, "restated");
    billing_json_begin_array(w);

    for (i = 0; i < state->changes->n; i++) {
        item = &state->changes->items[i];
        billing_month_format(item->month, month);

        billing_json_begin_object(w);

        billing_json_key(w, "account");
        billing_json_string(w, item->account);

        billing_json_key(w, "date");
        billing_json_cstring(w, month);

        billing_json_key(w, "currency");
        billing_json_cstring(w, item->change.currency);

        billing_json_key(w, "before");
        billing_view_money(w, item->change.before);

        billing_json_key(w, "after");
        billing_view_money(w, item->change.after);

        billing_json_key(w, "seen_at");
        billing_view_time(w, item->change.seen_at);

        billing_json_end_object(w);
    }

    billing_json_end_array(w);
}


void
billing_view_time(billing_json_t *w, time_t t)
{
    char text[BILLING_TIME_LEN];

    if (t == 0) {
        billing_json_null(w);
        return;
    }

    billing_time_format(t, text);
    billing_json_cstring(w, text);
}


int
billing_view_complete(const billing_view_state_t *state)
{
    size_t i;

    for (i = 0; i < state->naccounts; i++) {
        if (state->accounts[i].state == BILLING_STATE_FAILED
            || state->accounts[i].state == BILLING_STATE_DISABLED)
        {
            return 0;
        }
    }

    return 1;
}
