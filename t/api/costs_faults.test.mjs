// GET costs while something goes away: Redis, the client, the worker.

import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

import { currencies, loadRows, months } from '../lib/figures.mjs';
import { deepEqual, is, ok, test, until } from '../lib/tap.mjs';
import { startBilling } from '../lib/billing.mjs';
import { now } from '../lib/pace.mjs';
import { startRedis } from '../lib/redis.mjs';
import { startWorld } from '../lib/world.mjs';


const world = await startWorld({ keepAlive: false });
const { sandbox, get, nginx } = world;
let { redis } = world;

const project = await world.createProject('project');
const dates = months(-11, 0);
let counter = 0;

async function fresh() {
    const n = ++counter;
    const client = `client-${n}`;
    const linked = [String(800000000000 + n)];

    await sandbox.setCredential({ client, secret: 's', linked });

    const { id } = await world.createAccount(
        `account ${n}`, project.id, { client, secret: 's' });
    const rows = await loadRows(
        sandbox, [{ id, linked, project: project.id }], dates);

    return { id, client, expected: currencies(rows, { dates }) };
}

const calls = async ({ client }) =>
    (await sandbox.calls({ client, path: '/v1/search/billing' })).length;

const asked = (account) => until(async () => await calls(account) > 0,
    'the provider to be asked');

const slow = (account, delay_ms) => sandbox.fault({
    client: account.client, path: '/v1/search/billing', delay_ms,
});

// A connection of its own, with one request on it.
function request(path) {
    const socket = connect(nginx.port, '127.0.0.1', () => socket.write(
        `GET /billing/api/v1/${path} HTTP/1.1\r\nHost: test\r\n`
        + 'X-User: admin\r\nX-Role: admin\r\n\r\n'));

    socket.on('error', () => {});
    return socket;
}


test('a client that leaves does not stop the fetch', async () => {
    const account = await fresh();

    await slow(account, 300);
    const socket = request(`costs?account=${account.id}`);
    await asked(account);
    socket.destroy();

    await until(async () =>
        (await get(`costs?account=${account.id}`)).cache === 'HIT',
    'the cache to be filled');
    await sandbox.clearFaults();

    const { json } = await get(`costs?account=${account.id}`);
    deepEqual(json.currencies, account.expected);
});

test('one of two leaves: the other gets its answer, for one fetch',
    async () => {
        const [one, two] = [await fresh(), await fresh()];
        await get(`costs?account=${one.id}`);

        await slow(two, 300);
        const socket = request(`costs?account=${two.id}`);
        await asked(two);
        const stays = get(`costs?account=${two.id}&group_by=service`);
        socket.destroy();

        const { status, json } = await stays;
        await sandbox.clearFaults();

        is(status, 200);
        is(json.complete, true);
        is(json.currencies[0].sum, two.expected[0].sum);
        is(await calls(two), await calls(one));
    });

test('fifty clients that reset their connections', async () => {
    const account = await fresh();
    const [worker] = nginx.workers();

    await slow(account, 500);
    const sockets = Array.from({ length: 50 }, (_, i) =>
        request(`costs?account=${account.id}&limit=${i + 1}`));
    await asked(account);
    sockets.forEach((socket) => socket.resetAndDestroy());

    const { json } = await get(`costs?account=${account.id}`);
    await sandbox.clearFaults();
    deepEqual(json.currencies, account.expected);
    deepEqual(nginx.workers(), [worker], 'the same worker');
});

test('a reload waits for those who wait', async () => {
    const account = await fresh();

    await slow(account, 500);
    const answer = get(`costs?account=${account.id}`);
    await asked(account);
    const old = await nginx.reload();

    const { status, json } = await answer;
    is(status, 200);
    deepEqual(json.currencies, account.expected);
    await nginx.gone(old);
    await sandbox.clearFaults();
});

test('a fetch that nobody waits for does not hold up a reload', async () => {
    const account = await fresh();

    await sandbox.settings({ page_size: 5 });
    await slow(account, 400);
    try {
        const socket = request(`costs?account=${account.id}`);
        await asked(account);
        socket.destroy();

        await nginx.gone(await nginx.reload(), 5000);
        ok(await calls(account) < 10, 'pages were left out');
    } finally {
        await sandbox.clearFaults();
        await sandbox.settings({ page_size: 1000 });
    }
});

test('an nginx that is told to quit answers first', async () => {
    const account = await fresh();
    const other = await startBilling(
        { redis, sandbox, key: readFileSync(world.key) });

    await slow(account, 500);
    const answer = other.client().get(`costs?account=${account.id}`,
        { connection: 'close' });
    await asked(account);
    const end = other.nginx.quit();

    const { status, body } = await answer;
    is(status, 200);
    deepEqual(body.currencies, account.expected);
    await end;
    await sandbox.clearFaults();
});

test('an nginx that is ended leaves nothing open, and no lock for long', async () => {
    const account = await fresh();
    const other = await startBilling(
        { redis, sandbox, key: readFileSync(world.key), workers: 2 });
    const client = other.client();

    await slow(account, 60_000);
    const answers = ['', '&group_by=service', '&start=2026-01&end=2026-02']
        .map((more) => client.get(`costs?account=${account.id}${more}`)
            .catch(({ code }) => code));
    await asked(account);
    await other.nginx.stop();

    deepEqual(await Promise.all(answers), Array(3).fill('ECONNRESET'));
    await sandbox.clearFaults();

    const started = now();
    const { json } = await get(`costs?account=${account.id}`);
    deepEqual(json.currencies, account.expected);
    ok(now() - started < 12_000, `${now() - started} ms`);
});

test('a write-back that fails: the answer goes out all the same', async () => {
    const account = await fresh();

    await redis.cli('config', 'set', 'min-replicas-to-write', '1');
    const { status, cache, json } = await get(`costs?account=${account.id}`);
    await redis.cli('config', 'set', 'min-replicas-to-write', '0');

    is(status, 200);
    is(cache, 'MISS');
    is(json.complete, true);
    deepEqual(json.currencies, account.expected);
});

test('Redis goes while the provider is asked: the answer goes out',
    async () => {
        const account = await fresh();

        await slow(account, 500);
        const answer = get(`costs?account=${account.id}`);
        await asked(account);
        await redis.kill();

        const { status, json } = await answer;
        await sandbox.clearFaults();
        is(status, 200);
        deepEqual(json.currencies, account.expected);
    });

test('no Redis: 503, and soon', async () => {
    for (const path of ['costs', 'costs?granularity=DAILY', 'dashboard']) {
        const started = now();
        const { status, headers, json } = await get(path);

        is(status, 503, path);
        is(json.code, 'storage_unavailable');
        ok(headers['retry-after'] !== undefined);
        ok(now() - started < 5000, `${now() - started} ms`);
    }
});

test('Redis is back, empty: everything is asked for again', async () => {
    redis = await startRedis({ port: redis.port });

    try {
        await until(async () => (await get('costs')).status === 200,
            'the connection to be made again');
    } finally {
        await redis.stop();
    }
});
