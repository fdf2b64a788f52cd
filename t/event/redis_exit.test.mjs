// The Redis bridge when a worker ends: reload, graceful and fast shutdown,
// with nothing, something and everything in flight.

import { startBridge } from './redis/setup.mjs';
import { startFakeRedis } from '../lib/fake_redis.mjs';
import { now } from '../lib/pace.mjs';
import { freePort } from '../lib/process.mjs';
import { startRedis } from '../lib/redis.mjs';
import { is, ok, test, until } from '../lib/tap.mjs';


const SOON_MS = 8000; /* everything else that could be waited for takes longer */


// Answers GET when release() is called, until then never.
async function startSlowRedis() {
    const held = [];
    const fake = await startFakeRedis({
        answer: ([word], socket) => {
            if (word === 'GET') {
                held.push(socket);
                return '';
            }
            return undefined;
        },
    });

    fake.release = () => held.splice(0).forEach(
        (socket) => socket.write('$5\r\nslow!\r\n'));
    return fake;
}


test('reload: a worker with an idle connection leaves at once', async () => {
    const redis = await startRedis();
    const nginx = await startBridge(redis);
    const clients = async () =>
        Number(/connected_clients:(\d+)/.exec(await redis.cli('info'))[1]);

    await nginx.ask({ c: 'SET|a|b' });
    is(await clients(), 2);

    const old = await nginx.reload();
    await nginx.gone(old, SOON_MS);
    await until(async () => await clients() === 1, 'its connection to close');
    is((await nginx.ask({ c: 'GET|a' })).text, 'b');
    await nginx.stop();
    await redis.stop();
});


test('reload: commands in flight are answered, then the worker leaves',
    async () => {
        const fake = await startSlowRedis();
        const nginx = await startBridge(fake, { timeout: '60s' });
        const answer = nginx.ask({ c: 'GET|a', n: 100 });
        await fake.waitForCommand('GET', 100);

        const old = await nginx.reload();
        is((await nginx.ask({ c: 'SET|a|b' })).replies, 1, 'the new worker');
        is(old.length, 1);
        ok(nginx.workers().includes(old[0]), 'the old one still waits');

        fake.release();
        is((await answer).replies, 100);
        await nginx.gone(old, SOON_MS);
        await nginx.stop();
        await fake.close();
    });


test('reload: a request goes on to use Redis in a worker that ends',
    async () => {
        const fake = await startFakeRedis({
            // EVALSHA first, which leads to a second command, EVAL
            answer: ([word]) => word === 'EVALSHA' ? '' : undefined,
        });
        const nginx = await startBridge(fake, { timeout: '60s' });
        const answer = nginx.ask({ c: '0', script: 1 });
        await fake.waitForCommand('EVALSHA');

        const old = await nginx.reload();
        fake.connections[0].write('-NOSCRIPT No matching script.\r\n');
        is((await answer).text, 'OK');
        await nginx.gone(old, SOON_MS);
        await nginx.stop();
        await fake.close();
    });


test('reload: commands that wait for a connection are not cut', async () => {
    let answering = false;
    const pending = [];
    const fake = await startFakeRedis({
        answer: ([word], socket) => {
            if (word === 'PING' && !answering) {
                pending.push(socket);
                return '';
            }
            return undefined;
        },
    });
    const nginx = await startBridge(fake, { timeout: '60s', connectTimeout: '60s' });
    const answer = nginx.ask({ c: 'SET|a|b', n: 10 });
    await fake.waitForCommand('PING');

    const old = await nginx.reload();
    answering = true;
    pending.forEach((socket) => socket.write('+PONG\r\n'));
    is((await answer).replies, 10);
    await nginx.gone(old, SOON_MS);
    await nginx.stop();
    await fake.close();
});


test('quit: idle, busy, and with Redis away', async () => {
    const redis = await startRedis();
    const idle = await startBridge(redis);
    await idle.ask({ c: 'SET|a|b' });
    await quickly(() => idle.quit());

    const fake = await startSlowRedis();
    const busy = await startBridge(fake, { timeout: '60s' });
    const answer = busy.ask({ c: 'GET|a', n: 10 });
    await fake.waitForCommand('GET', 10);
    const quit = busy.quit();
    await busy.waitForLog(/gracefully shutting down/);
    fake.release();
    is((await answer).replies, 10);
    await quickly(() => quit);

    const away = await startBridge({ port: await freePort() });
    await away.ask({ c: 'GET|a' });
    await quickly(() => away.quit());

    const never = await startBridge(redis);
    await quickly(() => never.quit());
    await redis.stop();
    await fake.close();
});


test('quit: a command that is never answered holds it up to its deadline',
    async () => {
        const fake = await startSlowRedis();
        const nginx = await startBridge(fake);
        const answer = nginx.ask({ c: 'GET|a', t: 1000 });
        await fake.waitForCommand('GET');

        await quickly(() => nginx.quit(), 1000 + SOON_MS);
        is((await answer).error, 'timed out');
        await fake.close();
    });


test('quit: cancelled commands hold up nothing', async () => {
    const fake = await startSlowRedis();
    const nginx = await startBridge(fake, { timeout: '60s' });
    const answer = nginx.ask({ c: 'GET|a', n: 10 });
    answer.catch(() => {});
    await fake.waitForCommand('GET', 10);

    answer.request.destroy();
    await until(() => / 499 /.test(nginx.accessLog()), 'the abort');
    await quickly(() => nginx.quit());
    await fake.close();
});


test('worker_shutdown_timeout cuts what is in flight', async () => {
    const fake = await startSlowRedis();
    const nginx = await startBridge(fake, {
        timeout: '60s', main: 'worker_shutdown_timeout 500ms;',
    });
    const answer = nginx.ask({ c: 'GET|a', n: 100 }).catch(() => 'cut');
    await fake.waitForCommand('GET', 100);

    await quickly(() => nginx.quit(), 500 + SOON_MS);
    ok(await answer === 'cut' || (await answer).failures === 100);
    await fake.close();
});


test('SIGTERM with 5,000 commands in flight', async () => {
    const fake = await startSlowRedis();
    const nginx = await startBridge(fake, { timeout: '60s' });
    const answer = nginx.ask({ c: 'GET|a', n: 5000 }).catch(() => 'cut');
    await fake.waitForCommand('GET', 5000);

    await quickly(() => nginx.stop());
    is(await answer, 'cut');
    await fake.close();
});


test('SIGTERM while connecting, with commands waiting', async () => {
    const fake = await startFakeRedis({ answer: () => '' });
    const nginx = await startBridge(fake, { timeout: '60s', connectTimeout: '60s' });
    const answer = nginx.ask({ c: 'GET|a', n: 100 }).catch(() => 'cut');
    await fake.waitForCommand('PING');

    await quickly(() => nginx.stop());
    is(await answer, 'cut');
    await fake.close();
});


test('reloads under load lose no command', async () => {
    const redis = await startRedis();
    const nginx = await startBridge(redis, { main: 'worker_processes 2;' });
    let going = true;
    const load = Array.from({ length: 4 }, async () => {
        let count = 0;
        while (going) {
            const result = await nginx.ask({ c: 'ECHO|#', n: 50 });
            is(result.replies, 50);
            is(result.wrong, 0);
            count++;
        }
        return count;
    });

    for (let i = 0; i < 5; i++) {
        await nginx.gone(await nginx.reload());
    }
    going = false;
    for (const count of await Promise.all(load)) {
        ok(count > 0);
    }
    await nginx.stop();
    await redis.stop();
});


async function quickly(fn, limit = SOON_MS) {
    const start = now();
    await fn();
    const took = now() - start;
    ok(took < limit, `took ${took} of ${limit} ms`);
}
