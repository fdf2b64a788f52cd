// The API over HTTP/2, without TLS: a client that knows beforehand.

import http2 from 'node:http2';
import { readdirSync } from 'node:fs';

import { people, startContract } from '../lib/contract.mjs';
import { checkAnswer } from '../lib/openapi.mjs';
import { freePort } from '../lib/process.mjs';
import { after, deepEqual, is, test, until } from '../lib/tap.mjs';


const MAX = 256 * 1024;

const port = await freePort();
const { get, nginx } = await startContract({
    server: `
        listen 127.0.0.1:${port} http2;
        client_body_timeout 500ms;`,
});
const [worker] = nginx.workers();
let count = 0;

const session = http2.connect(`http://127.0.0.1:${port}`);
session.on('error', () => {});
after(() => session.destroy());

const name = () => `project ${++count}`;
const total = async () => (await get('projects')).json.total;


// parts: of the body, each a DATA frame at least.
async function call(method, target, { parts = [], headers = {} } = {}) {
    const stream = session.request({
        ':method': method, ':path': `/wire/api/v1/${target}`, ...people.admin,
        ...parts.length > 0 && { 'content-type': 'application/json' },
        ...headers,
    }, { endStream: parts.length === 0 });
    const answer = collect(stream);

    for (const part of parts) {
        await new Promise((done) => stream.write(part, () => done()));
    }
    if (parts.length > 0) {
        stream.end();
    }

    const result = await answer;
    checkAnswer(method, target, result);
    return result;
}


function collect(stream) {
    return new Promise((resolve, reject) => {
        let head;
        const chunks = [];

        stream.on('response', (headers) => { head = headers; });
        stream.on('data', (chunk) => chunks.push(chunk));
        stream.on('error', (error) => head || reject(error));
        stream.on('close', () => {
            if (head === undefined) {
                reject(new Error(`closed with ${stream.rstCode}`));
                return;
            }
            const body = Buffer.concat(chunks);
            const json = body.length === 0 ? undefined : JSON.parse(body);
            resolve({ status: head[':status'], headers: head, body, json,
                code: json?.code });
        });
    });
}

const body = (text) => JSON.stringify({ name: text });


test('reads, writes, errors', async () => {
    const made = await call('POST', 'projects', { parts: [body(name())] });
    const { id } = made.json;

    is(made.status, 201);
    is(made.headers.location, `/wire/api/v1/projects/${id}`);
    is((await call('GET', `projects/${id}`)).status, 200);
    is((await call('HEAD', `projects/${id}`)).status, 200);
    is((await call('GET', `projects/${id}`,
        { headers: { 'if-none-match': made.headers.etag } })).status, 304);
    is((await call('PATCH', `projects/${id}`, { parts: [body(name())],
        headers: { 'if-match': made.headers.etag } })).status, 200);
    is((await call('DELETE', `projects/${id}`,
        { headers: { 'if-match': made.headers.etag } })).status, 412);
    is((await call('DELETE', `projects/${id}`,
        { headers: { 'if-match': '*' } })).status, 204);
    is((await call('GET', 'none')).status, 404);
    is((await call('PUT', 'projects')).status, 405);
    is((await call('POST', 'projects', { parts: ['{"'] })).status, 400);
});


test('a body in many frames, with and without its length', async () => {
    for (const length of [true, false]) {
        const text = body(name());
        const { status, json } = await call('POST', 'projects', {
            parts: [...text],
            headers: length ? { 'content-length': text.length } : {},
        });

        is(status, 201);
        is(json.name, JSON.parse(text).name);
    }
});


test('256 KB fit, one byte more does not', async () => {
    for (const [size, status] of [[MAX, 201], [MAX + 1, 413], [4 * MAX, 413]]) {
        const text = body(name()).padEnd(size);
        const parts = text.match(/.{1,65536}/gs);

        is((await call('POST', 'projects', { parts })).status, status, `${size}`);
    }
    is((await call('GET', 'session')).status, 200, 'the connection is fine');
});


test('many at once', async () => {
    const names = Array.from({ length: 40 }, name);
    const answers = await Promise.all(names.flatMap((text) => [
        call('POST', 'projects', { parts: [...body(text)] }),
        call('GET', 'projects'),
        call('POST', 'none', { parts: [body(text)] }),
    ]));

    deepEqual(answers.map(({ status }) => status),
        names.flatMap(() => [201, 200, 404]));
    deepEqual(answers.filter(({ status }) => status === 201)
        .map(({ json }) => json.name), names);
});


test(':authority is the host that Origin must name', async () => {
    const from = async (origin) => (await call('POST', 'projects',
        { parts: ['{}'], headers: { origin } })).code;

    is(await from(`http://127.0.0.1:${port}`), 'invalid');
    is(await from(`https://127.0.0.1:${port}`), 'invalid');
    is(await from('http://127.0.0.1'), 'cross_site');
    is(await from('null'), 'cross_site');
});


test('a stream that is reset, or ends early, leaves nothing', async () => {
    const before = await total();
    const half = (end) => new Promise((resolve) => {
        const text = body(name());
        const stream = session.request({
            ':method': 'POST', ':path': '/wire/api/v1/projects',
            'content-type': 'application/json',
            'content-length': text.length, ...people.admin,
        });

        stream.on('error', () => {});
        stream.on('close', resolve);
        stream.resume();
        stream.write(text.slice(0, 5), () => end(stream));
    });

    await half((stream) => stream.close(http2.constants.NGHTTP2_CANCEL));
    await half((stream) => stream.end());
    await half(() => {});
    is((await call('GET', 'session')).status, 200, 'the connection is fine');
    is(await total(), before);
});


test('a connection that goes takes its streams along', async () => {
    const sockets = () => readdirSync(`/proc/${worker}/fd`).length;
    const before = sockets();
    const another = http2.connect(`http://127.0.0.1:${port}`);

    another.on('error', () => {});
    const streams = Array.from({ length: 20 }, (_, i) => {
        const stream = another.request({
            ':method': i % 2 ? 'POST' : 'GET', ':path': '/wire/api/v1/projects',
            'content-type': 'application/json', ...people.admin,
        }, { endStream: i % 2 === 0 });

        stream.on('error', () => {});
        if (i % 2) {
            stream.write('{"name":');
        }
        return stream;
    });

    await new Promise((done) => streams[0].on('response', done));
    another.destroy();
    await until(() => sockets() <= before, 'the connection to go');
    deepEqual(nginx.workers(), [worker]);
});
