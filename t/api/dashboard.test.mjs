// The dashboards: every figure against an independent sum.

import {
    currencies, dashboard, days, loadRows, money, months,
} from '../lib/figures.mjs';
import { deepEqual, is, like, ok, test } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const world = await startWorld();
const { sandbox, get } = world;

const one = await world.createProject('one');
const two = await world.createProject('two');
const empty = await world.createProject('empty');

const accounts = [
    { client: 'a', project: one.id,
        linked: ['300000000003', '000000000042'] },
    { client: 'b', project: two.id, linked: ['200000000002'] },
    // more accounts than a list shows
    ...Array.from({ length: 11 }, (_, i) => ({
        client: `c${i}`, project: two.id, linked: [`4000000000${i + 10}`],
    })),
];

for (const account of accounts) {
    const credential = { client: account.client, secret: 's' };

    await sandbox.setCredential({ ...credential, linked: account.linked });
    account.id = (await world.createAccount(
        `account ${account.client}`, account.project, credential)).id;
}

const [lastMonth] = months(-1, -1);
const byMonth = await loadRows(sandbox, accounts, months(-11, 0));
const byDay = await loadRows(sandbox, accounts,
    days(-62, 0).filter((day) => day >= `${lastMonth}-01`));

const of = (rows, project) => rows.filter((row) => row.project === project.id);
const member = (...projects) =>
    ({ 'x-role': 'member', 'x-projects': projects.join(',') });


test('the main dashboard', async () => {
    const { status, cache, headers, json } = await get('dashboard');

    is(status, 200);
    is(cache, 'MISS');
    is(headers['cache-control'], 'private, no-cache');
    like(headers.etag, /^"[0-9a-f]+"$/);

    deepEqual(json.scope, { kind: 'domain', id: 'default' });
    is(json.complete, true);
    is(json.accounts.length, accounts.length);
    ok(Math.abs(Date.parse(json.as_of) - Date.now()) < 120_000);
    deepEqual(json.in_progress, [...months(0, 0), ...days(-1, 0)]);
    deepEqual(json.currencies, [dashboard(byMonth, byDay)]);
});

test('the dashboard again: no call, and 304', async () => {
    const calls = await world.billingCalls();
    const { cache, headers, json } = await get('dashboard');

    is(cache, 'HIT');
    deepEqual(json.currencies, [dashboard(byMonth, byDay)]);

    const { status, text } = await get('dashboard',
        { 'if-none-match': headers.etag });
    is(status, 304);
    is(text, '');
    is(await world.billingCalls(), calls);
});

test('every breakdown adds up to the month, at every month', async () => {
    const { json: { currencies: [list] } } = await get('dashboard');
    const pico = (text) => BigInt(text.replace('.', '')
        + '0'.repeat(12 - text.split('.')[1].length));

    for (const name of ['by_service', 'by_region', 'by_project',
        'by_account']) {
        list.monthly.costs.forEach((cost, i) => is(
            money(list[name].reduce((sum, { costs }) =>
                sum + pico(costs[i]), 0n)), cost, `${name}, month ${i}`));
    }

    is(list.by_account.length, 11, 'ten and the rest');
    is(list.by_account[10].key, null);
});

test('what costs says is what the dashboard says', async () => {
    const page = (await get('dashboard')).json.currencies[0];
    const monthly = (await get('costs?group_by=service&limit=10')).json;
    const daily = (await get('costs?granularity=DAILY')).json;

    deepEqual(page.monthly.costs, monthly.currencies[0].costs);
    deepEqual(page.by_service, monthly.currencies[0].groups);
    deepEqual(page.daily, {
        dates: daily.dates, costs: daily.currencies[0].costs,
    });
});

for (const project of [one, two]) {
    test(`the dashboard of project ${project.name}`, async () => {
        const { status, json } = await get(`projects/${project.id}/dashboard`);

        is(status, 200);
        deepEqual(json.scope,
            { kind: 'project', id: project.id, name: project.name });
        is(json.complete, true);
        deepEqual(json.currencies, [dashboard(of(byMonth, project),
            of(byDay, project), { project: true })]);
    });
}

test('a project without accounts', async () => {
    const { status, json } = await get(`projects/${empty.id}/dashboard`);

    is(status, 200);
    deepEqual(json.accounts, []);
    deepEqual(json.currencies, []);
    is(json.complete, true);
    is(json.as_of, null);
});

test('a member sees his projects', async () => {
    const { status, json } = await get('dashboard', member(one.id));

    is(status, 200);
    deepEqual(json.currencies,
        [dashboard(of(byMonth, one), of(byDay, one))]);
    deepEqual(json.accounts.map(({ id }) => id), [accounts[0].id]);

    is((await get(`projects/${one.id}/dashboard`, member(one.id))).status, 200);
});

test('404 for a project that is not there, or is hidden', async () => {
    const paths = [
        ['projects/project-ffffffffffff/dashboard', {}],
        ['projects/nothing/dashboard', {}],
        [`projects/${two.id}/dashboard`, member(one.id)],
    ];

    for (const [path, headers] of paths) {
        const { status, json } = await get(path, headers);

        is(status, 404, path);
        is(json.code, 'not_found');
    }
});

test('arguments', async () => {
    for (const args of ['color=red', 'refresh=perhaps',
        'refresh=true&refresh=true']) {
        is((await get(`dashboard?${args}`)).status, 422, args);
    }

    is((await get('dashboard?refresh=true', member('*'))).status, 403);
    is((await get('dashboard?refresh=false', member('*'))).status, 200);

    const { status, cache } = await get(
        `projects/${one.id}/dashboard?refresh=true`);
    is(status, 200);
    is(cache, 'BYPASS');
});

test('a provider that fails: the rest is there, and it is said', async () => {
    const credential = { client: 'down', secret: 's' };
    await sandbox.setCredential({ ...credential, linked: ['999999999999'] });
    const down = await world.createAccount('down', one.id, credential);

    await sandbox.fault({
        client: 'down', path: '/v1/search/billing', status: 500,
    });
    const { status, json } = await get('dashboard');
    await sandbox.clearFaults();

    is(status, 200);
    is(json.complete, false);
    deepEqual(json.accounts.filter(({ state }) => state !== 'fresh')
        .map(({ id, state, code }) => [id, state, code]),
    [[down.id, 'failed', 'provider_unavailable']]);
    deepEqual(json.accounts.map(({ missing }) => missing).filter(Boolean),
        [{ monthly: months(-11, 0), daily: months(-1, 0) }]);
    deepEqual(json.currencies[0].monthly.costs,
        currencies(byMonth, { dates: months(-11, 0) })[0].costs);
});

test('an account that lacks one month says which', async () => {
    const credential = { client: 'gap', secret: 's' };
    const [month] = months(-4, -4);
    await sandbox.setCredential({ ...credential, linked: ['888888888888'] });
    const gap = await world.createAccount('gap', one.id, credential);
    const of = (json) => json.accounts.find(({ id }) => id === gap.id);

    is((await get(`costs?account=${gap.id}`)).status, 200);
    is(of((await get('dashboard')).json).missing, undefined, 'all is there');

    const keys = (await world.redis.cli('KEYS', `*cost:${gap.id}:*:M:${month}*`))
        .split('\n').filter(Boolean);
    is(keys.length, 1, String(keys));
    await world.redis.cli('DEL', keys[0]);
    await sandbox.fault({ client: 'gap', path: '/v1/search/billing', status: 500 });

    const board = of((await get('dashboard')).json);
    const costs = of((await get(`costs?account=${gap.id}`)).json);
    const later = of((await get(
        `costs?account=${gap.id}&start=${months(-2, -2)[0]}`)).json);
    await sandbox.clearFaults();

    is(board.state, 'failed');
    deepEqual(board.missing, { monthly: [month] });
    deepEqual(costs.missing, { monthly: [month] });
    is(later.missing, undefined);
    is(later.state, 'fresh');
});
