// Redis away, in the way, or not what it was: nothing is acknowledged that is
// not there, nothing is half done, and all is well again afterwards.

import { randomUUID } from 'node:crypto';

import { isProblem, linkedAccount, startBilling } from '../lib/billing.mjs';
import { startRedis } from '../lib/redis.mjs';
import { after, deepEqual, is, ok, test, until } from '../lib/tap.mjs';


const billing = await startBilling({ workers: 2 });
const admin = billing.client();
const provider = 'hyperbilling_aws';
const names = async (path, client = admin) => {
    const answer = await client.get(`${path}?limit=1000`);
    is(answer.status, 200, answer.text);
    return Object.values(answer.body)[0].map((one) => one.name);
};

after(() => billing.stop());


// Every request, and whether it writes.
async function everything(project, group, account) {
    const credentials = await billing.credentials([linkedAccount()]);
    const body = { provider, credentials };

    return [
        ['GET', 'projects'], ['GET', `projects/${project.id}`],
        ['GET', 'project-groups'], ['GET', `project-groups/${group.id}`],
        ['GET', 'service-accounts'], ['GET', `service-accounts/${account.id}`],
        ['GET', 'providers'],
        ['POST', 'projects', { name: 'Never' }],
        ['POST', 'project-groups', { name: 'Never' }],
        ['POST', 'service-accounts',
            { ...body, name: 'Never', project_id: project.id }],
        ['PATCH', `projects/${project.id}`, { name: 'Never' }],
        ['PATCH', `project-groups/${group.id}`, { name: 'Never' }],
        ['PATCH', `service-accounts/${account.id}`, { name: 'Never' }],
        ['DELETE', `projects/${project.id}`],
        ['DELETE', `project-groups/${group.id}`],
        ['DELETE', `service-accounts/${account.id}`],
        ['PUT', `providers/${provider}`, { enabled: false }],
    ];
}


// All that would write; the project is refused because it holds an account.
const writes = (requests) => requests.filter(([method, path]) =>
    method !== 'GET' && !/^DELETE projects/.test(`${method} ${path}`));


async function three(suffix) {
    const project = await admin.create('projects', { name: `P ${suffix}` });
    const group = await admin.create('project-groups', { name: `G ${suffix}` });
    const account = await admin.create('service-accounts', {
        name: `A ${suffix}`, provider, project_id: project.id,
        credentials: await billing.credentials([linkedAccount()]),
    });

    return [project, group, account];
}


async function refuses(requests) {
    for (const [method, path, body] of requests) {
        const answer = await admin.call(method, path, body,
            { 'If-Match': '*' });

        isProblem(answer, 503, 'storage_unavailable');
        ok(Number(answer.headers['retry-after']) >= 1, `${method} ${path}`);
    }
}


async function unchanged(project, group, account) {
    deepEqual((await admin.get(`project-groups/${group.id}`)).body, group);
    deepEqual((await admin.get(`service-accounts/${account.id}`)).body, account);
    is((await admin.get(`projects/${project.id}`)).body.accounts, 1);
    is((await admin.get('providers')).body.providers.length, 1);
    for (const path of ['projects', 'project-groups', 'service-accounts']) {
        ok(!(await names(path)).includes('Never'), path);
    }
}


test('with Redis stopped everything is 503, and then all is well', async () => {
    const objects = await three('stopped');
    const requests = await everything(...objects);
    const { port, dir } = billing.redis;

    await billing.redis.cli('save');
    await billing.redis.stop();
    await refuses(requests);

    billing.redis = await startRedis({ port, dir });
    await until(async () => (await admin.get('projects')).status === 200,
        'Redis to be found again');
    await unchanged(...objects);
    await three('back again');
});


test('a read-only Redis takes no writes, and reads go on', async () => {
    const objects = await three('read-only');
    const requests = writes(await everything(...objects));

    // of a primary that is not there
    await billing.redis.cli('replicaof', '127.0.0.1', '1');
    await refuses(requests);
    await unchanged(...objects);
    await billing.redis.cli('replicaof', 'no', 'one');
    await unchanged(...objects);
});


test('a full Redis takes no writes but deletions, and reads go on', async () => {
    const objects = await three('full');
    const requests = writes(await everything(...objects))
        .filter(([method]) => method !== 'DELETE');

    await billing.redis.cli('config', 'set', 'maxmemory', '1');
    try {
        await refuses(requests);
        await unchanged(...objects);
        is((await admin.delete(`project-groups/${objects[1].id}`, 1)).status, 204);
    } finally {
        await billing.redis.cli('config', 'set', 'maxmemory', '0');
    }
    is((await admin.get(`project-groups/${objects[1].id}`)).status, 404);
});


test('an unanswered write is 503; its key tells what became of it', async () => {
    const key = { 'Idempotency-Key': randomUUID() };
    const body = { name: 'Perhaps' };

    await names('projects');
    billing.redis.pause();
    const answer = await admin.post('projects', body, key);
    billing.redis.resume();
    isProblem(answer, 503, 'storage_unavailable');

    const again = await until(async () => {
        const one = await admin.post('projects', body, key);
        return one.status !== 503 && one;
    }, 'Redis to answer again');
    is(again.status, 201, again.text);
    is((await names('projects')).filter((name) => name === 'Perhaps').length, 1);
});


test('clients that go while Redis is silent', async () => {
    const [project] = await three('silent');
    const paths = ['projects', `projects/${project.id}`, 'service-accounts',
        'project-groups', 'providers'];
    const gone = billing.client();

    billing.redis.pause();
    const calls = Array.from({ length: 50 }, (_, i) =>
        gone.get(paths[i % paths.length]).then(() => 'answered', () => 'cut'));
    await until(() => gone.sent === calls.length, 'the requests to be sent');
    gone.agent.destroy();
    deepEqual([...new Set(await Promise.all(calls))], ['cut']);
    await until(() => /client prematurely closed|499/.test(
        billing.nginx.errorLog() + billing.nginx.accessLog()),
    'nginx to see them go');
    billing.redis.resume();

    await until(async () => (await admin.get('projects')).status === 200,
        'Redis to answer again');
    is((await admin.get(`projects/${project.id}`)).body.accounts, 1);
});


test('scripts that Redis has forgotten are sent again', async () => {
    await billing.redis.cli('script', 'flush');
    await admin.create('projects', { name: 'After the flush' });
    ok((await names('projects')).includes('After the flush'));
});


test('data that was wiped is gone for every worker', async () => {
    const clients = Array.from({ length: 6 }, () => billing.client());

    await three('wiped');
    await Promise.all(clients.map((client) => names('projects', client)));
    await billing.redis.cli('flushall');

    // as many writes as there were before: numbers alone do not tell
    for (let i = 0; i < 40; i++) {
        await admin.create('projects', { name: `New ${i}` });
    }
    for (const client of clients) {
        is((await names('projects', client)).length, 40);
        is((await names('service-accounts', client)).length, 0);
    }
});


test('a Redis that comes back with older data is believed', async () => {
    const { port, dir } = billing.redis;
    const clients = Array.from({ length: 6 }, () => billing.client());

    await billing.redis.cli('save');
    await admin.create('projects', { name: 'Not saved' });
    await Promise.all(clients.map((client) => names('projects', client)));
    await billing.redis.kill();

    billing.redis = await startRedis({ port, dir });
    // by each worker on its own
    for (const client of [admin, ...clients]) {
        await until(async () => (await client.get('projects')).status === 200,
            'Redis to be found again');
    }

    // takes the number of the change that was lost
    await admin.create('projects', { name: 'In its place' });
    for (const client of clients) {
        const found = await names('projects', client);
        ok(!found.includes('Not saved'));
        ok(found.includes('In its place'));
    }
});


test('a reader that slept through a thousand deletions', async () => {
    const domain = 'sleeper';
    const writer = await startBilling({
        redis: billing.redis, sandbox: billing.sandbox,
    });

    try {
        const reader = billing.client({ domain });
        const client = writer.client({ domain });
        const kept = await client.create('projects', { name: 'Kept' });
        const doomed = await client.create('projects', { name: 'Doomed' });

        deepEqual(await names('projects', reader), ['Doomed', 'Kept']);
        is((await client.delete(`projects/${doomed.id}`, 1)).status, 204);

        for (let i = 0; i < 1100; i += 50) {
            await Promise.all(Array.from({ length: 50 }, async (_, j) => {
                const { id } = await client.create('projects',
                    { name: `P${i + j}` });
                is((await client.delete(`projects/${id}`, 1)).status, 204);
            }));
        }

        const base = `billing:{${domain}}:`;
        const marks = Number(await billing.redis.cli('zcard', `${base}changes`));
        ok(marks < 1100, `${marks} marks of changes are kept`);

        deepEqual(await names('projects', reader), ['Kept']);
        is((await reader.get(`projects/${doomed.id}`)).status, 404);
        is((await reader.get(`projects/${kept.id}`)).status, 200);
    } finally {
        await writer.nginx.stop();
    }
});
