// The Redis bridge: commands, replies, scripts, the handshake, URLs.

import { startBridge } from './redis/setup.mjs';
import { startFakeRedis } from '../lib/fake_redis.mjs';
import { canListen, freePort } from '../lib/process.mjs';
import { startRedis } from '../lib/redis.mjs';
import { after, deepEqual, is, like, ok, test, until } from '../lib/tap.mjs';


const TYPE = { string: 1, array: 2, integer: 3, nil: 4, status: 5, error: 6 };
const MB = 1024 * 1024;

const redis = await startRedis();
after(() => redis.stop());

const nginx = await startBridge(redis, { timeout: '60s' });
after(() => nginx.stop());


// What came of commands that all were answered, none too early.
async function answered(query, server = nginx) {
    const result = await server.ask(query);

    is(result.failures, 0, `failures (${result.error})`);
    is(result.unasked, 0, 'callbacks inside of a call');
    is(result.replies, Number(query.n ?? 1), 'replies');
    return result;
}


test('it is not ready before the first command, and ready after', async () => {
    is(await nginx.ready(), false);
    await answered({ c: 'SET|key|value' });
    is(await nginx.ready(), true);
});


test('replies of each type reach the caller', async () => {
    is((await answered({ c: 'SET|s|a b' })).type, TYPE.status);
    is((await answered({ c: 'GET|s' })).text, 'a b');
    is((await answered({ c: 'GET|missing' })).type, TYPE.nil);

    const counted = await answered({ c: 'INCRBY|i|-9223372036854775807' });
    is(counted.type, TYPE.integer);
    ok(counted.integer < -9e18);

    const refused = await answered({ c: 'LPUSH|s|x' });
    is(refused.type, TYPE.error);
    like(refused.text, /^WRONGTYPE/);
});


test('arguments are bytes', async () => {
    const value = 'a\0b\r\n$5\r\n한글 %s';

    await answered({ c: `SET|bytes|${value}` });
    is((await answered({ c: 'GET|bytes' })).text, value);
    is(await redis.cli('strlen', 'bytes'), String(Buffer.byteLength(value)));

    await answered({ c: 'SET|empty|' });
    is((await answered({ c: 'GET|empty' })).type, TYPE.string);
    is((await answered({ c: 'GET|empty' })).len, 0);
});


test('5,000 commands in flight, replies in order', async () => {
    const result = await answered({ c: 'ECHO|#', n: 5000 });

    is(result.wrong, 0, 'replies out of order');
    is(result.text, '4999');
});


test('many requests at once share the connection', async () => {
    const clients = async () =>
        /connected_clients:\d+/.exec(await redis.cli('info', 'clients'))[0];
    const before = await clients();
    const results = await Promise.all(Array.from({ length: 40 },
        () => answered({ c: 'ECHO|#', n: 100 })));

    is(results.reduce((sum, result) => sum + result.wrong, 0), 0);
    is(await clients(), before);
});


test('a command too many is refused, the others are answered', async () => {
    const result = await nginx.ask({ c: 'ECHO|#', n: 65600 });

    is(result.replies, 65536);
    is(result.failures, 64);
    is(result.error, 'too many commands');
    is(result.wrong, 0);
    is(result.unasked, 0);
});


test('a value of 32 MB goes there and back', async () => {
    await answered({ c: 'SET|big|@', fill: 32 * MB });
    const { crc } = await answered({ c: 'GET|big' });

    is((await answered({ c: 'GET|big' })).len, 32 * MB);
    await redis.cli('setrange', 'big', 16 * MB, 'y');
    ok((await answered({ c: 'GET|big' })).crc !== crc);
});


test('a list of 60,000 elements', async () => {
    await redis.cli('eval', `for i = 1, 60000 do
        redis.call('rpush', 'list', i) end`, 0);
    is((await answered({ c: 'LRANGE|list|0|-1' })).type, TYPE.array);
    is((await answered({ c: 'LLEN|list' })).integer, 60000);
});


test('a script gets its keys and arguments', async () => {
    const result = await answered({ c: '1|the key|arg|more', script: 1 });

    is(result.type, TYPE.array);
    is(result.text, 'the key');
    is((await answered({ c: '0', script: 1 })).text, 'none');
});


test('a script is sent once, and again when Redis forgot it', async () => {
    const evals = async () => {
        const stats = await redis.cli('info', 'commandstats');
        return Number(/cmdstat_eval:calls=(\d+)/.exec(stats)?.[1] ?? 0);
    };

    await answered({ c: '1|key', script: 1 });
    const first = await evals();
    await answered({ c: '1|key', script: 1, n: 100 });
    is(await evals(), first, 'EVAL while Redis knows the script');

    await redis.cli('script', 'flush');
    is((await answered({ c: '1|key', script: 1 })).text, 'key');
    is(await evals(), first + 1, 'EVAL after SCRIPT FLUSH');
});


test('scripts in flight when Redis forgets', async () => {
    await redis.cli('script', 'flush');
    const result = await answered({ c: '1|#', script: 1, n: 1000 });

    is(result.wrong, 0, 'answers of other calls');
});


test('a script that stays unknown ends in an error reply', async () => {
    const fake = await startFakeRedis({
        answer: ([word]) => word.startsWith('EVAL')
            ? '-NOSCRIPT No matching script.\r\n' : undefined,
    });
    const server = await startBridge(fake);
    const result = await answered({ c: '1|key', script: 1 }, server);

    is(result.type, TYPE.error);
    deepEqual(fake.commands.map(([word]) => word),
        ['PING', 'SELECT', 'EVALSHA', 'EVAL']);
    deepEqual(fake.commands[3].slice(2), ['1', 'key']);
    await server.stop();
    await fake.close();
});


test('a cancelled command has no callback and shifts no reply', async () => {
    const result = await nginx.ask({ c: 'ECHO|#', n: 1000, x: 'now' });
    is(result.replies, 1);
    is(result.text, '999');
    is(result.wrong, 0);

    const rest = await nginx.ask({ c: 'ECHO|#', n: 1000, x: 'first' });
    is(rest.replies, 1);
    is(rest.text, '0');
    is((await answered({ c: 'ECHO|#', n: 10 })).wrong, 0);
});


test('commands of clients that are gone are forgotten', async () => {
    const waiting = (count) => until(
        async () => (await nginx.ask({})).waiting === count,
        `${count} requests to wait`);

    redis.pause();
    const gone = Array.from({ length: 20 }, () => {
        const answer = nginx.ask({ c: 'ECHO|#', n: 50, t: 60000 });
        answer.catch(() => {});
        return answer.request;
    });
    await waiting(20);

    const last = answered({ c: 'ECHO|#', n: 50, t: 60000 });
    await waiting(21);
    gone.forEach((request) => request.destroy());
    await waiting(1);
    redis.resume();
    is((await last).wrong, 0);
});


test('the password, the user and the database are sent first', async () => {
    const port = await freePort();
    const secured = await startRedis({
        port,
        args: ['--user', 'billing', 'on', '>p@ss:w/%한', '~*', '+@all',
            '--requirepass', 'geheim'],
    });
    const ask = async (userinfo, path, query) => {
        const server = await startBridge(
            `redis://${userinfo}127.0.0.1:${port}${path}`);
        const result = await server.ask(query);
        await server.stop();
        ok(!/geheim|p@ss/.test(server.errorLog().replace(/.*\[notice\].*test: .*/g, '')),
            'a password in the log');
        return { ...result, log: server.errorLog() };
    };

    is((await ask(':geheim@', '/5', { c: 'SET|where|five' })).failures, 0);
    is(await secured.cli('-a', 'geheim', '--no-auth-warning', '-n', 5, 'get',
        'where'), 'five');

    const user = `billing:${encodeURIComponent('p@ss:w/%한')}@`;
    is((await ask(user, '', { c: 'ACL|WHOAMI' })).text, 'billing');

    const wrong = await ask(':nonsense@', '', { c: 'GET|where', n: 3 });
    is(wrong.failures, 3);
    is(wrong.error, 'authentication failed');
    like(wrong.log, /unavailable: authentication failed \(WRONGPASS\)/);

    const none = await ask('', '', { c: 'GET|where' });
    is(none.error, 'not ready');
    like(none.log, /unavailable: not ready \(NOAUTH\)/);

    const high = await ask(':geheim@', '/99', { c: 'GET|where' });
    is(high.error, 'database refused');
    await secured.stop();
});


test('a server that repeats AUTH gets no password into the log', async () => {
    const fake = await startFakeRedis({
        answer: ([word, ...rest]) => word === 'AUTH'
            ? `-ERR unknown command 'AUTH', with args: '${rest}'\r\n` : undefined,
    });
    const server = await startBridge(`redis://:geheim@127.0.0.1:${fake.port}`);

    is((await server.ask({ c: 'GET|key' })).error, 'authentication failed');
    await server.stop();
    ok(!/'geheim'/.test(server.errorLog()));
    await fake.close();
});


test('no command is sent before the handshake has ended', async () => {
    const fake = await startFakeRedis({
        answer: ([word]) => word === 'PING'
            ? '-LOADING Redis is loading the dataset in memory\r\n' : undefined,
    });
    const server = await startBridge(fake);

    is((await server.ask({ c: 'SET|a|b', n: 10 })).error, 'not ready');
    is(fake.commands.filter(([word]) => word === 'SET').length, 0);
    await server.waitForLog(/is unavailable: not ready \(LOADING\)/);
    await server.stop();
    await fake.close();
});


test('a unix socket', async () => {
    const server = await startBridge(`unix:${redis.socket}?db=2`);

    await answered({ c: 'SET|via|socket' }, server);
    is(await redis.cli('-n', 2, 'get', 'via'), 'socket');
    is((await answered({ c: 'ECHO|#', n: 5000 }, server)).wrong, 0);
    await server.stop();
});


const hasIPv6 = await canListen('::1');

test('IPv6', async () => {
    const six = await startRedis({ args: ['--bind', '127.0.0.1', '::1'] });
    const server = await startBridge(`redis://[::1]:${six.port}`);

    await answered({ c: 'SET|over|six' }, server);
    like(await six.cli('client', 'list'), /addr=\[::1\]/);
    await server.stop();
    await six.stop();
}, { skip: hasIPv6 ? undefined : 'no IPv6 here' });


const good = {
    'redis://127.0.0.1': 'name "127.0.0.1:6379", host "127.0.0.1", port 6379',
    // the first address that the machine has for it
    'redis://localhost:7000/': /host "(127\.0\.0\.1|::1)", port 7000/,
    'REDIS://[::1]:7001/3': 'name "[::1]:7001", host "::1", port 7001, '
        + 'path "", user "", password "", db 3',
    'redis://[::1]': 'host "::1", port 6379',
    'redis://:a%40b%2Fc@127.0.0.1/15': 'user "", password "a@b/c", db 15',
    'redis://me:p:w@127.0.0.1': 'user "me", password "p:w", db 0',
    'redis://me:p@w@127.0.0.1': 'user "me", password "p@w", db 0',
    'unix:/run/redis.sock': 'name "unix:/run/redis.sock", host "", port 0, '
        + 'path "/run/redis.sock"',
    'unix:/run/redis.sock?db=4': 'db 4',
    'sentinel://me:p%2Fw@127.0.0.1,127.0.0.2:7,[::1]/main/2':
        'name "main", host "", port 0, path "", user "me", password "p/w", '
        + 'db 2, servers 127.0.0.1:26379 127.0.0.2:7 [::1]:26379',
    'Sentinel://127.0.0.1/main': 'user "", password "", db 0, '
        + 'servers 127.0.0.1:26379',
    'cluster://:p@127.0.0.1:7001,127.0.0.2': 'user "", password "p", db -1, '
        + 'servers 127.0.0.1:7001 127.0.0.2:6379',
};

const bad = {
    'rediss://127.0.0.1': /TLS is not supported/,
    'sentinel://127.0.0.1': /no name of a master/,
    'sentinel://127.0.0.1/': /no name of a master/,
    'sentinel://127.0.0.1//1': /no name of a master/,
    'sentinel://u:geheim/x@127.0.0.1': /no name of a master/,
    'sentinel:///x': /has no host/,
    'sentinel://127.0.0.1,/x': /has no host/,
    'sentinel://127.0.0.1/x/y': /invalid database/,
    'sentinel://geheim@127.0.0.1/x': /a user but no password/,
    'sentinel://no-such-host.invalid/x': /not found/,
    'cluster://': /has no host/,
    'cluster://127.0.0.1,,127.0.0.1': /has no host/,
    'cluster://127.0.0.1:70000': /invalid host or port/,
    'cluster://127.0.0.1/1': /a cluster has one database/,
    'cluster://:geheim%4@127.0.0.1': /not percent-encoded/,
    'http://127.0.0.1': /begins with none of/,
    '127.0.0.1:6379': /begins with none of/,
    '': /begins with none of|invalid/,
    'redis://': /has no host/,
    'redis://:6379': /has no host/,
    'redis://u:geheim@': /has no host/,
    'redis://user@127.0.0.1': /a user but no password/,
    'redis://user:@127.0.0.1': /a user but no password/,
    'redis://:%zz@127.0.0.1': /not percent-encoded/,
    'redis://:geheim%4@127.0.0.1': /not percent-encoded/,
    'redis://127.0.0.1:0': /invalid host or port/,
    'redis://127.0.0.1:70000': /invalid host or port/,
    'redis://[::1': /invalid host or port/,
    'redis://geheim 127.0.0.1': /invalid host/,
    'redis://:geheim@unix:x': /invalid host/,
    'redis://127.0.0.1?db=1': /invalid host/,
    'redis://127.0.0.1/x': /invalid database/,
    'redis://127.0.0.1/-1': /invalid database/,
    'redis://127.0.0.1/1/2': /invalid database/,
    'redis://:geheim/x@127.0.0.1/1': /invalid database/,
    'redis://no-such-host.invalid': /not found/,
    'unix:': /no absolute path/,
    'unix:redis.sock': /no absolute path/,
    'unix:/redis.sock?db=': /invalid database|unknown parameter/,
    'unix:/redis.sock?user=1': /unknown parameter/,
    [`unix:/${'x'.repeat(106)}`]: /too long/,
};


test('URLs that are right', async () => {
    for (const [url, expected] of Object.entries(good)) {
        const server = await startBridge(url);
        await server.stop();
        ok(expected.test?.(server.errorLog())
            ?? server.errorLog().includes(expected), `${url}: ${expected}`);
    }
});


test('URLs that are wrong, and errors that repeat no password', async () => {
    for (const [url, expected] of Object.entries(bad)) {
        let message = 'it started';
        try {
            await (await startBridge(url)).stop();
        } catch (error) {
            message = error.message;
        }
        like(message, expected, `${url}: ${message}`);
        ok(!message.includes('geheim'), `${url}: ${message}`);
    }
});


test('the longest path of a unix socket', async () => {
    const path = `/${'x'.repeat(105)}`;
    const server = await startBridge(`unix:${path}`);

    is((await server.ask({ c: 'GET|key' })).error, 'connection failed');
    await server.waitForLog(/is unavailable: No such file or directory/);
    await server.stop();
});
