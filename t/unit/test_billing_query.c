
/* The query of costs: defaults, every argument, every refusal, its text. */

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/query.h"


#define MONTH(y, m) ((y) *12 + (m) -1)


static billing_day_t
day(const char *text)
{
    billing_day_t value;

    assert_int_equal(
        billing_day_parse(billing_str_from(text), &value), BILLING_OK);

    return value;
}


/* The filter of a dimension that has no keys; NULL: there is none. */
static const billing_filter_t *
find(const billing_query_t *query, billing_dim_t dim)
{
    unsigned i;

    for (i = 0; i < query->nfilters; i++) {
        if (query->filters[i].by.dim == dim) {
            return &query->filters[i];
        }
    }

    return NULL;
}


/* The canonical text, in a buffer that the next call takes. */
static const char *
canonical(const char *args, const char *today)
{
    billing_buf_t    out;
    billing_query_t  query;
    billing_errors_t errors;

    static char text[4096];

    billing_errors_init(&errors);
    billing_buf_init(&out, sizeof(text) - 1);

    if (billing_query_parse(billing_str_from(args), day(today), &query, &errors)
        != BILLING_OK)
    {
        fail_msg("\"%s\" is refused: %s", args,
            json_dumps(errors.list, JSON_COMPACT));
    }

    assert_int_equal(billing_query_canonical(&query, &out), BILLING_OK);
    memcpy(text, out.data, out.len);
    text[out.len] = '\0';

    billing_buf_free(&out);
    billing_query_free(&query);

    return text;
}


static void
has_defaults(void **state)
{
    billing_query_t  query;
    billing_errors_t errors;

    (void) state;

    billing_errors_init(&errors);

    assert_int_equal(billing_query_parse((billing_str_t){ NULL, 0 },
                         day("2026-03-15"), &query, &errors),
        BILLING_OK);

    assert_int_equal(query.granularity, BILLING_MONTHLY);
    assert_int_equal(query.start, MONTH(2025, 4));
    assert_int_equal(query.end, MONTH(2026, 3));
    assert_int_equal(billing_query_dates(&query), 12);
    assert_int_equal(query.ngroup_by, 0);
    assert_int_equal(query.currency.len, 0);
    assert_int_equal(query.sort_date, BILLING_SORT_MAGNITUDE);
    assert_true(query.sort_desc);
    assert_false(query.refresh);
    assert_int_equal(query.format, BILLING_FORMAT_JSON);
    assert_int_equal(query.format_given, 0);
    assert_int_equal(query.limit, 100);
    assert_int_equal(query.nfilters, 0);

    billing_query_free(&query);

    assert_string_equal(canonical("granularity=DAILY", "2026-03-15"),
        "granularity=DAILY&start=2026-03-02&end=2026-03-15"
        "&sort=-magnitude&limit=100&format=json");
}


/* What is said of files, and that they have all groups unless a limit is. */
static void
takes_files(void **state)
{
    size_t           i;
    char             expected[256];
    billing_query_t  query;
    billing_errors_t errors;

    static const struct {
        const char *args;
        const char *text;
        unsigned    limit;
    } cases[] = {
        { "format=csv", "&sort=-magnitude&format=csv", UINT_MAX },
        { "format=csv&for=spreadsheet", "&sort=-magnitude&format=csv",
            UINT_MAX },
        { "format=csv&for=program", "&sort=-magnitude&format=csv&for=program",
            UINT_MAX },
        { "for=program&limit=7&format=csv",
            "&sort=-magnitude&limit=7&format=csv&for=program", 7 },
        { "format=csv&limit=100", "&sort=-magnitude&limit=100&format=csv",
            100 },
        { "format=focus&group_by=region",
            "&group_by=provider,account,linked_account,service,region,"
            "charge_type,project"
            "&sort=-magnitude&format=focus&version=1.2",
            UINT_MAX },
        { "version=1.4&format=focus&limit=3",
            "&group_by=provider,account,linked_account,service,region,"
            "charge_type,project"
            "&sort=-magnitude&limit=3&format=focus&version=1.4",
            3 },
        { "format=focus&version=1.0",
            "&group_by=provider,account,linked_account,service,region,"
            "charge_type,project"
            "&sort=-magnitude&format=focus&version=1.0",
            UINT_MAX },
        { "limit=5", "&sort=-magnitude&limit=5&format=json", 5 },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(expected, sizeof(expected),
            "granularity=MONTHLY&start=2025-04&end=2026-03%s", cases[i].text);
        assert_string_equal(canonical(cases[i].args, "2026-03-15"), expected);
        assert_string_equal(canonical(expected, "2030-01-01"), expected);

        billing_errors_init(&errors);
        assert_int_equal(billing_query_parse(billing_str_from(cases[i].args),
                             day("2026-03-15"), &query, &errors),
            BILLING_OK);
        assert_int_equal(billing_query_limit(&query), cases[i].limit);
        billing_query_free(&query);
    }

    /* Accept decides where there is no format, and only there */

    assert_int_equal(billing_query_parse(billing_str("for=program"),
                         day("2026-03-15"), &query, &errors),
        BILLING_OK);
    billing_query_accept(&query, 1);
    assert_int_equal(query.format, BILLING_FORMAT_CSV);
    assert_true(query.program);
    assert_int_equal(billing_query_limit(&query), UINT_MAX);
    billing_query_accept(&query, 0);
    assert_int_equal(query.format, BILLING_FORMAT_JSON);
    assert_int_equal(billing_query_limit(&query), 100);
    billing_query_free(&query);

    assert_int_equal(billing_query_parse(billing_str("format=focus"),
                         day("2026-03-15"), &query, &errors),
        BILLING_OK);
    billing_query_accept(&query, 0);
    assert_int_equal(query.format, BILLING_FORMAT_FOCUS);
    billing_query_free(&query);
}


static void
takes_ranges(void **state)
{
    size_t i;
    char   expected[128];

    static const struct {
        const char *args;
        const char *start;
        const char *end;
    } cases[] = {
        { "start=2026-01&end=2026-03", "2026-01", "2026-03" },
        { "start=2026-03", "2026-03", "2026-03" },
        { "start=2024-04", "2024-04", "2026-03" }, /* 24 months */
        { "end=2025-02", "2024-03", "2025-02" },
        { "end=2027-12", "2027-01", "2027-12" }, /* in the future */
        { "start=2026-01-31&end=2026-02-01", "2026-01", "2026-02" },
        { "start=2026-01&end=2026-02-28", "2026-01", "2026-02" },
        { "start=2024-01&end=2025-12", "2024-01", "2025-12" },
        { "end=1970-03", "1970-01", "1970-03" },
        { "start=9998-02&end=9999-12", "9998-02", "9999-12" },
        { "granularity=DAILY&start=2026-01-01&end=2026-01-31", "2026-01-01",
            "2026-01-31" },
        { "granularity=DAILY&start=2026-03-15", "2026-03-15", "2026-03-15" },
        { "granularity=DAILY&start=2026-02-13", "2026-02-13", "2026-03-15" },
        { "granularity=DAILY&end=2024-03-01", "2024-02-17", "2024-03-01" },
        { "granularity=DAILY&end=1970-01-03", "1970-01-01", "1970-01-03" },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(expected, sizeof(expected),
            "granularity=%s&start=%s&end=%s&sort=-magnitude&limit=100&format=json",
            strlen(cases[i].start) == 7 ? "MONTHLY" : "DAILY", cases[i].start,
            cases[i].end);

        assert_string_equal(canonical(cases[i].args, "2026-03-15"), expected);
    }
}


static void
names_its_dates(void **state)
{
    char             text[BILLING_DAY_LEN];
    billing_query_t  query;
    billing_errors_t errors;

    (void) state;

    billing_errors_init(&errors);

    assert_int_equal(
        billing_query_parse(billing_str("start=2025-11&end=2026-02"),
            day("2026-03-15"), &query, &errors),
        BILLING_OK);
    assert_int_equal(billing_query_dates(&query), 4);
    billing_query_date(&query, 0, text);
    assert_string_equal(text, "2025-11");
    billing_query_date(&query, 3, text);
    assert_string_equal(text, "2026-02");
    billing_query_free(&query);

    assert_int_equal(
        billing_query_parse(billing_str("granularity=DAILY&start=2024-02-28"
                                        "&end=2024-03-01"),
            day("2026-03-15"), &query, &errors),
        BILLING_OK);
    assert_int_equal(billing_query_dates(&query), 3);
    billing_query_date(&query, 1, text);
    assert_string_equal(text, "2024-02-29");
    billing_query_free(&query);
}


static int
has(const billing_filter_t *filter, billing_str_t value)
{
    unsigned i;

    for (i = 0; i < filter->count; i++) {
        if (billing_str_eq(filter->values[i], value)) {
            return 1;
        }
    }

    return 0;
}


static void
reads_every_argument(void **state)
{
    billing_query_t         query;
    billing_errors_t        errors;
    const billing_filter_t *filter;

    (void) state;

    billing_errors_init(&errors);

    assert_int_equal(
        billing_query_parse(
            billing_str("granularity=DAILY&start=2026-03-01&end=2026-03-10"
                        "&group_by=service,linked_account,provider"
                        "&provider=hyperbilling_aws&service=AmazonS3"
                        "&service=AmazonEC2&service=AmazonS3&region=eu%2B1"
                        "&account=sa-0123456789ab&project=project-0123456789ab"
                        "&project_group=pg-0123456789ab&currency=KRW"
                        "&sort=2026-03-04&limit=1000&refresh=true&format=csv"),
            day("2026-03-15"), &query, &errors),
        BILLING_OK);

    assert_int_equal(query.ngroup_by, 3);
    assert_int_equal(query.group_by[0].dim, BILLING_DIM_SERVICE);
    assert_int_equal(query.group_by[1].dim, BILLING_DIM_LINKED);
    assert_int_equal(query.group_by[2].dim, BILLING_DIM_PROVIDER);
    assert_true(billing_str_eq(query.currency, billing_str("KRW")));
    assert_int_equal(query.sort_date, 3);
    assert_false(query.sort_desc);
    assert_int_equal(query.limit, 1000);
    assert_true(query.refresh);
    assert_int_equal(query.format, BILLING_FORMAT_CSV);
    assert_int_equal(query.format_given, 1);

    filter = find(&query, BILLING_DIM_SERVICE);
    assert_int_equal(filter->count, 2);
    assert_true(billing_str_eq(filter->values[0], billing_str("AmazonEC2")));
    assert_true(billing_str_eq(filter->values[1], billing_str("AmazonS3")));

    assert_null(find(&query, BILLING_DIM_LINKED));
    assert_int_equal(find(&query, BILLING_DIM_PROJECT_GROUP)->count, 1);

    filter = find(&query, BILLING_DIM_REGION);
    assert_true(has(filter, billing_str("eu+1")));
    assert_false(has(filter, billing_str("eu 1")));

    billing_query_free(&query);
    assert_null(query.memory);
}


/* Filters of a service against what each of them is said to do. */
static void
applies_operators(void **state)
{
    size_t           i;
    unsigned         j;
    billing_row_t    row = { .date = 0 };
    billing_query_t  query;
    billing_errors_t errors;

    static const char *values[] = { "AmazonEC2", "AmazonS3", "amazons3", "",
        "Stra\xc3\x9f"
        "e",
        "STRASSE", "\xea\xb9\x80", "Tax" };

    static const struct {
        const char *args;
        const char *takes; /* of each value, 1 or 0 */
    } cases[] = {
        { "", "11111111" },
        { "service=AmazonS3", "01000000" },
        { "service=AmazonS3&service=Tax", "01000001" },
        { "service=", "00010000" },
        { "service=&service=Tax", "00010001" },
        { "service!=AmazonS3", "10111111" },
        { "service!=AmazonS3&service!=Tax", "10111110" },
        { "service!=", "11101111" },
        { "service~=amazon", "11100000" },
        { "service~=S3", "01100000" },
        { "service~=s3&service~=ec2", "11100000" },
        { "service!~=s3", "10011111" },
        { "service!~=s3&service!~=EC", "00011111" },
        { "service~=amazon&service!~=S3", "10000000" },
        { "service~=amazon&service!=amazons3", "11000000" },
        { "service=Tax&service!=Tax", "00000000" },
        { "service~=strasse", "00001100" },
        { "service~=Stra%C3%9Fe", "00001100" },
        { "service~=%EA%B9%80", "00000010" },
        { "service~=AmazonEC22", "00000000" },
        { "service~=+ec2+", "10000000" },
    };

    (void) state;

    billing_errors_init(&errors);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(billing_query_parse(billing_str_from(cases[i].args),
                             day("2026-03-15"), &query, &errors),
            BILLING_OK);

        for (j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
            row.service = billing_str_from(values[j]);

            if (billing_query_takes(&query, &row) != cases[i].takes[j] - '0') {
                fail_msg("\"%s\" and \"%s\"", cases[i].args, values[j]);
            }
        }

        billing_query_free(&query);
    }
}


/* Of a project in groups in each other, any may match; of one in none, none. */
static void
applies_operators_to_what_lies_in_others(void **state)
{
    size_t           i;
    billing_query_t  query;
    billing_errors_t errors;
    billing_str_t    groups[] = { billing_str("inner"), billing_str("outer") };
    billing_source_t in = { .groups = groups, .ngroups = 2 };
    billing_source_t out = { .ngroups = 0 };

    static const struct {
        const char *args;
        int         in, out;
    } cases[] = {
        { "project_group=outer", 1, 0 },
        { "project_group=inner", 1, 0 },
        { "project_group=other", 0, 0 },
        { "project_group!=outer", 0, 1 },
        { "project_group!=other", 1, 1 },
        { "project_group=", 0, 1 },
        { "project_group!=", 1, 0 },
        { "project_group~=OUT", 1, 0 },
        { "project_group!~=OUT", 0, 1 },
    };

    (void) state;

    billing_errors_init(&errors);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(billing_query_parse(billing_str_from(cases[i].args),
                             day("2026-03-15"), &query, &errors),
            BILLING_OK);
        assert_int_equal(billing_query_asks(&query, &in), cases[i].in);
        assert_int_equal(billing_query_asks(&query, &out), cases[i].out);
        billing_query_free(&query);
    }
}


/* A filter against a table of what was put in. */
static void
matches_filters(void **state)
{
    int              i, j, chosen;
    char             args[1024], value[16], in[97];
    size_t           len;
    billing_row_t    row = { .date = 0 };
    billing_query_t  query;
    billing_errors_t errors;

    (void) state;

    billing_errors_init(&errors);

    for (i = 0; i < 200; i++) {
        len = 0;
        args[0] = '\0';
        memset(in, i % 40 == 0, sizeof(in));

        for (j = 0; j < i % 40; j++) {
            chosen = (i * 7 + j * j * 13) % 97;
            in[chosen] = 1;
            len += (size_t) snprintf(
                args + len, sizeof(args) - len, "&region=%d", chosen);
        }

        assert_int_equal(billing_query_parse(billing_str_from(args),
                             day("2026-03-15"), &query, &errors),
            BILLING_OK);

        for (j = 0; j < 97; j++) {
            snprintf(value, sizeof(value), "%d", j);
            row.region = billing_str_from(value);
            assert_int_equal(billing_query_takes(&query, &row), in[j]);
        }

        billing_query_free(&query);
    }
}


static void
refuses_what_is_wrong(void **state)
{
    size_t           i;
    json_t          *error;
    billing_query_t  query;
    billing_errors_t errors;

    static const struct {
        const char *args;
        const char *pointer;
        const char *code;
    } cases[] = {
        { "granularity=HOURLY", "/granularity", "enum" },
        { "granularity=monthly", "/granularity", "enum" },
        { "granularity=", "/granularity", "enum" },
        { "granularity=DAILY&granularity=DAILY", "/granularity", "duplicate" },
        { "start=", "/start", "format" },
        { "start=2026", "/start", "format" },
        { "start=2026-13", "/start", "format" },
        { "start=2026-02-30", "/start", "format" },
        { "start=2026-04", "/start", "range" }, /* after today */
        { "end=yesterday", "/end", "format" },
        { "start=2026-03&end=2026-02", "/end", "range" },
        { "start=2024-03", "/start", "limit" }, /* 25 months */
        { "start=2024-01&end=2026-01", "/end", "limit" },
        { "start=1970-01&end=9999-12", "/end", "limit" },
        { "granularity=DAILY&start=2026-01", "/start", "format" },
        { "granularity=DAILY&end=2026-03", "/end", "format" },
        { "granularity=DAILY&start=2026-01-01&end=2026-02-01", "/end",
            "limit" },
        { "granularity=DAILY&start=2026-02-12", "/start", "limit" },
        { "group_by=", "/group_by", "enum" },
        { "group_by=service,", "/group_by", "enum" },
        { "group_by=service,tag", "/group_by", "enum" },
        { "group_by=service, region", "/group_by", "enum" },
        { "group_by=service,service", "/group_by", "duplicate" },
        { "group_by=service&group_by=region", "/group_by", "duplicate" },
        { "service=%ff", "/service", "format" },
        { "service~=", "/service~0", "format" },
        { "service!~=+", "/service!~0", "format" },
        { "services!=a", "/services!", "unknown" },
        { "service!!=a", "/service!!", "unknown" },
        { "service~!=a", "/service~0!", "unknown" },
        { "!=a", "/!", "unknown" },
        { "currency!=USD", "/currency!", "unknown" },
        { "services=a", "/services", "unknown" },
        { "a/b=1", "/a~1b", "unknown" },
        { "currency=", "/currency", "format" },
        { "currency=usd", "/currency", "format" },
        { "currency=US", "/currency", "format" },
        { "currency=USDT", "/currency", "format" },
        { "currency=US1", "/currency", "format" },
        { "sort=", "/sort", "format" },
        { "sort=-", "/sort", "format" },
        { "sort=--sum", "/sort", "format" },
        { "sort=+sum", "/sort", "format" },
        { "sort=cost", "/sort", "format" },
        { "sort=--magnitude", "/sort", "format" },
        { "sort=magnitudes", "/sort", "format" },
        { "sort=2025-03", "/sort", "range" },
        { "sort=-2026-04", "/sort", "range" },
        { "granularity=DAILY&sort=2026-03", "/sort", "format" },
        { "start=x&sort=2026-03", "/start", "format" },
        { "limit=", "/limit", "format" },
        { "limit=-1", "/limit", "format" },
        { "limit=1.5", "/limit", "format" },
        { "limit=10x", "/limit", "format" },
        { "limit=0", "/limit", "range" },
        { "limit=1001", "/limit", "range" },
        { "limit=18446744073709551617", "/limit", "range" },
        { "refresh=", "/refresh", "enum" },
        { "refresh=1", "/refresh", "enum" },
        { "format=", "/format", "enum" },
        { "format=csv&for=", "/for", "enum" },
        { "for=programs", "/for", "enum" },
        { "format=json&for=program", "/for", "unknown" },
        { "for=program&format=focus", "/for", "unknown" },
        { "format=focus&version=", "/version", "enum" },
        { "format=focus&version=1.3", "/version", "enum" },
        { "format=csv&version=1.2", "/version", "unknown" },
        { "version=1.2", "/version", "unknown" },
        { "format=xml", "/format", "enum" },
        { "format=xml", "/format", "enum" },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        billing_errors_init(&errors);

        if (billing_query_parse(billing_str_from(cases[i].args),
                day("2026-03-15"), &query, &errors)
                != BILLING_INVALID
            || errors.count != 1)
        {
            fail_msg("\"%s\": %u errors", cases[i].args, errors.count);
        }

        error = json_array_get(errors.list, 0);
        assert_string_equal(
            json_string_value(json_object_get(error, "pointer")),
            cases[i].pointer);
        assert_string_equal(
            json_string_value(json_object_get(error, "code")), cases[i].code);

        billing_query_free(&query);
        billing_errors_free(&errors);
    }
}


static void
tells_all_errors_at_once(void **state)
{
    billing_query_t  query;
    billing_errors_t errors;

    (void) state;

    billing_errors_init(&errors);

    assert_int_equal(
        billing_query_parse(
            billing_str("start=x&end=y&group_by=a,b&service~=&limit=0&z=1"
                        "&sort=x&format=xml&refresh=no&currency=x"),
            day("2026-03-15"), &query, &errors),
        BILLING_INVALID);
    assert_int_equal(errors.count, 11);
    assert_int_equal(json_array_size(errors.list), 11);

    billing_query_free(&query);
    billing_errors_free(&errors);
}


static void
says_which_formats_there_are(void **state)
{
    const char      *message;
    billing_query_t  query;
    billing_errors_t errors;

    (void) state;

    billing_errors_init(&errors);

    assert_int_equal(billing_query_parse(billing_str("format=xml"),
                         day("2026-03-15"), &query, &errors),
        BILLING_INVALID);

    message = json_string_value(
        json_object_get(json_array_get(errors.list, 0), "message"));
    assert_non_null(strstr(message, "json"));
    assert_non_null(strstr(message, "csv"));

    billing_query_free(&query);
    billing_errors_free(&errors);
}


static void
writes_one_text_for_one_query(void **state)
{
    size_t i;
    char   text[1024];

    static const char *equal[][2] = {
        { "", "granularity=MONTHLY&start=2025-04&end=2026-03" },
        { "service=b&service=a&service=b", "service=a&service=b" },
        { "limit=0100&sort=-magnitude&format=json&refresh=false", "" },
        { "region=eu-1&service=S+3", "service=S%203&region=eu%2d1" },
        { "sort=-2026-03-31", "&&sort=-2026-03&" },
        { "start=2026-01-15&end=2026-03-01", "end=2026-03&start=2026-01" },
        { "service%21=b&service!=a", "service!=a&service!=b" },
        { "service~=x&service=b&service!~=y&service!=a",
            "service!~=y&service!=a&service=b&service%7e=x" },
        { "region", "region=" },
    };
    static const char *different[] = { "", "service=a", "service=b", "region=a",
        "service=a&service=b", "service=a%26service=b", "service=a,b",
        "service=a%2526service=b", "service!=a", "service~=a", "service!~=a",
        "service=", "service!=", "service!=a&service!=b", "linked_account=a",
        "group_by=service,region", "group_by=region,service", "currency=USD",
        "sort=sum", "sort=-sum", "sort=magnitude", "sort=2026-03",
        "sort=-2026-03", "limit=99", "refresh=true", "format=csv", "project=a",
        "project_group=a", "start=2026-03", "granularity=DAILY",
        "service=%EA%B9%80", "service=%25EA%25B9%2580" };

    (void) state;

    for (i = 0; i < sizeof(equal) / sizeof(equal[0]); i++) {
        strcpy(text, canonical(equal[i][0], "2026-03-15"));
        assert_string_equal(text, canonical(equal[i][1], "2026-03-15"));
    }

    for (i = 0; i < sizeof(different) / sizeof(different[0]); i++) {
        size_t j;

        strcpy(text, canonical(different[i], "2026-03-15"));

        for (j = 0; j < i; j++) {
            assert_string_not_equal(
                text, canonical(different[j], "2026-03-15"));
        }

        /* the text is a query itself, and does not depend on the day */
        assert_string_equal(text, canonical(text, "2030-12-31"));
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_defaults),
        cmocka_unit_test(takes_files),
        cmocka_unit_test(takes_ranges),
        cmocka_unit_test(names_its_dates),
        cmocka_unit_test(reads_every_argument),
        cmocka_unit_test(applies_operators),
        cmocka_unit_test(applies_operators_to_what_lies_in_others),
        cmocka_unit_test(matches_filters),
        cmocka_unit_test(refuses_what_is_wrong),
        cmocka_unit_test(tells_all_errors_at_once),
        cmocka_unit_test(says_which_formats_there_are),
        cmocka_unit_test(writes_one_text_for_one_query),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
