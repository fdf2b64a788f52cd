// Listening to a channel of Redis: messages, gaps, and what proves that there
// is none.

import { leastBackoff, startFakeRedis } from '../lib/fake_redis.mjs';
import { startNginx } from '../lib/nginx.mjs';
import { now } from '../lib/pace.mjs';
import { freePort } from '../lib/process.mjs';
import { startRedis } from '../lib/redis.mjs';
import { is, like, ok, test, until } from '../lib/tap.mjs';


const SOON_MS = 8000; /* everything else that could be waited for takes longer */
const QUESTION_MS = 400; /* between two proofs */
const NAME = 'test:changed';
const SUBSCRIBED = array('subscribe', NAME, 1);


// nginx that listens.  state() asks what has come so far.
async function startListener(redis, { connectTimeout = '10s', ...more } = {}) {
    const url = redis.port ? `redis://127.0.0.1:${redis.port}` : redis;
    const nginx = await startNginx({
        modules: ['ngx_http_channel_test_module'],
        conf: ({ port }) => `
            channel_test_server "${url}" ${NAME} ${connectTimeout};
            server {
                listen 127.0.0.1:${port};
                location / { channel_test; }
            }`,
        ...more,
    });
    const state = async (query = '') => (await fetch(
        `http://127.0.0.1:${nginx.port}/?${query}`)).json();

    return Object.assign(nginx, {
        state,
        proved: async (query) => (await state(query)).proved === 1,
        until: (what, fn) => until(async () => fn(await state()), what, 20_000),
    });
}


async function withRedis(fn, options) {
    const redis = await startRedis();
    const nginx = await startListener(redis, options);

    await until(nginx.proved, 'a proof');
    await fn(nginx, redis);
    await nginx.stop();
    await redis.stop();
}


// A listener to a server that answers as told.
async function withFake(options, fn, listenerOptions) {
    const fake = await startFakeRedis({
        ...options,
        answer: (words, socket, server) =>
            options.answer?.(words, socket, server)
            ?? (words[0] === 'SUBSCRIBE' ? SUBSCRIBED : undefined),
    });
    const nginx = await startListener(fake, listenerOptions);

    await fn(nginx, fake);
    await nginx.stop();
    await fake.close();
}


function array(...items) {
    return `*${items.length}\r\n${items.map((item) =>
        (typeof item === 'number' ? `:${item}\r\n`
            : `$${Buffer.byteLength(item)}\r\n${item}\r\n`)).join('')}`;
}


function message(text) {
    return array('message', NAME, text);
}


test('messages come, after it was said that others may have not', async () => {
    await withRedis(async (nginx, { cli }) => {
        for (let i = 1; i <= 3; i++) {
            is(await cli('publish', NAME, `text ${i}`), '1');
            await nginx.until('a message', ({ messages, last }) =>
                messages === i && last === `text ${i}`);
        }
        await cli('publish', 'test:other', 'not this');
        await cli('publish', NAME, '');
        await nginx.until('an empty one', ({ messages, last }) =>
            messages === 4 && last === '');

        const { gaps, early } = await nginx.state();
        is(gaps, 1);
        is(early, 0);
    });
});


test('one channel each worker, and many messages at once', async () => {
    await withRedis(async (nginx, { cli }) => {
        await until(async () =>
            await cli('pubsub', 'numsub', NAME) === `${NAME}\n3`, 'three');
        await cli('eval', `for i = 1, 50000 do
            redis.call('PUBLISH', KEYS[1], 'message ' .. i) end`, 1, NAME);
        await nginx.until('all', ({ messages, last }) =>
            messages === 50_000 && last === 'message 50000');
    }, { main: 'worker_processes 3;' });
});


test('password and database are those of the URL', async () => {
    const redis = await startRedis({ args: ['--requirepass', 'secret'] });
    const nginx = await startListener(
        `redis://:secret@127.0.0.1:${redis.port}/3`);

    await until(nginx.proved, 'a proof');
    await nginx.stop();

    const wrong = await startListener(
        `redis://:wrong@127.0.0.1:${redis.port}`);
    await wrong.waitForLog(/no subscription to redis .*: connection refused/);
    is(await wrong.proved(), false);
    ok(!/secret|wrong/.test(wrong.errorLog()), 'a password in the log');
    await wrong.stop();

    const unix = await startRedis();
    const other = await startListener(`unix:${unix.socket}`);
    await until(other.proved, 'a proof');
    await other.stop();
    await redis.stop();
    await unix.stop();
});


test('a user who may not listen, until he may', async () => {
    const redis = await startRedis();
    const user = ['acl', 'setuser', 'kim', 'on', '>pw', '~*', '+@all'];

    await redis.cli(...user, 'resetchannels');
    const nginx = await startListener(`redis://kim:pw@127.0.0.1:${redis.port}`);
    await nginx.waitForLog(/no subscription to redis .*: subscription refused/);
    is((await nginx.state()).gaps, 0);

    await redis.cli(...user, `&${NAME}`);
    await until(nginx.proved, 'a proof');
    await redis.cli(...user, 'resetchannels');
    await until(async () => !await nginx.proved(), 'the end');
    await nginx.stop();
    await redis.stop();
});


test('a proof is as old as the question, not as the answer', async () => {
    const held = [];
    let hold = false;

    await withFake({
        answer: ([name], socket) => {
            if (name !== 'SUBSCRIBE' || !hold) {
                return undefined;
            }
            held.push(socket);
            return '';
        },
    }, async (nginx) => {
        await until(nginx.proved, 'a proof');
        hold = true;
        await until(() => held.length > 0, 'a question');
        const asked = performance.now();

        await until(async () => !await nginx.proved('age=1000'),
            'the last proof to be old');
        held[0].write(SUBSCRIBED);
        await until(() => held.length > 1, 'the next question');

        const age = Math.floor(performance.now() - asked);
        ok(age > 400, `asked ${age} ms ago`);
        is(await nginx.proved(`age=${age}`), false);
        is(await nginx.proved(`age=${age + 5000}`), true);
    });
});


test('it is proved again and again, for as long as it takes', async () => {
    await withFake({}, async (nginx, fake) => {
        await until(nginx.proved, 'a proof');
        const questions = fake.commands.length;
        const start = performance.now();

        await until(() => fake.commands.length >= questions + 4, 'questions');
        const most = (performance.now() - start) / QUESTION_MS + 2;
        const asked = fake.commands.length - questions;
        ok(asked <= most, `asked ${asked} times`);
        await until(() => nginx.proved('age=1000'), 'a young proof');
        is((await nginx.state()).gaps, 1);
        is(fake.connections.length, 1);
    });
});


test('a turn of the loop that is long does not lengthen trust', async () => {
    await withFake({}, async (nginx) => {
        await until(nginx.proved, 'a proof');
        is(await nginx.proved('block=700&age=600'), false);
        await until(nginx.proved, 'a proof');
    });
});


test('a connection that is half open: trust ends, a new one is made',
    async () => {
        let deaf = false;

        await withFake({
            answer: () => deaf ? '' : undefined,
        }, async (nginx, fake) => {
            await until(nginx.proved, 'a proof');
            deaf = true;
            await until(async () => !await nginx.proved(), 'trust to end');
            is((await nginx.state()).gaps, 1);
            await nginx.waitForLog(/no subscription to redis .*: timed out/);

            deaf = false;
            await until(nginx.proved, 'a proof');
            is((await nginx.state()).gaps, 2);
            ok(fake.connections.length >= 2);
            await nginx.waitForLog(/subscription to redis .* is there again/);
        }, { connectTimeout: '300ms' });
    });


test('Redis stopped in its tracks, killed, and back again', async () => {
    const redis = await startRedis();
    const nginx = await startListener(redis);

    await until(nginx.proved, 'a proof');
    redis.pause();
    await until(async () => !await nginx.proved(), 'trust to end');
    redis.resume();
    await until(nginx.proved, 'a proof');

    const { gaps } = await nginx.state();
    await redis.kill();
    await until(async () => !await nginx.proved(), 'trust to end');
    const next = await startRedis({ port: redis.port });
    await nginx.until('it to be there again', (state) =>
        state.proved && state.gaps > gaps);
    await next.cli('publish', NAME, 'again');
    await nginx.until('a message', ({ last }) => last === 'again');
    await nginx.stop();
    await next.stop();
});


test('cut off again and again', async () => {
    await withRedis(async (nginx, { cli }) => {
        for (let i = 1; i <= 5; i++) {
            await cli('client', 'kill', 'type', 'pubsub');
            await nginx.until('a new connection', ({ gaps, proved }) =>
                gaps === i + 1 && proved);
        }
        await cli('publish', NAME, 'still there');
        await nginx.until('a message', ({ last }) => last === 'still there');
    });
});


test('a message in parts, byte by byte', async () => {
    await withFake({}, async (nginx, fake) => {
        await until(nginx.proved, 'a proof');
        const bytes = [...Buffer.from(message('one') + message('two'))];
        const [socket] = fake.connections;
        let sent = 0;

        // what answers a SUBSCRIBE must not come in between
        socket.pause();
        socket.cork();
        for (const byte of bytes) {
            socket.uncork();
            socket.write(Buffer.from([byte]));
            sent++;
            if (sent % 10 === 0) {
                await new Promise(setImmediate);
            }
        }
        socket.resume();
        await nginx.until('both', ({ messages, last }) =>
            messages === 2 && last === 'two');
    }, {});
});


const nonsense = {
    'an unknown type': '?what\r\n',
    'a text': '$4\r\ntext\r\n',
    'an integer': ':1\r\n',
    'an error': '-ERR nobody asked\r\n',
    'an empty array': '*0\r\n',
    'no array': '*-1\r\n',
    'an array of one': '*1\r\n$7\r\nmessage\r\n',
    'an array of others': '*3\r\n:1\r\n:2\r\n:3\r\n',
    'a message without a text': `*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n:1\r\n`,
    'another kind': array('unsubscribe', NAME, 0),
    'a proof that nobody asked for': SUBSCRIBED + SUBSCRIBED,
    'two thousand million elements': '*2147483647\r\n',
    'more elements than anybody has': '*1048577\r\n',
    'arrays nested too deep': `${'*1\r\n'.repeat(9)}:1\r\n`,
    'a message too long': `*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$99999999\r\n${
        'x'.repeat(100_000)}`,
    'an answer of another protocol': 'HTTP/1.1 400 Bad Request\r\n\r\n',
};

test('nonsense ends the connection, not the worker', async () => {
    await withFake({}, async (nginx, fake) => {
        const workers = nginx.workers();

        for (const [name, text] of Object.entries(nonsense)) {
            await until(nginx.proved, 'a proof');
            const { gaps } = await nginx.state();

            fake.connections.at(-1).write(text);
            await until(async () => (await nginx.state()).gaps > gaps,
                `a new connection after ${name}`);
        }
        is((await nginx.state()).messages, 0);
        is(nginx.workers().join(), workers.join());
    });
});


test('nonsense in the place of the first answers', async () => {
    let text = null;

    await withFake({
        answer: ([name]) => name === 'SUBSCRIBE' && text !== null
            ? text : undefined,
    }, async (nginx, fake) => {
        await until(nginx.proved, 'a proof');
        const workers = nginx.workers();

        for (const [name, other] of Object.entries(nonsense)) {
            if (other.startsWith(SUBSCRIBED)) {
                continue;
            }
            text = other;
            const { length } = fake.connections;
            fake.connections.at(-1).destroy();
            await until(() => fake.connections.length >= length + 2,
                `two attempts with ${name}`, 20_000);
            is(await nginx.proved(), false, name);
            text = null;
            await until(nginx.proved, 'a proof', 20_000);
        }
        is(nginx.workers().join(), workers.join());
    });
});


test('back-off grows, and nobody is there for long', async () => {
    const start = performance.now();

    await withFake({ connect: (socket) => socket.destroy() },
        async (nginx, { times }) => {
            await until(() => times.length >= 7, 'seven attempts', 20_000);

            ok(times[6] - start >= leastBackoff(7), `${times[6] - start} ms`);

            /* said once for each way in which it fails: cut off before or
             * after something was sent is another error of the kernel's */
            const said = [...nginx.errorLog()
                .matchAll(/no subscription to redis "[^"]*": (.*)/g)];
            ok(said.length > 0);
            said.forEach(([, error], at) => ok(error !== said[at - 1]?.[1], error));
        });
});


test('it holds up no exit: idle, unanswered, connecting, away', async () => {
    await withFake({}, async (nginx) => {
        await until(nginx.proved, 'a proof');
        await nginx.gone(await nginx.reload(), SOON_MS);
        await until(nginx.proved, 'a proof');
        await quickly(nginx);
    });

    let deaf = false;
    const fake = await startFakeRedis({
        answer: ([name]) => deaf ? ''
            : name === 'SUBSCRIBE' ? SUBSCRIBED : undefined,
    });
    const unanswered = await startListener(fake);
    await until(unanswered.proved, 'a proof');
    deaf = true;
    await until(async () => !await unanswered.proved('age=600'), 'a question');
    await quickly(unanswered);

    const connecting = await startListener(fake, { connectTimeout: '60s' });
    const { length } = fake.connections;
    await until(() => fake.connections.length > length - 1, 'a connection');
    await quickly(connecting);
    await fake.close();

    const away = await startListener({ port: await freePort() });
    await away.waitForLog(/no subscription to redis/);
    await quickly(away);
});


test('SIGTERM and worker_shutdown_timeout', async () => {
    const fake = await startFakeRedis({ answer: () => '' });

    for (const main of ['', 'worker_shutdown_timeout 100ms;']) {
        const nginx = await startListener(fake,
            { connectTimeout: '60s', main });
        await fake.waitForCommand('SUBSCRIBE');
        await (main ? quickly(nginx) : nginx.stop());
    }
    await fake.close();
});


test('it takes one connection of nginx', async () => {
    const redis = await startRedis();
    // of three, nginx itself takes two: for the port and for the master
    const nginx = await startListener(redis, {
        main: 'events { worker_connections 3; }',
        allow: [/worker_connections are not enough/],
    });

    await until(async () =>
        await redis.cli('pubsub', 'numsub', NAME) === `${NAME}\n1`, 'a listener');
    like(await nginx.state().then(() => 'answered', (error) => `no: ${error}`),
        /^no/);
    await nginx.stop();
    await redis.stop();
});


async function quickly(nginx) {
    const start = now();
    await nginx.quit();
    const took = now() - start;
    ok(took < SOON_MS, `took ${took} of ${SOON_MS} ms`);
}
