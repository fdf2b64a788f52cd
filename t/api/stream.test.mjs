// GET costs/stream: progress while lookups run, then what GET costs says.

import http2 from 'node:http2';
import { connect } from 'node:net';

import { isProblem, linkedAccount, startBilling } from '../lib/billing.mjs';
import { openEvents } from '../lib/events.mjs';
import { checkAnswer, checkEvents, openapi } from '../lib/openapi.mjs';
import { scaled } from '../lib/pace.mjs';
import { freePort } from '../lib/process.mjs';
import { after, deepEqual, is, ok, test, until } from '../lib/tap.mjs';


const PATH = 'costs/stream';
const EVENTS = openapi.paths['/costs/stream'].get.responses[200]
    .content['text/event-stream']['x-events'];

const port2 = await freePort();
const billing = await startBilling({
    sandbox: { child: true },
    server: `
        listen 127.0.0.1:${port2} http2;

        location /zipped/ {
            billing on;
            billing_user $http_x_user;
            billing_role $http_x_role;
            billing_domain $test_domain;
            gzip on;
            gzip_types text/event-stream;
            gzip_min_length 1;
        }
        location /narrow/ {
            billing on;
            billing_user $http_x_user;
            billing_role $http_x_role;
            billing_domain $test_domain;
            limit_rate 500;
        }
        location /front/ {
            rewrite ^/front/(.*) /billing/$1 break;
            proxy_pass http://127.0.0.1:$server_port;
            proxy_http_version 1.1;
        }`,
});
after(() => billing.stop());

const { sandbox } = billing;
let count = 0;

// a domain of its own with accounts that nobody has asked for; each fetch
// takes so long
async function cold({ accounts = 3, delay_ms = 0 } = {}) {
    const who = billing.client({ domain: `d${++count}` });
    const project = await who.create('projects', { name: 'Project' });
    const emails = [];

    for (let i = 0; i < accounts; i++) {
        const credentials = await billing.credentials([linkedAccount()]);

        await who.create('service-accounts', {
            name: `account ${i}`, provider: 'hyperbilling_aws',
            project_id: project.id, credentials,
        });
        emails.push(credentials.email);
        if (delay_ms > 0) {
            await sandbox.fault({
                client: credentials.email, path: '/v1/search/billing', delay_ms,
            });
        }
    }

    return { who, project, emails, accounts };
}

const asked = async ({ emails }) => (await Promise.all(emails.map((client) =>
    sandbox.calls({ client, path: '/v1/search/billing' })))).flat();

const without = ({ accounts, ...rest }) => ({
    ...rest, accounts: accounts.map(({ as_of, ...account }) => account),
});


test('progress, then the answer of GET costs', async () => {
    const { who, accounts } = await cold({ delay_ms: scaled(300) });
    const stream = openEvents(billing, PATH, { who });
    const { status, headers } = await stream.began();

    is(status, 200);
    is(headers['content-type'], 'text/event-stream');
    is(headers['cache-control'], 'no-store');
    is(headers['x-accel-buffering'], 'no');
    is(headers['content-length'], undefined);
    is(headers.etag, undefined);

    const first = await stream.next('progress');
    is(stream.state.over, false);
    // all of them, unless so slow a machine has not come to all accounts
    is(first.data.done, 0);
    is(first.data.total % 12, 0, first.data.total);
    ok(first.data.total > 0 && first.data.total <= accounts * 12);

    const events = await stream.end();
    const progress = events.filter(({ name }) => name === 'progress');

    deepEqual(progress.at(-1).data,
        { done: accounts * 12, total: accounts * 12 });
    is(events.at(-1).name, 'result');
    ok(stream.rest.retry >= 5000, `retry: ${stream.rest.retry}`);
    checkEvents(PATH, EVENTS, stream.state.text);

    const { body, headers: after } = await who.get('costs');
    is(after['x-billing-cache'], 'HIT');
    deepEqual(events.at(-1).data, body);
});


test('what is in the cache needs no progress', async () => {
    const { who } = await cold();
    const { text } = await who.get('costs?group_by=service');
    const stream = openEvents(billing, `${PATH}?group_by=service`, { who });

    const events = await stream.end();
    deepEqual(events.map(({ name }) => name), ['result']);
    ok(stream.state.text.endsWith(`\ndata: ${text}\n\n`));
    checkAnswer('GET', PATH, {
        ...await stream.began(), body: Buffer.from(stream.state.text),
    });
});


test('few reports about many blocks', async () => {
    const { who } = await cold({ accounts: 40 });
    const began = Date.now();
    const stream = openEvents(billing, `${PATH}?granularity=MONTHLY`, { who });
    const events = await stream.end();
    const reports = events.filter(({ name }) => name === 'progress').length;

    ok(reports <= 3 + (Date.now() - began) / 100, `${reports} reports`);
    deepEqual(events.at(-2).data, { done: 480, total: 480 });
});


test('what others have asked for counts, too', async () => {
    const system = await cold({ delay_ms: scaled(400) });
    const { who, emails, accounts } = system;
    const dashboard = who.get('dashboard');

    await until(async () => (await asked(system)).length > 0, 'a call');
    const streams = [PATH, PATH, `${PATH}?group_by=region`].map((path) =>
        openEvents(billing, path, { who }));

    for (const stream of streams) {
        const events = await stream.end();
        is(events[0].data.total, accounts * 12);
        is(events.at(-1).data.complete, true);
    }
    is((await dashboard).status, 200);

    for (const client of emails) {
        const pages = (await sandbox.calls({ client,
            path: '/v1/search/billing' })).map((call) =>
            `${call.granularity} ${call.start} ${call.page}`);
        is(new Set(pages).size, pages.length, pages.join());
    }
});


test('problems before it begins are answers of their own', async () => {
    const { who } = await cold();
    const get = (query, headers) => who.get(`${PATH}${query}`, headers);
    const invalid = await get('?granularity=HOURLY');

    isProblem(invalid, 422, 'invalid');
    checkAnswer('GET', PATH, { ...invalid, body: Buffer.from(invalid.text) });

    const csv = await get('?format=csv');
    isProblem(csv, 422, 'invalid');
    is(csv.body.errors[0].pointer, '/format');

    isProblem(await get('?start=2020-01&end=2026-01'), 422, 'invalid');
    isProblem(await get('', { Accept: 'application/json' }), 406,
        'not_acceptable');
    isProblem(await get('', { Accept: 'text/event-stream;q=0' }), 406,
        'not_acceptable');
    isProblem(await billing.client({ role: 'member' }).get(
        `${PATH}?refresh=true`), 403, 'forbidden');
    isProblem(await who.post(PATH, {}), 405, 'method_not_allowed');

    for (const Accept of [undefined, '*/*', 'text/*', 'text/event-stream',
        'text/html, text/event-stream;q=0.1']) {
        const answer = await get('', { Accept });
        is(`${answer.status} ${answer.headers['content-type']}`,
            '200 text/event-stream');
    }
});


test('whoever has had the end is told to stay away', async () => {
    const { who } = await cold();
    const stream = openEvents(billing, PATH, { who });
    const { id } = (await stream.end()).at(-1);

    ok(id);
    const again = await who.get(PATH, { 'Last-Event-ID': id });
    is(`${again.status} ${again.text}`, '204 ');
    checkAnswer('GET', PATH, { ...again, body: Buffer.from('') });
});


test('conditions and roles', async () => {
    const { who, project } = await cold();
    const [result] = (await openEvents(billing, PATH, {
        who, headers: { 'If-None-Match': '*' },
    }).end()).slice(-1);
    is(result.name, 'result');

    const member = { headers: { 'X-User': 'lee', 'X-Role': 'member',
        'X-Domain': who.headers['X-Domain'], 'X-Projects': 'none' } };
    const [none] = (await openEvents(billing, PATH, { who: member }).end())
        .slice(-1);
    deepEqual(none.data.accounts, []);

    const [one] = (await openEvents(billing, `${PATH}?project=${project.id}`,
        { who }).end()).slice(-1);
    is(one.data.accounts.length, 3);
});


test('HEAD has the headers, and asks nobody', async () => {
    const system = await cold();
    const { status, headers, text } = await system.who.call('HEAD', PATH);

    is(status, 200);
    is(headers['content-type'], 'text/event-stream');
    is(headers['content-length'], undefined);
    is(text, '');
    is((await asked(system)).length, 0);
    is((await system.who.call('HEAD', `${PATH}?limit=0`)).status, 422);
});


test('HTTP/1.0: events until the connection ends', async () => {
    const { who } = await cold({ delay_ms: scaled(200) });
    const lines = Object.entries(who.headers)
        .map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const socket = connect(billing.nginx.port, '127.0.0.1');
    let text = '';

    socket.on('data', (data) => { text += data; });
    socket.write(`GET /billing/api/v1/${PATH} HTTP/1.0\r\n${lines}\r\n`);
    await until(() => /event: progress/.test(text), 'progress');
    ok(!/event: result/.test(text), text);
    await until(() => socket.readableEnded, 'the end');

    const [head, ...body] = text.split('\r\n\r\n');
    ok(!/transfer-encoding/i.test(head), head);
    checkEvents(PATH, EVENTS, body.join('\r\n\r\n'));
    ok(/event: result/.test(text));
});


test('HTTP/2', async () => {
    const { who } = await cold({ delay_ms: scaled(200) });
    const session = http2.connect(`http://127.0.0.1:${port2}`);
    const stream = session.request({
        ':path': `/billing/api/v1/${PATH}`,
        ...Object.fromEntries(Object.entries(who.headers)
            .map(([name, value]) => [name.toLowerCase(), value])),
    });
    const seen = [];
    let text = '';

    stream.setEncoding('utf8').on('data', (data) => {
        text += data;
        seen.push(/event: result/.test(text));
    });
    await new Promise((resolve, reject) => {
        stream.on('end', resolve).on('error', reject);
    });
    session.destroy();

    is(seen[0], false, 'progress comes before');
    is(seen.at(-1), true);
    checkEvents(PATH, EVENTS, text);
});


test('gzip does not hold events back', async () => {
    const { who } = await cold({ delay_ms: scaled(500) });
    const stream = openEvents(billing, PATH, {
        who, base: '/zipped/', headers: { 'Accept-Encoding': 'gzip' },
    });

    is((await stream.began()).headers['content-encoding'], 'gzip');
    await stream.next('progress');
    is(stream.events.some(({ name }) => name === 'result'), false);
    is((await stream.end()).at(-1).name, 'result');
});


test('nor does a proxy', async () => {
    const { who } = await cold({ delay_ms: scaled(400) });
    const stream = openEvents(billing, PATH, { who, base: '/front/' });

    await stream.next('progress');
    is(stream.state.over, false);
    is(stream.events.some(({ name }) => name === 'result'), false);
    is((await stream.end()).at(-1).name, 'result');
    checkEvents(PATH, EVENTS, stream.state.text);
});


test('a slow line gets fewer reports, and the whole result', async () => {
    const { who } = await cold({ accounts: 30, delay_ms: scaled(100) });
    const stream = openEvents(billing, PATH, { who, base: '/narrow/' });
    const events = await stream.end();

    checkEvents(PATH, EVENTS, stream.state.text);
    is(events.at(-1).name, 'result');
    is(events.at(-1).data.accounts.length, 30);
});


test('storage that fails', async () => {
    const { who } = await cold();
    await billing.redis.cli('config', 'set', 'requirepass', 'x');
    await billing.redis.cli('-a', 'x', 'client', 'kill', 'type', 'normal');

    const answer = await who.get(PATH);
    isProblem(answer, 503, 'storage_unavailable');
    await billing.redis.cli('-a', 'x', 'config', 'set', 'requirepass', '');
});


test('streams of one user, and of all, are limited', async () => {
    const few = await startBilling({ sandbox: { child: true }, workers: 1,
        http: 'billing_user_streams 3; billing_worker_streams 5;' });
    const clients = {};
    const open = [];

    // streams that go on until their calls are answered
    for (const user of ['kim', 'lee']) {
        const who = few.client({ user, domain: user });
        const project = await who.create('projects', { name: 'Project' });
        const credentials = await few.credentials([linkedAccount()]);

        await who.create('service-accounts', { name: 'Account', credentials,
            provider: 'hyperbilling_aws', project_id: project.id });
        clients[user] = who;
    }
    await few.sandbox.fault({ path: '/v1/search/billing', hang: true });

    const begin = async (user) => {
        const one = openEvents(few, PATH, { who: clients[user] });

        open.push(one);
        is((await one.began()).status, 200);
    };
    for (const user of ['kim', 'kim', 'kim', 'lee', 'lee']) {
        await begin(user);
    }

    const refused = await clients.kim.get(PATH);
    isProblem(refused, 429, 'too_many_requests');
    ok(Number(refused.headers['retry-after']) >= 1);
    // of another user, since there are five in all
    isProblem(await clients.lee.get(PATH), 429, 'too_many_requests');

    // one that ends makes room for its user, and for all
    open[0].close();
    await until(async () => {
        const again = openEvents(few, PATH, { who: clients.kim });
        const { status } = await again.began();

        if (status === 200) {
            open.push(again);
        }
        return status === 200;
    }, 'room for another');
    isProblem(await clients.kim.get(PATH), 429, 'too_many_requests');

    open.forEach((one) => one.close());
    await few.stop();
});
