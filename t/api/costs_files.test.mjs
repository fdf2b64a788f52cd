// Files of costs that are larger than what is held of them: all groups, made
// while they are taken, by whatever protocol.

import http2 from 'node:http2';
import { gunzipSync } from 'node:zlib';
import { request } from 'node:http';

import { rowsOf } from '../lib/csv.mjs';
import { days } from '../lib/figures.mjs';
import { freePort } from '../lib/process.mjs';
import { descriptors } from '../lib/sockets.mjs';
import { deepEqual, diag, is, ok, test, until } from '../lib/tap.mjs';
import { slowGet } from '../lib/wire.mjs';
import { startWorld } from '../lib/world.mjs';
import { formatDecimal, parseDecimal } from '../sandbox/decimal.mjs';


const identity = `
    billing on;
    billing_user $http_x_user;
    billing_role $http_x_role;
    billing_projects $test_projects;
    billing_domain $test_domain;`;

const all = days(-30, 0);
const DIMS = 'account,linked_account,region,service,project,provider';
const range = `granularity=DAILY&start=${all[0]}&end=${all.at(-1)}`;
const path = `costs?${range}&group_by=${DIMS}&format=csv&for=program`;
const file = `/billing/api/v1/${path}`;

const [port, port2] = [await freePort(), await freePort()];
const world = await startWorld({
    server: `
        listen 127.0.0.1:${port} sndbuf=8k;
        listen 127.0.0.1:${port2} http2;

        location /zipped/ {
            ${identity}
            gzip on;
            gzip_types text/csv;
        }
        location /narrow/ {
            ${identity}
            limit_rate 4m;
        }
        location = /page {
            ssi on;
            default_type text/html;
            return 200 'before <!--# include virtual="${file}" --> after';
        }`,
});
const { admin, nginx, sandbox } = world;
const mine = await world.createProject('mine');
const other = await world.createProject('other');
await world.createAccount('one', mine.id, sandbox.credentials.main);
const hidden = await admin.create('service-accounts', {
    name: 'two', provider: 'hyperbilling_aws', project_id: other.id,
    credentials: await world.credentials(['000000000077']),
});

// what a busy machine does not get within thirty seconds comes behind the answer
const whole = await until(async () => {
    const answer = await world.get(path);
    return answer.headers['x-billing-complete'] === 'true' && answer;
}, 'all figures', 120_000);
const rows = rowsOf(whole.text);

// over a plain socket, a location, or both
const raw = (where, options, of = port) =>
    slowGet(of, `/${where}/api/v1/${path}`,
        { headers: admin.headers, ...options });

const unchunked = (text) => {
    let out = '';
    for (let at = 0; ;) {
        const end = text.indexOf('\r\n', at);
        const size = parseInt(text.slice(at, end), 16);

        if (size === 0) {
            return out;
        }
        out += text.slice(end + 2, end + 2 + size);
        at = end + 2 + size + 2;
    }
};


test('all groups are in it, and add up to what JSON says', async () => {
    is(whole.status, 200);
    diag('%d bytes, %d rows', whole.text.length, rows.length);
    ok(whole.text.length > 3_000_000, whole.text.length);
    is(whole.headers['transfer-encoding'], 'chunked');
    is(whole.headers['content-length'], undefined);
    is(whole.headers['x-billing-truncated'], undefined);
    ok(!rows.some((row) => Object.values(row).includes('(rest)')));

    const sums = {};
    for (const { date, currency, cost } of rows) {
        const at = `${currency} ${date}`;
        sums[at] = (sums[at] ?? 0n) + parseDecimal(cost);
    }

    const { json } = await world.get(`costs?${range}`);
    deepEqual(Object.entries(sums).map(([at, sum]) =>
        `${at} ${formatDecimal(sum)}`).sort(),
    json.currencies.flatMap(({ currency, costs }) => costs.map((cost, i) =>
        `${currency} ${json.dates[i]} ${cost}`)).sort());

    const groups = new Set(rows.map(({ date, cost, in_progress, ...key }) =>
        JSON.stringify(key)));
    is(rows.length, groups.size * all.length, 'each group at each date, once');
    ok(groups.size > 1000);
});


test('days that are not over, and whose account is complete', async () => {
    deepEqual([...new Set(rows.filter(({ in_progress }) =>
        in_progress === 'true').map(({ date }) => date))].sort(), all.slice(-2));
    deepEqual([...new Set(rows.map(({ complete }) => complete))], ['true']);
    is(rows[0].project_name, 'mine');
    is(rows[0].provider_name, 'Hyper Billing');
});


test('asked again, it is the same; a tag saves it', async () => {
    const again = await world.get(path);

    is(again.cache, 'HIT');
    is(again.text, whole.text);
    is(again.headers.etag, whole.headers.etag);
    is((await world.get(path, { 'if-none-match': again.headers.etag })).status,
        304);
    is((await world.get(path, { 'if-none-match': '*' })).status, 304);
    is((await world.get(path, { 'if-none-match': '"x"' })).status, 200);
});


test('HEAD has its headers', async () => {
    const { headers, statusCode, body } = await new Promise((resolve, reject) => {
        const call = request({ host: '127.0.0.1', port, method: 'HEAD',
            path: `/billing/api/v1/${path}`, headers: admin.headers }, (answer) => {
            let body = '';
            answer.on('data', (data) => { body += data; })
                .on('end', () => resolve({ ...answer, body,
                    headers: answer.headers, statusCode: answer.statusCode }));
        });
        call.on('error', reject).end();
    });

    is(statusCode, 200);
    is(body, '');
    for (const name of ['content-type', 'content-disposition', 'etag',
        'x-billing-complete', 'x-billing-cache', 'vary']) {
        is(headers[name], name === 'x-billing-cache' ? 'HIT'
            : whole.headers[name], name);
    }
});


test('HTTP/1.0 and 1.1, with buffers of 8 KB', async () => {
    const old = await raw('billing', { version: '1.0' }).end();
    is(old.error, null);
    is(old.text, whole.text);

    const chunked = await raw('billing', { version: '1.1' }).end();
    is(chunked.error, null);
    is(unchunked(chunked.text), whole.text);
});


test('HTTP/2', async () => {
    const session = http2.connect(`http://127.0.0.1:${port2}`);
    const bodies = await Promise.all([0, 1, 2].map(() =>
        new Promise((resolve, reject) => {
            const stream = session.request({
                ':path': `/billing/api/v1/${path}`, ...admin.headers });
            let body = '';
            stream.setEncoding('utf8').on('data', (data) => { body += data; })
                .on('end', () => resolve(body)).on('error', reject);
        })));

    session.close();
    bodies.forEach((body) => ok(body === whole.text));
});


test('compressed by nginx', async () => {
    const answer = await new Promise((resolve, reject) => {
        request({ host: '127.0.0.1', port, path: `/zipped/api/v1/${path}`,
            headers: { ...admin.headers, 'Accept-Encoding': 'gzip' } },
        (response) => {
            const parts = [];
            response.on('data', (data) => parts.push(data))
                .on('end', () => resolve({ headers: response.headers,
                    body: Buffer.concat(parts) }));
        }).on('error', reject).end();
    });

    is(answer.headers['content-encoding'], 'gzip');
    is(answer.headers['content-type'], 'text/csv; charset=utf-8');
    is(answer.headers.etag, `W/${whole.headers.etag}`);
    ok(gunzipSync(answer.body).toString() === whole.text);
    ok(answer.body.length < whole.text.length / 10, answer.body.length);
});


test('at a limited rate', async () => {
    const { text, error } = await raw('narrow', { version: '1.0' }).end();

    is(error, null);
    ok(text === whole.text);
});


test('as a part of a page', async () => {
    const { text, error } = await slowGet(port, '/page',
        { headers: admin.headers }).end();

    is(error, null);
    ok(text === `before ${whole.text} after`, text.length);
});


test('a member has the rows of his projects', async () => {
    const member = { 'x-role': 'member', 'x-projects': mine.id };
    const { text, status } = await world.get(path, member);
    const seen = rowsOf(text);

    is(status, 200);
    ok(seen.length > 1000);
    deepEqual(seen, rows.filter(({ project }) => project === mine.id));
    ok(rows.some(({ account }) => account === hidden.id));
    is(rowsOf((await world.get(path, { ...member, 'x-projects': 'none' })).text)
        .length, 0);
});


test('it stays what it was when it began', async () => {
    const slow = raw('billing', { after: 20_000 });
    await slow.started;

    const { headers } = await admin.call('GET', `projects/${mine.id}`);
    is((await admin.call('PATCH', `projects/${mine.id}`, { name: 'Renamed' },
        { 'If-Match': headers.etag })).status, 200);
    ok((await world.get(path)).text.includes('Renamed'));

    const { text, error } = await slow.end();
    is(error, null);
    ok(text === whole.text);
});


test('clients that leave take all of it along', async () => {
    const [worker] = nginx.workers();
    const before = descriptors(worker);

    for (let round = 0; round < 3; round++) {
        const clients = [];
        for (let i = 0; i < 8; i++) {
            clients.push(raw('billing', { after: 1000 * (i + 1) }));
        }
        await Promise.all(clients.map(({ started }) => started));
        clients.forEach((client) => client.destroy());
    }

    await until(() => descriptors(worker) <= before, 'their connections end');
    is((await admin.get('health')).status, 200);
    deepEqual(nginx.workers(), [worker]);
});
