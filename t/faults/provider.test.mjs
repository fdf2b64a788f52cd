// A provider that answers with something else than it should: an account is
// failed, never short, and is whole once the provider is.

import { createServer as createHttpServer } from 'node:http';

import { currencies, loadRows, money, months } from '../lib/figures.mjs';
import { startLine } from '../lib/line.mjs';
import { connectionsTo, descriptors } from '../lib/sockets.mjs';
import { after, deepEqual, is, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';
import { startSandbox } from '../sandbox/index.mjs';


const path = '/v1/search/billing';
const SPARE = 4; // idle clients
const dates = months(-23, -1); // one for each kind of nonsense
const sandbox = await startSandbox({ child: true, seed: 7 });
const line = await startLine(sandbox.port);
const world = await startWorld({
    provider: 'timeout=2s max_answer=1m',
    sandbox: { ...sandbox, url: `http://127.0.0.1:${line.port}` },
});
after(() => line.close());
const { redis, get, nginx } = world;
const [worker] = nginx.workers();
const project = await world.createProject('project');
let counter = 0;

async function fresh(linked = 1) {
    const n = ++counter;
    const client = `client-${n}`;
    const own = Array.from({ length: linked },
        (_, i) => String(620000000000 + n * 100 + i));

    await sandbox.setCredential({ client, secret: 's', linked: own });
    const { id } = await world.createAccount(
        client, project.id, { client, secret: 's' });

    return { id, client, linked: own, project: project.id };
}

const [any] = dates;
const costs = ({ id }, month = any, more = '') =>
    get(`costs?account=${id}&start=${month}&end=${month}${more}`);
const expected = async (account, month = any) => currencies(
    await loadRows(sandbox, [account], [month]), { dates: [month] });
const calls = async ({ client }) =>
    (await sandbox.calls({ client, path })).length;
const blocks = ({ id }, month = any) => redis.cli('keys',
    `billing:{default}:cost:${id}:*${month}`);

function failed({ status, json }, { id }, code = 'provider_unavailable') {
    is(status, 200);
    is(json.complete, false);
    deepEqual(json.accounts.map((one) => [one.id, one.state, one.code]),
        [[id, 'failed', code]]);
    deepEqual(json.currencies, []);
}


const MONTH = '2000-01'; // stands for the one that is asked for
const row = (cost, more = '') => `{"GroupBy":{"USAGE_DATE":"${MONTH}",`
    + `"REGION":"APN2","SERVICE_CODE":"AmazonEC2"${more}},`
    + `"Value":{"USAGE_COST":${cost}}}`;
const page = (...rows) => `{"Results":[${rows.join(',')}]}`;
const html = '<html><body>504 Gateway Time-out</body></html>';

const nonsense = {
    'an empty body': { body: '' },
    'a page of HTML with status 200': { body: html,
        headers: { 'content-type': 'text/html' } },
    'a JSON text cut in the middle': { body: page(row(1)).slice(0, -9) },
    'two JSON texts in one body': { body: page(row(1)) + page(row(2)) },
    'a list in the place of the page': { body: `[${row(1)}]` },
    'rows that are no list': { body: `{"Results":${row(1)}}` },
    'a row that is a number': { body: page(row(1), '7') },
    'a row without an amount': { body: page(row(1), '{"GroupBy":{}}') },
    'NaN': { body: page(row('NaN')) },
    'Infinity': { body: page(row('-Infinity')) },
    'NaN as a text': { body: page(row('"NaN"')) },
    'an amount that is true': { body: page(row('true')) },
    '1e400': { body: page(row('1e400')) },
    'an amount of forty digits': { body: page(row('1'.repeat(40))) },
    'amounts whose sum is past all numbers': { body: page(
        ...Array(200).fill(row('9'.repeat(24)))) },
    'a date that is none': { body: page(row(1)).replace(MONTH, '2026-13') },
    'another period than was asked for': { body: page(row(1))
        .replace(MONTH, '2019-01') },
    'UTF-16': { encoding: 'utf16le', body: page(row(1)) },
    'a token that is an object': { body: page(row(1)).replace(/}$/,
        ',"NextDataToken":{}}') },
    'a redirect to somewhere else': { status: 302, body: '' },
    'a redirect that keeps the request': { status: 308, body: '' },
};

// where a redirect leads to: nobody must come
let strangers = 0;
const elsewhere = createHttpServer((req, res) => {
    strangers++;
    res.end(page());
});
await new Promise((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
after(() => elsewhere.close());

const account = await fresh();
// libcurl keeps connections to the provider for the next one
const open = () => descriptors(worker) - connectionsTo(worker, line.port);
const before = open();
const answering = (body, month) => body.replaceAll(MONTH, month);

for (const [i, [what, rule]] of Object.entries(nonsense).entries()) {
    test(what, async () => {
        const month = dates[i];

        await sandbox.fault({
            client: account.client, path, ...rule,
            body: answering(rule.body, month),
            headers: { location: `http://127.0.0.1:${elsewhere.address().port}`
                + path, ...rule.headers },
        });
        failed(await costs(account, month), account);
        is(await blocks(account, month), '');
        is(strangers, 0);

        await sandbox.clearFaults();
        const { json } = await costs(account, month, '&refresh=true');
        deepEqual(json.currencies, await expected(account, month),
            'later it is whole');
        is(json.complete, true);
    });
}


const sums = {
    'amounts far below a cent, and 1e-400': { rows: [
        row('0.000000000001'), row('1e-400'), row('-0')], sum: 1n },
    'an exponent as long as it likes': { rows: [
        row('1.5E+0000000000000000000001')], sum: 15n * 10n ** 12n },
    'a row twice: the provider may split what it groups': { rows: [
        row('1.25'), row('1.25')], sum: 25n * 10n ** 11n },
    'members that nobody has asked for': { rows: [
        row('1', ',"FUTURE":[{"a":null}]')], sum: 10n ** 12n },
};

const adding = await fresh();

for (const [i, [what, { rows, sum }]] of Object.entries(sums).entries()) {
    test(what, async () => {
        const month = dates[i];

        await sandbox.fault({ client: adding.client, path,
            body: answering(page(...rows), month) });
        const { json } = await costs(adding, month);
        is(json.complete, true);
        is(json.currencies[0].sum, money(sum));
        await sandbox.clearFaults();
    });
}


test('more pages than any account has: the walk ends', async () => {
    const endless = await fresh();

    // a new token each time
    await sandbox.fault({ client: endless.client, path, endless: true });
    failed(await costs(endless), endless);
    const made = await calls(endless);
    ok(made > 12 && made <= 16 + 20 * 12, `${made} calls`);
    is(await blocks(endless), '');
    await sandbox.clearFaults();
});


test('half of the accounts: the others are there, to the last digit',
    async () => {
        const [one, other] = [await fresh(2), await fresh()];

        await sandbox.fault({ path, account: one.linked[1], status: 500 });
        const { json } = await get(
            `costs?account=${one.id}&account=${other.id}`
            + `&start=${any}&end=${any}`);
        await sandbox.clearFaults();

        is(json.complete, false);
        deepEqual(Object.fromEntries(json.accounts.map(
            ({ id, state }) => [id, state])),
        { [one.id]: 'failed', [other.id]: 'fresh' });
        deepEqual(json.currencies, await expected(other));
    });


test('a page byte by byte, slower than its time', async () => {
    const slow = await fresh();

    await sandbox.fault({
        client: slow.client, path, trickle: { bytes: 1, interval_ms: 20 },
    });
    failed(await costs(slow), slow);
    await sandbox.clearFaults();
    is((await costs(slow, any, '&refresh=true')).json.complete, true);
});


test('its clock is wrong by years: figures are as old as our clock says',
    async () => {
        const one = await fresh();
        const asked = Math.floor(Date.now() / 1000) * 1000;

        await sandbox.fault({
            client: one.client, path,
            headers: { date: 'Fri, 01 Jan 1999 00:00:00 GMT' },
        });
        const { json, cache } = await costs(one);
        is(cache, 'MISS');
        ok(Date.parse(json.accounts[0].as_of) >= asked);
        is((await costs(one)).cache, 'HIT');
        await sandbox.clearFaults();
    });


test('refusing, then accepting and saying nothing, then back', async () => {
    const one = await fresh();

    await line.cut();
    failed(await costs(one), one);
    await line.go();
    line.hold();
    failed(await costs(one, any, '&refresh=true'), one);
    await line.go();
    is((await costs(one, any, '&refresh=true')).json.complete, true);
});


test('the worker is the same all along, and has nothing left open', async () => {
    is((await get('costs')).json.complete, true);
    await until(() => open() <= before + SPARE,
        'connections to be closed');
    deepEqual(nginx.workers(), [worker]);
});
