// Every endpoint stands still at every place where it waits, and there its
// client goes away: reads end, writes are completed, and a fetch that was
// begun fills the cache.

import { isConsistent, keyLine, startBilling } from '../lib/billing.mjs';
import { startGate } from '../lib/gate.mjs';
import { operations } from '../lib/openapi.mjs';
import { startRedis } from '../lib/redis.mjs';
import { after, deepEqual, diag, is, ok, test, until } from '../lib/tap.mjs';
import { startSandbox } from '../sandbox/index.mjs';
import { endpoints, open } from './endpoints.mjs';


const redis = await startRedis();
const sandbox = await startSandbox({ child: true, settings: { page_size: 400 } });
const gate = await startGate({ redis, sandbox });
const billing = await startBilling({
    redis: gate.redis, sandbox: gate.sandbox, nginx: { level: 'info' },
    key: keyLine('k1') + keyLine('k2'),
});
after(() => gate.close());
after(() => billing.stop());

const [worker] = billing.nginx.workers();
const table = await endpoints(billing);
const logged = () => billing.nginx.accessLog().split('\n').length;


// Where the endpoint waits: what it asks, each kind once.  The first call is
// for Redis to learn the scripts.
async function awaits(prepare) {
    for (let i = 0; i < 2; i++) {
        const one = await prepare();

        gate.reset();
        const { status, text } = await one.call();
        ok(status < 300, text);
    }
    // for what comes after the block is stored, nobody waits: locks that are
    // given back, an answer that is kept
    const steps = [...new Set(gate.steps)]
        .filter((step) => !/^EVALSHA \w+ answers$/.test(step));
    const stored = steps.findIndex((step) => /^EVALSHA \w+ cost$/.test(step));

    return stored < 0 ? steps : steps.slice(0, stored + 1);
}


// The lock of who asks for a list is given back by the script that takes it.
function givesBack(steps) {
    return steps.slice(0, Math.max(0,
        steps.indexOf('GET /v1/search/linkedaccount')))
        .findLast((step) => /^EVALSHA \w+ meta$/.test(step));
}


// The client goes while the first question of this kind is held.
async function abortAt(prepare, step, end, back) {
    const one = await prepare();
    const before = logged();
    const what = `${end} at ${step}`;

    gate.hold(new RegExp(`^${step}$`));
    const socket = open(billing.nginx.port, one);
    try {
        await gate.held();
        socket[end]();
        await until(() => logged() > before, `nginx to see the ${what}`);
    } finally {
        gate.open();
    }

    const asked = gate.steps.length;

    if (one.goesOn(step)) {
        await until(one.done, `the effect in spite of ${what}`);
        const pages = await one.pages?.() ?? [];
        is(new Set(pages).size, pages.length, 'no page was asked for twice');
    } else {
        is((await billing.client().get('health')).status, 200);
        deepEqual(gate.steps.slice(asked).filter((text) => text !== back),
            ['PING '], `questions after ${what}`);
    }

    is(socket.bytesRead, 0, 'an answer');
    socket.destroy();
}


// Streams are closed at every question by stream.test.mjs.
test('the table has every endpoint', () => {
    const named = new Set(Object.keys(table).map((name) => name.split(',')[0]));

    deepEqual(operations.map(([path, method]) => `${method} ${path.slice(1)}`)
        .filter((name) => !named.has(name)), ['GET costs/stream']);
});


for (const [name, prepare] of Object.entries(table)) {
    test(name, async () => {
        const steps = await awaits(prepare);
        const back = givesBack(steps);

        for (const step of steps) {
            diag('%s', step);
            await abortAt(prepare, step, 'resetAndDestroy', back);
            await abortAt(prepare, step, 'end', back);
        }
        deepEqual(billing.nginx.workers(), [worker], 'the worker');
    });
}


test('indexes and objects agree', () => isConsistent(billing.client()));
