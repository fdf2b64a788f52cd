// The curl bridge when a worker is to go: idle connections do not keep it,
// transfers do, up to their end or worker_shutdown_timeout.  startNginx()
// fails for any [alert].

import { http2Peer, httpPeer, makeCertificates, startTestNginx }
    from './curl/peers.mjs';
import { phases } from './curl/phases.mjs';
import { testResolver } from './curl/resolver.mjs';
import { is, ok, test, until } from '../lib/tap.mjs';
import { now } from '../lib/pace.mjs';


// how long a worker may live on without work
const SOON_MS = process.env.BILLING_WRAP ? 20_000 : 8000;

const certificates = makeCertificates();
const { ca } = certificates;
const answer = (request, response) => response.end('hello');

const peers = [
    ['HTTP/1.1', () => httpPeer(answer), {}],
    ['HTTP/2', () => http2Peer(certificates.good, answer), { ca }],
];


// A peer that answers when it is told to.
async function heldPeer(make) {
    const held = [];
    const peer = await make((request, response) => held.push(response));

    peer.held = held;
    peer.release = () => held.splice(0).forEach((one) => one.end('hello'));
    return peer;
}

const heldPeers = [
    ['HTTP/1.1', () => heldPeer(httpPeer), {}],
    ['HTTP/2', () => heldPeer(
        (handler) => http2Peer(certificates.good, handler)), { ca }],
];


async function soon(fn) {
    const begin = now();

    await fn();

    const took = now() - begin;
    ok(took < SOON_MS, `${took} ms`);
}


for (const [name, make, args] of peers) {
    test(`reload and quit with idle connections, ${name}`, async () => {
        const nginx = await startTestNginx();
        const { url } = await make();

        await nginx.ask({ url, ...args, n: 50 });
        const old = await nginx.reload();
        await soon(() => nginx.gone(old));

        await nginx.ask({ url, ...args, n: 50 });
        await soon(() => nginx.end('quit'));
    });
}


for (const [name, make, args] of heldPeers) {
    test(`reload and quit with busy connections, ${name}`, async () => {
        const nginx = await startTestNginx();
        const peer = await make();

        const first = nginx.ask({ url: peer.url, ...args, n: 5 });
        await until(() => peer.held.length === 5, 'five requests');
        const old = await nginx.reload();

        // the new worker serves
        const second = nginx.ask({ url: peer.url, ...args, n: 5 });
        await until(() => peer.held.length === 10, 'ten requests');
        is(nginx.workers().length, 2, 'the old worker waits');

        peer.release();
        for (const { results } of [await first, await second]) {
            results.forEach((result) => is(result.status, 200, result.error));
        }
        await soon(() => nginx.gone(old));

        const third = nginx.ask({ url: peer.url, ...args, n: 5 });
        await until(() => peer.held.length === 5, 'five requests');
        const ended = nginx.end('quit');
        await nginx.waitForLog(/gracefully shutting down[^]*gracefully/);
        peer.release();
        (await third).results.forEach((result) => is(result.status, 200));
        await soon(() => ended);
    });
}


test('a worker that quits still starts transfers from callbacks', async () => {
    const nginx = await startTestNginx();
    const peer = await heldPeer(httpPeer);
    const asked = nginx.ask(
        { url: peer.url, n: 1, on_done: 'start', more: 3 });

    for (let i = 0; i < 4; i++) {
        await until(() => peer.held.length === 1, 'a request');
        if (i === 0) {
            await nginx.reload();
        }
        peer.release();
    }

    const { results } = await asked;
    is(results.length, 4);
    results.forEach((result) => is(result.status, 200, result.error));
    await nginx.end('quit');
});


test('a worker that quits waits for a deadline, not longer', async () => {
    const nginx = await startTestNginx();
    const peer = await heldPeer(httpPeer);
    const asked = nginx.ask({ url: peer.url, timeout: 1000 });

    await until(() => peer.held.length === 1, 'a request');
    const ended = nginx.end('quit');
    const { results } = await asked;

    is(results[0].timedOut, 1);
    await soon(() => ended);
});


// A client's transfers are cancelled with its request; those of nobody fail.
for (const detach of [0, 1]) {
    test(`worker_shutdown_timeout, detach=${detach}`, async () => {
        const nginx = await startTestNginx(
            { main: 'worker_shutdown_timeout 300ms;' });
        const peer = await heldPeer(httpPeer);
        const asked = nginx.ask({
            url: peer.url, n: 40, timeout: 60_000, detach, on_done: 'start',
            more: 5,
        });
        const cut = asked.then(() => false, () => true);

        // the others wait for a connection
        await until(() => peer.held.length === 32, '32 requests');
        const old = await nginx.reload();
        await soon(() => nginx.gone(old));

        is(await cut, detach === 0, 'the client is cut');
        const log = nginx.errorLog();
        const count = (pattern) => log.match(pattern)?.length ?? 0;
        is(count(/detached: calls:1 status:0/g), detach ? 45 : 0);
        is(count(/Worker process is shutting down/g), detach ? 40 : 0);
        await nginx.end();
    });
}


test('a callback cancels all while worker_shutdown_timeout ends them', async () => {
    const nginx = await startTestNginx(
        { main: 'worker_shutdown_timeout 300ms;' });
    const peer = await heldPeer(httpPeer);

    await nginx.ask({
        url: peer.url, n: 20, timeout: 60_000, detach: 1, on_done: 'cancel',
    });
    await until(() => peer.held.length === 20, '20 requests');
    const old = await nginx.reload();
    await soon(() => nginx.gone(old));

    const log = nginx.errorLog();
    is(log.match(/detached: calls:1/g).length, 1);
    is(log.match(/detached: calls:0/g).length, 19);
    await nginx.end();
});


const resolver = testResolver();

for (const phase of await phases(certificates, resolver)) {
    test(`SIGTERM while ${phase.name}`, async () => {
        const nginx = await startTestNginx(resolver.options);

        await phase.begin?.();
        const args = { ...phase.args, n: 3, timeout: 60_000 };
        const asked = nginx.ask(args);
        const cut = asked.then(() => false, () => true);
        await nginx.ask({ ...args, detach: 1 });
        await until(async () => phase.reached()
            && (await nginx.stats()).running === 6, phase.name);

        await soon(() => nginx.end('stop'));
        ok(await cut, 'the client is cut');
        await phase.end?.();
    });
}
