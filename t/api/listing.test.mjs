// The list of linked accounts that is a day old is asked for once, however
// many want it: through workers and nodes, and when the one who asks dies.

import { keyLine, linkedAccount, startBilling } from '../lib/billing.mjs';
import { now, scaled } from '../lib/pace.mjs';
import { startRedis } from '../lib/redis.mjs';
import { after, deepEqual, is, ok, test, until } from '../lib/tap.mjs';
import { startSandbox } from '../sandbox/index.mjs';


const DAY = 86_400;
const path = '/v1/search/linkedaccount';
const provider = 'hyperbilling_aws';

const redis = await startRedis();
const sandbox = await startSandbox({ child: true });
const shared = {
    redis, sandbox, key: keyLine(), keepAlive: false, workers: 4,
    provider: 'timeout=60s',
};
const here = await startBilling({
    ...shared, nginx: { allow: [/exited on signal 9/] },
});
const there = await startBilling(shared);
let domains = 0;

after(async () => {
    await here.nginx.stop();
    await there.nginx.stop();
    await sandbox.stop();
    await redis.stop();
});


// A domain with accounts whose lists were read a day ago, and have changed.
async function domain(count) {
    const name = `l${++domains}`;
    const base = `billing:{${name}}:`;
    const clients = [here, there].map((node) => node.client({ domain: name }));
    const project = await clients[0].create('projects', { name: 'Project' });
    const accounts = [];

    for (let i = 0; i < count; i++) {
        const linked = [linkedAccount(), linkedAccount()];
        const credentials = await here.credentials(linked.slice(0, 1));
        const { id } = await clients[0].create('service-accounts', {
            name: `Account ${i}`, provider, project_id: project.id, credentials,
        });
        await sandbox.setLinked(credentials.email, linked);
        accounts.push({ id, linked });
    }

    const state = {
        name, clients, accounts,

        age: async () => {
            const then = Math.floor(Date.now() / 1000) - 2 * DAY;
            for (const { id } of accounts) {
                await redis.cli('hset', `${base}account:${id}`,
                    'linked_at', then, 'tried_at', then);
                await redis.cli('zadd', `${base}changes`,
                    await redis.cli('hincrby', `${base}meta`, 'generation', 1),
                    `account:${id}`);
            }
            await sandbox.clearCalls();
        },

        linked: ({ id }) => redis.cli('hget', `${base}account:${id}`, 'linked'),
        locks: () => redis.cli('keys', `${base}lock:list:*`),
        calls: async () => (await sandbox.calls({ path })).length,

        // many ask both nodes at once
        crowd: (size) => Promise.all(Array.from({ length: size }, async (_, i) => {
            const answer = await clients[i % 2].get('costs');
            is(answer.status, 200, answer.text);
            return answer.body;
        })),
    };

    await state.age();
    return state;
}


test('a hundred who ask cause the calls of one', async () => {
    const one = await domain(5);
    await one.crowd(1);
    const expected = await one.calls();
    is(expected, 5);

    const many = await domain(5);
    await sandbox.fault({ path, delay_ms: 200 });
    const answers = await many.crowd(100);
    await sandbox.clearFaults();

    is(await many.calls(), expected);
    for (const body of answers) {
        deepEqual(body.currencies, answers[0].currencies);
        is(body.accounts.filter(({ state }) => state !== 'fresh').length, 0);
    }
    for (const account of many.accounts) {
        deepEqual(JSON.parse(await many.linked(account)), account.linked);
    }
    is(await many.locks(), '');
});


test('a provider that fails is not asked by each of them in turn', async () => {
    const { crowd, calls, locks } = await domain(3);

    await sandbox.fault({ path, status: 503, delay_ms: scaled(100, 3000) });
    const answers = await crowd(60);
    await sandbox.clearFaults();

    is(await calls(), 3);
    for (const { accounts } of answers) {
        is(accounts.filter(({ state, code }) => state === 'stale'
            && code === 'provider_unavailable').length, 3);
    }
    is(await locks(), '');
});


test('who asks and goes leaves it to the others', async () => {
    const { name, clients, calls, locks, crowd } = await domain(1);
    const gone = here.client({ domain: name });

    await sandbox.fault({ path, delay_ms: scaled(400, 3000) });
    const first = gone.get('costs').catch(() => 'gone');
    await until(calls, 'the first call');
    const others = crowd(10);
    gone.agent.destroy();
    is(await first, 'gone');
    await others;
    await sandbox.clearFaults();

    ok(await calls() <= 2);
    is(await locks(), '');
    is((await clients[0].get('costs')).status, 200);
});


test('a worker that is killed while it asks is succeeded', async () => {
    const { clients, accounts, age, calls, linked, locks } = await domain(1);

    await sandbox.fault({ path, hang: true, times: 1 });
    const old = here.nginx.workers();
    const first = clients[0].get('costs').catch(() => 'cut');
    await until(calls, 'the first call');
    const second = clients[1].get('costs');
    await until(async () => await locks() !== '', 'the lock');

    const start = now();
    old.forEach((pid) => process.kill(pid, 'SIGKILL'));
    is(await first, 'cut');
    const { status, body } = await second;
    const took = now() - start;

    is(status, 200);
    is(body.accounts[0].state, 'fresh');
    ok(took < 6000, `took ${Math.round(took)} ms`);
    is(await calls(), 2);
    deepEqual(JSON.parse(await linked(accounts[0])), accounts[0].linked);
    await sandbox.clearFaults();

    await until(() => here.nginx.workers().length === 4, 'other workers');
    await age();
    is((await clients[0].get('costs')).body.accounts[0].state, 'fresh');
    is(await calls(), 1);
});


test('one who asks for longer than the lock is valid keeps it', async () => {
    const { calls, crowd, locks } = await domain(1);

    await sandbox.fault({ path, delay_ms: 5500 });
    await crowd(8);
    await sandbox.clearFaults();
    is(await calls(), 1);
    is(await locks(), '');
});


test('a provider that hangs holds up nobody for long', async () => {
    const { calls, crowd } = await domain(1);
    const start = now();

    await sandbox.fault({ path, hang: true });
    const answers = await crowd(20);
    const took = now() - start;
    await sandbox.clearFaults();

    ok(took < 11_000, `took ${Math.round(took)} ms`);
    is(answers.filter(({ accounts: [{ state }] }) => state === 'stale').length,
        20);
    is(await calls(), 1);
});


test('a reload while lists are asked for cuts nobody', async () => {
    const { calls, crowd } = await domain(2);

    await sandbox.fault({ path, delay_ms: scaled(700, 3000) });
    const answers = crowd(20);
    await until(calls, 'the first call');
    const [one, two] = await Promise.all(
        [here, there].map(({ nginx }) => nginx.reload()));
    is((await answers).length, 20);
    await here.nginx.gone(one);
    await there.nginx.gone(two);
    await sandbox.clearFaults();
    is(await calls(), 2);
});
