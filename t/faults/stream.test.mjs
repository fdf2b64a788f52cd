// A stream is closed at every place where it waits: what only it waited for
// ends, what others wait for, or have left behind, goes on.

import http2 from 'node:http2';

import { linkedAccount, startBilling } from '../lib/billing.mjs';
import { openEvents } from '../lib/events.mjs';
import { months } from '../lib/figures.mjs';
import { startGate } from '../lib/gate.mjs';
import { now, scaled } from '../lib/pace.mjs';
import { startRedis } from '../lib/redis.mjs';
import { freePort } from '../lib/process.mjs';
import { after, deepEqual, diag, is, ok, test, until } from '../lib/tap.mjs';
import { startSandbox } from '../sandbox/index.mjs';
import { open } from './endpoints.mjs';


const SEARCH = '/v1/search/billing';
const LOCK_EXPIRY_MS = 6000;
const last = months(-2, -2)[0];
const query = `start=${last}&end=${last}`;

const redis = await startRedis();
const sandbox = await startSandbox({ child: true });
const gate = await startGate({ redis, sandbox });
const port2 = await freePort();
const billing = await startBilling({
    keepAlive: false,
    redis: gate.redis, sandbox: gate.sandbox, nginx: { level: 'notice' },
    server: `
        listen 127.0.0.1:${port2} http2;

        location /narrow/ {
            billing on;
            billing_user $http_x_user;
            billing_role $http_x_role;
            billing_domain $test_domain;
            limit_rate 50;
        }`,
});
after(() => gate.close());
after(() => billing.stop());

const [worker] = billing.nginx.workers();
let count = 0;

// a domain of its own with one account, which nobody has asked for
async function cold() {
    const domain = `d${++count}`;
    const who = billing.client({ domain });
    const project = await who.create('projects', { name: 'Project' });
    const credentials = await billing.credentials([linkedAccount()]);
    const keys = async (pattern) => (await redis.cli('keys',
        `billing:{${domain}}:${pattern}`)).split('\n').filter(Boolean);

    await who.create('service-accounts', {
        name: 'account', provider: 'hyperbilling_aws', project_id: project.id,
        credentials,
    });

    return {
        who, credentials, query: `costs?${query}`,
        path: `costs/stream?${query}`,
        calls: async () => (await sandbox.calls(
            { client: credentials.email, path: SEARCH })).length,
        // what it holds: locks, and permits for calls
        locks: async () =>
            [...await keys('lock:*'), ...await keys('permits:*')],
        blocks: () => keys('cost:*'),
    };
}

const send = ({ who, path }) => open(billing.nginx.port,
    { method: 'GET', path, headers: who.headers });
const stream = ({ who, path }) => openEvents(billing, path, { who });
const leave = async (client) => {
    const before = billing.nginx.accessLog().split('\n').length;
    client();
    await until(() => billing.nginx.accessLog().split('\n').length > before,
        'nginx to see it');
};


const slow = ({ credentials }, rule) => sandbox.fault(
    { client: credentials.email, path: SEARCH, ...rule });


// What a stream asks before its answer, each kind once, in order.
async function awaits() {
    for (let i = 0; i < 2; i++) {
        gate.reset();
        const one = await cold();
        gate.reset();
        is((await stream(one).end()).at(-1).name, 'result');
    }
    const stored = gate.steps.findLastIndex((step) =>
        /^EVALSHA.* cost$/.test(step));
    return [...new Set(gate.steps.slice(0, stored + 1))];
}


test('closed at every question', async () => {
    const steps = await awaits();
    const fetching = steps.findIndex((step) => step.startsWith('POST'));
    ok(fetching > 0, steps.join());

    for (const [i, step] of steps.entries()) {
        for (const end of ['resetAndDestroy', 'end']) {
            diag('%s at %s', end, step);
            const one = await cold();

            gate.hold(new RegExp(`^${step}$`));
            const socket = send(one);
            const began = now();
            try {
                await gate.held();
                await leave(() => socket[end]());
            } finally {
                gate.open();
            }

            await until(async () => (await one.locks()).length === 0,
                'the locks to be given back');
            ok(now() - began < LOCK_EXPIRY_MS);
            socket.destroy();

            // what was read is stored; what was not is not read any more
            if (i <= fetching) {
                is((await billing.client().get('health')).status, 200);
                is((await one.blocks()).length, 0, `blocks after ${step}`);
            } else {
                await until(async () => (await one.blocks()).length === 1,
                    'the block');
            }

            const { status, body, headers } = await one.who.get(one.query);
            is(status, 200);
            is(body.complete, true, JSON.stringify(body));
            is(headers['x-billing-cache'], i > fetching ? 'HIT' : 'MISS');
        }
    }
    deepEqual(billing.nginx.workers(), [worker], 'the worker');
}, { timeout: 300_000 });


test('closed while lookups run: the transfer is cancelled', async () => {
    const one = await cold();
    await slow(one, { hang: true });
    const client = stream(one);

    deepEqual((await client.next('progress')).data, { done: 0, total: 1 });
    await until(async () => await one.calls() === 1, 'the call');
    is((await one.locks()).length, 2);

    await leave(() => client.close());
    await until(async () => (await one.locks()).length === 0, 'no lock', 2000);
    await until(async () => (await sandbox.counters()).in_flight === 0,
        'the transfer to end', 2000);

    await sandbox.clearFaults();
    const { headers, body } = await one.who.get(one.query);
    is(headers['x-billing-cache'], 'MISS');
    is(body.complete, true);
    is(await one.calls(), 2);
});


test('an HTTP/2 stream is reset, its connection stays', async () => {
    const one = await cold();
    const session = http2.connect(`http://127.0.0.1:${port2}`);
    const headers = Object.fromEntries(Object.entries(one.who.headers)
        .map(([name, value]) => [name.toLowerCase(), value]));
    const ask = (path) => session.request(
        { ':path': `/billing/api/v1/${path}`, ...headers });
    const answer = (request) => new Promise((resolve) => {
        let text = '';
        request.setEncoding('utf8').on('data', (data) => { text += data; })
            .on('close', () => resolve(text));
    });

    await slow(one, { hang: true });
    const first = ask(one.path);
    const begun = new Promise((resolve) => first.once('response', resolve));
    const text = answer(first);
    await until(async () => await one.calls() === 1, 'the call');
    await begun;
    first.close(http2.constants.NGHTTP2_CANCEL);
    ok(!/result/.test(await text));
    await until(async () => (await one.locks()).length === 0, 'no lock', 2000);

    await sandbox.clearFaults();
    ok(/event: result/.test(await answer(ask(one.path))));
    session.destroy();
});


test('closed by a client that had not taken all of it', async () => {
    for (const rule of [{ hang: true }, { delay_ms: scaled(1000, 8000) }]) {
        const one = await cold();
        await slow(one, rule);
        const client = openEvents(billing, one.path,
            { who: one.who, base: '/narrow/' });

        // its head alone takes longer than a provider may hang
        await until(async () => await one.calls() === 1, 'the call');
        if (!rule.hang) {
            await until(async () => (await one.blocks()).length === 1,
                'the block');
        }
        is(client.state.over, false);
        await leave(() => client.close());
        await until(async () => (await one.locks()).length === 0, 'no lock', 2000);
    }
    await sandbox.clearFaults();
});


test('others wait for the same: they get it', async () => {
    // of those who ask for one answer, one asks for all
    for (const [asks, other] of [
        [2, (one) => ({ answer: one.who.get(one.query).then(({ body }) => body) })],
        [3, (one) => ({ answer: stream(one).next('result').then(({ data }) => data) })],
    ]) {
        const one = await cold();
        await slow(one, { delay_ms: scaled(1500, 8000) });
        gate.reset();
        const first = stream(one);
        await first.next('progress');

        const { answer } = other(one);
        const { answer: third } = other(one);
        await until(() => gate.steps.filter((step) =>
            /^HMGET cost/.test(step)).length === asks, 'all of them to ask');
        // what Redis has said to them has come when it has said this
        is((await billing.client().get('health')).status, 200);
        await leave(() => first.close());

        is((await answer).complete, true);
        is((await third).complete, true);
        is(await one.calls(), 1);
    }
});


test('a GET has left it behind: it goes on', async () => {
    const one = await cold();
    await slow(one, { delay_ms: scaled(1500, 8000) });
    const socket = send({ ...one, path: one.query });
    await until(async () => await one.calls() === 1, 'the call');
    await leave(() => socket.resetAndDestroy());

    const client = stream(one);
    await client.next('progress');
    await leave(() => client.close());

    await until(async () => (await one.blocks()).length === 1, 'the block');
    is((await one.who.get(one.query)).headers['x-billing-cache'], 'HIT');
    is(await one.calls(), 1);
});


test('a worker that goes ends its streams before', async () => {
    const one = await cold();
    await slow(one, { delay_ms: scaled(1500, 8000) });
    const client = stream(one);

    await client.next('progress');
    const old = await billing.nginx.reload();
    is(client.state.over, false);
    is((await client.end()).at(-1).data.complete, true);
    is(client.state.error, undefined);
    await billing.nginx.gone(old);
});
