
/* Dimensions: each is whole, and has its values from where it says. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/charge.h"
#include "core/query.h"


static const billing_str_t groups[] = { billing_str("pg-inner"),
    billing_str("pg-outer") };

static const billing_source_t source = { .provider = billing_str("aws"),
    .account = billing_str("sa-1"),
    .project = billing_str("project-1"),
    .groups = groups,
    .ngroups = 2 };

static const billing_row_t row = { .currency = billing_str("USD"),
    .linked = billing_str("123456789012"),
    .region = billing_str("eu-1"),
    .service = billing_str("Storage"),
    .charge = billing_str("tax") };

static const struct {
    billing_dim_t dim;
    const char   *name;
    const char   *value;
} expected[] = {
    { BILLING_DIM_PROVIDER, "provider", "aws" },
    { BILLING_DIM_PROJECT, "project", "project-1" },
    { BILLING_DIM_ACCOUNT, "account", "sa-1" },
    { BILLING_DIM_LINKED, "linked_account", "123456789012" },
    { BILLING_DIM_REGION, "region", "eu-1" },
    { BILLING_DIM_SERVICE, "service", "Storage" },
    { BILLING_DIM_CHARGE, "charge_type", "tax" },
    { BILLING_DIM_PROJECT_GROUP, "project_group", "pg-inner" },
};


static void
assert_str(billing_str_t s, const char *wanted)
{
    assert_int_equal(s.len, strlen(wanted));
    assert_int_equal(s.len == 0 ? 0 : memcmp(s.data, wanted, s.len), 0);
}


/* What stands in the source is told without a row, and the other way round. */
static void
has_values(void **state)
{
    unsigned     i;
    billing_by_t by;

    (void) state;

    assert_int_equal(sizeof(expected) / sizeof(expected[0]), BILLING_DIM_MAX);

    for (i = 0; i < BILLING_DIM_MAX; i++) {
        assert_int_equal(
            billing_dim_find(billing_str_from(expected[i].name), &by), 1);
        assert_int_equal(by.dim, expected[i].dim);
        assert_str(by.name, expected[i].name);

        assert_str(billing_dim_value(&by,
                       billing_dims[by.dim].cells == 0 ? &source : NULL,
                       billing_dims[by.dim].cells == 0 ? NULL : &row),
            expected[i].value);

        by = billing_dim_by(expected[i].dim);
        assert_int_equal(by.dim, expected[i].dim);
        assert_str(by.name, expected[i].name);
    }

    assert_int_equal(billing_dim_find(billing_str("Service"), &by), 0);
    assert_int_equal(billing_dim_find(billing_str("services"), &by), 0);
    assert_int_equal(billing_dim_find(billing_str("servic"), &by), 0);
    assert_int_equal(billing_dim_find(billing_str(""), &by), 0);
}


static void
says_what_is_not_known(void **state)
{
    unsigned               i;
    billing_by_t           by;
    const char            *wanted;
    const billing_row_t    empty = { .currency = billing_str("USD") };
    const billing_source_t none = { .ngroups = 0 };

    (void) state;

    for (i = 0; i < BILLING_DIM_MAX; i++) {
        by = billing_dim_by((billing_dim_t) i);
        wanted = i == BILLING_DIM_CHARGE
                     ? billing_charge_names[BILLING_CHARGE_UNKNOWN]
                     : "";
        assert_str(billing_dim_value(&by, &none, &empty), wanted);
    }
}


static void
is_in_order(void **state)
{
    billing_by_t one, two;

    (void) state;

    one = billing_dim_by(BILLING_DIM_REGION);
    two = billing_dim_by(BILLING_DIM_SERVICE);

    assert_true(billing_dim_cmp(&one, &two) < 0);
    assert_true(billing_dim_cmp(&two, &one) > 0);
    assert_int_equal(billing_dim_cmp(&one, &one), 0);

    /* with a key */
    two = (billing_by_t){ BILLING_DIM_REGION, billing_str("region:x") };
    assert_true(billing_dim_cmp(&one, &two) < 0);
}


static void
parse(const char *args, billing_query_t *query)
{
    billing_errors_t errors;

    billing_errors_init(&errors);
    assert_int_equal(
        billing_query_parse(billing_str_from(args), 20000, query, &errors),
        BILLING_OK);
}


/* A filter of the account is none of its rows, and the other way round. */
static void
filters_by_where_it_stands(void **state)
{
    unsigned        i;
    billing_query_t query;

    static const struct {
        const char *args;
        int         asks;
        int         takes;
    } cases[] = {
        { "", 1, 1 },
        { "provider=aws", 1, 1 },
        { "provider=azure&provider=aws", 1, 1 },
        { "provider=azure", 0, 1 },
        { "project=project-2", 0, 1 },
        { "account=sa-1&project=project-1", 1, 1 },
        { "account=sa-1&project=project-2", 0, 1 },
        { "project_group=pg-inner", 1, 1 },
        { "project_group=pg-outer", 1, 1 },
        { "project_group=pg-other&project_group=pg-outer", 1, 1 },
        { "project_group=pg-other", 0, 1 },
        { "region=eu-1", 1, 1 },
        { "region=eu-2", 1, 0 },
        { "region=eu-1&service=Compute", 1, 0 },
        { "charge_type=tax&service=Storage&account=sa-1", 1, 1 },
        { "charge_type=unknown", 1, 0 },
        { "currency=USD", 1, 1 },
        { "currency=KRW", 1, 0 },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        parse(cases[i].args, &query);
        assert_int_equal(billing_query_asks(&query, &source), cases[i].asks);
        assert_int_equal(billing_query_takes(&query, &row), cases[i].takes);
        billing_query_free(&query);
    }
}


/* Whoever asks for another is told what there is. */
static void
names_what_there_is(void **state)
{
    const char      *message;
    billing_query_t  query;
    billing_errors_t errors;

    (void) state;

    billing_errors_init(&errors);
    assert_int_equal(billing_query_parse(billing_str("group_by=project_group"),
                         20000, &query, &errors),
        BILLING_INVALID);

    message = json_string_value(
        json_object_get(json_array_get(errors.list, 0), "message"));
    assert_string_equal(message,
        "Costs can be grouped by provider, project, account, linked_account, "
        "region, service and charge_type.");

    billing_query_free(&query);
    billing_errors_free(&errors);
}


/* Providers are asked for no more than what a dimension takes. */
static void
needs_cells(void **state)
{
    unsigned        i;
    billing_query_t query;

    static const struct {
        const char *args;
        unsigned    grouped;
        unsigned    filtered;
    } cases[] = {
        { "", 0, 0 },
        { "group_by=project,account,provider&project=p&project_group=g", 0, 0 },
        { "group_by=region,account", BILLING_BLOCK_REGION, 0 },
        { "group_by=linked_account,service&region=x&charge_type=tax",
            BILLING_BLOCK_LINKED | BILLING_BLOCK_SERVICE,
            BILLING_BLOCK_REGION | BILLING_BLOCK_CHARGE },
        { "format=focus", BILLING_BLOCK_DIMS, 0 },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        parse(cases[i].args, &query);
        assert_int_equal(billing_query_grouped(&query), cases[i].grouped);
        assert_int_equal(billing_query_filtered(&query), cases[i].filtered);
        billing_query_free(&query);
    }
}


static void
makes_keys(void **state)
{
    unsigned        i;
    billing_str_t   key[BILLING_QUERY_MAX_GROUP_BY];
    billing_query_t query;

    static const char *const wanted[] = { "tax", "sa-1", "eu-1", "aws" };

    (void) state;

    parse("group_by=charge_type,account,region,provider", &query);
    billing_query_key(&query, &source, &row, key);

    for (i = 0; i < query.ngroup_by; i++) {
        assert_str(key[i], wanted[i]);
    }

    billing_query_free(&query);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_values),
        cmocka_unit_test(says_what_is_not_known),
        cmocka_unit_test(is_in_order),
        cmocka_unit_test(filters_by_where_it_stands),
        cmocka_unit_test(names_what_there_is),
        cmocka_unit_test(needs_cells),
        cmocka_unit_test(makes_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
