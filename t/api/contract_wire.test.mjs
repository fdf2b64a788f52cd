// The same requests, otherwise cut: pieces, pipelines, broken bodies, clients
// that leave.

import { readdirSync } from 'node:fs';

import { startContract } from '../lib/contract.mjs';
import { deepEqual, is, ok, test, until } from '../lib/tap.mjs';


const { get, raw, open, nginx } = await startContract({
    location: 'client_body_timeout 300ms;',
    server: 'client_body_timeout 300ms; lingering_timeout 300ms;',
});
const [worker] = nginx.workers();
let count = 0;

const WHO = 'Host: a\r\nX-User: kim\r\nX-Role: admin\r\n';
const name = () => `project ${++count}`;
const body = (text) => JSON.stringify({ name: text });

function request(method, target, headers = '', text = '') {
    return `${method} /wire/api/v1/${target} HTTP/1.1\r\n${WHO}${headers}\r\n`
        + text;
}

function post(text, length = Buffer.byteLength(text), headers = '') {
    return request('POST', 'projects', `Content-Type: application/json\r\n`
        + `Content-Length: ${length}\r\n${headers}`, text);
}

function chunked(chunks, headers = '') {
    return request('POST', 'projects', 'Content-Type: application/json\r\n'
        + `Transfer-Encoding: chunked\r\n${headers}`, chunks);
}

const chunk = (text) =>
    `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const sockets = () => readdirSync(`/proc/${worker}/fd`).length;
const total = async () => (await get('projects')).json.total;
const exists = async (text) => (await get(
    `projects?q=${encodeURIComponent(text)}`)).json.total === 1;


test('a request in pieces of one byte', async () => {
    const text = name();
    const [{ status, json }] = await raw([...post(body(text))]);

    is(status, 201);
    is(json.name, text);
});


test('a chunked body in pieces of one byte', async () => {
    const text = name();
    const chunks = [...body(text)].map(chunk).join('') + '0\r\nX: y\r\n\r\n';
    const [{ status, json }] = await raw([...chunked(chunks)]);

    is(status, 201);
    is(json.name, text);
});


test('a pipeline is answered in its order', async () => {
    const names = Array.from({ length: 10 }, name);
    const text = names.map((one, i) => post(body(one))
        + request('GET', i % 2 ? 'session' : 'none')
        + chunked(`${chunk('{"name":')}${chunk('1}')}0\r\n\r\n`)
        + request('GET', `projects?q=${encodeURIComponent(one)}&limit=1`))
        .join('');

    for (const parts of [[text], text.match(/.{1,97}/gs)]) {
        const answers = await raw(parts, 40);

        is(answers.length, 40);
        names.forEach((one, i) => {
            const [made, other, wrong, list] = answers.slice(4 * i, 4 * i + 4);

            is(made.status, parts.length === 1 ? 201 : 409);
            is(other.status, i % 2 ? 200 : 404);
            is(wrong.status, 422);
            is(list.json.projects[0].name, one);
        });
    }
});


test('what is left of a refused body is never a request', async () => {
    const inner = post(body(name()));
    const before = await total();
    const large = inner + ' '.repeat(400 * 1024);

    for (const outer of [
        request('POST', 'none', `Content-Length: ${inner.length}\r\n`, inner),
        request('POST', 'projects', `Content-Length: ${inner.length}\r\n`, inner),
        request('GET', 'projects', `Content-Length: ${inner.length}\r\n`, inner),
        request('POST', 'projects', 'Sec-Fetch-Site: cross-site\r\n'
            + `Content-Length: ${inner.length}\r\n`, inner),
        post(large),
    ]) {
        const answers = await raw([outer, request('GET', 'health',
            'Connection: close\r\n')], 2);
        deepEqual(answers.slice(1).map(({ status }) => status)
            .filter((status) => status !== 200), []);
    }
    is(await total(), before);
});


test('Expect: 100-continue', async () => {
    const connection = open();
    const text = body(name());

    await connection.write(post('', text.length, 'Expect: 100-continue\r\n'));
    is((await connection.answers(1))[0].status, 100);
    await connection.write(text);
    is((await connection.answers(2))[1].status, 201);
    connection.socket.destroy();
});


test('chunks that are none: 400, and the connection ends', async () => {
    for (const chunks of ['zz\r\n', '5\r\n{"name":"x"}\r\n',
        'ffffffffffffffffff\r\n', '1\r\n{\r\nzz\r\n', '1\r\n{\r\n-1\r\n']) {
        // with the request, and after it
        for (const later of [false, true]) {
            const connection = open();

            if (later) {
                await connection.write(chunked('', 'Expect: 100-continue\r\n'));
                is((await connection.answers(1))[0].status, 100);
                await connection.write(chunks);
            } else {
                await connection.write(chunked(chunks));
            }

            const { status, code } = (await connection.answers(later ? 2 : 1))
                .at(-1);
            is(`${status} ${code}`, '400 malformed', JSON.stringify(chunks));
            await connection.closed();
        }
    }
});


test('a client that leaves in the middle of a body leaves nothing', async () => {
    const before = [await total(), sockets()];
    const text = body(name());
    const starts = [
        post('', 100), post(text.slice(0, 5), text.length),
        post(text, text.length + 1), chunked(chunk(text)),
        chunked(`5\r\n{"n`), post(' '.repeat(100_000), 200_000),
    ];

    for (const end of ['destroy', 'end', 'resetAndDestroy']) {
        await Promise.all(starts.map(async (start) => {
            const connection = open();

            await connection.write(start);
            connection.socket[end]();
            await connection.closed();
        }));
    }

    await until(() => sockets() <= before[1], 'the connections to go');
    is(await total(), before[0]);
});


test('a body that does not go on ends the connection', async () => {
    const before = sockets();

    for (const start of [post('{', 100), chunked('5\r\n{"n'),
        post(' '.repeat(70_000), 100_000)]) {
        const connection = open();

        await connection.write(start);
        await connection.closed();
    }
    await until(() => sockets() <= before, 'the connections to go');
});


test('a client that leaves behind its request: it is done', async () => {
    for (const end of ['destroy', 'end', 'resetAndDestroy']) {
        const text = name();
        const connection = open();

        await connection.write(post(body(text)));
        connection.socket[end]();
        await until(() => exists(text), `${text} (${end})`);
    }
});


test('HTTP/1.0, and no Host', async () => {
    const text = body(name());
    const who = 'X-User: kim\r\nX-Role: admin\r\n';
    const old = (method, target, more) => raw(
        `${method} /wire/api/v1/${target} HTTP/1.0\r\n${who}${more}`);

    const [session] = await old('GET', 'session', '\r\n');
    is(session.status, 200);

    const [made] = await old('POST', 'projects', 'Content-Type: application/json'
        + `\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
    is(made.status, 201);
    ok(made.headers.location.startsWith('/wire/api/v1/projects/project-'));

    for (const origin of ['http://', 'http://a', 'null']) {
        const [{ status }] = await old('DELETE', 'projects/x',
            `Origin: ${origin}\r\n\r\n`);
        is(status, 403, origin);
    }
});


test('the worker is the same all along', () => {
    deepEqual(nginx.workers(), [worker]);
});
