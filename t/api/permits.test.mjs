// Calls to the provider over several workers and nodes: no more at once than
// it bears, everybody gets his turn, and nothing is held for ever.

import { readFileSync } from 'node:fs';

import { startBilling } from '../lib/billing.mjs';
import { months } from '../lib/figures.mjs';
import { scaled } from '../lib/pace.mjs';
import { after, is, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const CONCURRENCY = 3;
const options = {
    workers: 2, provider: `timeout=8s concurrency=${CONCURRENCY}`,
};

const world = await startWorld({ ...options, allow: [/signal 9/] });
const { sandbox, redis, get } = world;

const other = await startBilling({
    ...options, redis, sandbox, key: readFileSync(world.key),
});
after(() => other.nginx.stop());

const project = await world.createProject('project');
const path = '/v1/search/billing';
let counter = 0;

async function fresh(n) {
    const client = `client-${++counter}`;
    const linked = Array.from({ length: n },
        (_, i) => String(700000000000 + counter * 1000 + i));

    await sandbox.setCredential({ client, secret: 's', linked });

    const { id } = await world.createAccount(
        client, project.id, { client, secret: 's' });
    return { id, client, linked };
}

const calls = async ({ client }) => (await sandbox.calls({ client, path }));
const permits = async ({ id }) =>
    Number(await redis.cli('zcard', `billing:{default}:permits:${id}:1`));


test('no more calls at once than the provider bears', async () => {
    const account = await fresh(9);
    const clients = [world, other].flatMap((one) =>
        Array.from({ length: 4 }, () => one.client()));

    await sandbox.fault({ path, delay_ms: 20 });
    await sandbox.clearCalls();

    const answers = await Promise.all(clients.map((one, i) => {
        const [month] = months(-i, -i);
        return one.get(`costs?account=${account.id}&start=${month}&end=${month}`);
    }));

    answers.forEach(({ body }) => is(body.complete, true));
    is((await calls(account)).length, 9 * clients.length);
    is((await sandbox.counters()).max_in_flight, CONCURRENCY);
    await until(async () => await permits(account) === 0, 'permits to be back');
    await sandbox.clearFaults();
});

test('who has much to ask for does not keep others out', async () => {
    const account = await fresh(60);
    const [before, now] = months(-1, 0);

    await sandbox.fault({ path, delay_ms: scaled(50, 500) });

    let done = false;
    const many = world.client()
        .get(`costs?account=${account.id}&start=${before}&end=${before}`)
        .finally(() => { done = true; });
    await until(async () => (await calls(account)).length > CONCURRENCY,
        'the first to be under way');

    await sandbox.clearCalls();
    const few = other.client()
        .get(`costs?account=${account.id}&start=${now}&end=${now}`);
    await until(async () => (await calls(account)).some(
        ({ start }) => start.startsWith(now)), 'the second to be asked for');

    ok(!done, 'before the first was through');
    await Promise.all([many, few]);
    await sandbox.clearFaults();
});

test('permits of a worker that was killed lapse', async () => {
    const account = await fresh(CONCURRENCY);
    await sandbox.fault({ client: account.client, path, hang: true });
    const [month] = months(0, 0);
    const lost = world.client()
        .get(`costs?account=${account.id}&start=${month}&end=${month}`)
        .catch(() => {});

    await until(async () => (await calls(account)).length === CONCURRENCY,
        'all of them to hang');
    world.nginx.workers().forEach((pid) => process.kill(pid, 'SIGKILL'));
    await lost;
    await sandbox.clearFaults();
    is(await permits(account), CONCURRENCY);

    const { body } = await other.client().get(`costs?account=${account.id}`);
    is(body.complete, true);
});

test('a fetch that fails gives its permits back', async () => {
    const account = await fresh(CONCURRENCY + 2);

    await sandbox.fault({
        client: account.client, path, account: account.linked[0], status: 400,
    });
    await sandbox.fault({ client: account.client, path, hang: true });

    const { json } = await get(`costs?account=${account.id}`);
    is(json.accounts[0].state, 'failed');
    await until(async () => await permits(account) === 0, 'permits to be back');

    await sandbox.clearFaults();
    is((await get(`costs?account=${account.id}&refresh=true`)).json.complete, true);
});
