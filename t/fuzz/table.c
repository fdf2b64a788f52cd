
/*
 * Tables of any rows, and the documents that are made of them.
 *
 * The sums are those of a slow table; of the groups they are the totals, at
 * every date, in the table, in JSON and in CSV; CSV has nothing in it that a
 * spreadsheet would run.
 */

#include "core/block.h"
#include "core/file.h"
#include "core/view.h"
#include "fuzz.h"


#define MAX_ROWS 48
#define MAX_KEYS 2

static const char *const names[] = { "", "a", "b", "=1+1", "@x", "(rest)",
    "a,\"b\"", "-1", "+2", "\t=x", "\xec\x84\x9c\xec\x9a\xb8", "</script>",
    "\xe2\x80\xa8", "'x", "\r\n", "~", "'=1", ";=1", " =1", "\xef\xbb\xbf=1",
    "\xef\xbc\x9d=" };
static const char *const currencies[] = { "USD", "KRW", "EUR" };

#define NAMES (sizeof(names) / sizeof(names[0]))


typedef struct {
    unsigned        currency;
    unsigned        key[MAX_KEYS];
    unsigned        date;
    billing_money_t amount;
} row_t;

typedef struct {
    billing_query_t query;
    row_t           rows[MAX_ROWS];
    unsigned        n;
} input_t;


static billing_table_t *fill(input_t *all, fuzz_input_t *in);
static void             totals(
                const input_t *all, const billing_currency_t *list, unsigned count);
static void groups(const input_t *all, const billing_currency_t *one);
static int  ordered(const billing_query_t *query, const billing_group_t *one,
     const billing_group_t *two);
static billing_money_t sum_of(const input_t *all, billing_str_t currency,
    const billing_str_t *key, unsigned date);
static void            json(const input_t *all, const billing_table_t *table,
               const billing_currency_t *list, unsigned count);
static void            amounts(
               const json_t *list, const billing_money_t *costs, unsigned n);
static billing_table_t *again(const input_t *all);
static void             csv(
                const input_t *all, const billing_currency_t *list, unsigned count);
static size_t line(billing_str_t text, size_t at, const billing_query_t *query,
    const billing_str_t *key, const billing_money_t *costs, unsigned date);
static size_t cell(billing_str_t text, size_t at, billing_buf_t *out);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned                  count, limit;
    input_t                   all;
    fuzz_input_t              in = { data, data + size };
    billing_table_t          *table;
    billing_status_t          rc;
    const billing_currency_t *list;

    memset(&all, 0, sizeof(input_t));
    all.query.granularity = BILLING_MONTHLY;
    all.query.start = 2021 * 12;
    all.query.end = all.query.start + (int32_t) fuzz_below(&in, 4);
    all.query.ngroup_by = fuzz_below(&in, MAX_KEYS + 1);
    all.query.group_by[0] = billing_dim_by(BILLING_DIM_REGION);
    all.query.group_by[1] = billing_dim_by(BILLING_DIM_SERVICE);
    all.query.sort_date = (int32_t) fuzz_below(
                              &in, billing_query_dates(&all.query) + 2)
                          + BILLING_SORT_MAGNITUDE;
    all.query.sort_desc = fuzz_byte(&in) & 1;
    limit = fuzz_below(&in, 8);
    all.query.limit = limit;

    table = fill(&all, &in);
    rc = billing_table_finish(
        table, all.query.sort_date, all.query.sort_desc, limit);
    must(rc == BILLING_OK || rc == BILLING_LIMIT);
    list = billing_table_currencies(table, &count);

    if (rc == BILLING_OK) {
        totals(&all, list, count);
        json(&all, table, list, count);
        csv(&all, list, count);

    } else {
        must(count == 0);
    }

    must(billing_table_add(table, billing_str("USD"),
             (billing_str_t[MAX_KEYS]){ { "", 0 }, { "", 0 } }, 0, 1)
         == BILLING_INVALID);
    billing_table_free(table);

    return 0;
}


static billing_table_t *
fill(input_t *all, fuzz_input_t *in)
{
    row_t           *row;
    unsigned         i, dates;
    billing_str_t    key[MAX_KEYS];
    billing_table_t *table;
    billing_status_t rc;

    dates = billing_query_dates(&all->query);
    table = billing_table_create(dates, all->query.ngroup_by);
    must(table != NULL);

    while (in->p < in->end && all->n < MAX_ROWS) {
        row = &all->rows[all->n];
        row->currency = fuzz_below(in, 3);
        row->date = fuzz_below(in, dates + (fuzz_byte(in) == 0xff));

        for (i = 0; i < MAX_KEYS; i++) {
            row->key[i] = fuzz_below(in, NAMES);
            key[i] = billing_str_from(names[row->key[i]]);
        }

        row->amount = fuzz_number(in, fuzz_below(in, 17));
        rc = billing_table_add(table,
            billing_str_from(currencies[row->currency]), key, row->date,
            row->amount);
        must(rc == BILLING_OK || rc == BILLING_LIMIT
             || (rc == BILLING_INVALID && row->date >= dates));

        all->n += rc == BILLING_OK;
    }

    return table;
}


static void
totals(const input_t *all, const billing_currency_t *list, unsigned count)
{
    unsigned        i, date;
    billing_money_t sum;

    for (i = 0; i < count; i++) {
        must(i == 0
             || billing_str_cmp(list[i - 1].currency, list[i].currency) < 0);
        sum = 0;

        for (date = 0; date < billing_query_dates(&all->query); date++) {
            must(list[i].costs[date]
                 == sum_of(all, list[i].currency, NULL, date));
            must(billing_money_add(&sum, list[i].costs[date]) == BILLING_OK);
        }

        must(sum == list[i].sum);
        groups(all, &list[i]);
    }
}


static void
groups(const input_t *all, const billing_currency_t *one)
{
    unsigned               i, date;
    billing_money_t        sum, shown[2];
    const billing_group_t *group;

    must(one->ngroups <= all->query.limit + 1);
    must(all->query.ngroup_by > 0 || one->ngroups == 0);

    for (i = 0, shown[0] = shown[1] = 0; i < one->ngroups; i++) {
        group = &one->groups[i];
        must(group->key != NULL || i == one->ngroups - 1);

        if (group->key == NULL) {
            must(group->positive >= 0 && group->negative <= 0);
            must(group->positive + group->negative == group->sum);
            shown[0] |= group->positive;
            shown[1] |= group->negative;

        } else {
            must(i == 0 || ordered(&all->query, group - 1, group));
            shown[group->sum < 0] |= group->sum;
        }

        for (date = 0; date < billing_query_dates(&all->query); date++) {
            must(group->key == NULL
                 || group->costs[date]
                        == sum_of(all, one->currency, group->key, date));
        }
    }

    must(one->mixed == (shown[0] != 0 && shown[1] != 0));

    for (date = 0; one->ngroups > 0 && date < billing_query_dates(&all->query);
         date++)
    {
        /* in 128 bits that may wrap on the way, the end is exact */
        fuzz_whole_t whole = 0;

        for (i = 0; i < one->ngroups; i++) {
            whole += (fuzz_whole_t) one->groups[i].costs[date];
        }

        sum = (billing_money_t) whole;
        must(sum == one->costs[date]);
    }
}


static int
ordered(const billing_query_t *query, const billing_group_t *one,
    const billing_group_t *two)
{
    fuzz_whole_t    x, y;
    billing_money_t a, b;

    a = query->sort_date < 0 ? one->sum : one->costs[query->sort_date];
    b = query->sort_date < 0 ? two->sum : two->costs[query->sort_date];

    if (query->sort_date == BILLING_SORT_MAGNITUDE) {
        x = a < 0 ? -(fuzz_whole_t) a : (fuzz_whole_t) a;
        y = b < 0 ? -(fuzz_whole_t) b : (fuzz_whole_t) b;

        if (x != y) {
            return query->sort_desc ? x > y : x < y;
        }

    } else if (a != b) {
        return query->sort_desc ? a > b : a < b;
    }

    for (x = 0;
         x + 1 < query->ngroup_by && billing_str_eq(one->key[x], two->key[x]);
         x++)
    {
        /* void */
    }

    return billing_str_cmp(one->key[x], two->key[x]) < 0;
}


/* key NULL: of all. */
static billing_money_t
sum_of(const input_t *all, billing_str_t currency, const billing_str_t *key,
    unsigned date)
{
    unsigned     i, n;
    fuzz_whole_t sum;
    const row_t *row;

    for (n = 0, sum = 0; n < all->n; n++) {
        row = &all->rows[n];

        for (i = 0; key != NULL && i < all->query.ngroup_by; i++) {
            if (!billing_str_eq(key[i], billing_str_from(names[row->key[i]]))) {
                break;
            }
        }

        if ((key == NULL || i == all->query.ngroup_by) && row->date == date
            && billing_str_eq(
                currency, billing_str_from(currencies[row->currency])))
        {
            sum += (fuzz_whole_t) row->amount;
        }
    }

    return (billing_money_t) sum;
}


static void
json(const input_t *all, const billing_table_t *table,
    const billing_currency_t *list, unsigned count)
{
    json_t                      *document, *shown, *group;
    unsigned                     i, n, dates;
    billing_buf_t                out;
    billing_view_state_t         state;
    const billing_group_t       *one;
    const billing_view_account_t accounts[] = {
        { billing_str("sa-000000000000"), BILLING_STATE_STALE, 1630454400,
            &billing_fault_late, 0, { 0 } },
    };

    dates = billing_query_dates(&all->query);
    state = (billing_view_state_t){
        .accounts = accounts, .naccounts = 1, .today = 18840
    };
    billing_buf_init(&out, 1 << 22);
    must(billing_view_costs(&all->query, table, &state, &out) == BILLING_OK);
    must(memmem(out.data, out.len, "</", 2) == NULL);

    document = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, NULL);
    must(json_is_object(document));
    shown = json_object_get(document, "currencies");
    must(json_array_size(shown) == count);
    must(json_array_size(json_object_get(document, "dates")) == dates);

    for (i = 0; i < count; i++) {
        amounts(json_object_get(json_array_get(shown, i), "costs"),
            list[i].costs, dates);
        group = json_object_get(json_array_get(shown, i), "groups");
        must(json_array_size(group) == list[i].ngroups);

        for (n = 0; n < list[i].ngroups; n++) {
            one = &list[i].groups[n];
            amounts(json_object_get(json_array_get(group, n), "costs"),
                one->costs, dates);
            must(json_is_null(json_object_get(json_array_get(group, n), "key"))
                 == (one->key == NULL));
        }
    }

    json_decref(document);
    billing_buf_free(&out);
}


static void
amounts(const json_t *list, const billing_money_t *costs, unsigned n)
{
    char     text[BILLING_MONEY_LEN];
    unsigned i;

    must(json_array_size(list) == n);

    for (i = 0; i < n; i++) {
        (void) billing_money_format(costs[i], text);
        must(strcmp(json_string_value(json_array_get(list, i)), text) == 0);
    }
}


/* The same rows once more: a file takes its table apart. */
static billing_table_t *
again(const input_t *all)
{
    unsigned         i, j;
    billing_str_t    key[MAX_KEYS];
    billing_table_t *table;

    table = billing_table_create(
        billing_query_dates(&all->query), all->query.ngroup_by);
    must(table != NULL);

    for (i = 0; i < all->n; i++) {
        for (j = 0; j < MAX_KEYS; j++) {
            key[j] = billing_str_from(names[all->rows[i].key[j]]);
        }

        must(billing_table_add(table,
                 billing_str_from(currencies[all->rows[i].currency]), key,
                 all->rows[i].date, all->rows[i].amount)
             == BILLING_OK);
    }

    return table;
}


/* A header, then a line for each group and date, however it is cut. */
static void
csv(const input_t *all, const billing_currency_t *list, unsigned count)
{
    size_t          at;
    unsigned        i, j, date, dates, groups;
    billing_buf_t   out, piece;
    billing_str_t   text;
    billing_file_t  file;
    billing_query_t query;

    query = all->query;
    query.format = BILLING_FORMAT_CSV;
    query.limit_given = 1;
    query.limit += query.ngroup_by == 0; /* totals are groups there */
    query.program = all->n & 1;
    dates = billing_query_dates(&query);

    memset(&file, 0, sizeof(billing_file_t));
    file.query = &query;
    file.table = again(all);
    must(billing_file_open(&file) == BILLING_OK);

    billing_buf_init(&out, 1 << 22);
    billing_buf_init(&piece, 1 << 22);

    while (!billing_file_ended(&file)) {
        billing_buf_reset(&piece);
        must(billing_file_write(&file, 1 + all->n, &piece) == BILLING_OK);
        (void) billing_buf_add(&out, piece.data, piece.len);
    }

    text = fuzz_text(&out);
    at = 0;

    if (!query.program) {
        must(text.len > 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0);
        at = 3;
    }

    at = line(text, at, &query, NULL, NULL, 0);

    for (i = 0; i < count; i++) {
        groups = query.ngroup_by > 0 ? list[i].ngroups : 1;

        for (j = 0; j < groups; j++) {
            if (query.ngroup_by > 0 && list[i].groups[j].key == NULL) {
                must(file.cut);
                continue;
            }

            for (date = 0; date < dates; date++) {
                at = line(text, at, &query,
                    query.ngroup_by > 0 ? list[i].groups[j].key : NULL,
                    query.ngroup_by > 0 ? list[i].groups[j].costs
                                        : list[i].costs,
                    date);
            }
        }
    }

    must(at == text.len);

    billing_buf_free(&out);
    billing_buf_free(&piece);

    billing_table_free(file.table);
}


/* One line; costs NULL: the header.  Returns where the next one is. */
static size_t
line(billing_str_t text, size_t at, const billing_query_t *query,
    const billing_str_t *key, const billing_money_t *costs, unsigned date)
{
    char          cost[BILLING_MONEY_LEN];
    size_t        len;
    unsigned      i, columns;
    billing_buf_t one;

    columns = 2 * query->ngroup_by + 5;
    billing_buf_init(&one, 1 << 16);

    for (i = 0; i < columns; i++) {
        billing_buf_reset(&one);
        at = cell(text, at, &one);
        must(at < text.len);
        must(text.data[at] == (i + 1 == columns ? '\r' : ','));
        at++;

        if (costs == NULL) {
            continue;
        }

        if (i < 2 * query->ngroup_by && i % 2 == 0) {
            if (query->program) {
                must(billing_str_eq(
                    (billing_str_t){ one.data, one.len }, key[i / 2]));
            } else {
                must(one.len == 0
                     || strchr("=+-@|;\t\r\n \xef", one.data[0]) == NULL);
            }
        }

        if (i == columns - 3) {
            len = billing_money_format(costs[date], cost);
            must(billing_str_eq((billing_str_t){ one.data, one.len },
                (billing_str_t){ cost, len }));
        }
    }

    must(text.data[at] == '\n');
    billing_buf_free(&one);

    return at + 1;
}


/* RFC 4180; returns where the cell ends. */
static size_t
cell(billing_str_t text, size_t at, billing_buf_t *out)
{
    if (at >= text.len || text.data[at] != '"') {
        for (; at < text.len && text.data[at] != ',' && text.data[at] != '\r';
             at++) {
            must(text.data[at] != '"' && text.data[at] != '\n');
            (void) billing_buf_add_char(out, text.data[at]);
        }
        return at;
    }

    for (at++; at < text.len; at++) {
        if (text.data[at] == '"') {
            if (at + 1 >= text.len || text.data[at + 1] != '"') {
                return at + 1;
            }
            at++;
        }
        (void) billing_buf_add_char(out, text.data[at]);
    }

    return at;
}
