// Redis as a cluster: nodes that come, go and hand over their slots under
// load.  What was acknowledged is there, whole, and nothing but a 503 that may
// be tried again is seen of it.

import { readmeUser } from '../lib/acl.mjs';
import { startBilling } from '../lib/billing.mjs';
import { startCluster } from '../lib/cluster.mjs';
import { after, deepEqual, diag, is, ok, test, until } from '../lib/tap.mjs';
import { projectNames, startWriters } from '../lib/writer.mjs';


// a user who may do what the README says, and nothing more
const user = readmeUser('billing', ['+asking', '+cluster|slots']);

const cluster = await startCluster({
    masters: 3, replicas: 1, spare: 1, args: user.args,
    user: `${user.name}:${user.password}@`,
});
const [one, two, , spare] = cluster.nodes;
after(() => cluster.stop());

const billing = await startBilling({
    redis: { ...one, stop: async () => {} },
    redisUrl: cluster.url, workers: 2, keepAlive: false,
});
after(() => billing.stop());

const other = await startBilling({
    redis: billing.redis, sandbox: { ...billing.sandbox, stop: async () => {} },
    redisUrl: cluster.url,
});
after(() => other.nginx.stop());


// A domain that the node has, and its slot; nobody has got it before.
let last = 0;

async function domainOf(node) {
    for (;;) {
        const domain = `d${last++}`;
        const slot = await cluster.slot(domain);
        if (await cluster.owner(slot) === node) {
            return { domain, slot };
        }
    }
}


// Writes to the domains while fn() does something; returns the writers.
async function during(domains, fn) {
    const clients = domains.flatMap((domain) =>
        [billing.client({ domain }), billing.client({ domain })]);
    const writers = startWriters(clients);

    await until(() => writers.acknowledged.length > 10 * clients.length,
        'some writes');
    await fn(writers);
    const enough = writers.acknowledged.length + 10 * clients.length;
    await until(() => writers.acknowledged.length > enough, 'more', 30_000);
    await writers.stop();

    deepEqual(writers.strange, []);
    const names = [];
    for (const domain of domains) {
        const found = await projectNames(other.client({ domain }));
        is(new Set(found).size, found.length, 'nothing was written twice');
        names.push(...found);
    }
    const there = new Set(names);
    deepEqual(writers.acknowledged.filter(({ name }) => !there.has(name)), []);
    return writers;
}


test('each domain has a node, and a change is seen by the other nginx', async () => {
    for (const node of [one, two]) {
        const { domain } = await domainOf(node);

        await billing.client({ domain }).create('projects', { name: 'First' });
        deepEqual(await projectNames(other.client({ domain })), ['First']);
        ok(Number(await node.cli('dbsize')) > 0);
    }
    is((await billing.client().get('health')).status, 200);
});


test('slots move under load', async () => {
    const { domain, slot } = await domainOf(two);
    const still = await domainOf(one);
    let keys = 0;

    const writers = await during([domain, still.domain], async () => {
        for (const to of [spare, two, spare]) {
            await cluster.migrate(slot, to, { batch: 50, between: () => {
                keys += 50;
            } });
        }
    });
    diag('%d keys moved; %d of %d answers were 503', keys, writers.refused,
        writers.refused + writers.acknowledged.length);
    is(await cluster.owner(slot), spare);
    await until(async () => Number(await spare.cli('pubsub', 'numsub',
        'billing:changed').then((text) => text.split('\n')[1])) > 0,
    'a listener at the node with the slot');
});


// A script would find some of its keys, and not the others.
test('half of a slot is there: no script runs, and others are served', async () => {
    const { domain, slot } = await domainOf(one);
    const client = billing.client({ domain });

    for (let i = 0; i < 10; i++) {
        await client.create('projects', { name: `Half ${i}` });
    }
    const before = (await projectNames(client)).length;

    let answers;
    let once = false;
    await cluster.migrate(slot, two, { batch: 1, async between() {
        if (once) {
            return;
        }
        once = true;
        answers = await Promise.all([
            client.post('projects', { name: 'Half 0' }),
            client.post('projects', { name: 'Half new' }),
            client.get('projects'),
            client.get('health'),
        ]);
    } });

    const health = answers.pop();
    for (const { status, body } of answers) {
        is(`${status} ${body.code}`, '503 storage_unavailable');
    }
    is(health.status, 200);
    is((await projectNames(client)).length, before);
    is((await client.post('projects', { name: 'Half 0' })).status, 409);
    await client.create('projects', { name: 'Half new' });
});


// Redis acknowledges before its replica has a change: here it has all of them.
async function killReplicated(node) {
    await node.cli('client', 'pause', 600_000, 'write');
    await until(async () => {
        const [, replica, own] = /^slave0:.*offset=(\d+).*^master_repl_offset:(\d+)/ms
            .exec(await node.cli('info', 'replication')) ?? [];

        return replica !== undefined && replica === own;
    }, 'the replica to have all', 20_000);
    await node.kill();
}


test('a master is killed, and its replica takes over', async () => {
    const { domain } = await domainOf(one);
    const lives = await domainOf(two);
    const writers = await during([domain, lives.domain], async () => {
        await killReplicated(one);
        await cluster.settled();
    });

    diag('%d of %d answers were 503; without any for %d ms', writers.refused,
        writers.refused + writers.acknowledged.length, writers.longest());
});


test('reload and quit while slots are without a node', async () => {
    const { domain } = await domainOf(two);
    const client = billing.client({ domain });

    await two.kill();
    const calls = Array.from({ length: 8 }, (_, i) =>
        client.post('projects', { name: `Away ${i}` }));
    const old = await billing.nginx.reload();

    for (const { status } of await Promise.all(calls)) {
        ok(status === 201 || status === 503, `answered ${status}`);
    }
    await cluster.settled();
    await until(async () => (await client.get('projects')).status === 200,
        'the new workers to find the replica');
    await billing.nginx.gone(old);
});


test('nobody was refused what he needs', async () => {
    for (const node of cluster.lives()) {
        is(await node.cli('acl', 'log'), '');
    }
});
