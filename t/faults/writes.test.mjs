// Nothing that was acknowledged is lost, nothing is half done, nothing is done
// twice: clients of two nodes with two workers each create, rename, move and
// delete groups, projects and accounts, while Redis (appendfsync always) is
// killed or shut down and started again.  What they asked and were told is
// judged by t/lib/history.mjs.
//
// Environment: BILLING_WRITES, for how many seconds at least (8); BILLING_SEED, what
// the clients do (not when).

import { isConsistent, keyLine, startBilling } from '../lib/billing.mjs';
import { KINDS, startChanges } from '../lib/changes.mjs';
import { violations } from '../lib/history.mjs';
import { seeded } from '../lib/random.mjs';
import { startRedis } from '../lib/redis.mjs';
import { after, deepEqual, diag, is, ok, test, until } from '../lib/tap.mjs';
import { startSandbox } from '../sandbox/index.mjs';


const SECONDS = Number(process.env.BILLING_WRITES ?? 8);
const SEED = Number(process.env.BILLING_SEED ?? Date.now() % 1e6);

diag('BILLING_SEED=%d', SEED);

const args = ['--appendonly', 'yes', '--appendfsync', 'always'];
let redis = await startRedis({ args });
const sandbox = await startSandbox({ child: true });
const key = keyLine();
const nodes = [];

for (let i = 0; i < 2; i++) {
    nodes.push(await startBilling({ redis, sandbox, key, workers: 2 }));
}
after(async () => {
    await Promise.all(nodes.map(({ nginx }) => nginx.stop()));
    await sandbox.stop();
    await redis.stop();
});

const restarts = { kill: 0, stop: 0 };
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
let changes;
let over = false;


// Redis goes in one way or the other, and comes back with what it has on disk.
async function disturb(random) {
    while (!over) {
        await pause(400 + random.below(1200));
        const how = random.of(['kill', 'stop']);

        await redis[how]();
        redis = await startRedis({ args, port: redis.port, dir: redis.dir });
        restarts[how]++;
    }
}


test('clients and Redis do their worst', async () => {
    const random = seeded(SEED);
    changes = startChanges({ systems: nodes, seed: SEED });
    const disturbing = disturb(random);

    try {
        await pause(SECONDS * 1000);
        // on a busy machine it takes longer
        await until(() => changes.missing().length === 0 && restarts.kill > 0
            && restarts.stop > 0, 'all to be done once', 90_000);
    } finally {
        over = true;
        await Promise.all([disturbing, changes.stop()]);
    }

    diag('%d operations, Redis killed %d times, shut down %d times',
        changes.history.length, restarts.kill, restarts.stop);
}, { timeout: SECONDS * 1000 + 180_000 });


test('every kind of thing has happened', () => {
    diag('%s', changes.outcomes());
    deepEqual(changes.missing(), []);
    ok(changes.history.some(({ outcome }) => outcome === 'unknown'), 'unknown ones');
});


test('what was told is what happened', async () => {
    for (const [i, node] of nodes.entries()) {
        for (const kind of KINDS) {
            await changes.list(node.client(), kind, `the end, node ${i}`);
        }
    }
    const { history } = changes;
    is(history.slice(-6).every(({ outcome }) => outcome === 'ok'), true);
    deepEqual(violations(history).slice(0, 20), []);
}, { timeout: 600_000 });


test('indexes and objects agree', async () => {
    for (const node of nodes) {
        await until(async () => (await node.client().get('check')).status === 200,
            'every worker to have Redis again');
        await isConsistent(node.client());
    }
});
