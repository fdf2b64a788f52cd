// The Redis bridge when Redis is away, slow, gone half-way, or talks nonsense.

import net from 'node:net';

import { startBridge } from './redis/setup.mjs';
import { leastBackoff, startFakeRedis } from '../lib/fake_redis.mjs';
import { now } from '../lib/pace.mjs';
import { freePort } from '../lib/process.mjs';
import { startRedis } from '../lib/redis.mjs';
import { is, like, ok, test, until } from '../lib/tap.mjs';


const AWAY = /^(connection (failed|closed|lost))$/;


// A bridge to a server that answers as told, and both gone afterwards.
async function withFake(options, fn, bridgeOptions) {
    const fake = await startFakeRedis(options);
    const nginx = await startBridge(fake, bridgeOptions);

    await fn(nginx, fake);
    await nginx.stop();
    await fake.close();
}


// Returns [result, seconds, seconds of an idle machine].
function seconds(fn) {
    const start = performance.now();
    const began = now();
    return fn().then((result) => [result,
        (performance.now() - start) / 1000, (now() - began) / 1000]);
}


test('nobody listens: commands fail, and are not kept waiting', async () => {
    const port = await freePort();
    const nginx = await startBridge({ port });

    const [first] = await seconds(() => nginx.ask({ c: 'GET|a', n: 100 }));
    is(first.failures, 100);
    is(first.error, 'connection failed');
    is(first.unasked, 0);

    const [later, , time] = await seconds(() => nginx.ask({ c: 'GET|a', n: 100 }));
    is(later.failures, 100);
    ok(time < 1, `took ${time} s`);
    await nginx.waitForLog(/redis "127.0.0.1:\d+" is unavailable: Connection refused/);

    const redis = await startRedis({ port });
    await until(() => nginx.ready(), 'the bridge to find Redis');
    is((await nginx.ask({ c: 'ECHO|#', n: 100 })).wrong, 0);
    await redis.stop();
    await nginx.stop();

    const log = nginx.errorLog();
    is(log.match(/is unavailable: Connection refused/g).length, 1);
    is(log.match(/\[notice\].*is available again/g).length, 1);
});


test('an owner who tries again and again does not stop nginx', async () => {
    const nginx = await startBridge({ port: await freePort() });
    const busy = nginx.ask({ c: 'GET|a', n: 10, again: 20000 });

    for (let i = 0; i < 10; i++) {
        is((await nginx.ask({})).ready, 0);
    }
    is((await busy).failures, 10);
    is((await busy).unasked, 0);
    await nginx.stop();
});


test('back-off: 50 ms, doubled up to 2 s, half of it by chance', async () => {
    const start = performance.now();

    await withFake({ connect: (socket) => socket.destroy() },
        async (nginx, { times }) => {
            const { error } = await nginx.ask({ c: 'GET|a' });
            like(error, AWAY);
            await until(() => times.length >= 9, 'nine attempts', 20_000);
            ok(times[8] - start >= leastBackoff(9), `${times[8] - start} ms`);
        });
});


test('Redis killed with commands in flight, and back again', async () => {
    const redis = await startRedis();
    const nginx = await startBridge(redis);

    await nginx.ask({ c: 'SET|big|@', fill: 4 * 1024 * 1024 });
    const answer = nginx.ask({ c: 'GET|big', n: 100 });
    const half = answer.then((result) => result, (error) => error);
    await until(async () => /cmdstat_get:calls=\d/.test(
        await redis.cli('info', 'commandstats')), 'Redis to be at it');
    await redis.kill();

    const result = await half;
    is(result.replies + result.failures, 100);
    ok(result.failures > 0, 'all were answered before the kill');
    like(result.error, AWAY);

    const next = await startRedis({ port: redis.port });
    await until(() => nginx.ready(), 'the bridge to find Redis');
    is((await nginx.ask({ c: 'ECHO|#', n: 1000 })).wrong, 0);
    is((await nginx.ask({})).epoch, 2);
    await next.stop();
    await nginx.stop();
});


test('a connection that ends in the middle of a reply', async () => {
    let broken = true;
    const answer = ([word], socket) => {
        if (word === 'GET' && broken) {
            if (!socket.writableEnded) {
                socket.end('$100\r\nnot a hundred');
            }
            return '';
        }
        return word === 'GET' ? '$4\r\ngood\r\n' : undefined;
    };

    await withFake({ answer }, async (nginx) => {
        const result = await nginx.ask({ c: 'GET|a', n: 10 });
        is(result.failures, 10);
        like(result.error, AWAY);

        broken = false;
        await until(() => nginx.ready(), 'a new connection');
        is((await nginx.ask({ c: 'GET|a', n: 10 })).text, 'good');
    });
});


test('replies that came before the end are delivered', async () => {
    let count = 0;
    const answer = ([word], socket) => {
        if (word !== 'ECHO') {
            return undefined;
        }
        if (count === 5) {
            socket.writableEnded || socket.destroySoon();
            return '';
        }
        return `$1\r\n${count++}\r\n`;
    };

    await withFake({ answer }, async (nginx) => {
        const result = await nginx.ask({ c: 'ECHO|#', n: 20 });
        is(result.replies, 5);
        is(result.wrong, 0);
        is(result.failures, 15);
    });
});


test('a reply byte by byte', async () => {
    const answer = ([word], socket) => {
        if (word !== 'GET') {
            return undefined;
        }
        const bytes = [...'*2\r\n$3\r\none\r\n:42\r\n'];
        const timer = setInterval(() => {
            socket.write(bytes.shift());
            if (bytes.length === 0) {
                clearInterval(timer);
            }
        }, 2);
        return '';
    };

    await withFake({ answer }, async (nginx) => {
        is((await nginx.ask({ c: 'GET|a' })).text, 'one');
    });
});


test('a deadline ends the connection and all that is in flight', async () => {
    const answer = ([word]) => word === 'GET' ? '' : undefined;

    await withFake({ answer }, async (nginx, fake) => {
        const patient = nginx.ask({ c: 'GET|a', n: 5, t: 60000 });
        await fake.waitForCommand('GET', 5);

        const [result, time, paced] =
            await seconds(() => nginx.ask({ c: 'GET|a', n: 5, t: 300 }));
        is(result.failures, 5);
        is(result.error, 'timed out');
        ok(time > 0.25 && paced < 3, `took ${time} s`);
        is((await patient).error, 'timed out');

        await until(() => nginx.ready(), 'a new connection');
        is((await nginx.ask({ c: 'SET|a|b' })).replies, 1);
        is(fake.connections.length, 2);
    });
});


test('the configured deadline, and one that waits for a connection',
    async () => {
        await withFake({ answer: () => '' }, async (nginx) => {
            const [result, time, paced]
                = await seconds(() => nginx.ask({ c: 'GET|a' }));
            is(result.error, 'timed out');
            ok(time > 0.25 && paced < 2, `took ${time} s`);

            // a call's own deadline does not touch the connection
            is((await nginx.ask({ c: 'GET|a', t: 60000 })).error,
                'connection timed out');
            await nginx.waitForLog(/is unavailable: connection timed out/);
        }, { timeout: '300ms', connectTimeout: '1s' });
    });


test('Redis stopped in its tracks (SIGSTOP), and going on', async () => {
    const redis = await startRedis();
    const nginx = await startBridge(redis, { connectTimeout: '300ms' });

    await nginx.ask({ c: 'SET|a|b' });
    redis.pause();
    const result = await nginx.ask({ c: 'GET|a', n: 100, t: 300 });
    is(result.failures, 100);
    is(result.error, 'timed out');
    await nginx.waitForLog(/is unavailable: timed out/);
    is(await nginx.ready(), false);
    like((await nginx.ask({ c: 'GET|a', t: 2000 })).error, /timed out/);

    redis.resume();
    await until(() => nginx.ready(), 'the bridge to find Redis');
    is((await nginx.ask({ c: 'GET|a' })).text, 'b');
    await redis.stop();
    await nginx.stop();
});


test('an idle connection that Redis closes is made anew', async () => {
    const redis = await startRedis();
    const nginx = await startBridge(redis);

    await nginx.ask({ c: 'SET|a|b' });
    await redis.cli('client', 'kill', 'type', 'normal');
    await until(async () => (await nginx.ask({})).epoch === 2,
        'the second connection');
    is((await nginx.ask({ c: 'GET|a' })).text, 'b');
    await redis.stop();
    await nginx.stop();
});


test('a connection that was good for long is replaced at once', async () => {
    await withFake({}, async (nginx, fake) => {
        await nginx.ask({ c: 'GET|a' });
        const since = performance.now();
        await until(() => performance.now() - since > 2200);

        fake.connections[0].destroy();
        await nginx.waitForLog(/is unavailable/);
        is((await nginx.ask({ c: 'GET|a' })).replies, 1);
    });
});


const nonsense = {
    'a reply too many': '$4\r\ngood\r\n+OK\r\n',
    'half a reply too many': '$4\r\ngood\r\n*5\r\n',
};

for (const [name, text] of Object.entries(nonsense)) {
    test(`${name} ends the connection, not the worker`, async () => {
        const answer = ([word]) => word === 'GET' ? text : undefined;

        await withFake({ answer }, async (nginx) => {
            const workers = nginx.workers();

            is((await nginx.ask({ c: 'GET|a' })).text, 'good');
            await nginx.waitForLog(/is unavailable: protocol error/);
            await until(() => nginx.ready(), 'a new connection');
            is((await nginx.ask({ c: 'GET|a' })).text, 'good');
            is(nginx.workers().join(), workers.join());
        });
    });
}


test('text that nobody asked for ends an idle connection', async () => {
    await withFake({}, async (nginx, fake) => {
        const workers = nginx.workers();
        await nginx.ask({ c: 'GET|a' });

        for (const text of ['+OK\r\n', '-ERR nobody asked\r\n', 'GARBAGE']) {
            await until(() => nginx.ready(), 'a connection');
            const { epoch } = await nginx.ask({});
            fake.connections.at(-1).write(text);
            await until(async () => (await nginx.ask({})).epoch > epoch,
                'a new connection');
        }
        is(nginx.workers().join(), workers.join());
    });
});


const broken = {
    'an unknown type': '?what\r\n',
    'a length that is no number': '$abc\r\n',
    'a negative length': '$-5\r\n',
    'a count too large': '*99999999999\r\n',
    'an integer that is none': ':1x\r\n',
    'two thousand million elements': '*2147483647\r\n',
    'more elements than anybody has': '*1048577\r\n',
    'arrays nested too deep': `${'*1\r\n'.repeat(9)}:1\r\n`,
    'arrays nested without end': `${'*1\r\n'.repeat(1_000_000)}:1\r\n`,
    'an answer of another protocol': 'HTTP/1.1 400 Bad Request\r\n\r\n',
};

test('replies that are none', async () => {
    let text;
    const answer = ([word]) => word === 'GET' ? text : undefined;

    await withFake({ answer }, async (nginx) => {
        const workers = nginx.workers();
        for ([, text] of Object.entries(broken)) {
            await until(async () => (await nginx.ask({ c: 'SET|a|b' })).replies,
                'a connection');
            const result = await nginx.ask({ c: 'GET|a', n: 3 });
            is(result.failures, 3, JSON.stringify(text));
            like(result.error, /protocol error|closed|lost|memory/i);
        }
        is(nginx.workers().join(), workers.join());
    });
});


test('an announced length is not believed', async () => {
    const answer = ([word]) => word === 'GET'
        ? '$536870912\r\nshort' : undefined;

    await withFake({ answer }, async (nginx) => {
        is((await nginx.ask({ c: 'GET|a', t: 200 })).error, 'timed out');
    });
});


test('no connection of nginx is left', async () => {
    const redis = await startRedis();
    // of four, nginx itself takes two: for the port and for the master
    const nginx = await startBridge(redis, {
        main: 'events { worker_connections 4; }',
        allow: [/worker_connections are not enough/],
    });
    const client = net.connect(nginx.port, '127.0.0.1');
    await new Promise((resolve) => client.once('connect', resolve));
    client.write('GET / HTTP/1.1\r\nHost: x\r\n');

    const result = await nginx.ask({ c: 'GET|a', n: 3 });
    is(result.failures, 3);
    is(result.error, 'no free connection');

    client.destroy();
    await until(async () => (await nginx.ask({ c: 'ECHO|#' })).text === '0',
        'a connection');
    await redis.stop();
    await nginx.stop();
});
