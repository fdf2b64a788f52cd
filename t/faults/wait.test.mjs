// What billing_redis_wait promises: what was acknowledged is on the replicas;
// what could not be confirmed says so, and can be confirmed later.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { isProblem, startBilling } from '../lib/billing.mjs';
import { startReplica } from '../lib/sentinel.mjs';
import { startRedis } from '../lib/redis.mjs';
import { after, deepEqual, is, like, ok, test, until } from '../lib/tap.mjs';
import { lostWrites, projectNames, startWriters } from '../lib/writer.mjs';


const redis = await startRedis({ args: ['--repl-diskless-sync-delay', 0] });
const replica = await startReplica(redis);
after(() => replica.kill());

const billing = await startBilling({
    keepAlive: false,
    redis, workers: 1, http: 'billing_redis_wait 1 300ms;',
});
after(() => billing.stop());

// Another nginx waits for as long as it takes to look at it meanwhile.
const patient = await startBilling({
    keepAlive: false, key: readFileSync(billing.key),
    redis, sandbox: billing.sandbox, http: 'billing_redis_wait 1 5s;',
});
after(() => patient.nginx.stop());
const admin = billing.client();

const NOT_CONFIRMED = /made, but not confirmed by enough replicas/;


function unsure(answer) {
    isProblem(answer, 503, 'storage_unavailable');
    like(answer.body.detail, NOT_CONFIRMED);
    ok(Number(answer.headers['retry-after']) >= 1);
}


async function waits() {
    const text = await redis.cli('info', 'commandstats');
    return Number(/cmdstat_wait:calls=(\d+)/.exec(text)?.[1] ?? 0);
}


test('an acknowledged change is on the replica', async () => {
    const writers = startWriters(Array.from({ length: 4 }, () =>
        billing.client({ domain: 'there' })));

    await until(() => writers.acknowledged.length > 100, 'some writes');
    // as a failover begins: the replica hears no more
    await replica.cli('replicaof', 'no', 'one');
    const known = [...writers.acknowledged];
    await until(() => writers.unsure > 0, 'a write that is not confirmed');
    await writers.stop();
    deepEqual(writers.strange, []);

    const rest = writers.acknowledged.filter((one) => !known.includes(one));
    for (const { id } of [...known, ...rest]) {
        is(await replica.cli('exists', `billing:{there}:project:${id}`), '1');
    }
});


test('without a replica a change is made, and says it is not confirmed', async () => {
    const key = { 'Idempotency-Key': randomUUID() };
    const answer = await admin.post('projects', { name: 'Alone' }, key);

    unsure(answer);
    deepEqual(await projectNames(admin), ['Alone']);
    unsure(await admin.post('projects', { name: 'Alone' }, key));
    const [{ id }] = (await admin.get('projects')).body.projects;
    unsure(await admin.patch(`projects/${id}`, { name: 'Still' }, 1));
    unsure(await admin.put('providers/hyperbilling_aws', { enabled: true }));

    // the same change once more finds another version, as it would after any
    // answer that got lost
    isProblem(await admin.patch(`projects/${id}`, { name: 'Still' }, 1),
        412, 'precondition_failed');

    // reads, and what is refused, are not held up
    is((await admin.post('projects', { name: 'Still' })).status, 409);
    deepEqual(await projectNames(admin), ['Still']);
    await billing.nginx.waitForLog(/a change is not confirmed by replicas/);

    await replica.cli('replicaof', '127.0.0.1', redis.port);
    const again = await until(async () => {
        const one = await admin.post('projects', { name: 'Alone' }, key);
        return one.status !== 503 && one;
    }, 'the replica to confirm it', 30_000);
    is(`${again.status} ${again.body.id}`, `201 ${id}`);
    is((await projectNames(admin)).length, 1);
});


test('many at once share the time that a silent replica costs', async () => {
    const before = await waits();

    replica.pause();
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) =>
        admin.post('projects', { name: `Many ${i}` })));
    replica.resume();

    answers.forEach(unsure);
    const n = await waits() - before;
    ok(n < 15, `${n} times WAIT for 30 changes`);
    is((await admin.get('projects')).status, 200);
});


test('reads go on while a change waits', async () => {
    replica.pause();
    const write = patient.client().post('projects', { name: 'Slow' });
    const order = [];
    const done = write.then(() => order.push('write'));

    await until(async () =>
        (await redis.cli('client', 'list')).includes('cmd=wait'), 'a WAIT');
    await patient.client().get('health').then(() => order.push('read'));
    await done;
    replica.resume();
    is(order[0], 'read');
    unsure(await write);
});


test('a worker that leaves waits for the replicas first', async () => {
    const one = patient.client();

    replica.pause();
    const write = one.post('projects', { name: 'Leaving' });
    await until(async () =>
        (await redis.cli('client', 'list')).includes('cmd=wait'), 'a WAIT');
    const old = await patient.nginx.reload();
    replica.resume();

    ok([201, 503].includes((await write).status));
    await patient.nginx.gone(old);
    deepEqual(await lostWrites({ acknowledged: [{ name: 'Leaving' }] },
        billing.client()), []);
});
