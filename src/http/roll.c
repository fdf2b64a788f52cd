
#include "http/roll.h"

#include "core/text.h"


static ngx_int_t roll_add(billing_roll_t *roll, billing_str_t id, time_t gone);
static time_t    roll_time(const json_t *seconds);
static int       roll_compare(const void *a, const void *b);
static ngx_int_t roll_read(ngx_str_t *from, json_t **to);
static billing_roll_entry_t *roll_find(
    const billing_roll_t *roll, billing_str_t id);


/* Whoever is in the list has not left it. */

ngx_int_t
billing_roll_page(billing_roll_t *roll)
{
    json_t           *seconds;
    ngx_str_t        *linked;
    ngx_uint_t        i;
    const char       *id;
    billing_object_t *account;

    account = &roll->account;

    if (roll_read(&account->joined, &roll->joined) != NGX_OK
        || roll_read(&account->gone, &roll->gone) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_array_init(&roll->entries, roll->op->pool, account->nlinked + 1,
            sizeof(billing_roll_entry_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < account->nlinked; i++) {
        linked = &account->linked[i];
        (void) json_object_deln(roll->gone, (char *) linked->data, linked->len);

        if (roll_add(
                roll, (billing_str_t){ (char *) linked->data, linked->len }, 0)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    json_object_foreach(roll->gone, id, seconds)
    {
        if (roll_add(roll, billing_str_from(id), roll_time(seconds)) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    ngx_qsort(roll->entries.elts, roll->entries.nelts,
        sizeof(billing_roll_entry_t), roll_compare);

    roll->more = roll->entries.nelts > roll->limit;
    roll->entries.nelts = ngx_min(roll->entries.nelts, roll->limit);

    return NGX_OK;
}


/* There may be none. */

static ngx_int_t
roll_read(ngx_str_t *from, json_t **to)
{
    billing_str_t text;

    text = (billing_str_t){ (char *) from->data, from->len };

    return billing_json_parse(text, BILLING_JSON_DEPTH, to, NULL)
                   == BILLING_NOMEM
               ? NGX_ERROR
               : NGX_OK;
}


/* Counts it, if it is searched for, and takes it, if the page may have it. */

static ngx_int_t
roll_add(billing_roll_t *roll, billing_str_t id, time_t gone)
{
    ngx_uint_t            found;
    billing_buf_t         folded;
    billing_status_t      status;
    billing_roll_entry_t *entry;

    if (roll->q.len != 0) {
        billing_buf_init(&folded, BILLING_ROLL_MAX);
        status = billing_text_fold(id, &folded);
        found = memmem(folded.data, folded.len, roll->q.data, roll->q.len)
                != NULL;
        billing_buf_free(&folded);

        if (status == BILLING_NOMEM) {
            return NGX_ERROR;
        }

        if (!found) {
            return NGX_OK;
        }
    }

    roll->total++;

    if (roll->after.len != 0 && billing_str_cmp(id, roll->after) <= 0) {
        return NGX_OK;
    }

    entry = ngx_array_push(&roll->entries);
    if (entry == NULL) {
        return NGX_ERROR;
    }

    entry->id = id;
    entry->joined = roll_time(json_object_getn(roll->joined, id.data, id.len));
    entry->gone = gone;
    entry->cost = NULL;

    return NGX_OK;
}


/* 0: nobody knows. */

static time_t
roll_time(const json_t *seconds)
{
    return json_is_number(seconds) ? (time_t) json_number_value(seconds) : 0;
}


static int
roll_compare(const void *a, const void *b)
{
    const billing_roll_entry_t *x = a, *y = b;

    return billing_str_cmp(x->id, y->id);
}


billing_status_t
billing_roll_row(void *data, const billing_row_t *row)
{
    billing_roll_t *roll = data;

    return roll_find(roll, row->linked) == NULL
               ? BILLING_OK
               : billing_table_add(
                   roll->costs, row->currency, &row->linked, 0, row->amount);
}


static billing_roll_entry_t *
roll_find(const billing_roll_t *roll, billing_str_t id)
{
    billing_roll_entry_t key = { .id = id };

    return bsearch(&key, roll->entries.elts, roll->entries.nelts,
        sizeof(billing_roll_entry_t), roll_compare);
}


/* Each entry gets what it costs; the last currency goes first. */

ngx_int_t
billing_roll_costs(billing_roll_t *roll)
{
    unsigned                  i, j, n;
    const billing_group_t    *group;
    const billing_currency_t *currencies;
    billing_roll_cost_t      *cost;
    billing_roll_entry_t     *entry;

    if (billing_table_finish(
            roll->costs, BILLING_SORT_SUM, 0, BILLING_TABLE_MAX_GROUPS)
        != BILLING_OK)
    {
        return NGX_ERROR;
    }

    currencies = billing_table_currencies(roll->costs, &n);

    for (i = n; i > 0; i--) {
        for (j = 0; j < currencies[i - 1].ngroups; j++) {
            group = &currencies[i - 1].groups[j];
            entry = roll_find(roll, group->key[0]);

            cost = ngx_palloc(roll->op->pool, sizeof(billing_roll_cost_t));
            if (cost == NULL) {
                return NGX_ERROR;
            }

            cost->currency = currencies[i - 1].currency;
            cost->sum = &group->sum;
            cost->next = entry->cost;
            entry->cost = cost;
        }
    }

    return NGX_OK;
}
