// A worker, and the master over its reloads, need no more memory the longer
// they live.
//
// Environment: BILLING_SOAK, how many times as long as usual.

import { readFileSync } from 'node:fs';

import { linkedAccount, startBilling } from '../lib/billing.mjs';
import { after, diag, is, ok, test } from '../lib/tap.mjs';


const TIMES = Number(process.env.BILLING_SOAK ?? 1);
const ROUNDS = 10 * TIMES;
const RELOADS = 5 * TIMES;

// What a heap may still grow in pieces.
const SLACK_KB = 1024;

const billing = await startBilling({
    sandbox: { child: true, settings: { page_size: 100 } },
    nginx: { level: 'notice' },
});
after(() => billing.stop());

const { nginx, sandbox } = billing;
const provider = 'hyperbilling_aws';
const admin = billing.client();
const project = await admin.create('projects', { name: 'Project' });

// an address sanitizer keeps freed memory for a while
const plain = !process.env.BILLING_STATIC;
const size = (pid) => Number(
    /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

for (const title of ['One', 'Two']) {
    await admin.create('service-accounts', {
        name: title, provider, project_id: project.id,
        credentials: await billing.credentials([linkedAccount()]),
    });
}


// All kinds of requests, which leave everything as it was.
async function round(n) {
    const one = billing.client({ domain: `d${n % 80}`, user: `user ${n}` });
    const credentials = await billing.credentials([linkedAccount()]);
    const wrong = { ...credentials, key: 'wrong' };
    const lasts = async (client, kind, body, next = async () => {}) => {
        const { id, version } = await client.create(kind, body,
            { 'Idempotency-Key': `${n}-${kind}` });
        await next(id);
        is((await client.delete(`${kind}/${id}`, '*')).status, 204, version);
    };

    await Promise.all([
        ...['', 'api/v1/none'].map((path) => admin.get(`/billing/${path}`)),
        ...['health', 'session', 'openapi.json', 'providers', 'projects?q=x',
            'project-groups', 'service-accounts?limit=1', 'dashboard',
            `projects/${project.id}/dashboard`, 'costs?format=csv',
            'costs?group_by=service,region&limit=5', 'costs?refresh=true',
            'costs?granularity=DAILY&group_by=account', 'costs?x=y',
            'projects/project-000000000000'].map((path) => admin.get(path)),
        admin.post('projects', '{"name":'),
        admin.post('projects', { name: '', x: [1, { y: null }] }),
        admin.post('projects', 'x'.repeat(300_000)),
        one.post('service-accounts/verify', { provider, credentials }),
        one.post('service-accounts/verify', { provider, credentials: wrong }),
        one.get('costs'), one.get('projects'),
        lasts(one, 'project-groups', { name: 'Group' }),
        lasts(one, 'projects', { name: 'Project', tags: { a: 'b' } },
            (id) => lasts(one, 'service-accounts',
                { name: 'Account', provider, project_id: id, credentials },
                async (account) => {
                    await one.get('costs');
                    await one.patch(`service-accounts/${account}`,
                        { credentials: wrong }, '*');
                })),
    ]);

    // clients that go at any moment
    for (const path of ['costs?refresh=true', 'dashboard', 'projects']) {
        const gone = billing.client();
        const call = gone.get(path).catch(() => null);

        setTimeout(() => gone.agent.destroy(), n % 20);
        await call;
    }

    one.agent.destroy();
}


test('a worker stays as large as it is', async () => {
    const [worker] = nginx.workers();
    const sizes = [];

    for (let part = 0; part < 5; part++) {
        for (let n = 0; n < ROUNDS; n++) {
            await round(part * ROUNDS + n);
        }
        sizes.push(size(worker));
    }

    diag('%s KB', sizes.join(', '));
    is(nginx.workers()[0], worker, 'the worker');
    if (plain) {
        ok(sizes[4] - sizes[2] < SLACK_KB, `it grows: ${sizes.join(', ')} KB`);
    }
});


test('a master stays as large as it is', async () => {
    const sizes = [];

    for (let part = 0; part < 3; part++) {
        for (let n = 0; n < RELOADS; n++) {
            const client = billing.client();
            const call = client.get('costs?refresh=true');
            const old = await nginx.reload();

            is((await call).status, 200);
            await nginx.gone(old);
        }
        sizes.push(size(nginx.pid));
    }

    diag('%s KB', sizes.join(', '));
    if (plain) {
        ok(sizes[2] - sizes[1] < SLACK_KB, `it grows: ${sizes.join(', ')} KB`);
    }
});
