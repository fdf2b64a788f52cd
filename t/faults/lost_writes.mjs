// Measures how many acknowledged changes are lost when the master of Redis is
// lost, with and without billing_redis_wait:
//
//     ROUNDS=5 node t/faults/lost_writes.mjs
//
// prints the rows of the table in the README.

import { connect, createServer } from 'node:net';

import { startBilling } from '../lib/billing.mjs';
import { startRedis } from '../lib/redis.mjs';
import { startReplica, startSentinels } from '../lib/sentinel.mjs';
import { until } from '../lib/tap.mjs';
import { startWriters } from '../lib/writer.mjs';


const ROUNDS = Number(process.env.ROUNDS ?? 5);
const DELAY_MS = 50;
const WRITERS = 8;
const WRITES = 200;


// Hands on what comes, a little later.
async function slowLink(port) {
    const server = createServer((one) => {
        const two = connect({ port, host: '127.0.0.1' });

        for (const [from, to] of [[one, two], [two, one]]) {
            from.on('data', (data) => setTimeout(() =>
                to.destroyed || to.write(data), DELAY_MS));
            from.on('close', () => to.destroy());
            from.on('error', () => {});
        }
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server;
}


async function write(billing, fn) {
    const writers = startWriters(Array.from({ length: WRITERS }, () =>
        billing.client()), { again: false });

    await until(() => writers.acknowledged.length >= WRITES, 'writes', 60_000);
    await fn();
    await writers.stop();
    return writers.acknowledged;
}


async function missing(redis, acknowledged) {
    const ids = new Set((await redis.cli('smembers',
        'billing:{default}:projects')).split('\n'));
    return acknowledged.filter(({ id }) => !ids.has(id)).length;
}


// One master and one replica; the replica is what is left.
async function killed({ wait, slow }) {
    const master = await startRedis({ args: ['--repl-diskless-sync-delay', 0] });
    const link = slow && await slowLink(master.port);
    const replica = await startReplica(link
        ? { port: link.address().port } : master);
    const billing = await startBilling({
        redis: { ...master, stop: async () => {} },
        http: wait ? `billing_redis_wait ${wait} 1s;` : '',
    });

    const acknowledged = await write(billing, () => master.kill());
    await replica.cli('replicaof', 'no', 'one');
    const lost = await missing(replica, acknowledged);
    await billing.stop();
    await replica.kill();
    link?.close();
    return { lost, of: acknowledged.length };
}


// Two replicas, and a failover that Sentinel is told to make.
async function told({ wait }) {
    const sentinels = await startSentinels({ replicas: 2 });
    const [master] = sentinels.servers;
    const billing = await startBilling({
        redis: { ...master, stop: async () => {} }, redisUrl: sentinels.url,
        http: wait ? `billing_redis_wait ${wait} 1s;` : '',
    });

    const acknowledged = await write(billing, async () => {
        await sentinels.failover();
        await sentinels.switched(master.port);
    });
    const lost = await missing(await sentinels.master(), acknowledged);
    await billing.stop();
    await sentinels.stop();
    return { lost, of: acknowledged.length };
}


for (const [what, fn, options] of [
    ['killed, near', killed, {}],
    ['killed, near', killed, { wait: 1 }],
    [`killed, replica ${DELAY_MS} ms away`, killed, { slow: true }],
    [`killed, replica ${DELAY_MS} ms away`, killed, { slow: true, wait: 1 }],
    ['told to fail over, 2 replicas', told, {}],
    ['told to fail over, 2 replicas', told, { wait: 1 }],
    ['told to fail over, 2 replicas', told, { wait: 2 }],
]) {
    const results = [];
    for (let i = 0; i < ROUNDS; i++) {
        results.push(await fn(options));
    }
    const sum = (key) => results.reduce((n, one) => n + one[key], 0);
    console.log(`| ${what} | ${options.wait ?? '-'} | ${sum('lost')} of `
        + `${sum('of')} |`);
}
