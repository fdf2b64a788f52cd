// Every endpoint stands still where it waits, and there its worker is told to
// go: by a reload, by quit, by stop, by worker_shutdown_timeout, or by kill.

import { isConsistent, keyLine, startBilling } from '../lib/billing.mjs';
import { startGate } from '../lib/gate.mjs';
import { now, scaled } from '../lib/pace.mjs';
import { startRedis } from '../lib/redis.mjs';
import { after, is, ok, test, until } from '../lib/tap.mjs';
import { startSandbox } from '../sandbox/index.mjs';
import { endpoints, open } from './endpoints.mjs';


const LEFT_MS = 8000;
const SHUTDOWN_MS = 500;
const PAGE = 400;

// what waits for all there is to wait for
const SOME = ['POST projects', 'POST service-accounts, with a key',
    'PATCH service-accounts/{id}', 'GET costs, with an old list'];

const key = keyLine();
const redis = await startRedis();
const sandbox = await startSandbox({ child: true, settings: { page_size: PAGE } });
const gate = await startGate({ redis, sandbox });
after(async () => {
    await gate.close();
    await sandbox.stop();
    await redis.stop();
});


// A system over the gate; stop() ends only its nginx.
async function start(options) {
    const billing = await startBilling({
        redis: gate.redis, sandbox: gate.sandbox, key, keepAlive: false,
        ...options,
        nginx: { level: 'notice', ...options?.nginx },
    });
    const table = await endpoints(billing);

    return { nginx: billing.nginx, admin: billing.client(), table };
}


// Where an endpoint waits; the first call is for Redis to learn the scripts.
async function awaits(prepare) {
    for (let i = 0; i < 2; i++) {
        const one = await prepare();

        gate.reset();
        is(Math.floor((await one.call()).status / 100), 2);
    }
    return [...new Set(gate.steps)];
}


// Calls fn(step, call) while the question step of the call is held.
async function atEach({ table }, names, fn) {
    for (const name of names) {
        for (const step of await awaits(table[name])) {
            const one = await table[name]();

            gate.hold(new RegExp(`^${step}$`));
            try {
                await fn(one, `${name}, ${step}`);
            } finally {
                gate.open();
            }
        }
    }
}


const system = await start();
after(() => system.nginx.stop());


test('reload: whoever waits is answered, then the worker goes', async () => {
    await atEach(system, SOME, async (one, what) => {
        const answer = one.call();
        await gate.held();
        const old = await system.nginx.reload();
        gate.open();

        const { status, text } = await answer;
        is(Math.floor(status / 100), 2, `${what}: ${text}`);
        await system.nginx.gone(old, LEFT_MS);
    });
});


test('reload when the client has gone: writes are made, reads end', async () => {
    await atEach(system, SOME, async (one, what) => {
        const socket = open(system.nginx.port, one);
        await gate.held();
        socket.resetAndDestroy();
        const old = await system.nginx.reload();
        gate.open();

        await system.nginx.gone(old, LEFT_MS);
        if (/^P/.test(what)) {
            ok(await one.done(), what);
        }
    });
});


test('a fetch that its worker gives up is taken over by the next', async () => {
    const { nginx, table } = system;
    const one = await table['GET costs, of days']();
    const asked = async () => (await one.pages()).length;

    // more pages than one, and time to reload during the first
    await sandbox.settings({ page_size: 50 });
    await sandbox.fault({ path: '/v1/search/billing', delay_ms: scaled(1000, 6000),
        times: 2 });

    try {
        const socket = open(nginx.port, one);
        await until(asked, 'the provider to be asked');
        socket.resetAndDestroy();
        const old = await nginx.reload();
        const { body, text } = await one.call();

        is(body.complete, true, text);
        is(body.accounts[0].state, 'fresh');
        await nginx.gone(old, LEFT_MS);
    } finally {
        await sandbox.clearFaults();
        await sandbox.settings({ page_size: PAGE });
    }
});


// Some waits of each kind, for what ends the whole of nginx.
const WAITS = [['POST projects', /^EVALSHA/],
    ['POST service-accounts', /linkedaccount/],
    ['GET costs, with an old list', /linkedaccount/],
    ['GET costs', /^HMGET/], ['GET costs', / lock$/], ['GET costs', /^POST/],
    ['GET costs', / cost$/]];

// An nginx of its own, ended by fn(system, answer) while the question is held.
// fn returns the end in a list; it must come soon.
async function ending(fn, options) {
    for (const [name, pattern] of WAITS) {
        const one = await start(options);
        const entry = await one.table[name]();

        gate.hold(pattern);
        const answer = entry.call().catch((error) => error);
        await gate.held();
        const [ended] = await fn(one, answer, `${name}, ${pattern}`);

        const since = now();
        await ended;
        gate.open();
        ok(now() - since < LEFT_MS, `${name}, ${pattern}`);
    }
}


test('quit: whoever waits is answered', async () => {
    await ending(async ({ nginx }, answer, what) => {
        const quit = nginx.quit();
        await nginx.waitForLog(/gracefully shutting down/);
        gate.open();

        is(Math.floor((await answer).status / 100), 2, what);
        return [quit];
    });
});


test('stop: nobody is waited for', async () => {
    await ending(async ({ nginx }, answer, what) => {
        const stop = nginx.stop();

        is((await answer).code, 'ECONNRESET', what);
        return [stop];
    });
});


test('worker_shutdown_timeout: what waits is cut, and nothing else', async () => {
    await ending(async ({ nginx, admin }, answer, what) => {
        const old = await nginx.reload();

        is((await answer).code, 'ECONNRESET', what);
        gate.open();
        await nginx.gone(old, LEFT_MS);
        is((await admin.get('health')).status, 200);
        return [nginx.stop()];
    }, { nginx: { main: `worker_shutdown_timeout ${SHUTDOWN_MS}ms;` } });
});


test('kill: another worker comes, and nothing is half done', async () => {
    const killed = /exited on signal 9/;
    const one = await start({ nginx: { allow: [killed] } });

    for (const name of Object.keys(one.table).filter((entry) =>
        /^(POST|PATCH|DELETE) (projects|service-accounts)/.test(entry))) {
        for (const step of await awaits(one.table[name])) {
            const entry = await one.table[name]();
            const [worker] = one.nginx.workers();

            gate.hold(new RegExp(`^${step}$`));
            const answer = entry.call().catch((error) => error);
            await gate.held();
            process.kill(worker, 'SIGKILL');
            is((await answer).code, 'ECONNRESET');
            gate.open();

            await until(() => one.nginx.workers()
                .some((pid) => pid !== worker), 'another worker');
            await isConsistent(one.admin);

            // the same once more: it is made now, if it was not before
            if (!await entry.done() || /verify/.test(name)) {
                const { status, text } = await entry.call();
                is(Math.floor(status / 100), 2, `${name}, ${step}: ${text}`);
            }
            ok(await entry.done(), `${name}, ${step}`);
        }
    }
    await one.nginx.stop();
});
