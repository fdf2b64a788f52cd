// "billing_lookup_limit": what lookups may cost, and what is shown past it.

import { readFileSync } from 'node:fs';

import { startBilling } from '../lib/billing.mjs';
import { days, months } from '../lib/figures.mjs';
import { after, deepEqual, is, ok, test } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const LIMIT = 10;
const path = '/v1/search/billing';
const world = await startWorld({
    workers: 2, http: `billing_lookup_limit ${LIMIT}/month;`,
});
const { sandbox, redis, admin, get, call } = world;
const project = await world.createProject('project');
let counter = 0;

async function fresh(n = 1) {
    const client = `client-${++counter}`;

    await sandbox.setCredential({
        client, secret: 's', linked: Array.from({ length: n },
            (_, i) => String(500000000000 + counter * 100 + i)),
    });
    const { id } = await world.createAccount(
        client, project.id, { client, secret: 's' });
    return { id, client };
}

const calls = async ({ client }) =>
    (await sandbox.calls({ client, path })).length;
const state = ({ json }) => json.accounts.map(
    ({ state: name, code }) => `${name} ${code}`).join();
const costs = ({ id }, more = '') => get(`costs?account=${id}${more}`);
const lookups = async () => (await get('session')).json.lookups;
const month = (n) => `&start=${months(n, n)[0]}&end=${months(n, n)[0]}`;
const [thisMonth] = months(0, 0);

const one = await fresh();


test('nothing is asked for past the limit', async () => {
    for (let i = 0; i < LIMIT; i++) {
        is(state(await costs(one, month(-i))), 'fresh null');
    }
    is(await calls(one), LIMIT);

    is(state(await costs(one, month(-12))), 'failed lookup_limit');
    is(state(await costs(one, month(-12))), 'failed lookup_limit');
    is(await calls(one), LIMIT);
});

test('what is there serves', async () => {
    const hit = await costs(one, month(0));
    is(`${hit.cache} ${state(hit)}`, 'HIT fresh null');

    const { json, status } = await costs(one, `${month(0)}&refresh=true`);
    is(status, 200);
    is(state({ json }), 'stale lookup_limit');
    deepEqual(json.currencies, hit.json.currencies);
    is(await calls(one), LIMIT);
});

test('other accounts are not affected', async () => {
    const other = await fresh();

    is(state(await costs(other)), 'fresh null');
    const both = state(await get('costs?start=2025-01&end=2025-01'));
    is(both.split(',').sort().join(),
        'failed lookup_limit,fresh null');
});

test('many at once do not overrun it', async () => {
    const account = await fresh(3);
    const clients = Array.from({ length: 12 }, () => world.client());

    await sandbox.fault({ client: account.client, path, delay_ms: 20 });
    await Promise.all(clients.map((client, i) =>
        client.get(`costs?account=${account.id}${month(-i)}`)));
    await sandbox.clearFaults();

    // what was granted may have been cut off before it arrived
    const seen = await calls(account);
    ok(seen <= LIMIT && seen > LIMIT / 2, `${seen} calls`);
    is(await redis.cli('hget', `billing:{default}:usage:${thisMonth}`,
        `hyperbilling_aws:${account.id}`), String(LIMIT));
});

test('verifying and deleting go on', async () => {
    const { headers, json } = await call('GET', `service-accounts/${one.id}`);
    const { status, text } = await admin.patch(`service-accounts/${one.id}`, {
        credentials: { account: 'all', email: one.client, key: 's' },
    }, headers.etag);

    is(status, 200, text);
    is(json.state?.status ?? 'ok', 'ok');
    is(state(await costs(one, month(-13))), 'failed lookup_limit',
        'new credentials are no new account');
});

test('an administrator is told', async () => {
    const { calls: counted, ...rest } = await lookups();

    ok(counted >= (await sandbox.counters()).total, `${counted} calls`);
    deepEqual(rest, {
        month: thisMonth, limit: LIMIT, per: 'month', accounts_at_limit: 2,
    });

    const { body } = await world.client({ role: 'member' }).get('session');
    ok(!('lookups' in body));

    const other = world.client({ domain: 'other' });
    is((await other.get('session')).body.lookups.calls, 0);

    await admin.delete(`service-accounts/${one.id}`, '*');
    is((await lookups()).accounts_at_limit, 1);
});

test('a limit of days', async () => {
    const other = await startBilling({
        redis, sandbox, key: readFileSync(world.key),
        http: 'billing_lookup_limit 1/day;',
    });
    after(() => other.nginx.stop());
    const account = await fresh();
    const client = other.client();

    for (const [i, expected] of ['fresh', 'failed'].entries()) {
        const { body } = await client.get(
            `costs?account=${account.id}${month(-i)}`);
        is(body.accounts[0].state, expected);
    }

    const [today] = days(0, 0);
    const key = `billing:{default}:usage:${today}`;
    is(await redis.cli('hget', key, `hyperbilling_aws:${account.id}`), '1');
    ok(Number(await redis.cli('ttl', key)) > 86_400);

    const session = (await client.get('session')).body.lookups;
    is(`${session.limit} ${session.per} ${session.accounts_at_limit}`,
        '1 day 1');
});

test('without Redis to count them, no calls', async () => {
    const account = await fresh();

    await redis.cli('config', 'set', 'min-replicas-to-write', '1');
    const answer = await costs(account);
    await redis.cli('config', 'set', 'min-replicas-to-write', '0');

    is(state(answer), 'failed storage_unavailable');
    is(await calls(account), 0);
    is(state(await costs(account)), 'fresh null');
});

test('a session without Redis', async () => {
    await redis.stop();

    const { status, json } = await get('session');
    is(status, 200);
    is(json.lookups, null);
});
