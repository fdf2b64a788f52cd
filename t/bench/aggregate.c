
/*
 * aggregate make FILE PAGES: writes pages as the provider sends them, a line
 * each: daily costs of one linked account in one month, the twelve months of
 * 2025 in turn.
 *
 * aggregate run FILE SUMS: reads them, then for each byte of standard input
 * adds up all rows by service, region, linked account and month, once from
 * memory ("rows") and once from the JSON text by way of encoded blocks
 * ("json"), and prints the milliseconds of processor time as a line of JSON.
 * SUMS gets what it came to, a line for each group.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/block.h"
#include "core/json_arena.h"
#include "core/table.h"
#include "providers/hyperbilling_aws.h"
#include "providers/reply.h"


#define BENCH_FIRST    (2025 * 12) /* month */
#define BENCH_MONTHS   12
#define BENCH_SERVICES 30
#define BENCH_REGIONS  9
#define BENCH_KEYS     3
#define BENCH_GROUPS   (BENCH_MONTHS * 1000000)
#define BENCH_FIELD    (256 * 1024 * 1024)


typedef struct {
    billing_str_t   key[BENCH_KEYS];
    unsigned        month;
    billing_money_t amount;
} bench_row_t;

typedef struct {
    char          *text;
    billing_str_t *pages;
    size_t         npages;
    bench_row_t   *rows;
    size_t         nrows;
    size_t         size;
} bench_t;

/* One page on its way into a table. */
typedef struct {
    bench_t         *bench;
    billing_block_t *block;
    billing_table_t *table;
    unsigned         month;
    char             linked[24];
} bench_page_t;


static const char *const bench_regions[BENCH_REGIONS] = { "APN2", "APN1",
    "USE1", "USW2", "EU", "EUC1", "APS1", "APS2", "CAN1" };


static void
bench_check(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "aggregate: %s\n", what);
        exit(1);
    }
}


static double
bench_now(void)
{
    struct timespec t;

    bench_check(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0, "no clock");

    return (double) t.tv_sec * 1e3 + (double) t.tv_nsec / 1e6;
}


/* Amounts have six fraction digits: a double holds sums of them exactly. */
static void
bench_make_page(FILE *out, unsigned page)
{
    char     date[BILLING_DAY_LEN];
    unsigned i, n, state;

    n = (unsigned) billing_month_days(BENCH_FIRST + page % BENCH_MONTHS)
        * BENCH_SERVICES * BENCH_REGIONS;
    state = page * 7919 + 1;

    fprintf(out, "{\"Results\":[");

    for (i = 0; i < n; i++) {
        billing_day_format(
            billing_month_first(BENCH_FIRST + page % BENCH_MONTHS)
                + (int) (i / (BENCH_SERVICES * BENCH_REGIONS)),
            date);
        state = state * 1103515245U + 12345;

        fprintf(out,
            "%s{\"GroupBy\":{\"USAGE_DATE\":\"%s\",\"REGION\":\"%s\","
            "\"SERVICE_CODE\":\"AmazonService%02u\"},"
            "\"Value\":{\"USAGE_COST\":%.10g}}",
            i == 0 ? "" : ",", date, bench_regions[i % BENCH_REGIONS],
            i / BENCH_REGIONS % BENCH_SERVICES,
            (double) (state >> 8) / 1000000);
    }

    fprintf(out, "]}\n");
}


static int
bench_make(const char *file, unsigned pages)
{
    FILE    *out;
    unsigned i;

    out = fopen(file, "w");
    bench_check(out != NULL, file);

    for (i = 0; i < pages; i++) {
        bench_make_page(out, i);
    }

    bench_check(fclose(out) == 0, file);

    return 0;
}


static void
bench_read(bench_t *b, const char *file)
{
    char  *p, *end;
    long   size;
    FILE  *in;
    size_t i;

    in = fopen(file, "r");
    bench_check(in != NULL && fseek(in, 0, SEEK_END) == 0, file);

    size = ftell(in);
    rewind(in);

    b->text = malloc((size_t) size + 1);
    bench_check(b->text != NULL, "out of memory");
    bench_check(fread(b->text, 1, (size_t) size, in) == (size_t) size, file);
    (void) fclose(in);

    b->text[size] = '\0';
    b->npages = 0;

    for (p = b->text; (p = strchr(p, '\n')) != NULL; p++) {
        b->npages++;
    }

    b->pages = calloc(b->npages, sizeof(billing_str_t));
    bench_check(b->pages != NULL, "out of memory");

    for (p = b->text, i = 0; i < b->npages; i++, p = end + 1) {
        end = strchr(p, '\n');
        b->pages[i] = (billing_str_t){ p, (size_t) (end - p) };
    }
}


/* Reads a page as the module does, row by row. */
static void
bench_answer(bench_t *b, size_t i, bench_page_t *page, billing_cost_row_pt row)
{
    billing_str_t         linked;
    billing_reply_t       reply;
    billing_question_t    question;
    billing_http_answer_t answer;

    page->bench = b;
    page->month = (unsigned) (i % BENCH_MONTHS);
    (void) snprintf(
        page->linked, sizeof(page->linked), "%012zu", i / BENCH_MONTHS);

    memset(&question, 0, sizeof(question));
    linked = billing_str_from(page->linked);
    question.linked = &linked;
    question.nlinked = 1;
    question.granularity = BILLING_DAILY;
    question.start = billing_month_first(BENCH_FIRST + (int) page->month);
    question.end = billing_month_last(BENCH_FIRST + (int) page->month);

    answer.status = 200;
    answer.body = b->pages[i];

    billing_reply_init(&reply, row, page);

    bench_check(billing_hyperbilling_aws_costs(&question, &answer, &reply)
                    == BILLING_OK,
        reply.failure.text);
    billing_reply_free(&reply);
}


static billing_str_t
bench_copy(billing_str_t text)
{
    char *copy;

    copy = malloc(text.len + 1);
    bench_check(copy != NULL, "out of memory");

    memcpy(copy, text.data, text.len);

    return (billing_str_t){ copy, text.len };
}


static billing_status_t
bench_keep(void *data, const billing_cost_row_t *row)
{
    bench_page_t *page = data;

    bench_t     *b;
    bench_row_t *kept;

    b = page->bench;

    if (b->nrows == b->size) {
        b->size = b->size * 2 + 1024;
        b->rows = realloc(b->rows, b->size * sizeof(bench_row_t));
        bench_check(b->rows != NULL, "out of memory");
    }

    kept = &b->rows[b->nrows++];
    kept->key[0] = bench_copy(row->service);
    kept->key[1] = bench_copy(row->region);
    kept->key[2] = bench_copy(row->linked);
    kept->month = page->month;
    kept->amount = row->amount;

    return BILLING_OK;
}


static billing_table_t *
bench_table(void)
{
    billing_table_t *table;

    table = billing_table_create(BENCH_MONTHS, BENCH_KEYS);
    bench_check(table != NULL, "out of memory");

    return table;
}


static void
bench_finish(billing_table_t *table)
{
    bench_check(billing_table_finish(table, -1, 1, BENCH_GROUPS) == BILLING_OK,
        "the table was not finished");
}


static billing_table_t *
bench_rows(bench_t *b)
{
    size_t           i;
    billing_table_t *table;

    table = bench_table();

    for (i = 0; i < b->nrows; i++) {
        bench_check(billing_table_add(table, billing_str("USD"), b->rows[i].key,
                        b->rows[i].month, b->rows[i].amount)
                        == BILLING_OK,
            "a row was not added");
    }

    bench_finish(table);

    return table;
}


static billing_status_t
bench_to_block(void *data, const billing_cost_row_t *row)
{
    bench_page_t *page = data;

    billing_row_t cell;

    cell.date = (unsigned) billing_day_of_month(row->date) - 1;
    cell.currency = row->currency;
    cell.linked = row->linked;
    cell.region = row->region;
    cell.service = row->service;
    cell.charge = billing_str_from(billing_charge_names[row->charge]);
    cell.amount = row->amount;

    return billing_block_add(page->block, &cell);
}


static billing_status_t
bench_to_table(void *data, const billing_row_t *row)
{
    bench_page_t *page = data;

    billing_str_t key[BENCH_KEYS] = { row->service, row->region, row->linked };

    return billing_table_add(
        page->table, row->currency, key, page->month, row->amount);
}


static billing_table_t *
bench_json(bench_t *b)
{
    size_t        i;
    bench_page_t  page;
    billing_buf_t cells;
    billing_str_t bytes;

    page.table = bench_table();

    for (i = 0; i < b->npages; i++) {
        page.block = billing_block_create();
        bench_check(page.block != NULL, "out of memory");
        bench_answer(b, i, &page, bench_to_block);

        billing_buf_init(&cells, BENCH_FIELD);
        bench_check(
            billing_block_encode(page.block, BILLING_FIELD_CELLS, &cells)
                == BILLING_OK,
            "a block was not encoded");
        bytes = (billing_str_t){ cells.data, cells.len };
        bench_check(billing_block_check(bytes) == BILLING_OK
                        && billing_block_rows(bytes, bench_to_table, &page)
                               == BILLING_OK,
            "a block was not read");

        billing_buf_free(&cells);
        billing_block_free(page.block);
    }

    bench_finish(page.table);

    return page.table;
}


static void
bench_sums(const billing_table_t *table, const char *file)
{
    char                      amount[BILLING_MONEY_LEN];
    FILE                     *out;
    unsigned                  i, n, month;
    const billing_group_t    *group;
    const billing_currency_t *currency;

    out = fopen(file, "w");
    bench_check(out != NULL, file);

    currency = billing_table_currencies(table, &n);
    bench_check(n == 1, "not one currency");

    for (i = 0; i < currency->ngroups; i++) {
        group = &currency->groups[i];

        for (month = 0; month < BENCH_MONTHS; month++) {
            (void) billing_money_format(group->costs[month], amount);
            fprintf(out, "%.*s\t%.*s\t%.*s\t%u\t%s\n", (int) group->key[0].len,
                group->key[0].data, (int) group->key[1].len, group->key[1].data,
                (int) group->key[2].len, group->key[2].data, month, amount);
        }
    }

    bench_check(fclose(out) == 0, file);
}


static int
bench_run(const char *file, const char *sums)
{
    char             byte;
    double           start, rows, json;
    size_t           i;
    bench_t          b;
    bench_page_t     page;
    billing_table_t *table;

    memset(&b, 0, sizeof(bench_t));
    bench_read(&b, file);

    for (i = 0; i < b.npages; i++) {
        bench_answer(&b, i, &page, bench_keep);
    }

    table = bench_json(&b);
    bench_sums(table, sums);
    billing_table_free(table);

    printf("{\"rows\":%zu}\n", b.nrows);
    (void) fflush(stdout);

    while (read(STDIN_FILENO, &byte, 1) == 1) {
        start = bench_now();
        table = bench_rows(&b);
        rows = bench_now() - start;
        billing_table_free(table);

        start = bench_now();
        table = bench_json(&b);
        json = bench_now() - start;
        billing_table_free(table);

        printf("{\"rows\":%.3f,\"json\":%.3f}\n", rows, json);
        (void) fflush(stdout);
    }

    return 0;
}


int
main(int argc, char **argv)
{
    billing_json_arena_init();

    if (argc == 4 && strcmp(argv[1], "make") == 0) {
        return bench_make(argv[2], (unsigned) strtoul(argv[3], NULL, 10));
    }

    bench_check(argc == 4 && strcmp(argv[1], "run") == 0, "make or run");

    return bench_run(argv[2], argv[3]);
}
