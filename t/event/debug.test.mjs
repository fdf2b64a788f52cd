// The debug log tells the way of a command, of a connection and of a transfer,
// each by its address, and nothing of what they carry.

import { spawnSync } from 'node:child_process';

import { httpPeer, startTestNginx } from './curl/peers.mjs';
import { startBridge } from './redis/setup.mjs';
import { startFakeRedis } from '../lib/fake_redis.mjs';
import { NGINX } from '../lib/nginx.mjs';
import { freePort } from '../lib/process.mjs';
import { startRedis } from '../lib/redis.mjs';
import { after, deepEqual, is, ok, test, until } from '../lib/tap.mjs';


const skip = spawnSync(NGINX, ['-V'], { encoding: 'utf8' }).stderr
    .includes('--with-debug') ? undefined : `${NGINX} has no debug log`;

// What is told of the first thing of which the log says first, in order; what
// differs from run to run is "N".
function way(nginx, kind, first) {
    const lines = [...nginx.errorLog().matchAll(
        new RegExp(`: (?:\\*\\d+ )?${kind} ([0-9A-F]+): (.*)`, 'g'))];
    const begin = lines.findIndex(([, , text]) => first.test(text));
    const own = begin < 0 ? [] : lines.slice(begin)
        .filter(([, address]) => address === lines[begin][1]);
    const end = own.findIndex(([, , text]) => text === 'delivered') + 1;

    return own.slice(0, end === 0 ? undefined : end).map(([, , text]) => text
        .replace(/127\.0\.0\.1:\d+/g, 'HOST')
        .replace(/\b[0-9A-F]{8,}\b|\b\d+\b/g, 'N'));
}


test('a command: whom it goes to, that it left, what came, and that it was told', async () => {
    const redis = await startRedis();
    after(() => redis.stop());
    const nginx = await startBridge(redis, { level: 'debug' });
    after(() => nginx.stop());

    is((await nginx.ask({ c: 'SET|key|carried' })).failures, 0);
    is((await nginx.ask({ c: '1|key', script: 1 })).failures, 0);

    deepEqual(way(nginx, 'billing redis call', /^SET/), [
        'SET of N bytes, slot N',
        'to "HOST", link N in state N',
        'sent to "HOST", N on their way',
        'answered by "HOST", type N',
        'done: answered',
        'delivered',
    ]);
    deepEqual(way(nginx, 'billing redis call', /^EVALSHA/), [
        'EVALSHA of N bytes, slot N',
        'to "HOST", link N in state N',
        'sent to "HOST", N on their way',
        'answered by "HOST", type N',
        'done: answered',
        'Redis does not know the script, sent in full',
        'to "HOST", link N in state N',
        'sent to "HOST", N on their way',
        'answered by "HOST", type N',
        'done: answered',
        'delivered',
    ]);
    deepEqual(way(nginx, 'billing redis link', /^connecting/), [
        'connecting to "HOST"',
        'ready at "HOST", epoch N',
    ]);
    ok(!/billing redis.*carried/.test(nginx.errorLog()));
}, { skip });


test('a connection: why it ended, and when there is another', async () => {
    let down = true;
    const redis = await startFakeRedis({
        connect: (socket) => { if (down) { socket.destroy(); } },
    });
    after(() => redis.close());
    const nginx = await startBridge(redis, { level: 'debug' });
    after(() => nginx.stop());

    is((await nginx.ask({ c: 'GET|key' })).failures, 1);
    down = false;
    await until(() => nginx.ready(), 'a connection');

    deepEqual(way(nginx, 'billing redis link', /^connecting/).map((text) =>
        text.replace(/: connection .*/, ': WHY')).slice(0, 3), [
        'connecting to "HOST"',
        'to "HOST" ended in state N: WHY',
        'connects again in N ms',
    ]);
    const [, ...rest] = way(nginx, 'billing redis call', /^GET/);

    is(rest[0], 'to "HOST", link N in state N');
    ok(/^done: connection /.test(rest[1]), rest[1]);
    is(rest[2], 'delivered');
}, { skip });


test('a transfer: its start, what came, and that it was told', async () => {
    const nginx = await startTestNginx({ level: 'debug' });
    const peer = await httpPeer((request, response) => response.end('hello'));

    is((await nginx.ask({ url: peer.url })).results[0].status, 200);
    deepEqual(way(nginx, 'billing curl', /^started/), [
        'started, N ms at most',
        'ended, HTTP status N, N bytes, no error',
        'delivered',
    ]);

    const dead = `http://127.0.0.1:${await freePort()}/`;

    is((await nginx.ask({ url: dead })).results[0].status, 0);
    ok(/billing curl [0-9A-F]+: ended, HTTP status 0, 0 bytes, .*connect/
        .test(nginx.errorLog()));
}, { skip });
