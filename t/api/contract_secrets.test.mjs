// Where a key must never be: answers, logs (at level debug), what Redis is
// told and what it writes, nginx's temporary files.

import { readdirSync, readFileSync, statSync, watch } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

import { registration, startContract } from '../lib/contract.mjs';
import { after, deepEqual, is, ok, test, until } from '../lib/tap.mjs';


const { call: ask, sandbox, nginx, redis, open, key, createProject }
    = await startContract({
        nginx: { level: 'debug' },
        redis: { args: ['--appendonly', 'yes'] },
        provider: 'timeout=5s',
        keepAlive: false,
    });

const PREFIX = 's3cr3t-';

const project = await createProject('project');
const answers = [];
const secrets = [];
const told = await monitor();
const files = [];
const watcher = watch(join(nginx.dir, 'body'), (_, name) => files.push(name));
after(() => watcher.close());


// All that Redis is told.
async function monitor() {
    const socket = connect({ port: redis.port, host: '127.0.0.1' });
    const chunks = [];

    after(() => socket.destroy());
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.write('MONITOR\r\n');
    await until(() => chunks.length > 0, 'MONITOR');
    return () => Buffer.concat(chunks).toString('latin1');
}


// A credential that the sandbox knows (or not, when it is wrong).
async function credential(name, { known = true } = {}) {
    const made = {
        client: `${name}@example.com`,
        // printable, with what JSON, URLs and logs would escape
        secret: `${PREFIX}"${name}"\\<&%20>-${'/x'.repeat(20)}`,
        linked: [String(500000000000 + secrets.length)],
    };

    if (known) {
        await sandbox.setCredential(made);
    }
    secrets.push(made.secret);
    return made;
}


async function call(method, target, options) {
    const answer = await ask(method, target, options);

    answers.push(JSON.stringify(answer.headers) + answer.text);
    return answer;
}

const post = (target, body, headers) =>
    call('POST', target, { body, headers });

async function register(name, target = 'service-accounts', options = {}) {
    const body = registration(name, project.id, await credential(name, options),
        options.account);
    const { status, json } = await post(target, body, options.headers);

    return { status, json, body };
}


test('a life of accounts', async () => {
    const { json, status, body } = await register('good');
    is(status, 201);
    is(json.credentials.key, null);

    const target = `service-accounts/${json.id}`;
    await call('GET', target);
    await call('GET', 'service-accounts?q=good');
    await call('GET', 'costs?group_by=account');
    await call('GET', 'dashboard');

    const { secret } = await credential('good', {});
    is((await call('PATCH', target, { body: { credentials: { key: secret } },
        headers: { 'if-match': '*' } })).status, 200);
    is((await call('PATCH', target, { body: { name: 'better' },
        headers: { 'if-match': '*' } })).status, 200);
    is((await post('service-accounts/verify', { provider: body.provider,
        credentials: { ...body.credentials, key: secret } })).status, 200);
    await nginx.reload();
    is((await call('GET', 'costs?refresh=true')).json.complete, true);
    is((await call('DELETE', target, { headers: { 'if-match': '*' } })).status,
        204);
});


test('the same answer again', async () => {
    const headers = { 'idempotency-key': 'once' };
    const { status, body } = await register('once', 'service-accounts',
        { headers });

    is(status, 201);
    is((await post('service-accounts', body, headers)).status, 201);
    is((await post('service-accounts', { ...body, name: 'other' }, headers))
        .status, 422);
    is((await post('service-accounts', { ...body, name: 'overlapping' }))
        .code, 'overlap');
});


test('what is refused, and providers that fail', async () => {
    is((await register('wrong', 'service-accounts', { known: false })).status,
        422);
    is((await register('long', 'service-accounts', { account: '000000000000' }))
        .status, 422);

    // a provider that sends back what it was told
    for (const [i, rule] of [
        { status: 401, body: (secret) => ({ message: `no such key ${secret}` }) },
        { status: 500, body: (secret) => `failed for ${secret}` },
        { status: 200, body: (secret) => `{"Results":["${secret}` },
        { status: 200, body: (secret) => ({ Results: { [secret]: 1 } }) },
        { status: 302, headers: { location: '/elsewhere' } },
    ].entries()) {
        const name = `echo${i}`;
        const { secret } = await credential(name);

        await sandbox.fault({ ...rule, body: rule.body?.(secret) });
        ok((await register(name)).status >= 400, name);
        await sandbox.clearFaults();
    }

    for (const [i, rule] of [{ cut: 'before' }, { cut: 'body' }, { hang: true },
        { garbage: true }].entries()) {
        await sandbox.fault(rule);
        ok((await register(`fault${i}`)).status > 500);
        is((await register(`later${i}`, 'service-accounts?verify=later')).status,
            201);
        await sandbox.clearFaults();
    }
});


test('bodies that hold a key and are not taken', async () => {
    const { secret, client } = await credential('untaken');
    const body = JSON.stringify(registration('untaken', project.id,
        { client, secret }));

    for (const [text, headers, status] of [
        [body.slice(0, -2), {}, 400],
        [`${body}${JSON.stringify(secret)}`, {}, 400],
        [body.replace('"name"', '"key"'), {}, 422],
        [JSON.stringify(secret), {}, 422],
        [JSON.stringify({ [secret]: secret, name: 'x' }), {}, 422],
        [body, { 'content-type': 'text/plain' }, 415],
        [body, { 'sec-fetch-site': 'cross-site' }, 403],
        [body, { accept: 'text/html' }, 406],
        [body.padEnd(300_000), {}, 413],
        [body.padEnd(200_000), {}, 201],
    ]) {
        const answer = await ask('POST', 'service-accounts',
            { body: text, headers });

        is(answer.status, status, text.slice(0, 40));
        // the name of an unknown member is the pointer to it
        if (!text.startsWith(`{${JSON.stringify(secret)}`)) {
            answers.push(answer.text);
        }
    }
});


test('a client that leaves in the middle of a key', async () => {
    const { secret, client } = await credential('leaver');
    const body = JSON.stringify(registration('leaver', project.id,
        { client, secret }));
    const connection = open();

    await connection.write('POST /wire/api/v1/service-accounts HTTP/1.1\r\n'
        + 'Host: a\r\nX-User: kim\r\nX-Role: admin\r\nContent-Type: '
        + `application/json\r\nContent-Length: ${body.length}\r\n\r\n`
        + body.slice(0, body.indexOf(PREFIX) + 40));
    connection.socket.destroy();
    await connection.closed();
});


// The forms that a text may take on its way.
function forms(secret) {
    const text = JSON.stringify(secret).slice(1, -1);

    return [secret, text, JSON.stringify(text).slice(1, -1),
        encodeURIComponent(secret), Buffer.from(secret).toString('hex'),
        Buffer.from(secret).toString('base64').slice(0, 40)];
}

const found = (text) => [PREFIX, ...secrets.flatMap(forms)]
    .filter((form) => text.includes(form));

function* filesBelow(dir) {
    for (const name of readdirSync(dir)) {
        const path = join(dir, name);

        if (statSync(path).isDirectory()) {
            yield* filesBelow(path);
        } else if (statSync(path).isFile()) {
            yield path;
        }
    }
}


test('no answer has a key', () => {
    ok(answers.length > 30);
    deepEqual(found(answers.join('\n')), []);
});


test('no log has a key, nor the key that seals', async () => {
    ok(/debug/.test(nginx.errorLog()), 'there is a debug log');
    await nginx.gone((await nginx.reload()));

    const sealing = readFileSync(key, 'utf8').trim().split(':')[1];
    for (const path of filesBelow(nginx.dir)) {
        const text = readFileSync(path, 'latin1');

        deepEqual(found(text), [], path);
        is(text.includes(sealing), false, path);
    }
});


test('no body was ever written to a file', () => {
    deepEqual(files, []);
});


test('Redis never learns a key', async () => {
    ok(/evalsha|fcall|eval/i.test(told()), 'it was told something');
    deepEqual(found(told()), []);

    await redis.cli('save');
    const paths = [...filesBelow(redis.dir)];
    ok(paths.some((path) => /\.rdb$/.test(path)));
    ok(paths.some((path) => /\.aof$/.test(path)));
    for (const path of paths) {
        deepEqual(found(readFileSync(path, 'latin1')), [], path);
    }
});


test('the provider was asked all along', async () => {
    const { by_client: asked } = await sandbox.counters();

    deepEqual(['good', 'once', 'echo0', 'fault0', 'later0', 'untaken']
        .filter((name) => !asked[`${name}@example.com`]), []);
});
