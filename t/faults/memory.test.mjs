// A worker, and the master over its reloads, need no more memory the longer
// they live.
//
// Environment: BILLING_SOAK, how many requests (2,400); BILLING_RELOADS, how
// many reloads (15).

import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';

import { linkedAccount, startBilling } from '../lib/billing.mjs';
import { openEvents } from '../lib/events.mjs';
import { operations, pathOf } from '../lib/openapi.mjs';
import { after, deepEqual, diag, is, ok, test } from '../lib/tap.mjs';
import { open } from './endpoints.mjs';


const REQUESTS = Number(process.env.BILLING_SOAK ?? 2400);
const RELOADS = Number(process.env.BILLING_RELOADS ?? 15);
const PARTS = 10;
const WARM = 4; // parts after which it stays as large as it is
const AT_ONCE = 3;

// What a heap may still grow in pieces.
const SLACK_KB = 1024;

const billing = await startBilling({
    sandbox: { child: true, settings: { page_size: 100 } },
    nginx: { level: 'notice' }, http: 'gzip_http_version 1.0;',
});
after(() => billing.stop());

const { nginx } = billing;
const provider = 'hyperbilling_aws';
const asked = new Set();
let requests = 0;

// an address sanitizer keeps freed memory for a while
const plain = !process.env.BILLING_STATIC;

// The heap: what the zone has of it is shared, and full some day.
const size = (pid) => Number(
    /RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

function count(method, path) {
    requests++;
    asked.add(`${method} ${pathOf(path)}`);
}

// A client whose requests are counted.
function client(identity) {
    const one = billing.client(identity);
    const call = one.call.bind(one);

    one.call = (method, path, ...rest) => {
        count(method, path);
        return call(method, path, ...rest);
    };
    return one;
}

const admin = client();
const agent = new Agent({ keepAlive: true });
after(() => agent.destroy());

const project = await admin.create('projects', { name: 'Project' });
for (const title of ['One', 'Two']) {
    await admin.create('service-accounts', {
        name: title, provider, project_id: project.id,
        credentials: await billing.credentials([linkedAccount()]),
    });
}


// A GET whose answer is let go as it comes.
function drain(path, headers) {
    count('GET', path);
    return new Promise((resolve, reject) => {
        request({
            agent, host: '127.0.0.1', port: nginx.port,
            path: `/billing/api/v1/${path}`,
            headers: { ...admin.headers, ...headers },
        }, (answer) => answer.resume().on('end', () =>
            resolve(answer.statusCode))).on('error', reject).end();
    });
}


async function reads(one) {
    const { etag } = (await admin.get('costs')).headers;

    await Promise.all([
        ...['', 'api/v1/none'].map((path) => admin.get(`/billing/${path}`)),
        ...['health', 'session', 'openapi.json', 'providers', 'projects?q=x',
            'providers?all=true', 'project-groups', 'check', 'audit?limit=5',
            'service-accounts?limit=1', 'dashboard', 'costs?format=csv',
            `projects/${project.id}`, `projects/${project.id}/dashboard`,
            'costs?format=focus', 'costs?group_by=service,region&limit=5',
            'costs?refresh=true', 'costs?granularity=DAILY&group_by=account',
            'costs?x=y', 'projects/project-000000000000'].map(
            (path) => admin.get(path)),
        drain('dashboard', { 'Accept-Encoding': 'gzip' }),
        drain('costs?format=csv', { 'Accept-Encoding': 'gzip, br' }),
        drain('service-accounts', { 'Accept-Encoding': 'gzip' }),
        drain('costs', { 'If-None-Match': etag }),
        admin.call('HEAD', 'costs'),
        one.get('costs'), one.get('projects'),
    ]);
}


// Refused, for one reason or another.
async function errors(one, credentials) {
    const wrong = { ...credentials, key: 'wrong' };
    const stranger = client({ user: 'eve', role: 'guest' });

    await Promise.all([
        admin.post('projects', '{"name":'),
        admin.post('projects', { name: '', x: [1, { y: null }] }),
        admin.post('projects', 'x'.repeat(300_000)),
        admin.patch(`projects/${project.id}`, { name: 'X' }, 99),
        admin.delete(`projects/${project.id}`, '*'),
        admin.call('DELETE', 'costs'),
        stranger.get('costs'),
        one.post('service-accounts/verify', { provider, credentials: wrong }),
    ]);
    stranger.agent.destroy();
}


// What is made, changed and deleted again.
async function writes(one, n, credentials) {
    const wrong = { ...credentials, key: 'wrong' };
    const lasts = async (kind, body, next = async () => {}) => {
        const headers = { 'Idempotency-Key': `${n}-${kind}` };
        const { id } = await one.create(kind, body, headers);

        await one.create(kind, body, headers);
        await next(`${kind}/${id}`, id);
        await one.get(`${kind}/${id}`);
        is((await one.delete(`${kind}/${id}`, '*')).status, 204);
    };
    const rename = (path) => one.patch(path, { name: 'Another' }, 1);

    await one.put(`providers/${provider}`, { enabled: true });
    await lasts('project-groups', { name: 'Group' }, rename);
    await lasts('projects', { name: 'Project', tags: { a: 'b' } },
        async (path, id) => {
            await rename(path);
            await lasts('service-accounts',
                { name: 'Account', provider, project_id: id, credentials },
                async (account) => {
                    await one.get('costs');
                    await one.get(`${account}/linked-accounts`);
                    await one.patch(account, { credentials: wrong }, '*');
                    await rename(account);
                });
        });
    await one.call('POST', 'reseal');
    await one.call('POST', 'migrate');
    await one.post('service-accounts/verify', { provider, credentials });
}


// Clients that go at any moment, and a stream to its end.
async function leaves(n) {
    for (const path of ['costs?refresh=true', 'dashboard', 'projects', 'check',
        'costs/stream?refresh=true', 'audit']) {
        count('GET', path);
        const socket = open(nginx.port,
            { method: 'GET', path, headers: admin.headers });

        await new Promise((done) => setTimeout(done, n % 20));
        socket.resetAndDestroy();
    }

    count('GET', 'costs/stream');
    const events = await openEvents(billing, 'costs/stream').end();
    is(events.at(-1).name, 'result');
}


// All kinds of requests, which leave everything as it was.
async function round(n) {
    const one = client({ domain: `d${n % 80}`, user: `user ${n}` });
    const credentials = await billing.credentials([linkedAccount()]);

    await reads(one);
    await errors(one, credentials);
    await writes(one, n, credentials);
    await leaves(n);
    one.agent.destroy();
}


test('a worker stays as large as it is', async () => {
    const [worker] = nginx.workers();
    const sizes = [];
    let n = 0;

    for (let part = 1; part <= PARTS; part++) {
        while (requests < part * REQUESTS / PARTS) {
            await Promise.all(Array.from({ length: AT_ONCE }, () => round(n++)));
        }
        sizes.push(size(worker));
        if (REQUESTS > 10_000) {
            diag('%d requests: %d KB', requests, sizes.at(-1));
        }
    }

    diag('%d requests: %s KB', requests, sizes.join(', '));
    is(nginx.workers()[0], worker, 'the worker');
    if (plain) {
        ok(sizes.at(-1) - sizes[WARM - 1] < SLACK_KB,
            `it grows: ${sizes.join(', ')} KB`);
    }
}, { timeout: 120_000 + 60 * REQUESTS });


test('every endpoint was asked', () => {
    deepEqual(operations.map(([path, method]) => `${method} ${path}`)
        .filter((name) => !asked.has(name)), []);
});


test('a master stays as large as it is', async () => {
    const sizes = [];

    for (let part = 0; part < 3; part++) {
        for (let n = 0; n < RELOADS / 3; n++) {
            const one = billing.client();
            const call = one.get('costs?refresh=true');
            const old = await nginx.reload();

            is((await call).status, 200);
            one.agent.destroy();
            await nginx.gone(old, 40_000);
        }
        sizes.push(size(nginx.pid));
    }

    diag('%d reloads: %s KB', RELOADS, sizes.join(', '));
    if (plain) {
        ok(sizes[2] - sizes[1] < SLACK_KB, `it grows: ${sizes.join(', ')} KB`);
    }
}, { timeout: 120_000 + 20_000 * RELOADS });
