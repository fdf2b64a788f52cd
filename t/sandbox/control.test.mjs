// How the sandbox is steered: settings, credentials, faults, counters.

import { once } from 'node:events';
import http from 'node:http';

import { deepEqual, is, like, ok, test, until } from '../lib/tap.mjs';
import * as client from './client.mjs';
import { formatDecimal, parseDecimal } from './decimal.mjs';


const { TODAY, question, rowsOf, start, sum } = client;

const sandbox = await start({ today: TODAY, slow_ms: 300 });
const { main, single, slow } = sandbox.credentials;
const request = (...args) => client.request(sandbox.url, ...args);
const ask = (...args) => client.ask(sandbox.url, ...args);
const walk = (...args) => client.walk(sandbox.url, ...args);


test('settings change how the service behaves', async () => {
    const [account] = single.linked;
    const body = question(account, '2026-10-01', '2026-10-03');
    const monthly = question(account, '2026-10-01', '2026-10-31',
        { granularity: 'MONTHLY', groupBy: ['USAGE_DATE'] });
    const expected = (await sandbox.data({ account, start: '2026-10-01',
        end: '2026-10-03' })).sum;

    for (const [form, date] of [['yyyy-mm', '2026-10'],
        ['yyyy-mm-dd', '2026-10-01'], ['yyyymm', '202610']]) {
        await sandbox.settings({ month_form: form });
        is(JSON.parse((await ask(single, monthly)).text)
            .Results[0].GroupBy.USAGE_DATE, date);
    }

    await sandbox.settings({ page_size: 100 });
    for (const last of ['absent', 'null', 'empty', 'trailing']) {
        await sandbox.settings({ last_token: last });
        const pages = await walk(single, body);
        ok(pages.length > 2);
        ok(pages.every((page) => page.length <= 100));
        is(formatDecimal(sum(pages.flat())), expected);
    }

    await sandbox.settings({ numeric_strings: true });
    is(typeof JSON.parse((await ask(single, body)).text)
        .Results[0].Value.USAGE_COST, 'string');
    is(formatDecimal(sum((await walk(single, body)).flat())), expected);

    await sandbox.reset();
    ok((await walk(single, body))[0].length > 100);
});


test('a slow credential is slow', async () => {
    const begin = Date.now();
    is((await request('GET', '/v1/search/linkedaccount', slow)).status, 200);
    ok(Date.now() - begin >= 290);
});


test('faults: status, headers, body, as often as told', async () => {
    const linked = () => request('GET', '/v1/search/linkedaccount', main);

    await sandbox.fault({ status: 429, headers: { 'Retry-After': '2' },
        times: 2 });
    for (let i = 0; i < 2; i++) {
        const { status, headers } = await linked();
        is(status, 429);
        is(headers['retry-after'], '2');
    }
    is((await linked()).status, 200);

    await sandbox.fault({ body: { Results: [17] } });
    is((await linked()).text, '{"Results":[17]}');
    await sandbox.clearFaults();
    await sandbox.fault({ garbage: true, times: 1 });
    like((await linked()).text, /^<html>/);
    is((await linked()).status, 200);
    await sandbox.reset();
});


test('faults: only for a client, a path, an account, a page', async () => {
    const body = question(main.linked[0], '2026-10-01', '2026-10-31');
    const status = async (who, page = body) => (await ask(who, page)).status;

    await sandbox.fault({ client: single.client, status: 500 });
    is(await status(main), 200);
    is(await status(single,
        question(single.linked, '2026-10-01', '2026-10-01')), 500);
    await sandbox.clearFaults();

    await sandbox.fault({ path: '/linkedaccount', status: 500 });
    is(await status(main), 200);
    is((await request('GET', '/v1/search/linkedaccount', main)).status, 500);
    await sandbox.clearFaults();

    await sandbox.fault({ account: main.linked[1], status: 500 });
    is(await status(main), 200);
    is(await status(main,
        question(main.linked[1], '2026-10-01', '2026-10-31')), 500);
    await sandbox.clearFaults();

    await sandbox.fault({ granularity: 'MONTHLY', status: 500 });
    is(await status(main), 200);
    await sandbox.clearFaults();

    await sandbox.fault({ page: 2, status: 502 });
    const first = await ask(main, body);
    is(first.status, 200);
    is(await status(main, { ...body, Filter: { ...body.Filter,
        NextDataToken: JSON.parse(first.text).NextDataToken } }), 502);
    await sandbox.reset();
});


test('faults: tokens and dates that lie', async () => {
    const body = question(main.linked[0], '2026-10-01', '2026-10-31');
    const page = async () => JSON.parse((await ask(main, body)).text);

    await sandbox.fault({ repeat_token: true });
    is((await page()).NextDataToken, (await page()).NextDataToken);
    is((await page()).Results.length, 1000);
    await sandbox.clearFaults();

    await sandbox.fault({ endless: true });
    ok((await page()).NextDataToken !== (await page()).NextDataToken);
    is((await page()).Results.length, 1);
    await sandbox.clearFaults();

    await sandbox.fault({ wrong_date: true });
    is((await page()).Results[0].GroupBy.USAGE_DATE, '1999-12-31');
    await sandbox.clearFaults();

    await sandbox.fault({ pad: 1_000_000 });
    ok((await ask(main, body)).text.length > 1_000_000);
    await sandbox.reset();
});


test('faults: connections that end, stall, trickle', async () => {
    const linked = () => request('GET', '/v1/search/linkedaccount', main);
    const fails = async () => {
        try {
            await linked();
            return false;
        } catch (error) {
            return ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE']
                .includes(error.code);
        }
    };

    for (const cut of ['before', 'body']) {
        await sandbox.fault({ cut, times: 1 });
        ok(await fails(), cut);
        is((await linked()).status, 200);
    }

    await sandbox.fault({ delay_ms: 200, times: 1 });
    let begin = Date.now();
    is((await linked()).status, 200);
    ok(Date.now() - begin >= 190);

    await sandbox.fault(
        { trickle: { bytes: 20, interval_ms: 20 }, times: 1 });
    begin = Date.now();
    deepEqual(JSON.parse((await linked()).text).Results, main.linked);
    ok(Date.now() - begin >= 150);

    await sandbox.fault({ hang: true });
    const req = http.get(new URL('/v1/search/linkedaccount', sandbox.url));
    await once(req, 'socket');
    await until(async () => (await sandbox.counters()).in_flight === 1);
    const gone = once(req, 'error');
    req.destroy();
    await gone;
    await until(async () => (await sandbox.counters()).in_flight === 0);
    is((await sandbox.calls()).at(-1).status, null);
    await sandbox.reset();

    const refused = await sandbox.fault({ sttus: 500 }).catch((e) => e.message);
    like(refused, /unknown member "sttus"/);
});


test('calls are listed and counted, without secrets', async () => {
    await sandbox.reset();
    await request('GET', '/v1/search/linkedaccount', main);
    await request('GET', '/v1/search/linkedaccount', single);
    await ask(main, question(main.linked[1], '2026-10-01', '2026-10-02'));
    await ask(main, question(main.linked[1], '2019-10-01', '2019-10-02'));

    const counters = await sandbox.counters();
    is(counters.total, 4);
    is(counters.in_flight, 0);
    is(counters.max_in_flight, 1);
    deepEqual(counters.by_path,
        { '/v1/search/linkedaccount': 2, '/v1/search/billing': 2 });
    is(counters.by_client[main.client], 3);
    is(counters.by_client_and_path[`${main.client} /v1/search/billing`], 2);
    deepEqual(counters.by_status, { 200: 3, 204: 1 });

    const calls = await sandbox.calls({ path: '/v1/search/billing' });
    is(calls.length, 2);
    deepEqual(calls.map(({ linked, start, end, granularity, page, status }) =>
        ({ linked, start, end, granularity, page, status }))[1], {
        linked: [main.linked[1]], start: '2019-10-01', end: '2019-10-02',
        granularity: 'DAILY', page: 1, status: 204,
    });
    is((await sandbox.calls({ linked: main.linked[1] })).length, 2);
    ok(!JSON.stringify(await sandbox.calls()).includes(main.secret));

    await sandbox.clearCalls();
    is((await sandbox.counters()).total, 0);
    deepEqual(await sandbox.calls(), []);
});


test('credentials can be added, changed and taken away', async () => {
    const who = { client: 'new@example.com', secret: 'n', linked: ['1', '2'] };
    const status = async () =>
        (await request('GET', '/v1/search/linkedaccount', who)).status;

    is(await status(), 401);
    await sandbox.setCredential(who);
    is(await status(), 200);
    await sandbox.setLinked(who.client, ['3']);
    is((await request('GET', '/v1/search/linkedaccount', who)).text,
        '{"Results":["3"]}');
    await sandbox.setCredential({ client: who.client, secret: 'other' });
    is(await status(), 401);
    await sandbox.control('DELETE',
        `credentials?client=${encodeURIComponent(who.client)}`);
    ok(!(await sandbox.control('GET', 'credentials'))
        .some(({ client }) => client === who.client));
});


test('what was billed is changed afterwards, until a reset', async () => {
    const of = { account: main.linked[0], start: '2026-07-01', end: '2026-07-31' };
    const asked = async () => sum(rowsOf((await ask(
        main, question(of.account, of.start, of.end))).text));
    await sandbox.reset();
    await sandbox.settings({ page_size: 100_000 });
    const before = [(await sandbox.data(of)).sum, await asked()];

    await sandbox.restate(
        { account: of.account, date: '2026-07-31', cost: '-12.4' });
    const added = parseDecimal((await sandbox.data(of)).sum)
        - parseDecimal(before[0]);
    is(added, -12_400_000_000_000n);
    is(await asked() - before[1], added);

    const refused = await sandbox.restate({ account: '1', cost: '1' })
        .catch(({ message }) => message);
    like(refused, /are wanted/);
    await sandbox.reset();
    is((await sandbox.data(of)).sum, before[0]);
});
