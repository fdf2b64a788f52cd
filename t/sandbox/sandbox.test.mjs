// What the sandbox answers, and that its sums are exact.

import { deepEqual, is, ok, test } from '../lib/tap.mjs';
import {
    formatDay, monthFirst, monthLast, monthOf, parseDay, today,
} from './calendar.mjs';
import * as client from './client.mjs';
import {
    formatDecimal, formatNumber, parseDecimal, significantDigits,
} from './decimal.mjs';
import { Generator, regions, services } from './generator.mjs';


const { KEYS, TODAY, question, start, sum } = client;

const sandbox = await start({ today: TODAY });
const { main, single, none, overlap } = sandbox.credentials;
const request = (...args) => client.request(sandbox.url, ...args);
const ask = (...args) => client.ask(sandbox.url, ...args);
const walk = (...args) => client.walk(sandbox.url, ...args);


test('decimals are exact both ways', () => {
    for (const text of ['0', '1', '-1', '0.5', '-0.0000000095',
        '123456789012.123456789012']) {
        is(formatDecimal(parseDecimal(text)), text);
        is(parseDecimal(formatNumber(parseDecimal(text))), parseDecimal(text));
    }
    is(formatNumber(parseDecimal('0.0000001')), '1E-7');
    is(formatNumber(parseDecimal('-0.00000000015')), '-1.5E-10');
    is(formatNumber(parseDecimal('0.000001')), '0.000001');
    is(parseDecimal('1.5E-7'), 150_000n);
    is(parseDecimal('2e3'), 2000n * 10n ** 12n);
    is(parseDecimal('-0.0000000000019', { cut: true }), -1n);
    is(significantDigits(parseDecimal('-1200.5')), 5);
    for (const text of ['', '1,5', 'NaN', '.5', '0.0000000000001']) {
        let refused = false;
        try {
            parseDecimal(text);
        } catch {
            refused = true;
        }
        ok(refused, text);
    }
});


test('a client without its secret gets 401 and a JSON body', async () => {
    for (const who of [undefined, { client: main.client, secret: 'x' },
        { client: 'x', secret: main.secret },
        { client: main.client, secret: single.secret }]) {
        for (const [method, path] of [['GET', '/v1/search/linkedaccount'],
            ['POST', '/v1/search/billing'], ['GET', '/elsewhere']]) {
            const { status, headers, text } = await request(method, path, who);
            is(status, 401);
            is(headers['content-type'], 'application/json');
            ok(JSON.parse(text).message);
        }
    }
});


test('linked accounts, with and without a body', async () => {
    for (const [who, count] of [[main, 12], [single, 1], [none, 0]]) {
        for (const body of [undefined, '{}']) {
            const { status, text } = await request(
                'GET', '/v1/search/linkedaccount', who, body);
            is(status, 200);
            deepEqual(JSON.parse(text), { Results: who.linked });
            is(who.linked.length, count);
        }
    }
    ok(main.linked.every((id) => /^\d{12}$/.test(id)));
    ok(main.linked.some((id) => id.startsWith('00')));
    is(overlap.linked.filter((id) => main.linked.includes(id)).length, 2);
});


test('rows come in pages of 1000 and add up to what was generated',
    async () => {
        const account = main.linked[0];
        const pages = await walk(
            main, question(account, '2026-10-01', '2026-10-31'));
        const data = await sandbox.data(
            { account, start: '2026-10-01', end: '2026-10-31' });
        const rows = pages.flat();

        ok(pages.length > 3);
        ok(pages.slice(0, -1).every((page) => page.length === 1000));
        ok(rows.length > 3500 && rows.length < 5000, `${rows.length} rows`);
        is(new Set(rows.map((row) => KEYS.map((key) => row[key]).join())).size,
            rows.length);
        is(data.rows.length, rows.length);
        is(formatDecimal(sum(rows)), data.sum);
        deepEqual(
            rows.map((row) => [row.USAGE_DATE, row.REGION, row.SERVICE_CODE,
                formatDecimal(row.cost)].join()).sort(),
            data.rows.map((row) => [row.date, row.region, row.service,
                row.cost].join()).sort());
    });


test('End is inclusive', async () => {
    const account = single.linked[0];
    const [rows] = await walk(
        single, question(account, '2026-10-31', '2026-10-31'));

    ok(rows.length > 0);
    ok(rows.every((row) => row.USAGE_DATE === '2026-10-31'));
});


test('a month is the sum of its days', async () => {
    const account = main.linked[2];
    const [first, last] = ['2026-08-01', '2026-10-31'];
    const monthly = (await walk(main,
        question(account, first, last, { granularity: 'MONTHLY' }))).flat();
    const daily = (await walk(main, question(account, first, last))).flat();
    const sums = new Map();

    for (const row of daily) {
        const key = [row.USAGE_DATE.slice(0, 7), row.REGION, row.SERVICE_CODE]
            .join();
        sums.set(key, (sums.get(key) ?? 0n) + row.cost);
    }

    is(monthly.length, sums.size);
    for (const row of monthly) {
        is(row.cost, sums.get(KEYS.map((key) => row[key]).join()));
    }
});


test('every number survives a double', () => {
    const generator = new Generator(1);
    const now = parseDay(TODAY);
    let [smallest, negative] = [10n ** 30n, 0];

    for (const account of main.linked) {
        for (const months of [0, 2, 12, 23]) {
            const month = monthOf(now) - months;
            let total = 0n;

            generator.rows(account, monthFirst(month), monthLast(month), now,
                (row) => {
                    total += row.cost;
                    negative += row.cost < 0n ? 1 : 0;
                    if (row.cost > 0n && row.cost < smallest) {
                        smallest = row.cost;
                    }
                    is(parseDecimal(String(Number(formatDecimal(row.cost)))),
                        row.cost);
                });

            ok(significantDigits(total) <= 15, formatDecimal(total));
            is(parseDecimal(String(Number(formatDecimal(total)))), total);
        }
    }

    is(formatDecimal(smallest), '0.0000000001');
    ok(negative > 0);
});


test('24 months of 30 services in 8 regions and in none', async () => {
    const account = main.linked[0];
    const args = { account, start: '2020-01-01', end: '2030-01-01' };
    const months = await sandbox.data(
        { ...args, granularity: 'MONTHLY', group_by: 'date' });
    const days = await sandbox.data({ ...args, group_by: 'date' });

    is(months.rows.length, 24);
    is(days.rows[0].date, '2024-12-01');
    is(days.rows.at(-1).date, TODAY);
    is(services.length, 30);
    is(regions.length, 9);
    ok(regions.includes(''));

    // weekends are quieter, and it grows
    const cost = (date) => Number(
        days.rows.find((row) => row.date === date).cost);
    ok(cost('2026-10-17') < 0.8 * cost('2026-10-16'));
    ok(Number(months.rows[22].cost) > 1.1 * Number(months.rows[0].cost));
    ok(cost('2026-09-11') > 5 * cost('2026-09-10'), 'the spike');
});


test('the same seed and today give the same bytes, another seed not',
    async () => {
        const body = question(single.linked, '2026-11-01', TODAY);
        const answers = [];

        for (const seed of [1, 1, 2]) {
            const other = await start({ seed, today: TODAY });
            answers.push((await client.ask(
                other.url, single, body)).text);
        }

        is(answers[0], answers[1]);
        ok(answers[0] !== answers[2]);
    });


test('GroupBy and Result are honoured', async () => {
    const account = main.linked[0];
    const args = { account, start: '2026-10-01', end: '2026-10-31' };
    const one = async (changes) => JSON.parse((await ask(main,
        question(account, args.start, args.end, changes))).text).Results;

    const services = await one({ groupBy: ['SERVICE_CODE'],
        result: ['USAGE_COST', 'USAGE_QUANTITY'] });
    deepEqual(Object.keys(services[0].GroupBy), ['SERVICE_CODE']);
    deepEqual(Object.keys(services[0].Value), ['USAGE_COST', 'USAGE_QUANTITY']);
    is(services.length, (await sandbox.data(
        { ...args, group_by: 'service' })).rows.length);

    const types = await one({ groupBy: ['USAGE_TYPE', 'INSTANCE_TYPE'] });
    ok(types.some(({ GroupBy }) => GroupBy.INSTANCE_TYPE === 't3.micro'));

    const [all] = await one({ groupBy: [] });
    deepEqual(all.GroupBy, {});
    is(formatDecimal(parseDecimal(String(all.Value.USAGE_COST))),
        (await sandbox.data(args)).sum);

    const [tagged] = await one({ groupBy: ['TAG:Service'] });
    deepEqual(tagged.GroupBy, { 'TAG:Service': '' });
});


test('nothing is a 204 without a body', async () => {
    const { status, text } = await ask(
        main, question(main.linked[0], '2019-01-01', '2019-01-31'));

    is(status, 204);
    is(text, '');
});


test('what cannot be meant is a 400', async () => {
    const [account] = main.linked;
    const good = question(account, '2026-10-01', '2026-10-31');
    const bad = [
        [], 'x', {}, { ...good, Filter: null },
        question([], '2026-10-01', '2026-10-31'),
        question([Number(account)], '2026-10-01', '2026-10-31'),
        question(account, '2026-10-02', '2026-10-01'),
        question(account, '2026-02-29', '2026-10-01'),
        question(account, '2026-10', '2026-10'),
        question(account, '2026-10-01', '2026-10-31',
            { granularity: 'HOURLY' }),
        { ...good, GroupBy: ['LINKED_ACCOUNT'] },
        { ...good, Result: ['COST'] },
        { ...good, Result: undefined },
        { ...good, Filter: { ...good.Filter, NextDataToken: 7 } },
        { ...good, Filter: { ...good.Filter, NextDataToken: 'made up' } },
    ];

    for (const body of bad) {
        is((await ask(main, body)).status, 400, JSON.stringify(body));
    }
    is((await request('POST', '/v1/search/billing', main, '{')).status, 400);
    is((await request('POST', '/v1/search/billing', main)).status, 415);
    is((await request('GET', '/v1/search/billing', main)).status, 405);
    is((await request('POST', '/v1/search/linkedaccount', main, '{}')).status,
        405);
    is((await request('GET', '/v2/nothing', main)).status, 404);
    is((await ask(single, good)).status, 403);
});


test('a token is bound to its request and its client', async () => {
    const [account] = main.linked;
    const body = question(account, '2026-10-01', '2026-10-31');
    const first = await ask(main, body);
    const filter = { NextDataToken: JSON.parse(first.text).NextDataToken };
    const again = (changed) => ask(main,
        { ...changed, Filter: { ...changed.Filter, ...filter } });

    is((await again(body)).status, 200);
    is((await again(question(account, '2026-10-01', '2026-10-30'))).status,
        400);
    is((await again(question(main.linked[1], '2026-10-01', '2026-10-31')))
        .status, 400);
    is((await again({ ...body, GroupBy: KEYS.slice(1) })).status, 400);
    // at the top level it is no token at all
    is((await ask(main, { ...body, ...filter })).text, first.text);

    await sandbox.setLinked(single.client, [account]);
    is((await ask(single, { ...body, Filter: { ...body.Filter, ...filter } }))
        .status, 400);
    await sandbox.reset();
});


test('with the real clock, a period must not end in the future', async () => {
    const other = await start();
    const [account] = other.credentials.single.linked;
    const begin = formatDay(today() - 3);

    // around midnight "today" may move on
    is((await client.ask(other.url, single,
        question(account, begin, formatDay(today())))).status, 200);
    is((await client.ask(other.url, single,
        question(account, begin, formatDay(today() + 2)))).status, 400);
});
