// format=focus: the rows of the same question as a table of FOCUS.

import { deepEqual, is, like, ok, test } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const world = await startWorld();
const { main } = world.sandbox.credentials;
const project = await world.createProject('Project');
const account = await world.createAccount('Account', project.id, main);
const DIMS = ['provider', 'account', 'linked_account', 'project', 'region',
    'service'];
const QUERY = `costs?start=2026-01&end=2026-03&group_by=${DIMS}`;

// No cell of this data has a comma or a quote in it.
function table(text) {
    ok(text.endsWith('\r\n'));
    const [header, ...lines] = text.slice(0, -2).split('\r\n')
        .map((line) => line.split(','));

    lines.forEach((line) => is(line.length, header.length));
    return lines.map((line) =>
        Object.fromEntries(header.map((name, i) => [name, line[i]])));
}


test('it has the rows of the JSON answer', async () => {
    const { json } = await world.get(QUERY);
    const { status, headers, text } = await world.get(`${QUERY}&format=focus`);
    const rows = table(text);

    is(status, 200);
    like(headers['content-type'], /^text\/csv/);
    is(headers['x-billing-complete'], 'true');
    is(rows.length, json.currencies[0].groups.length * 3);
    ok(rows.length > 10);

    deepEqual(rows.map((row) => [row.ProviderName, row.BillingAccountId,
        row.SubAccountId, row.x_ProjectId, row.RegionId, row.ServiceName,
        row.ChargePeriodStart.slice(0, 7), row.BillingCurrency,
        row.BilledCost]),
    json.currencies.flatMap(({ currency, groups }) =>
        groups.flatMap(({ key, costs }) => costs.map((cost, i) => [
            ...DIMS.map((dim) => key === null ? '(rest)' : key[dim]),
            json.dates[i], currency, cost]))));
    ok(rows.some((row) => row.ServiceName === '(rest)'), 'the rest is there');
    is(rows[0].BillingAccountId, account.id);
});


test('it is kept apart from the other formats', async () => {
    const first = await world.get(`${QUERY}&format=focus`);
    const csv = await world.get(`${QUERY}&format=csv`);
    const again = await world.get(`${QUERY}&format=focus`);

    is(again.cache, 'HIT');
    is(again.text, first.text);
    is(again.headers.etag, first.headers.etag);
    ok(csv.text !== first.text);
    ok(csv.headers.etag !== first.headers.etag);
    is((await world.get(`${QUERY}&format=focus`,
        { 'if-none-match': first.headers.etag })).status, 304);
    // what is asked for by name wins over Accept
    is((await world.get(`${QUERY}&format=focus`,
        { accept: 'application/json' })).text, first.text);
    is((await world.get(`${QUERY}&format=json`)).json.complete, true);
});


test('days, and another format', async () => {
    const { text } = await world.get('costs?granularity=DAILY&start=2026-02-27'
        + '&end=2026-03-01&format=focus');

    deepEqual(table(text).map((row) =>
        [row.BillingPeriodStart, row.ChargePeriodStart, row.ChargePeriodEnd]
            .map((day) => day.slice(0, 10)).join(' ')), [
        '2026-02-01 2026-02-27 2026-02-28',
        '2026-02-01 2026-02-28 2026-03-01',
        '2026-03-01 2026-03-01 2026-03-02']);
    is((await world.get('costs?format=FOCUS')).status, 422);
});
