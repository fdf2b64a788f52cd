// The curl bridge: transfers that are cancelled, in each phase and from each
// other's callbacks, and callbacks that start new ones.

import {
    http2Peer, httpPeer, makeCertificates, startTestNginx,
} from './curl/peers.mjs';
import { phases } from './curl/phases.mjs';
import { testResolver } from './curl/resolver.mjs';
import { deepEqual, is, ok, test, until } from '../lib/tap.mjs';


const certificates = makeCertificates();
const { ca } = certificates;
const resolver = testResolver();
const nginx = await startTestNginx(resolver.options);
const hello = await httpPeer((request, response) => response.end('hello'));


async function helloAgain() {
    const { results } = await nginx.ask({ url: hello.url });

    is(results[0].status, 200);
}

// A transfer for each phase and its end; fn(phase, asked, controller).
for (const phase of await phases(certificates, resolver)) {
    const run = async (fn) => {
        const controller = new AbortController();

        await phase.begin?.();
        const before = (await nginx.stats()).connections;
        const asked = nginx.ask(
            { ...phase.args, n: 3, timeout: 60_000 }, controller.signal);
        asked.catch(() => {});
        await until(async () => phase.reached()
            && (await nginx.stats()).running === 3, `${phase.name}`);

        await fn(asked, controller);

        if (phase.next) {
            await nginx.ask(phase.next);
        }
        await until(phase.left, 'the peer to see the end');
        await until(async () => {
            const { running, connections } = await nginx.stats();
            return running === 0 && connections <= before;
        }, 'all connections to be given back');
        await helloAgain();
        await phase.end?.();
        is(/\[alert/.test(nginx.errorLog()), false);
    };

    test(`cancelled while ${phase.name}`, () => run(async (asked) => {
        const { cancelled } = await nginx.ask({ do: 'cancel' });
        const { results } = await asked;

        is(cancelled, 3);
        deepEqual(results.map((result) => result.calls), [0, 0, 0]);
    }));

    test(`the client goes while ${phase.name}`, () => run(
        async (asked, controller) => {
            controller.abort();
            await asked.then(
                () => ok(false, 'an answer'), (error) => is(error.name, 'AbortError'));
        }));
}


test('a name that is never resolved: the deadline, and others go on', async () => {
    resolver.close();
    const asked = nginx.ask({ url: 'http://slow.invalid/', timeout: 1000, n: 3 });

    await until(resolver.waiting, 'the resolver to be asked');
    await helloAgain();
    const { results } = await asked;
    deepEqual(results.map(({ status, timedOut }) => `${status} ${timedOut}`),
        Array(3).fill('0 1'));
    await helloAgain();
    resolver.open();
});


test('cancelled while they wait for a free connection', async () => {
    const held = [];
    const peer = await httpPeer((request, response) => held.push(response));
    const asked = nginx.ask({ url: peer.url, n: 100 });

    await until(() => held.length === 32, '32 requests');
    is((await nginx.ask({ do: 'cancel' })).cancelled, 100);
    is((await asked).results.length, 100);
    await until(() => peer.sockets.size === 0, 'the end of all');
    is(held.length, 32);
    await helloAgain();
});


// The first that ends cancels the others and, to no effect, itself.
async function firstCancels(args, count) {
    const { results } = await nginx.ask(
        { ...args, n: count, on_done: 'cancel' });
    const sum = (name) => results.reduce((n, result) => n + result[name], 0);

    is(results.length, count);
    is(sum('calls'), 1, 'callbacks');
    is(sum('cancelled'), count - 1, 'cancelled');
}


test('a callback cancels others that run', async () => {
    const answer = (request, response) => {
        if (answered === 0) {
            response.end('first');
        }
        answered++;
    };
    let answered = 0;
    const plain = await httpPeer(answer);
    const http2 = await http2Peer(certificates.good, answer);

    await firstCancels({ url: plain.url }, 50);
    answered = 0;
    await firstCancels({ url: http2.url, ca }, 50);
    await helloAgain();
});


test('a callback cancels others that have ended, too', async () => {
    const held = [];
    const peer = await http2Peer(certificates.good, (request, response) => {
        held.push(response);
        if (held.length === 20) {
            // all in one segment
            held.forEach((one) => one.end('together'));
        }
    });

    await firstCancels({ url: peer.url, ca }, 20);
    await helloAgain();
});


test('callbacks start new transfers', async () => {
    const peer = await http2Peer(certificates.good, (request, response) => {
        response.end('hello');
    });
    const nowhere = { url: 'http://127.0.0.1:1/' };

    for (const args of [{ url: hello.url }, { url: peer.url, ca }, nowhere]) {
        const { results, inside } = await nginx.ask(
            { ...args, n: 4, on_done: 'start', more: 200 });
        const expected = args === nowhere ? 0 : 200;

        is(results.length, 204);
        is(inside, 0, 'no callback inside start()');
        ok(results.every((result) => result.calls === 1
            && result.status === expected), 'each ended once');
    }
});


test('no connection of nginx is left for a socket', async () => {
    const small = await startTestNginx({
        main: 'events { worker_connections 20; }',
        allow: [/worker_connections are not enough/],
    });
    const held = [];
    let release = false;
    const peer = await httpPeer((request, response) => {
        if (release) {
            response.end('hello');
            return;
        }
        held.push(response);
    });
    const asked = small.ask({ url: peer.url, n: 30 });

    await small.waitForLog(/worker_connections are not enough/);
    await until(() => held.length > 0, 'a request');
    release = true;
    held.forEach((response) => response.end('hello'));

    const { results } = await asked;
    const starved = results.filter((result) => result.status === 0);

    ok(results.every((result) => result.calls === 1), 'each ended once');
    ok(starved.length > 0 && starved.length < 30, `${starved.length} failed`);
    ok(starved.every(({ error }) => error === 'Could not watch a socket'),
        starved[0].error);

    const again = await small.ask({ url: peer.url, n: 5 });
    ok(again.results.every((result) => result.status === 200), 'works again');
    await small.end();
});


test('the worker is none the worse for it', async () => {
    is(nginx.workers().length, 1);
    await nginx.end();
});
