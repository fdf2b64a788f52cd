
/*
 * How a day's total grows: of each of the last days what it was as it was read
 * on the day itself, a day later, and so on.  That tells how fast a provider
 * settles, which closed months do not.
 *
 * It lies in a HASH beside the blocks, by "<day> <age in days> <currency>": a
 * later read of the same age takes the place of an earlier one.  A currency
 * that the month knows and the day does not is 0.00; what was not read at some
 * age has no entry.
 */

#include "fetch/ages.h"


#define BILLING_AGES_KEPT       6  /* 0 to 5 days */
#define BILLING_AGES_DAYS       10 /* that are kept */
#define BILLING_AGES_CURRENCIES 8  /* of an account, at most */


typedef struct {
    char            currency[3];
    billing_money_t totals[BILLING_AGES_KEPT]; /* by age */
} billing_aged_t;

typedef struct {
    billing_day_t  first; /* of the block */
    billing_day_t  read;  /* the day on which it was */
    billing_aged_t aged[BILLING_AGES_CURRENCIES];
    ngx_uint_t     n;
} billing_ages_t;


static billing_status_t ages_row(void *data, const billing_row_t *row);
static ngx_int_t ages_entry(ngx_pool_t *pool, billing_day_t day, ngx_uint_t age,
    const billing_aged_t *aged, ngx_str_t *argv);


ngx_int_t
billing_ages(billing_fetch_block_t *block, ngx_str_t *argv, ngx_uint_t *argc)
{
    u_char           *oldest;
    ngx_uint_t        age, i, n;
    billing_day_t     day;
    billing_str_t     total;
    billing_ages_t    ages;
    billing_flight_t *flight;

    flight = block->flight;
    *argc = 0;

    if (flight->granularity != BILLING_DAILY
        || flight->apart != BILLING_APART_NOT) {
        return NGX_OK;
    }

    ngx_memzero(&ages, sizeof(billing_ages_t));

    ages.first = billing_month_first(block->month);
    ages.read = billing_day_of(flight->fetched_at);

    total.data = block->fields[BILLING_FIELD_TOTAL].data;
    total.len = block->fields[BILLING_FIELD_TOTAL].len;

    if (billing_block_rows(total, ages_row, &ages) != BILLING_OK) {
        return NGX_OK;
    }

    oldest = ngx_pnalloc(flight->pool, BILLING_DAY_LEN);
    if (oldest == NULL) {
        return NGX_ERROR;
    }

    billing_day_format(ages.read - BILLING_AGES_DAYS + 1, (char *) oldest);

    n = 0;
    argv[n].data = oldest;
    argv[n++].len = BILLING_DAY_LEN - 1;

    for (age = 0; age < BILLING_AGES_KEPT; age++) {
        day = ages.read - (billing_day_t) age;

        if (day < ages.first || day > billing_month_last(block->month)) {
            continue;
        }

        for (i = 0; i < ages.n; i++, n += 2) {
            if (ages_entry(flight->pool, day, age, &ages.aged[i], &argv[n])
                != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    if (n > 1) {
        *argc = n;
    }

    return NGX_OK;
}


/* Rows come by currency. */
static billing_status_t
ages_row(void *data, const billing_row_t *row)
{
    billing_ages_t *ages = data;

    billing_day_t   age;
    billing_aged_t *aged;

    aged = &ages->aged[ages->n];

    if (row->currency.len != sizeof(aged->currency)) {
        return BILLING_INVALID;
    }

    if (ages->n == 0
        || ngx_memcmp(
               aged[-1].currency, row->currency.data, sizeof(aged->currency))
               != 0)
    {
        if (ages->n == BILLING_AGES_CURRENCIES) {
            return BILLING_LIMIT;
        }

        ngx_memcpy(aged->currency, row->currency.data, sizeof(aged->currency));
        ages->n++;
        aged++;
    }

    age = ages->read - (ages->first + (billing_day_t) row->date);

    if (age >= 0 && age < BILLING_AGES_KEPT) {
        aged[-1].totals[age] = row->amount;
    }

    return BILLING_OK;
}


static ngx_int_t
ages_entry(ngx_pool_t *pool, billing_day_t day, ngx_uint_t age,
    const billing_aged_t *aged, ngx_str_t *argv)
{
    char    text[BILLING_DAY_LEN];
    u_char *p;
    size_t  len;

    len = sizeof("2026-11-30 5 USD") - 1;

    p = ngx_pnalloc(pool, len + BILLING_MONEY_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    billing_day_format(day, text);

    argv[0].data = p;
    argv[0].len = ngx_snprintf(p, len, "%s %ui %*s", text, age,
                      sizeof(aged->currency), aged->currency)
                  - p;
    argv[1].data = p + len;
    argv[1].len = billing_money_format(
        aged->totals[age], (char *) argv[1].data);

    return NGX_OK;
}
