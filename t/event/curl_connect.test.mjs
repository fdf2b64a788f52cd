// The curl bridge: hosts with several addresses, some of them dead.

import { deadEnd, httpPeer, startTestNginx } from './curl/peers.mjs';
import { preload } from '../lib/preload.mjs';
import { testResolver } from './curl/resolver.mjs';
import { diag, is, ok, test, until } from '../lib/tap.mjs';
import { now } from '../lib/pace.mjs';


const nginx = await startTestNginx(testResolver().options);
const answer = (request, response) => response.end('hello');


test('the connect timeout', async () => {
    const { url } = await deadEnd();
    const begin = Date.now();
    const paced = now();
    const { results } = await nginx.ask(
        { url, connect_timeout: 300, timeout: 60_000, n: 3 });
    const took = Date.now() - begin;

    for (const result of results) {
        is(result.error, 'Timeout was reached');
        is(result.timedOut, 1);
    }
    ok(took >= 290 && now() - paced < 15_000, `${took} ms`);
});


// nginx would keep a timer that is to come less than 300 ms earlier.
test('a timeout that is shorter than one before it', async () => {
    const { url } = await deadEnd();
    const timedOut = async (connect_timeout) => {
        await nginx.ask({ url, connect_timeout, timeout: 60_000 });
        return Date.now();
    };
    const longer = timedOut(700);
    await until(async () => (await nginx.stats()).running === 1, 'the first');
    const shorter = timedOut(450);

    const gap = await longer - await shorter;
    ok(gap > 50, `only ${gap} ms earlier`);
});


// libcurl 7.88 has to be called again to get to the second one.
test('the first address refuses after a while', async () => {
    const dead = await deadEnd('127.0.0.1');
    await httpPeer(answer, { host: '127.0.0.2', port: dead.port });

    const before = (await nginx.stats()).connections;
    const begin = Date.now();
    const paced = now();
    const asked = nginx.ask({
        url: `http://127.0.0.1.and.127.0.0.2.invalid:${dead.port}/`, n: 5,
        connect_timeout: 60_000, timeout: 60_000,
    });

    // the request's connection and a socket for each
    await until(async () => (await nginx.stats()).connections === before + 6,
        'five sockets');
    dead.kill();

    const { results } = await asked;
    const took = Date.now() - begin;

    results.forEach((result) => is(result.status, 200, result.error));
    diag('%d ms, of which the kernel waits 1 s to send its SYN again', took);
    ok(now() - paced < 10_000, `${took} ms`);
});


test('the first address does not answer: half of the connect timeout', async () => {
    const dead = await deadEnd('127.0.0.1');
    await httpPeer(answer, { host: '127.0.0.2', port: dead.port });

    const begin = Date.now();
    const { results } = await nginx.ask({
        url: `http://127.0.0.1.and.127.0.0.2.invalid:${dead.port}/`, n: 5,
        connect_timeout: 2000,
    });
    const took = Date.now() - begin;

    results.forEach((result) => is(result.status, 200, result.error));
    ok(took >= 990, `${took} ms`);
});


test('IPv6 is dead, IPv4 answers', async () => {
    const dead = await deadEnd('::1');
    const peer = await httpPeer(answer, { port: dead.port });
    const begin = Date.now();
    const paced = now();
    const { results } = await nginx.ask({
        url: `http://__1.and.127.0.0.1.invalid:${dead.port}/`, n: 50,
        connect_timeout: 60_000,
    });
    const took = Date.now() - begin;

    results.forEach((result) => is(result.status, 200, result.error));
    ok(peer.made <= 32, `${peer.made} connections`);
    ok(now() - paced < 20_000, `${took} ms`);
});


// Threads that resolve names open files and sockets at any moment.
test('a number that is another\'s when libcurl tells of its end', async () => {
    const other = await startTestNginx({ env: preload('event/curl/taken.c') });
    const { url } = await deadEnd();
    const { results } = await other.ask({ url, n: 3, connect_timeout: 500 });

    ok(results.every(({ calls, status }) => calls === 1 && status === 0));
    is((await other.stats()).running, 0);
    await other.end();
});


test('the worker is none the worse for it', async () => {
    is((await nginx.stats()).running, 0);
    await nginx.end();
});
