// GET costs: what is cached, when the provider is called, and how often.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { startBilling } from '../lib/billing.mjs';
import * as blocks from '../lib/blocks.mjs';
import { currencies, days, loadRows, months } from '../lib/figures.mjs';
import { scaled } from '../lib/pace.mjs';
import { deepEqual, is, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const LINKED = ['300000000003', '000000000042', '100000000001'];

const world = await startWorld({
    workers: 2, zone: false, sandbox: { settings: { page_size: 1000 } },
});
const { sandbox, redis, get, billingCalls } = world;

const project = await world.createProject('project');
let counter = 0;

// Each test has an account of its own that nobody has asked for yet.
async function fresh(linked = LINKED) {
    const n = ++counter;
    const credential = { client: `client-${n}`, secret: 'very-secret' };
    const own = linked.map((id) => id.slice(0, 9)
        + String(n).padStart(3, '0'));

    await sandbox.setCredential({ ...credential, linked: own });

    const { id } = await world.createAccount(
        `account ${n}`, project.id, credential);
    return { id, linked: own, project: project.id, client: credential.client };
}

const callsOf = ({ client }) =>
    sandbox.calls({ client, path: '/v1/search/billing' });

const keysOf = (account) => blocks.keysOf(redis, account);
const redate = (key, time) => blocks.redate(redis, key, time);

const monthly = async (account, dates, options = {}) => currencies(
    await loadRows(sandbox, [account], dates), { dates, ...options });


test('the first answer is a MISS, the next ones are HITs', async () => {
    const account = await fresh();
    const first = await get(`costs?account=${account.id}`);
    const calls = (await callsOf(account)).length;

    is(first.cache, 'MISS');
    ok(calls >= LINKED.length);
    deepEqual(first.json.currencies, await monthly(account, months(-11, 0)));

    for (const more of ['', '&group_by=service', '&group_by=region',
        '&group_by=linked_account,region', `&start=${months(-3, -3)[0]}`]) {
        const { cache } = await get(`costs?account=${account.id}${more}`);
        is(cache, 'HIT', more);
    }

    is((await callsOf(account)).length, calls);
});

test('calls are counted for the log and in Redis', async () => {
    const account = await fresh();

    await get(`costs?account=${account.id}`);
    await get(`costs?account=${account.id}`);

    const calls = (await callsOf(account)).length;
    const log = await until(() => {
        const lines = readFileSync(join(world.nginx.dir, 'billing.log'), 'utf8')
            .split('\n').filter((line) => line.includes(account.id));
        return lines.length === 2 && lines;
    }, 'two lines of the access log');

    ok(log[0].endsWith(`200 MISS ${calls}`), log[0]);
    ok(log[1].endsWith('200 HIT 0'), log[1]);

    const usage = `billing:{default}:usage:${months(0, 0)[0]}`;
    is(await redis.cli('hget', usage, `hyperbilling_aws:${account.id}`),
        String(calls));
    is(await redis.cli('hget', usage, 'hyperbilling_aws'),
        String((await sandbox.counters()).total), 'with those for accounts');
});

test('neighbouring months are asked for in one question', async () => {
    const account = await fresh(LINKED.slice(0, 1));
    const [a, b, c, d] = months(-6, -3);

    await get(`costs?account=${account.id}&start=${b}&end=${c}`);
    await get(`costs?account=${account.id}&start=${a}&end=${d}`);

    const asked = (await callsOf(account)).filter(({ page }) => page === 1)
        .map(({ start, end }) => `${start.slice(0, 7)}..${end.slice(0, 7)}`);

    deepEqual(asked.slice(0, 1), [`${b}..${c}`]);
    deepEqual(asked.slice(1).sort(), [`${a}..${a}`, `${d}..${d}`]);
});

test('no question goes beyond today, days are asked for month by month',
    async () => {
        const account = await fresh(LINKED.slice(0, 1));
        const dates = days(-25, 5);

        await get(`costs?account=${account.id}`);
        await get(`costs?account=${account.id}&granularity=DAILY`
            + `&start=${dates[0]}&end=${dates[30]}`);

        const [today] = days(0, 0);
        for (const { granularity, start, end } of await callsOf(account)) {
            ok(end <= today, `${end} is in the future`);
            ok(granularity === 'MONTHLY' || start.slice(0, 7) === end.slice(0, 7),
                `${start}..${end}`);
            ok(start.endsWith('-01'), start);
        }
    });

test('20 clients at once cost the calls of one', async () => {
    const [one, many] = [await fresh(), await fresh()];

    await get(`costs?account=${one.id}`);
    const answers = await Promise.all(Array.from({ length: 20 }, () =>
        get(`costs?account=${many.id}&group_by=service`)));

    is((await callsOf(many)).length, (await callsOf(one)).length);

    for (const { json } of answers) {
        deepEqual(json.currencies, answers[0].json.currencies);
        is(json.complete, true);
    }
});

test('different questions share what they have in common', async () => {
    const account = await fresh();
    const args = ['', '&group_by=service', '&group_by=region',
        '&group_by=linked_account', `&start=${months(-11, -11)[0]}`];

    const answers = await Promise.all(args.map((more) =>
        get(`costs?account=${account.id}${more}`)));
    const calls = await callsOf(account);
    const seen = new Set(calls.map(({ linked, start, end, page }) =>
        [linked, start, end, page].join()));

    is(calls.length, seen.size, 'nothing was asked for twice');
    answers.forEach(({ json }) => is(json.currencies[0].sum,
        answers[0].json.currencies[0].sum));
});

test('refresh asks again, once', async () => {
    const account = await fresh(LINKED.slice(0, 1));

    await get(`costs?account=${account.id}`);
    const calls = (await callsOf(account)).length;
    const { cache, json } = await get(
        `costs?account=${account.id}&refresh=true`);

    is(cache, 'BYPASS');
    is((await callsOf(account)).length, 2 * calls);
    deepEqual(json.currencies, await monthly(account, months(-11, 0)));
    is((await get(`costs?account=${account.id}`)).cache, 'HIT');
});

test('many linked accounts are asked for a few at a time', async () => {
    const account = await fresh(Array.from({ length: 12 },
        (_, i) => String(500000000000 + i * 1000)));

    await sandbox.clearCalls();
    await sandbox.fault({ client: account.client, delay_ms: scaled(60, 500) });
    const { json } = await get(`costs?account=${account.id}`);
    await sandbox.clearFaults();

    is(json.complete, true);
    is((await sandbox.counters()).max_in_flight, 4);
});

test('blocks live long, and their account knows them', async () => {
    const account = await fresh(LINKED.slice(0, 1));

    await get(`costs?account=${account.id}`);
    await get(`costs?account=${account.id}&granularity=DAILY`);

    const keys = await keysOf(account);
    const members = (await redis.cli('smembers',
        `billing:{default}:account:${account.id}:blocks`)).split('\n').sort();
    const ages = `billing:{default}:cost:${account.id}:1:ages`;

    ok(keys.length >= 13);
    deepEqual(members, [...keys, ages].sort());

    for (const key of keys) {
        ok(Number(await redis.cli('ttl', key)) > 30 * 86400, key);
        deepEqual((await redis.cli('hkeys', key)).split('\n').sort(),
            ['cells', 'meta', 'region', 'service', 'total']);
    }
});

test('locks are given back', async () => {
    const account = await fresh(LINKED.slice(0, 1));

    await get(`costs?account=${account.id}`);
    await until(async () => await redis.cli('keys',
        `billing:{default}:lock:${account.id}:*`) === '', 'no lock to be left');
});

for (const [what, spoil] of Object.entries({
    'a field that is no block': (key) => redis.cli('hset', key, 'total', 'x'),
    'a field that was cut off': (key) => redis.cli('eval',
        `local v = redis.call('hget', KEYS[1], 'total')
         redis.call('hset', KEYS[1], 'total', v:sub(1, #v - 1))`, 1, key),
    'a lost field': (key) => redis.cli('hdel', key, 'total'),
    'a lost meta': (key) => redis.cli('hdel', key, 'meta'),
    'a broken meta': (key) => redis.cli('hset', key, 'meta', 'x'),
    'a lost block': (key) => redis.cli('del', key),
})) {
    test(`${what} is asked for again`, async () => {
        const account = await fresh(LINKED.slice(0, 1));

        const first = await get(`costs?account=${account.id}`);
        const keys = await keysOf(account);
        const calls = (await callsOf(account)).length;
        await spoil(keys[4]);

        const again = await get(`costs?account=${account.id}`);
        is(again.cache, 'MISS');
        is((await callsOf(account)).length, calls + 1);
        deepEqual(again.json.currencies, first.json.currencies);
        is((await get(`costs?account=${account.id}`)).cache, 'HIT');
    });
}

// Another node on the same Redis.
const another = (options) => startBilling({
    redis, sandbox, key: readFileSync(world.key), zone: false, ...options,
});

test('two nodes at once cost the calls of one', async () => {
    const [one, both] = [await fresh(), await fresh()];
    const other = await another();

    try {
        await get(`costs?account=${one.id}`);
        await sandbox.fault({ client: both.client, delay_ms: scaled(100) });

        const path = `costs?account=${both.id}`;
        const clients = [world.admin, other.client()];
        const answers = await Promise.all(Array.from({ length: 10 },
            (_, i) => clients[i % 2].get(path)));

        is((await callsOf(both)).length, (await callsOf(one)).length);
        const expected = await monthly(both, months(-11, 0));
        answers.forEach(({ body }) =>
            deepEqual(body.currencies, expected));
    } finally {
        await sandbox.clearFaults();
        await other.nginx.stop();
    }
});

test('a node that fails spares the other one its tries', async () => {
    const account = await fresh(LINKED.slice(0, 1));
    const other = await another();

    try {
        await sandbox.fault({
            client: account.client, path: '/v1/search/billing', status: 500,
            delay_ms: scaled(100),
        });
        const path = `costs?account=${account.id}`;
        const answers = await Promise.all(
            [world.admin.get(path), other.client().get(path)]);

        for (const { body: { accounts: [{ state, code }] } } of answers) {
            is(state, 'failed');
            is(code, 'provider_unavailable');
        }
        is((await callsOf(account)).length, 3);
    } finally {
        await sandbox.clearFaults();
        await other.nginx.stop();
    }
});

test('closed months are not asked for again as soon as this one', async () => {
    const account = await fresh(LINKED.slice(0, 1));
    const other = await another({ location: 'billing_cache_valid current 1s;' });
    const [last, now] = months(-1, 0);

    try {
        await get(`costs?account=${account.id}`);
        await sandbox.clearCalls();
        await until(async () => (await other.client().get(
            `costs?account=${account.id}`)).headers['x-billing-cache'] !== 'HIT',
        'this month to be old');

        // what a month costs settles in the days after it
        const settled = new Date().getUTCDate() > 3;
        const [call] = await until(async () => {
            const list = await callsOf(account);
            return list.length > 0 && list;
        }, 'the provider to be asked behind the answer');
        is(call.start.slice(0, 7), settled ? now : last);
        is(call.end.slice(0, 7), now);
    } finally {
        await other.nginx.stop();
    }
});

test('a linked account that appears joins the sums', async () => {
    const account = await fresh(LINKED.slice(0, 1));

    await get(`costs?account=${account.id}`);
    account.linked.push('555500000555');
    await sandbox.setLinked(account.client, account.linked);

    // as if the list had been read long ago; a new node reads it there
    await redis.cli('hset', `billing:{default}:account:${account.id}`,
        'linked_at', 1, 'tried_at', 1);
    const other = await another();

    try {
        const { body, headers } = await other.client().get(
            `costs?account=${account.id}&group_by=linked_account`);

        is(headers['x-billing-cache'], 'MISS');
        deepEqual(body.currencies, await monthly(account, months(-11, 0),
            { group_by: ['linked_account'] }));
    } finally {
        await other.nginx.stop();
    }
});

test('a deleted account leaves nothing, not even when it is being asked for',
    async () => {
        const account = await fresh(LINKED.slice(0, 1));

        await get(`costs?account=${account.id}&granularity=DAILY`);
        await sandbox.fault({ client: account.client, delay_ms: scaled(400) });
        const answer = get(`costs?account=${account.id}`);
        await until(async () => (await sandbox.counters()).in_flight > 0,
            'the provider to be asked');

        const { headers } = await get(`service-accounts/${account.id}`);
        const { status } = await world.call('DELETE',
            `service-accounts/${account.id}`, undefined,
            { 'If-Match': headers.etag });
        is(status, 204);

        await answer;
        await sandbox.clearFaults();
        is(await redis.cli('keys', `billing:{default}:*${account.id}*`), '');
    });

test('an account whose credentials change meanwhile gets no old blocks',
    async () => {
        const account = await fresh(LINKED.slice(0, 1));

        await sandbox.fault({
            client: account.client, path: '/v1/search/billing', delay_ms: scaled(400),
        });
        const answer = get(`costs?account=${account.id}`);
        await until(async () => (await callsOf(account)).length > 0,
            'the provider to be asked');

        const email = `${account.client}-new`;
        await sandbox.setCredential(
            { client: email, secret: 'very-secret', linked: account.linked });
        const { headers } = await get(`service-accounts/${account.id}`);
        is((await world.call('PATCH', `service-accounts/${account.id}`,
            { credentials: { email } },
            { 'If-Match': headers.etag })).status, 200);

        is((await answer).status, 200);
        await sandbox.clearFaults();
        deepEqual(await keysOf(account), []);
    });

test('a fetch that lost its lock does not undo a later one', async () => {
    const account = await fresh(LINKED.slice(0, 1));
    const [month] = months(0, 0);
    const path = `costs?account=${account.id}&start=${month}`;
    const as_of = ({ json }) => json.accounts[0].as_of;
    const other = await another();

    try {
        await sandbox.fault({
            client: account.client, path: '/v1/search/billing', times: 1,
            delay_ms: scaled(3000, 15_000),
        });
        const slow = get(path);
        await until(async () => (await callsOf(account)).length > 0,
            'the provider to be asked');

        // the clock that blocks are dated by has seconds
        const second = Math.floor(Date.now() / 1000);
        await until(() => Date.now() / 1000 > second + 1, 'the next second');
        await redis.cli('del', `billing:{default}:lock:${account.id}:1:M:${month}`);
        const { body } = await other.client().get(path);
        const later = body.accounts[0].as_of;

        ok(as_of(await slow) < later);
        is(as_of(await get(path)), later);
    } finally {
        await sandbox.clearFaults();
        await other.nginx.stop();
    }
});

test('a block from the future is not fresh until then', async () => {
    const account = await fresh(LINKED.slice(0, 1));
    const path = `costs?account=${account.id}`;
    const now = Date.now() / 1000;

    await get(path);
    const [key] = (await keysOf(account)).slice(-1);

    await redate(key, now + 30); // another node's clock
    is((await get(path)).cache, 'HIT');

    await redate(key, now + 86_400); // this one was set back
    is((await get(path)).cache, 'UPDATING');
    await until(async () => (await get(path)).cache === 'HIT',
        'the block to be renewed');
    ok(Date.parse((await get(path)).json.accounts[0].as_of)
        < Date.now() + 5000);
});

test('what was read while its month went on is not fresh on another day',
    async () => {
        const account = await fresh(LINKED.slice(0, 1));
        const other = await another({
            location: 'billing_cache_valid current 400d;',
        });
        const client = other.client();
        const today = Math.floor(Date.now() / 86_400_000) * 86_400;
        const last = Date.parse(`${months(0, 0)[0]}-01`) / 1000 - 86_400;

        // [month, when it was read, is it fresh]
        const cases = [
            [0, today, 'HIT'],
            [0, today - 1, 'UPDATING'],
            [-1, last + 43_200, 'UPDATING'],
            [-1, last + 86_399, 'UPDATING'],
            [-1, last + 86_400, 'HIT'],
        ];

        try {
            for (const granularity of ['MONTHLY', 'DAILY']) {
                for (const [month, time, expected] of cases) {
                    const name = months(month, month)[0];
                    const [start, end] = granularity === 'MONTHLY'
                        ? [name, name] : [`${name}-01`, `${name}-02`];
                    const path = `costs?account=${account.id}&start=${start}`
                        + `&end=${end}&granularity=${granularity}`;

                    await until(async () => (await client.get(path))
                        .headers['x-billing-cache'] === 'HIT', 'fresh data');
                    await redate(`billing:{default}:cost:${account.id}:1:`
                        + `${granularity[0]}:${name}`, time);
                    const { headers } = await client.get(path);
                    is(headers['x-billing-cache'], expected,
                        `${name} ${granularity} ${time}`);
                }
            }
        } finally {
            await other.nginx.stop();
        }
    });

test('a validity of 0: nobody wants old data', async () => {
    const account = await fresh(LINKED.slice(0, 1));
    const other = await another({ location: `
        billing_cache_valid current 0; billing_cache_valid closed 0;` });
    const path = `costs?account=${account.id}`;
    const status = async () =>
        (await other.client().get(path)).headers['x-billing-cache'];

    try {
        is(await status(), 'MISS');
        const calls = (await callsOf(account)).length;
        is(await status(), 'MISS');
        is((await callsOf(account)).length, 2 * calls);

        await sandbox.fault({ client: account.client, status: 500 });
        is(await status(), 'STALE');
    } finally {
        await sandbox.clearFaults();
        await other.nginx.stop();
    }
});

test('secrets are neither in the log nor in a block', async () => {
    const account = await fresh(LINKED.slice(0, 1));

    await get(`costs?account=${account.id}`);
    ok(!world.nginx.errorLog().includes('very-secret'));
    for (const key of await keysOf(account)) {
        ok(!(await redis.cli('hgetall', key)).includes('very-secret'));
    }
});
