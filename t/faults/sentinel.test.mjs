// Redis behind Sentinel: what was acknowledged survives a failover, and
// nothing but a 503 that may be tried again is seen of it.

import { readmeUser } from '../lib/acl.mjs';
import { startBilling } from '../lib/billing.mjs';
import { startRedis } from '../lib/redis.mjs';
import { replication, startSentinels } from '../lib/sentinel.mjs';
import { after, deepEqual, diag, is, ok, test, until } from '../lib/tap.mjs';
import { lostWrites, projectNames, startWriters } from '../lib/writer.mjs';


// what is promised is 2 s after Sentinel's decision; the machine may be busy
const FOLLOWS_MS = 2000;
const BUSY_MS = 6000;

// users who may do what the README says, and nothing more
const user = readmeUser('billing', ['+role', '+wait']);
const watch = readmeUser('watch');

const sentinels = await startSentinels({
    replicas: 2, args: user.args, user: `${user.name}:${user.password}@`,
    lines: [watch.line],
});
const redisUrl = `${sentinels.url} `
    + `sentinel_auth=${watch.name}:${watch.password}`;
after(() => sentinels.stop());

const billing = await startBilling({
    redis: { ...sentinels.servers[0], stop: async () => {} },
    redisUrl, workers: 2, keepAlive: false,
    http: 'billing_redis_wait 1 1s;',
});
after(() => billing.stop());

const other = await startBilling({
    redis: billing.redis, sandbox: { ...billing.sandbox, stop: async () => {} },
    redisUrl, workers: 2, keepAlive: false,
    http: 'billing_redis_wait 2 1s;',
});
after(() => other.nginx.stop());


// A failover while writers write and fn() makes it happen: all that was
// acknowledged is there, and writing went on soon.
async function failover(node, domain, fn) {
    const { port } = await sentinels.master();
    const clients = Array.from({ length: 4 }, () => node.client({ domain }));
    const writers = startWriters(clients);

    await until(() => writers.acknowledged.length > 20, 'some writes');
    await fn(await sentinels.master());

    const decided = await sentinels.switched(port);
    const made = () => writers.made.find((time) => time > decided);
    await until(made, 'a write after it', 20_000);
    const enough = writers.made.length + 20;
    await until(() => writers.made.length > enough, 'more', 30_000);
    await writers.stop();

    const followed = made() - decided;
    diag('%s: followed after %d ms, %d of %d answers were 503, %d not '
        + 'confirmed; without any for %d ms', domain, followed, writers.refused,
    writers.refused + writers.acknowledged.length, writers.unsure,
    writers.longest());
    ok(followed < FOLLOWS_MS + BUSY_MS, `followed after ${followed} ms`);
    deepEqual(writers.strange, []);

    deepEqual(await lostWrites(writers, node.client({ domain })), []);
    const names = await projectNames(node.client({ domain }));
    is(new Set(names).size, names.length, 'nothing was written twice');
}


// As many replicas as before, that is.
async function complete() {
    await until(async () => {
        const master = await sentinels.master();
        const text = await replication(master);
        return text.match(/state=online/g)?.length === 2;
    }, 'two replicas', 30_000);
}


test('writes, and a change that the other nginx sees', async () => {
    const [one, two] = [billing, other].map((node) => node.client());

    await one.create('projects', { name: 'First' });
    deepEqual(await projectNames(two), ['First']);
    await billing.nginx.waitForLog(/redis "127.0.0.1:\d+" is the master of "main"/);
});


test('the master is killed', async () => {
    let old;
    await failover(billing, 'killed', async (master) => {
        old = master;
        await master.kill();
    });

    const { port, dir } = old;
    sentinels.servers[sentinels.servers.indexOf(old)] =
        await startRedis({ port, dir, args: user.args });
    await complete();
});


test('a master that hangs is left; when it wakes up it gets no write', async () => {
    let old;
    await failover(billing, 'hangs', (master) => {
        old = master;
        master.pause();
    });

    old.resume();
    await until(async () => /role:slave/.test(await replication(old)),
        'the old master to learn of it', 20_000);
    await billing.client({ domain: 'hangs' }).create('projects', { name: 'New' });
    ok((await projectNames(other.client({ domain: 'hangs' }))).includes('New'));
});


// The old master takes writes until Sentinel has told it, and only those that
// all replicas have are on the new one.
test('Sentinel is told to fail over', async () => {
    await complete();
    await failover(other, 'told', () => sentinels.failover());
});


test('reload and quit while there is no master', async () => {
    const { port } = await sentinels.master();
    const clients = Array.from({ length: 4 }, () => other.client({ domain: 'out' }));

    for (const client of clients) {
        is((await client.get('projects')).status, 200);
    }
    await (await sentinels.master()).kill();
    const calls = clients.map((client, i) =>
        client.post('projects', { name: `Out ${i}` }));
    const old = await other.nginx.reload();

    for (const { status } of await Promise.all(calls)) {
        ok(status === 201 || status === 503, `answered ${status}`);
    }
    await sentinels.switched(port);
    await until(async () => (await clients[0].get('projects')).status === 200,
        'the new workers to find the master');
    await other.nginx.gone(old);
});


test('nobody was refused what he needs', async () => {
    const servers = [...sentinels.servers, ...sentinels.sentinels];

    for (const server of servers) {
        is(await server.cli('acl', 'log').catch(() => ''), '');
    }
});


test('without any Sentinel the master serves on', async () => {
    await Promise.all(sentinels.sentinels.map((one) => one.stop()));
    await billing.nginx.waitForLog(/no subscription to redis "sentinel 127/);
    is((await billing.client().get('projects')).status, 200);

    // but nobody tells those who are new where it is
    const old = await billing.nginx.reload();
    const answer = await billing.client().get('projects');
    is(answer.status, 503);
    is(answer.body.code, 'storage_unavailable');
    await billing.nginx.waitForLog(
        /no master of redis "main": no sentinel knows a master/);
    await billing.nginx.gone(old);
});
