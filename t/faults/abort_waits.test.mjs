// Clients go where an endpoint waits for something else than an answer to a
// question: for the rest of a body, for a client that does not read, for a
// lock, a permit, or the time to try again.  Where threads read pages, see
// threads.test.mjs.

import { keyLine, startBilling } from '../lib/billing.mjs';
import { startGate } from '../lib/gate.mjs';
import { months } from '../lib/figures.mjs';
import { startRedis } from '../lib/redis.mjs';
import { after, deepEqual, is, ok, test, until } from '../lib/tap.mjs';
import { startSandbox } from '../sandbox/index.mjs';
import { endpoints, open } from './endpoints.mjs';


const SEARCH = '/v1/search/billing';
const PERMITS = 4;
const [last] = months(-2, -2);

const redis = await startRedis();
const sandbox = await startSandbox({ child: true });
const gate = await startGate({ redis, sandbox });
const billing = await startBilling({
    redis: gate.redis, sandbox: gate.sandbox, nginx: { level: 'info' },
    key: keyLine('k1') + keyLine('k2'),
    server: `
        location /narrow/ {
            billing on;
            billing_user $http_x_user;
            billing_role $http_x_role;
            billing_domain $test_domain;
            limit_rate 20;
        }`,
});
after(() => gate.close());
after(() => billing.stop());

const [worker] = billing.nginx.workers();
const table = Object.entries(await endpoints(billing));
const logged = () => billing.nginx.accessLog().split('\n').length;
const asked = (kind) => gate.steps.filter((step) => kind.test(step)).length;

async function leave(socket, what) {
    const before = logged();

    socket.resetAndDestroy();
    await until(() => logged() > before, `nginx to see it: ${what}`);
    deepEqual(billing.nginx.workers(), [worker], what);
}


test('in the middle of a body: nothing is done', async () => {
    for (const [name, prepare] of table) {
        const one = await prepare();

        if (one.text === undefined || /verify/.test(name)) {
            continue;
        }

        const socket = open(billing.nginx.port, one, -1);
        // it has arrived when what was sent after it has an answer
        is((await billing.client().get('health')).status, 200);
        gate.reset();
        await leave(socket, name);
        is((await billing.client().get('health')).status, 200);
        deepEqual(gate.steps, ['PING '], name);
        ok(!await one.done(), name);
    }
});


test('in the middle of an answer: what was done is done', async () => {
    for (const [name, prepare] of table) {
        const one = await prepare();
        const socket = open(billing.nginx.port, one, undefined, '/narrow/');

        await until(() => socket.bytesRead > 0, `an answer to ${name}`);
        await leave(socket, name);
        if (one.goesOn('')) {
            ok(await one.done(), name);
        }
    }
});


// What keeps figures waiting, and how to see that it does.
const WAITS = {
    'a lock of another node': {
        async hold({ base, id }) {
            const lock = `${base}lock:${id}:1:M:${last}`;

            await redis.cli('set', lock, 'another', 'px', 60_000);
            return () => redis.cli('del', lock);
        },
        waiting: () => asked(/^EVALSHA \w+ lock$/) > 2,
    },
    'permits that others have': {
        async hold({ base, id }) {
            const key = `${base}permits:${id}:1`;
            const held = Array.from({ length: PERMITS },
                (_, i) => [Date.now() + 60_000, `another ${i}`]).flat();

            await redis.cli('zadd', key, ...held);
            return () => redis.cli('del', key);
        },
        waiting: () => asked(/^EVALSHA \w+ usage$/) > 2,
    },
    'a provider that is to be asked again': {
        async hold({ email }) {
            await sandbox.fault({ client: email, path: SEARCH, status: 503,
                times: 1 });
            return () => {};
        },
        waiting: () => asked(/^POST/) > 0,
    },
};

for (const [what, { hold, waiting }] of Object.entries(WAITS)) {
    test(`while figures wait for ${what}`, async () => {
        const figures = table.filter(([name]) => /costs$|dashboard/.test(name));

        ok(figures.length >= 3);
        for (const [name, prepare] of figures) {
            const one = await prepare();
            const release = await hold(one);

            gate.reset();
            const socket = open(billing.nginx.port, one);
            await until(waiting, `${name} to wait`);
            await leave(socket, name);
            is(socket.bytesRead, 0, 'an answer');
            await release();
            await until(one.done, `the figures of ${name}`, 30_000);
        }
    }, { timeout: 240_000 });
}
