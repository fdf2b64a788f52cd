
/*
 * Changes: by hand, against sums that are added up another way, and whether
 * an explanation finds what was done to the costs.
 */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/changes.h"
#include "random.h"


#define KEYS   5
#define VALUES 6
#define ROWS   160
#define PAIRS  10000

#define PLANTED 1000 /* cases, ... */
#define FOUND   950  /* ... and of so many the cause has to be found */

#define AXES  3
#define WIDTH 12 /* values of an axis, at most */


/* A row as it was put in: the strings of its key, as numbers. */
typedef struct {
    unsigned        key[KEYS];
    int             after;
    billing_money_t amount;
} row_t;


static row_t            rows[ROWS];
static billing_table_t *table;


static billing_str_t
name(unsigned value)
{
    static char texts[WIDTH * 10][8];

    (void) snprintf(texts[value], sizeof(texts[value]), "v%u", value);

    return billing_str_from(texts[value]);
}


/* A table of the rows, and its only currency. */
static const billing_currency_t *
fill(unsigned nrows, unsigned nkeys)
{
    unsigned                  i, j, count;
    billing_str_t             key[KEYS];
    const billing_currency_t *currencies;

    table = billing_table_create(2, nkeys);
    assert_non_null(table);

    for (i = 0; i < nrows; i++) {
        for (j = 0; j < nkeys; j++) {
            key[j] = name(rows[i].key[j]);
        }

        assert_int_equal(billing_table_add(table, billing_str("USD"), key,
                             (unsigned) rows[i].after, rows[i].amount),
            BILLING_OK);
    }

    assert_int_equal(
        billing_table_finish(table, BILLING_SORT_MAGNITUDE, 1, UINT32_MAX),
        BILLING_OK);

    currencies = billing_table_currencies(table, &count);
    assert_int_equal(count, 1);

    return currencies;
}


static void
assert_money(billing_money_t one, billing_money_t two)
{
    char a[BILLING_MONEY_LEN], b[BILLING_MONEY_LEN];

    (void) billing_money_format(one, a);
    (void) billing_money_format(two, b);
    assert_string_equal(a, b);
}


static billing_money_t
money(const char *text)
{
    billing_money_t value;

    assert_int_equal(
        billing_money_parse(billing_str_from(text), &value), BILLING_OK);

    return value;
}


static void
put(unsigned i, unsigned service, unsigned account, int after, const char *text)
{
    rows[i] = (row_t){
        .key = { service, account }, .after = after, .amount = money(text)
    };
}


/* From 30 days to 31: 30.00 of the same would be 31.00. */
static void
tells_kinds(void **state)
{
    billing_changes_t  changes;
    billing_drivers_t  drivers;
    billing_compared_t compared = {
        .nkeys = 2, .days_before = 30, .days_after = 31
    };

    (void) state;

    put(0, 0, 0, 0, "30.00");
    put(1, 0, 0, 1, "33.50"); /* 1.00 calendar, 2.50 more */
    put(2, 0, 1, 0, "60.00");
    put(3, 0, 1, 1, "61.00"); /* 2.00 calendar, 1.00 less */
    put(4, 1, 0, 0, "5.00");  /* gone */
    put(5, 1, 1, 1, "7.25");  /* new */
    put(6, 2, 0, 0, "0.000000000015");
    put(7, 2, 0, 1, "0.000000000020"); /* half of a digit: to the even one */
    put(8, 3, 0, 0, "4.00");
    put(9, 3, 0, 1, "4.00"); /* calendar, and as much less */

    compared.cells = fill(10, 2);
    assert_int_equal(billing_changes_sum(&compared, &changes), BILLING_OK);

    assert_int_equal(changes.all.cells, 6);
    assert_money(changes.all.before, money("99.000000000015"));
    assert_money(changes.all.after, money("105.750000000020"));
    assert_money(changes.all.change, money("6.750000000005"));
    assert_money(changes.parts[BILLING_CHANGES_NEW], money("7.25"));
    assert_money(changes.parts[BILLING_CHANGES_GONE], money("-5.00"));
    assert_money(changes.parts[BILLING_CHANGES_MORE], money("2.500000000005"));
    assert_money(changes.parts[BILLING_CHANGES_LESS], money("-1.133333333333"));
    assert_money(
        changes.parts[BILLING_CHANGES_CALENDAR], money("3.133333333333"));
    assert_money(changes.magnitude, money("16.750000000005"));

    assert_int_equal(
        billing_changes_list(&compared, 3, 3, &drivers), BILLING_OK);
    assert_int_equal(drivers.n, 3);
    assert_int_equal(drivers.items[0].kind, BILLING_CHANGES_NEW);
    assert_int_equal(drivers.items[1].kind, BILLING_CHANGES_GONE);
    assert_int_equal(drivers.items[2].kind, BILLING_CHANGES_MORE);
    assert_money(drivers.items[2].change, money("3.50"));
    assert_int_equal(drivers.rest.cells, 3);
    assert_int_equal(drivers.rest.mask, 0);
    assert_money(drivers.rest.change, money("1.000000000005"));
    billing_drivers_free(&drivers);

    /* by service: 4.50, 2.25, a little, and nothing */
    assert_int_equal(
        billing_changes_list(&compared, 1, 9, &drivers), BILLING_OK);
    assert_int_equal(drivers.n, 3);
    assert_money(drivers.items[0].change, money("4.50"));
    assert_int_equal(drivers.items[0].cells, 2);
    assert_money(drivers.items[1].change, money("2.25"));
    assert_int_equal(drivers.items[1].kind, BILLING_CHANGES_MORE);
    assert_int_equal(drivers.rest.cells, 1);
    assert_money(drivers.rest.change, 0);
    billing_drivers_free(&drivers);

    billing_table_free(table);
}


static void
takes_what_it_can(void **state)
{
    unsigned           count;
    billing_str_t      key[2] = { billing_str("a"), billing_str("b") };
    billing_changes_t  changes;
    billing_drivers_t  drivers;
    billing_compared_t compared = {
        .nkeys = 2, .days_before = 30, .days_after = 30
    };

    (void) state;

    put(0, 0, 0, 0, "1.00");
    put(1, 0, 1, 1, "2.00");
    compared.cells = fill(2, 2);

    assert_int_equal(
        billing_changes_list(&compared, 0, 9, &drivers), BILLING_INVALID);
    billing_drivers_free(&drivers);
    assert_int_equal(
        billing_changes_list(&compared, 5, 9, &drivers), BILLING_INVALID);
    billing_drivers_free(&drivers);

    assert_int_equal(
        billing_changes_list(&compared, 3, 0, &drivers), BILLING_OK);
    assert_int_equal(drivers.n, 0);
    assert_money(drivers.rest.change, money("1.00"));
    billing_drivers_free(&drivers);

    assert_int_equal(
        billing_changes_explain(&compared, 0, &drivers), BILLING_OK);
    assert_int_equal(drivers.n, 0);
    assert_money(drivers.rest.change, money("1.00"));
    billing_drivers_free(&drivers);

    compared.nkeys = 0;
    assert_int_equal(billing_changes_sum(&compared, &changes), BILLING_INVALID);
    assert_int_equal(
        billing_changes_list(&compared, 1, 9, &drivers), BILLING_INVALID);
    billing_drivers_free(&drivers);
    assert_int_equal(
        billing_changes_explain(&compared, 9, &drivers), BILLING_INVALID);
    billing_drivers_free(&drivers);
    billing_table_free(table);

    /* what has been cut can be divided no more */
    compared.nkeys = 2;
    table = billing_table_create(2, 2);
    assert_int_equal(
        billing_table_add(table, billing_str("USD"), key, 0, 1), BILLING_OK);
    key[0] = billing_str("c");
    assert_int_equal(
        billing_table_add(table, billing_str("USD"), key, 1, 1), BILLING_OK);
    assert_int_equal(
        billing_table_finish(table, BILLING_SORT_SUM, 1, 1), BILLING_OK);
    compared.cells = billing_table_currencies(table, &count);
    assert_int_equal(billing_changes_sum(&compared, &changes), BILLING_INVALID);
    billing_table_free(table);
}


/* Both sums can be had, and the difference cannot. */
static void
overflows(void **state)
{
    billing_money_t    most;
    billing_changes_t  changes;
    billing_drivers_t  drivers;
    billing_compared_t compared = {
        .nkeys = 1, .days_before = 1, .days_after = 1
    };

    (void) state;

    most = (billing_money_t) (~(unsigned __int128) 0 >> 1);

    rows[0] = (row_t){ .key = { 0 }, .after = 0, .amount = -most };
    rows[1] = (row_t){ .key = { 0 }, .after = 1, .amount = most };
    compared.cells = fill(2, 1);
    assert_int_equal(billing_changes_sum(&compared, &changes), BILLING_LIMIT);
    assert_int_equal(
        billing_changes_list(&compared, 1, 9, &drivers), BILLING_LIMIT);
    billing_drivers_free(&drivers);
    assert_int_equal(
        billing_changes_explain(&compared, 9, &drivers), BILLING_LIMIT);
    billing_drivers_free(&drivers);
    billing_table_free(table);

    /* the least amount has no magnitude */
    rows[0] = (row_t){ .key = { 0 }, .after = 0, .amount = most };
    rows[1] = (row_t){ .key = { 0 }, .after = 1, .amount = -1 };
    compared.cells = fill(2, 1);
    assert_int_equal(billing_changes_sum(&compared, &changes), BILLING_LIMIT);
    billing_table_free(table);

    /* nor can four times as many days of a half of it be told */
    rows[0] = (row_t){ .key = { 0 }, .after = 0, .amount = most / 2 };
    rows[1] = (row_t){ .key = { 0 }, .after = 1, .amount = most / 2 - 1 };
    compared.cells = fill(2, 1);
    compared.days_after = 5;
    assert_int_equal(billing_changes_sum(&compared, &changes), BILLING_LIMIT);
    billing_table_free(table);
}


/* Whether a row is one of the driver's. */
static int
is_of(const row_t *row, const billing_driver_t *driver)
{
    unsigned i;

    for (i = 0; i < KEYS; i++) {
        if (driver->mask >> i & 1
            && !billing_str_eq(driver->key[i], name(row->key[i]))) {
            return 0;
        }
    }

    return 1;
}


static void
assert_whole(const billing_driver_t *driver, billing_money_t sums[2])
{
    assert_money(driver->before, sums[0]);
    assert_money(driver->after, sums[1]);
    assert_money(driver->change, sums[1] - sums[0]);
}


/*
 * Each row is in the first driver that it belongs to, or in the rest; so the
 * sums are known from the rows alone.
 */
static void
assert_drivers(const billing_drivers_t *drivers, unsigned nrows, unsigned limit,
    uint32_t cells)
{
    char            told[ROWS];
    unsigned        i, j;
    billing_money_t sums[2];

    memset(told, 0, sizeof(told));
    assert_true(drivers->n <= limit);

    for (i = 0; i < drivers->n; i++) {
        memset(sums, 0, sizeof(sums));

        for (j = 0; j < nrows; j++) {
            if (!told[j] && is_of(&rows[j], &drivers->items[i])) {
                told[j] = 1;
                sums[rows[j].after] += rows[j].amount;
            }
        }

        assert_whole(&drivers->items[i], sums);
        assert_true(drivers->items[i].mask != 0);
        assert_true(drivers->items[i].cells > 0);
        cells -= drivers->items[i].cells;
    }

    memset(sums, 0, sizeof(sums));

    for (j = 0; j < nrows; j++) {
        if (!told[j]) {
            sums[rows[j].after] += rows[j].amount;
        }
    }

    assert_whole(&drivers->rest, sums);
    assert_int_equal(drivers->rest.mask, 0);
    assert_int_equal(drivers->rest.cells, cells);
}


static billing_money_t
magnitude(billing_money_t value)
{
    return value < 0 ? -value : value;
}


/* The largest first, and no larger one in the rest. */
static void
assert_order(const billing_drivers_t *drivers, const billing_drivers_t *all)
{
    unsigned i;

    for (i = 0; i < drivers->n; i++) {
        assert_true(drivers->items[i].change != 0);
        assert_true(drivers->items[i].key == all->items[i].key);
        assert_true(i == 0
                    || magnitude(drivers->items[i - 1].change)
                           >= magnitude(drivers->items[i].change));
    }
}


/* The kinds, from the cells alone: value x days, by whole numbers. */
static void
assert_parts(
    const billing_changes_t *changes, const billing_compared_t *compared)
{
    unsigned               i;
    billing_money_t        sum, calendar, wide, parts[BILLING_CHANGES_PARTS];
    const billing_group_t *cell;

    memset(parts, 0, sizeof(parts));

    for (i = 0; i < compared->cells->ngroups; i++) {
        cell = &compared->cells->groups[i];
        sum = cell->costs[1] - cell->costs[0];

        if (cell->costs[0] == 0) {
            parts[BILLING_CHANGES_NEW] += sum;
            continue;
        }

        if (cell->costs[1] == 0) {
            parts[BILLING_CHANGES_GONE] += sum;
            continue;
        }

        /* half up by floor((2 x + 1) / 2), and then halves to the even one */
        wide = cell->costs[0]
               * ((billing_money_t) compared->days_after
                   - (billing_money_t) compared->days_before);
        calendar = 2 * wide + compared->days_before;
        calendar = calendar / (2 * compared->days_before)
                   - (calendar % (2 * (billing_money_t) compared->days_before)
                       < 0);

        if (2 * (calendar * compared->days_before - wide)
                == compared->days_before
            && calendar % 2 != 0)
        {
            calendar--;
        }

        parts[BILLING_CHANGES_CALENDAR] += calendar;
        parts[sum > calendar ? BILLING_CHANGES_MORE : BILLING_CHANGES_LESS] +=
            sum - calendar;
    }

    for (i = 0, sum = 0; i < BILLING_CHANGES_PARTS; i++) {
        assert_money(changes->parts[i], parts[i]);
        sum += changes->parts[i];
    }

    assert_money(sum, changes->all.change);
    assert_true(changes->parts[BILLING_CHANGES_MORE] >= 0);
    assert_true(changes->parts[BILLING_CHANGES_LESS] <= 0);
}


static unsigned
some_rows(unsigned nkeys)
{
    unsigned i, j, nrows, values;

    nrows = 1 + test_random_below(ROWS);
    values = 1 + test_random_below(VALUES);

    for (i = 0; i < nrows; i++) {
        for (j = 0; j < KEYS; j++) {
            rows[i].key[j] = j < nkeys ? test_random_below(values) : 0;
        }

        rows[i].after = (int) test_random_below(2);
        rows[i].amount = test_random_money(100);

        /* now and then what was there stays as it was */
        if (i > 0 && test_random_below(4) == 0) {
            rows[i] = rows[i - 1];
            rows[i].after = !rows[i - 1].after;
        }
    }

    return nrows;
}


static void
adds_up(void **state)
{
    unsigned           i, nrows, mask, limit;
    billing_changes_t  changes;
    billing_drivers_t  drivers, all;
    billing_compared_t compared;

    (void) state;

    for (i = 0; i < PAIRS; i++) {
        compared.nkeys = 1 + test_random_below(KEYS);
        compared.days_before = 1 + test_random_below(366);
        compared.days_after = 1 + test_random_below(366);
        nrows = some_rows(compared.nkeys);
        compared.cells = fill(nrows, compared.nkeys);
        mask = 1 + test_random_below((1U << compared.nkeys) - 1);
        limit = test_random_below(30);

        assert_int_equal(billing_changes_sum(&compared, &changes), BILLING_OK);
        assert_parts(&changes, &compared);
        assert_int_equal(changes.all.cells, compared.cells->ngroups);
        assert_money(changes.all.before, compared.cells->costs[0]);
        assert_money(changes.all.after, compared.cells->costs[1]);

        assert_int_equal(
            billing_changes_list(&compared, mask, limit, &drivers), BILLING_OK);
        assert_drivers(&drivers, nrows, limit, changes.all.cells);
        assert_int_equal(
            billing_changes_list(&compared, mask, UINT32_MAX, &all),
            BILLING_OK);
        assert_drivers(&all, nrows, UINT32_MAX, changes.all.cells);
        assert_order(&all, &all);
        assert_order(&drivers, &all);
        assert_int_equal(drivers.n, all.n < limit ? all.n : limit);
        assert_money(all.rest.change, 0);
        billing_drivers_free(&drivers);
        billing_drivers_free(&all);

        assert_int_equal(
            billing_changes_explain(&compared, limit, &drivers), BILLING_OK);
        assert_drivers(&drivers, nrows, limit, changes.all.cells);
        billing_drivers_free(&drivers);

        billing_table_free(table);
    }
}


/* --- whether what was done is found --- */

typedef struct {
    unsigned width[AXES];
    double   before[WIDTH][WIDTH][WIDTH]; /* 0: there is no such cell */
    double   after[WIDTH][WIDTH][WIDTH];
    unsigned mask;     /* what the cause says: of these axes ... */
    unsigned at[AXES]; /* ... these values */
} world_t;


/* From 0 to 1. */
static double
chance(void)
{
    return (double) (test_random() >> 11) / (double) (1ULL << 53);
}


static int
is_caused(const world_t *world, const unsigned at[AXES])
{
    unsigned i;

    for (i = 0; i < AXES; i++) {
        if (world->mask >> i & 1 && world->at[i] != at[i]) {
            return 0;
        }
    }

    return 1;
}


/* Goes through all places; returns 0 behind the last. */
static int
next_place(const world_t *world, unsigned at[AXES])
{
    unsigned i;

    for (i = 0; i < AXES; i++) {
        if (++at[i] < world->width[i]) {
            return 1;
        }

        at[i] = 0;
    }

    return 0;
}


/* Costs from one to some hundreds of times that, and noise of some percent. */
static void
make_world(world_t *world, double days)
{
    double   noise, scale[AXES][WIDTH], *before;
    unsigned i, j, at[AXES] = { 0, 0, 0 };

    memset(world, 0, sizeof(world_t));
    noise = 0.01 + 0.09 * chance();

    for (i = 0; i < AXES; i++) {
        world->width[i] = 2 + test_random_below(i == 1 ? WIDTH - 2 : 6);

        for (j = 0; j < world->width[i]; j++) {
            scale[i][j] = exp(3 * (chance() - 0.5));
        }
    }

    do {
        if (test_random_below(2) == 0) {
            before = &world->before[at[0]][at[1]][at[2]];
            *before = 100 * scale[0][at[0]] * scale[1][at[1]] * scale[2][at[2]]
                      * exp(chance() - 0.5);
            world->after[at[0]][at[1]][at[2]] =
                *before * days * (1 + noise * (2 * chance() - 1));
        }
    } while (next_place(world, at));
}


/* What part of all costs the cause is about. */
static double
part_caused(const world_t *world)
{
    double   all, caused, cost;
    unsigned at[AXES] = { 0, 0, 0 };

    all = caused = 0;

    do {
        cost = world->before[at[0]][at[1]][at[2]];
        all += cost;
        caused += is_caused(world, at) ? cost : 0;
    } while (next_place(world, at));

    return all > 0 ? caused / all : 0;
}


/* More, less, gone or new; returns 0 where no such cause would be one. */
static int
plant(world_t *world)
{
    double   part, factor;
    unsigned i, kind, at[AXES] = { 0, 0, 0 };

    world->mask = 1 + test_random_below((1U << AXES) - 1);

    for (i = 0; i < AXES; i++) {
        world->at[i] = test_random_below(world->width[i]);
    }

    part = part_caused(world);
    if (part < 0.02 || part > 0.6) {
        return 0;
    }

    kind = test_random_below(4);
    factor = kind == 0 ? 1.5 + 2.5 * chance()
                       : (kind == 1 ? 0.2 + 0.4 * chance() : 0);

    do {
        if (!is_caused(world, at)) {
            continue;
        }

        if (kind == 3) {
            world->before[at[0]][at[1]][at[2]] = 0;
        } else {
            world->after[at[0]][at[1]][at[2]] *= factor;
        }
    } while (next_place(world, at));

    return 1;
}


static void
add_cost(const unsigned at[AXES], unsigned date, double cost)
{
    unsigned      i;
    billing_str_t key[AXES];

    for (i = 0; i < AXES; i++) {
        key[i] = name(i * WIDTH + at[i]);
    }

    assert_int_equal(
        billing_table_add(table, billing_str("USD"), key, date,
            (billing_money_t) (cost * 100) * (BILLING_MONEY_ONE / 100)),
        BILLING_OK);
}


/* The driver's cells are those of the cause, whatever it calls them. */
static int
is_cause(const world_t *world, const billing_driver_t *driver)
{
    int      of;
    unsigned i, at[AXES] = { 0, 0, 0 };

    do {
        if (world->before[at[0]][at[1]][at[2]] < 0.01
            && world->after[at[0]][at[1]][at[2]] < 0.01)
        {
            continue;
        }

        for (i = 0, of = 1; i < AXES; i++) {
            of &= !(driver->mask >> i & 1)
                  || billing_str_eq(driver->key[i], name(i * WIDTH + at[i]));
        }

        if (of != is_caused(world, at)) {
            return 0;
        }
    } while (next_place(world, at));

    return 1;
}


static int
explains(const world_t *world, billing_compared_t *compared)
{
    int               found;
    unsigned          count, at[AXES] = { 0, 0, 0 };
    billing_drivers_t drivers;

    table = billing_table_create(2, AXES);
    assert_non_null(table);

    do {
        add_cost(at, 0, world->before[at[0]][at[1]][at[2]]);
        add_cost(at, 1, world->after[at[0]][at[1]][at[2]]);
    } while (next_place(world, at));

    assert_int_equal(
        billing_table_finish(table, BILLING_SORT_MAGNITUDE, 1, UINT32_MAX),
        BILLING_OK);
    compared->cells = billing_table_currencies(table, &count);

    assert_int_equal(
        billing_changes_explain(compared, 5, &drivers), BILLING_OK);
    found = drivers.n > 0 && is_cause(world, &drivers.items[0]);

    /* in no more words than needed: without one of them it says too much */
    if (found) {
        assert_true(__builtin_popcount(drivers.items[0].mask)
                    <= __builtin_popcount(world->mask));
    }

    billing_drivers_free(&drivers);
    billing_table_free(table);

    return found;
}


static void
finds_causes(void **state)
{
    unsigned           i, found;
    billing_compared_t compared = { .nkeys = AXES };

    static world_t world;

    static const unsigned days[][2] = { { 30, 31 }, { 31, 28 }, { 28, 31 },
        { 31, 31 }, { 7, 7 }, { 90, 92 } };

    (void) state;

    for (i = 0, found = 0; i < PLANTED;) {
        compared.days_before = days[i % 6][0];
        compared.days_after = days[i % 6][1];
        make_world(&world,
            (double) compared.days_after / (double) compared.days_before);

        if (plant(&world)) {
            found += (unsigned) explains(&world, &compared);
            i++;
        }
    }

    print_message("# %u of %u causes are found\n", found, PLANTED);
    assert_true(found >= FOUND);
}


/* Where nothing was done, nothing is told: not even of the calendar. */
static void
tells_nothing_of_nothing(void **state)
{
    billing_drivers_t  drivers;
    billing_compared_t compared = {
        .nkeys = 2, .days_before = 30, .days_after = 31
    };

    (void) state;

    put(0, 0, 0, 0, "30.00");
    put(1, 0, 0, 1, "31.00");
    put(2, 1, 1, 0, "300.00");
    put(3, 1, 1, 1, "310.00");
    compared.cells = fill(4, 2);

    assert_int_equal(
        billing_changes_explain(&compared, 5, &drivers), BILLING_OK);
    assert_int_equal(drivers.n, 0);
    assert_money(drivers.rest.change, money("11.00"));
    assert_int_equal(drivers.rest.cells, 2);

    billing_drivers_free(&drivers);
    billing_table_free(table);
}


/* Two causes, one after the other. */
static void
goes_on(void **state)
{
    unsigned           i, n;
    billing_drivers_t  drivers;
    billing_compared_t compared = {
        .nkeys = 2, .days_before = 30, .days_after = 30
    };

    (void) state;

    for (i = 0, n = 0; i < 16; i++) {
        put(n, i / 4, i % 4, 0, "10.00");
        /* service 1 doubles; account 2 is gone but for that service */
        put(n + 1, i / 4, i % 4, 1,
            i / 4 == 1 ? "20.00" : (i % 4 == 2 ? "0.00" : "10.00"));
        n += 2;
    }

    compared.cells = fill(n, 2);
    assert_int_equal(
        billing_changes_explain(&compared, 5, &drivers), BILLING_OK);

    assert_int_equal(drivers.n, 2);
    assert_int_equal(drivers.items[0].mask, 1);
    assert_true(billing_str_eq(drivers.items[0].key[0], name(1)));
    assert_money(drivers.items[0].change, money("40.00"));
    assert_int_equal(drivers.items[0].kind, BILLING_CHANGES_MORE);
    assert_int_equal(drivers.items[1].mask, 2);
    assert_true(billing_str_eq(drivers.items[1].key[1], name(2)));
    assert_money(drivers.items[1].change, money("-30.00"));
    assert_int_equal(drivers.items[1].kind, BILLING_CHANGES_GONE);
    assert_money(drivers.rest.change, 0);

    billing_drivers_free(&drivers);
    billing_table_free(table);
}


/* More cells than it looks at: those behind are in the rest. */
static void
bounds_its_work(void **state)
{
    unsigned           i, count;
    billing_str_t      key[2];
    billing_drivers_t  drivers;
    billing_compared_t compared = {
        .nkeys = 2, .days_before = 30, .days_after = 30
    };
    char text[16];

    (void) state;

    table = billing_table_create(2, 2);
    key[0] = billing_str("one");

    for (i = 0; i < BILLING_CHANGES_CELLS + 100; i++) {
        (void) snprintf(text, sizeof(text), "%u", i);
        key[1] = billing_str_from(text);
        assert_int_equal(billing_table_add(table, billing_str("USD"), key, 0,
                             i < 100 ? 1 : 1000),
            BILLING_OK);
        assert_int_equal(billing_table_add(table, billing_str("USD"), key, 1,
                             i < 100 ? 5 : 2000),
            BILLING_OK);
    }

    assert_int_equal(
        billing_table_finish(table, BILLING_SORT_MAGNITUDE, 1, UINT32_MAX),
        BILLING_OK);
    compared.cells = billing_table_currencies(table, &count);

    assert_int_equal(
        billing_changes_explain(&compared, 5, &drivers), BILLING_OK);
    assert_int_equal(drivers.n, 1);
    assert_int_equal(drivers.items[0].mask, 1);
    assert_int_equal(drivers.items[0].cells, BILLING_CHANGES_CELLS);
    assert_money(drivers.items[0].change, 1000 * BILLING_CHANGES_CELLS);
    assert_int_equal(drivers.rest.cells, 100);
    assert_money(drivers.rest.change, 400);

    billing_drivers_free(&drivers);
    billing_table_free(table);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_kinds),
        cmocka_unit_test(takes_what_it_can),
        cmocka_unit_test(overflows),
        cmocka_unit_test(adds_up),
        cmocka_unit_test(finds_causes),
        cmocka_unit_test(tells_nothing_of_nothing),
        cmocka_unit_test(goes_on),
        cmocka_unit_test(bounds_its_work),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
