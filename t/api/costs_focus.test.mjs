// format=focus: all costs, as fine as they are known, as a table of FOCUS.

import { rowsOf } from '../lib/csv.mjs';
import { focusErrors } from '../lib/focus.mjs';
import { deepEqual, is, like, ok, test } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const world = await startWorld();
const { main } = world.sandbox.credentials;
const project = await world.createProject('Alpha, "one"');
const account = await world.createAccount('=Account', project.id, main);
const DIMS = ['provider', 'account', 'linked_account', 'service', 'region',
    'project'];
const RANGE = 'start=2026-01&end=2026-03';

// the same costs, a service at a time: JSON has no more than 1000 groups
async function groupsOf(query) {
    const services = (await world.get(`costs?${query}&group_by=service`)).json;
    const found = [];

    for (const { key } of services.currencies.flatMap(({ groups }) => groups)) {
        const { json } = await world.get(`costs?${query}&group_by=${DIMS}`
            + `&limit=1000&service=${encodeURIComponent(key.service)}`);
        const { dates } = json;

        found.push(...json.currencies.flatMap(({ currency, groups }) =>
            groups.flatMap(({ key: { provider, account, linked_account, service,
                region, project }, costs }) => costs.map((cost, i) =>
                [provider, account, linked_account, service, region, project,
                    dates[i], currency, cost].join('|')))));
    }
    return found.sort();
}

const keyOf = (row) => [row.x_Source, row.x_AccountId, row.SubAccountId,
    row.ServiceName, row.RegionId, row.x_ProjectId,
    row.ChargePeriodStart.slice(0, 7), row.BillingCurrency, row.BilledCost]
    .join('|');


test('it has all rows there are, whatever is grouped by', async () => {
    const { status, headers, text } =
        await world.get(`costs?${RANGE}&format=focus`);
    const rows = rowsOf(text);

    is(status, 200);
    is(headers['content-type'], 'text/csv; charset=utf-8');
    is(headers['content-disposition'],
        'attachment; filename="costs-focus.csv"');
    is(headers['x-billing-complete'], 'true');
    is(headers['x-billing-truncated'], undefined);
    ok(rows.length > 3000, rows.length);
    deepEqual(rows.map(keyOf).sort(), await groupsOf(RANGE));

    is((await world.get(`costs?${RANGE}&format=focus&group_by=region`)).text,
        text);
});


test('what is known of them is beside them', async () => {
    const [row] = rowsOf((await world.get(`costs?${RANGE}&format=focus`)).text);

    is(row.x_AccountId, account.id);
    is(row.BillingAccountName, '=Account');
    is(row.x_ProjectName, 'Alpha, "one"');
    is(row.BillingAccountId, 'all');
    is(row.InvoiceIssuerName, 'MEGAZONE');
    is(row.ProviderName, 'MEGAZONE');
    is(row.PublisherName, 'AWS');
    is(row.x_Complete, 'true');
    is(row.x_CostBasis, 'billed');
});


for (const version of ['1.0', '1.2', '1.4']) {
    test(`it keeps the rules of ${version}`, async () => {
        const queries = ['', 'granularity=DAILY', RANGE, 'currency=KRW',
            'region=none-of-them', `${RANGE}&limit=7&sort=sum`];

        for (const query of queries) {
            const { status, text } = await world.get(
                `costs?${query}&format=focus&version=${version}`);

            is(status, 200);
            deepEqual(focusErrors(text, version), [], query);
        }
    });
}


test('without a version it is 1.2', async () => {
    is((await world.get(`costs?${RANGE}&format=focus`)).text,
        (await world.get(`costs?${RANGE}&format=focus&version=1.2`)).text);
});


test('a limit is told where it leaves something out', async () => {
    const all = rowsOf((await world.get(
        `costs?${RANGE}&format=focus`)).text);
    const some = await world.get(`costs?${RANGE}&format=focus&limit=5`);
    const rows = rowsOf(some.text);

    is(some.headers['x-billing-truncated'], 'true');
    deepEqual(rows, all.slice(0, 15));
    const cell = `${RANGE}&service=${rows[0].ServiceName}`
        + `&region=${rows[0].RegionId}&format=focus&limit=1000`;
    is((await world.get(`costs?${cell}`)).headers['x-billing-truncated'],
        undefined);
});


test('it is kept apart from the other formats', async () => {
    const query = `costs?${RANGE}&group_by=${DIMS}`;
    const first = await world.get(`${query}&format=focus`);
    const csv = await world.get(`${query}&format=csv`);
    const again = await world.get(`${query}&format=focus`);

    is(again.cache, 'HIT');
    is(again.text, first.text);
    is(again.headers.etag, first.headers.etag);
    ok(csv.text !== first.text);
    ok(csv.headers.etag !== first.headers.etag);
    is((await world.get(`${query}&format=focus`,
        { 'if-none-match': first.headers.etag })).status, 304);
    // what is asked for by name wins over Accept
    is((await world.get(`${query}&format=focus`,
        { accept: 'application/json' })).text, first.text);
    is((await world.get(`${query}&format=json`)).json.complete, true);
});


test('its tag is that of its text', async () => {
    const query = `costs?${RANGE}&format=focus`;
    const before = await world.get(query);
    const tag = before.headers.etag;

    ok(before.text.length > 300_000, 'it is not made as a whole');
    for (const other of ['&version=1.0', '&limit=900', '&sort=sum',
        '&currency=USD']) {
        ok((await world.get(query + other)).headers.etag !== tag, other);
    }

    // names are in it
    const path = `projects/${project.id}`;
    const { headers } = await world.admin.call('GET', path);
    is((await world.admin.call('PATCH', path, { name: 'Beta' },
        { 'If-Match': headers.etag })).status, 200);
    const after = await world.get(query, { 'if-none-match': tag });
    is(after.status, 200);
    ok(after.headers.etag !== tag);
    is(rowsOf(after.text)[0].x_ProjectName, 'Beta');
});


test('days, and another format', async () => {
    const { text } = await world.get('costs?granularity=DAILY&start=2026-02-27'
        + '&end=2026-03-01&format=focus&limit=1');

    deepEqual(rowsOf(text).map((row) =>
        [row.BillingPeriodStart, row.ChargePeriodStart, row.ChargePeriodEnd]
            .map((day) => day.slice(0, 10)).join(' ')), [
        '2026-02-01 2026-02-27 2026-02-28',
        '2026-02-01 2026-02-28 2026-03-01',
        '2026-03-01 2026-03-01 2026-03-02']);
    is((await world.get('costs?format=FOCUS')).status, 422);
});
