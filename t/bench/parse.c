
/*
 * parse [SECONDS]: pages of costs read by jansson alone, and read, checked and
 * added up as the service does it, in turns; prints one line of JSON for each
 * kind of page.  "ratio" is the one time over the other: 1 is as fast as
 * jansson alone, which does nothing with what it has read.
 *
 * "alone" is json_loadb() and json_decref(); "plain" has jansson's memory from
 * malloc(), "wiped" as the module sets it, overwritten when it is freed.
 */

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/block.h"
#include "core/json_arena.h"
#include "providers/hyperbilling_aws.h"
#include "providers/reply.h"


#define BENCH_MONTHS  12
#define BENCH_DAYS    31
#define BENCH_PAGE    (256 * 1024 * 1024)
#define BENCH_SECONDS 2.0


typedef struct {
    const char           *name;
    billing_granularity_t granularity;
    unsigned              services;
    unsigned              regions;
    unsigned              dates;
    int                   grid; /* cents and millionths; else any double */
} bench_page_t;

typedef struct {
    billing_month_t  first;
    int              daily;
    billing_block_t *blocks[BENCH_MONTHS];
} bench_flight_t;


static const bench_page_t bench_pages[] = {
    { "monthly", BILLING_MONTHLY, 30, 20, BENCH_MONTHS, 1 },
    { "daily", BILLING_DAILY, 30, 20, BENCH_DAYS, 1 },
    { "focus", BILLING_DAILY, 33, 25, BENCH_DAYS, 0 },
};

static const char *const bench_regions[] = { "APE1", "APN1", "APN2", "APN3",
    "APS1", "APS2", "APS3", "CAN1", "CPT", "EUN1", "EUC1", "EU", "EUW2", "EUW3",
    "MES1", "SAE1", "USE1", "USE2", "USW1", "USW2", "UGW1", "UGE1", "AP", "AU",
    "" };

static uint64_t bench_state = 1;


static uint64_t
bench_random(void)
{
    bench_state = bench_state * 6364136223846793005U + 1442695040888963407U;

    return bench_state >> 20;
}


static double
bench_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);

    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}


static void
bench_wipe(void *p)
{
    if (p != NULL) {
        explicit_bzero(p, malloc_usable_size(p));
        free(p);
    }
}


static void
bench_check(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "parse: %s\n", what);
        exit(1);
    }
}


/* An amount as a JSON writer prints a double. */
static void
bench_amount(const bench_page_t *page, char *out, size_t size)
{
    double value;

    value = (double) (bench_random() % 3000000) / 1e6;

    if (page->grid) {
        (void) snprintf(out, size, "%.10g", value);
        return;
    }

    /* a price times a quantity: all the digits that a double has */
    value = value / 1000 * ((double) (bench_random() % 100000) / 777);
    (void) snprintf(out, size, "%.17g", value);
}


static void
bench_row(const bench_page_t *page, billing_buf_t *out, unsigned i)
{
    char     date[BILLING_DAY_LEN], amount[40];
    unsigned nregions, service, region, at;

    nregions = page->regions;
    at = i / (page->services * nregions);
    service = i / nregions % page->services;
    region = i % nregions;

    if (page->granularity == BILLING_DAILY) {
        billing_day_format(billing_month_first(2026 * 12) + (int) at, date);
    } else {
        billing_month_format(2025 * 12 + (int) at, date);
    }

    bench_amount(page, amount, sizeof(amount));

    (void) billing_buf_addf(out,
        "%s{\"GroupBy\":{\"USAGE_DATE\":\"%s\",\"REGION\":\"%s\","
        "\"SERVICE_CODE\":\"%s%02u\"},\"Value\":{\"USAGE_COST\":%s}}",
        i == 0 ? "" : ",", date, bench_regions[region],
        service % 3 ? "AmazonServiceNumber" : "Amazon Managed Service for ",
        service, amount);
}


static billing_str_t
bench_page(const bench_page_t *page, billing_buf_t *out)
{
    unsigned i, n;

    n = page->services * page->regions * page->dates;

    (void) billing_buf_add_str(out, billing_str("{\"Results\":["));

    for (i = 0; i < n; i++) {
        bench_row(page, out, i);
    }

    bench_check(
        billing_buf_add_str(out, billing_str("],\"NextDataToken\":null}"))
            == BILLING_OK,
        "out of memory");

    return (billing_str_t){ out->data, out->len };
}


static billing_status_t
bench_add(void *data, const billing_cost_row_t *row)
{
    bench_flight_t *flight = data;

    billing_row_t   cell;
    billing_month_t month;

    month = flight->daily ? billing_month_of(row->date) : row->date;

    cell.date = flight->daily ? (unsigned) billing_day_of_month(row->date) - 1
                              : 0;
    cell.currency = row->currency;
    cell.linked = row->linked;
    cell.region = row->region;
    cell.service = row->service;
    cell.charge = billing_str_from(billing_charge_names[row->charge]);
    cell.amount = row->amount;

    return billing_block_add(flight->blocks[month - flight->first], &cell);
}


static void
bench_alone(billing_str_t body)
{
    json_t      *page;
    json_error_t error;

    page = json_loadb(body.data, body.len, 0, &error);
    bench_check(page != NULL, error.text);
    json_decref(page);
}


/* From the page to the fields that are written to Redis. */
static void
bench_ours(const bench_page_t *page, billing_str_t body)
{
    unsigned              i, f, n;
    billing_buf_t         field;
    bench_flight_t        flight;
    billing_str_t         linked;
    billing_reply_t       reply;
    billing_question_t    question;
    billing_http_answer_t answer;

    memset(&question, 0, sizeof(question));
    flight.daily = page->granularity == BILLING_DAILY;
    flight.first = flight.daily ? 2026 * 12 : 2025 * 12;
    n = flight.daily ? 1 : BENCH_MONTHS;

    question.granularity = page->granularity;
    linked = billing_str("123456789012");
    question.linked = &linked;
    question.nlinked = 1;
    question.start = billing_month_first(flight.first);
    question.end = billing_month_last(flight.first + (int) n - 1);

    for (i = 0; i < n; i++) {
        flight.blocks[i] = billing_block_create();
    }

    answer.status = 200;
    answer.body = body;
    billing_reply_init(&reply, bench_add, &flight);

    bench_check(billing_hyperbilling_aws_costs(&question, &answer, &reply)
                    == BILLING_OK,
        reply.failure.text);

    for (i = 0; i < n; i++) {
        for (f = 0; f < BILLING_FIELD_MAX; f++) {
            billing_buf_init(&field, BENCH_PAGE);
            bench_check(
                billing_block_encode(flight.blocks[i], f, &field) == BILLING_OK,
                "encode");
            billing_buf_free(&field);
        }

        billing_block_free(flight.blocks[i]);
    }

    billing_reply_free(&reply);
}


static void
bench_run(const bench_page_t *page, double seconds)
{
    double        start, alone, wiped, ours;
    unsigned      runs, rows;
    billing_buf_t out;
    billing_str_t body;

    billing_buf_init(&out, BENCH_PAGE);
    body = bench_page(page, &out);
    rows = page->services * page->regions * page->dates;
    alone = wiped = ours = 0;

    for (runs = 0; alone + wiped + ours < seconds; runs++) {
        json_set_alloc_funcs(malloc, free);
        start = bench_now();
        bench_alone(body);
        alone += bench_now() - start;

        json_set_alloc_funcs(malloc, bench_wipe);
        start = bench_now();
        bench_alone(body);
        wiped += bench_now() - start;

        billing_json_arena_init();
        start = bench_now();
        bench_ours(page, body);
        ours += bench_now() - start;
    }

    printf("{\"page\":\"%s\",\"bytes\":%zu,\"rows\":%u,\"runs\":%u,"
           "\"jansson_mb_s\":%.1f,\"jansson_wiped_mb_s\":%.1f,"
           "\"ours_mb_s\":%.1f,\"ratio\":%.3f,\"ratio_wiped\":%.3f}\n",
        page->name, body.len, rows, runs,
        (double) body.len * runs / alone / 1e6,
        (double) body.len * runs / wiped / 1e6,
        (double) body.len * runs / ours / 1e6, alone / ours, wiped / ours);

    billing_buf_free(&out);
}


int
main(int argc, char **argv)
{
    double   seconds;
    unsigned i;

    seconds = argc > 1 ? atof(argv[1]) : BENCH_SECONDS;

    for (i = 0; i < sizeof(bench_pages) / sizeof(bench_pages[0]); i++) {
        bench_run(&bench_pages[i], seconds);
    }

    return 0;
}
