
/*
 * blocks PREFIX DOMAIN TODAY ACCOUNTS SERVICES FETCHED: cost blocks of
 * accounts sa-000000000000 and on, as commands for "redis-cli --pipe": twelve
 * monthly ones up to the month of TODAY, daily ones of the last two months.
 * Account i has the linked account i, in twelve digits.  Standard error gets
 * one line of JSON: the exact totals of the months.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/block.h"


#define BENCH_MONTHS    12
#define BENCH_REGIONS   9
#define BENCH_FIELD_MAX (16 * 1024 * 1024)
#define BENCH_KEY_MAX   512


typedef struct {
    const char     *prefix;
    const char     *domain;
    billing_day_t   today;
    unsigned        accounts;
    unsigned        services;
    time_t          fetched;
    billing_money_t totals[BENCH_MONTHS];
} bench_t;


static const char *const bench_regions[BENCH_REGIONS] = { "ap-northeast-2",
    "ap-northeast-1", "us-east-1", "us-west-2", "eu-west-1", "eu-central-1",
    "ap-southeast-1", "sa-east-1", "ca-central-1" };


static void
bench_check(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "blocks: %s\n", what);
        exit(1);
    }
}


/* The same for the same account, month and service; a few have no costs. */
static billing_money_t
bench_amount(unsigned account, int32_t date, unsigned service)
{
    uint64_t n;

    n = (uint64_t) account * 1000003 + (uint64_t) date * 8191 + service * 127;
    n = (n ^ n >> 15) * 0x9e3779b97f4a7c15U;
    n ^= n >> 32;

    return (billing_money_t) (n % 50000000) * 1000000 / (service + 1);
}


static void
bench_text(const char *text, size_t len)
{
    printf("$%zu\r\n", len);
    (void) fwrite(text, 1, len, stdout);
    printf("\r\n");
}


static void
bench_word(const char *text)
{
    bench_text(text, strlen(text));
}


static void
bench_field(billing_block_t *block, billing_field_t field)
{
    billing_buf_t bytes;

    billing_buf_init(&bytes, BENCH_FIELD_MAX);
    bench_check(billing_block_encode(block, field, &bytes) == BILLING_OK,
        "a field was not encoded");

    bench_word(billing_field_names[field]);
    bench_text(bytes.data, bytes.len);
    billing_buf_free(&bytes);
}


static void
bench_meta(const bench_t *b, const char *linked)
{
    billing_str_t        id;
    billing_buf_t        bytes;
    billing_block_meta_t meta;

    memset(&meta, 0, sizeof(billing_block_meta_t));
    id = billing_str_from(linked);
    meta.fetched_at = b->fetched;
    meta.scope = billing_block_scope(&id, 1);
    meta.calls = 1;
    meta.rows = b->services;

    billing_buf_init(&bytes, BENCH_FIELD_MAX);
    bench_check(billing_block_meta_encode(&meta, &bytes) == BILLING_OK,
        "meta was not encoded");

    bench_word("meta");
    bench_text(bytes.data, bytes.len);
    billing_buf_free(&bytes);
}


/* date is the day of the month - 1; of a monthly block there is only 0. */
static billing_money_t
bench_rows(const bench_t *b, billing_block_t *block, unsigned account,
    int32_t seed, unsigned date, const char *linked)
{
    unsigned        i;
    billing_row_t   row;
    billing_money_t sum;
    char            service[32];

    sum = 0;

    for (i = 0; i < b->services; i++) {
        (void) snprintf(service, sizeof(service), "AmazonService%02u", i);

        row.date = date;
        row.currency = billing_str("USD");
        row.linked = billing_str_from(linked);
        row.region = billing_str_from(
            bench_regions[(account + i) % BENCH_REGIONS]);
        row.service = billing_str_from(service);
        row.charge = billing_str("usage");
        row.amount = bench_amount(account, seed, i);
        sum += row.amount;

        bench_check(billing_block_add(block, &row) == BILLING_OK,
            "a row was not added");
    }

    return sum;
}


static void
bench_put(const bench_t *b, billing_block_t *block, unsigned account,
    char granularity, billing_month_t month, const char *linked)
{
    char key[BENCH_KEY_MAX], text[BILLING_MONTH_LEN];

    billing_month_format(month, text);
    (void) snprintf(key, sizeof(key), "%s{%s}:cost:sa-%012x:1:%c:%s", b->prefix,
        b->domain, account, granularity, text);

    printf("*10\r\n");
    bench_word("HSET");
    bench_word(key);
    bench_meta(b, linked);
    bench_field(block, BILLING_FIELD_TOTAL);
    bench_field(block, BILLING_FIELD_SERVICE);
    bench_field(block, BILLING_FIELD_REGION);
}


static void
bench_monthly(bench_t *b, unsigned account, const char *linked)
{
    unsigned         i;
    billing_month_t  month;
    billing_block_t *block;

    for (i = 0; i < BENCH_MONTHS; i++) {
        month = billing_month_of(b->today) + 1 - BENCH_MONTHS + (int) i;

        block = billing_block_create();
        bench_check(block != NULL, "out of memory");

        b->totals[i] += bench_rows(b, block, account, month, 0, linked);
        bench_put(b, block, account, 'M', month, linked);
        billing_block_free(block);
    }
}


/* Days carry another sum than their month: nothing compares the two. */
static void
bench_daily(const bench_t *b, unsigned account, const char *linked)
{
    int              i;
    billing_day_t    day;
    billing_month_t  month;
    billing_block_t *block;

    for (i = 0; i < 2; i++) {
        month = billing_month_of(b->today) - i;
        day = billing_month_first(month);

        block = billing_block_create();
        bench_check(block != NULL, "out of memory");

        for (; day <= billing_month_last(month) && day <= b->today; day++) {
            (void) bench_rows(b, block, account, day,
                (unsigned) billing_day_of_month(day) - 1, linked);
        }

        bench_put(b, block, account, 'D', month, linked);
        billing_block_free(block);
    }
}


static void
bench_totals(const bench_t *b)
{
    unsigned i;
    char     amount[BILLING_MONEY_LEN];

    fprintf(stderr, "{\"months\":[");

    for (i = 0; i < BENCH_MONTHS; i++) {
        (void) billing_money_format(b->totals[i], amount);
        fprintf(stderr, "%s\"%s\"", i == 0 ? "" : ",", amount);
    }

    fprintf(stderr, "]}\n");
}


int
main(int argc, char **argv)
{
    char     linked[16];
    bench_t  b;
    unsigned i;

    bench_check(argc == 7, "prefix, domain, today, accounts, services, time");

    memset(&b, 0, sizeof(bench_t));
    b.prefix = argv[1];
    b.domain = argv[2];
    bench_check(
        billing_day_parse(billing_str_from(argv[3]), &b.today) == BILLING_OK,
        "no day");
    b.accounts = (unsigned) strtoul(argv[4], NULL, 10);
    b.services = (unsigned) strtoul(argv[5], NULL, 10);
    b.fetched = (time_t) strtoll(argv[6], NULL, 10);

    for (i = 0; i < b.accounts; i++) {
        (void) snprintf(linked, sizeof(linked), "%012u", i);
        bench_monthly(&b, i, linked);
        bench_daily(&b, i, linked);
    }

    bench_totals(&b);

    return fflush(stdout) == 0 ? 0 : 1;
}
