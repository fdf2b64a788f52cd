// Answers that nodes share in Redis, and what is left when Redis is away.

import { readFileSync } from 'node:fs';

import { isProblem, startBilling } from '../lib/billing.mjs';
import { openEvents } from '../lib/events.mjs';
import { scaled } from '../lib/pace.mjs';
import { startRedis } from '../lib/redis.mjs';
import { deepEqual, is, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const world = await startWorld({ zone: false, allow: [] });
const { sandbox, redis, get } = world;
const ANSWERS = 'billing:{default}:answers';

const project = await world.createProject('project');
await sandbox.setCredential(
    { client: 'c', secret: 's', linked: ['300000000003'] });
const account = await world.createAccount(
    'account', project.id, { client: 'c', secret: 's' });

async function commands() {
    const stats = await redis.cli('info', 'commandstats');

    return Object.fromEntries([...stats.matchAll(
        /cmdstat_(\w+):calls=(\d+)/g)].map(([, name, n]) => [name, Number(n)]));
}

// What was asked of Redis meanwhile.
async function asked(action) {
    const before = await commands();
    const answer = await action();
    const now = await commands();

    const names = ['hget', 'hmget', 'evalsha', 'eval'];
    return { answer, counts: names.map(
        (name) => (now[name] ?? 0) - (before[name] ?? 0)) };
}

// Until Redis has it.
const warm = (path, client = world.admin) => until(async () => {
    const { answer, counts } = await asked(() => client.get(path));
    return counts.join() === '1,0,0,0' && answer;
}, `${path} in Redis`);


test('a warm answer costs one HGET', async () => {
    for (const path of ['dashboard', `projects/${project.id}/dashboard`,
        'costs?group_by=service', 'costs?format=csv']) {
        const first = await warm(path);
        const { answer, counts } = await asked(() => get(path));

        is(counts.join(), '1,0,0,0', path);
        is(answer.cache, 'HIT');
        is(answer.text, first.text);
        is(answer.headers.etag, first.headers.etag);
        is((await get(path, { 'If-None-Match': first.headers.etag })).status,
            304);
    }
});

test('the same question in other words is the same', async () => {
    await warm('costs?group_by=service,region&account=a');
    const { counts } = await asked(() => get(
        'costs?account=a&format=json&group_by=service,region'));
    is(counts.join(), '1,0,0,0');
});

test('another node has it, too', async () => {
    const first = await warm('dashboard');
    const other = await startBilling({
        redis, sandbox, zone: false, key: readFileSync(world.key),
    });

    try {
        const client = other.client();
        await client.get('projects');
        const { answer, counts } = await asked(() => client.get('dashboard'));

        is(counts.join(), '1,0,0,0');
        is(answer.text, first.text);

        await client.create('projects', { name: 'by the other' });
        is(await redis.cli('exists', ANSWERS), '0');
    } finally {
        await other.nginx.stop();
    }
});

test('whatever changes, no old answer is there', async () => {
    const changes = [
        () => world.createProject('one more'),
        async () => {
            const own = { client: 'one-more', secret: 's' };
            await sandbox.setCredential({ ...own, linked: ['777700000001'] });
            await world.createAccount('one more', project.id, own);
        },
        () => get('dashboard?refresh=true'),
    ];

    for (const change of changes) {
        await warm('dashboard');
        await change();
        const now = await get('dashboard');
        is(now.status, 200);
        ok(await redis.cli('hlen', ANSWERS) <= 1);
    }
});

test('what was worked out before a change is not kept after it', async () => {
    const slow = 'costs?group_by=region';

    await sandbox.fault({ client: 'c', delay_ms: scaled(300) });
    const answer = get(`${slow}&start=2024-12&end=2024-12`);
    await until(async () => (await sandbox.counters()).in_flight > 0,
        'the provider to be asked');
    await world.createProject('meanwhile');
    is((await answer).status, 200);
    await sandbox.clearFaults();
    is(await redis.cli('exists', ANSWERS), '0');
});

test('members have answers of their own', async () => {
    const path = 'dashboard';
    const member = (projects) => world.client(
        { user: 'm', role: 'member', projects });

    await warm(path);
    const own = await warm(path, member([project.id]));
    ok(own.body.accounts.some(({ id }) => id === account.id));
    deepEqual((await warm(path, member([]))).body.accounts, []);
    deepEqual((await warm(path, world.client({ domain: 'other' }))).body
        .accounts, []);
});

test('many requests of one moment share one HGET', async () => {
    const { text } = await warm('dashboard');
    const { answer, counts } = await asked(() => Promise.all(
        Array.from({ length: 60 }, () => get('dashboard'))));

    answer.forEach((one) => is(one.text, text));
    ok(counts[0] <= 60 && counts.slice(1).join() === '0,0,0', counts.join());
});

test('a value that is no answer does no harm', async () => {
    const { text } = await warm('dashboard');
    const [field] = (await redis.cli('hkeys', ANSWERS)).split('\n');

    for (const value of ['', 'x', 'x'.repeat(2000)]) {
        await redis.cli('eval', `
            for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
                redis.call('HSET', KEYS[1], field, ARGV[1])
            end`, 1, ANSWERS, value).catch(() => {});
        is((await get('dashboard')).text, text);
    }
    ok(field);
    await redis.cli('del', ANSWERS);
    await redis.cli('set', ANSWERS, 'no hash');
    is((await get('dashboard')).text, text);
    await redis.cli('del', ANSWERS);
});

test('a domain keeps 256 answers at most, for an hour', async () => {
    for (let i = 0; i < 300; i++) {
        await get(`costs?limit=${i + 1}`);
        ok(Number(await redis.cli('hlen', ANSWERS)) <= 256);
    }
    const ttl = Number(await redis.cli('ttl', ANSWERS));
    ok(ttl > 3500 && ttl <= 3600, `${ttl}`);
});

test('Redis goes: the last answers known serve, and say so', async () => {
    const own = await startRedis();
    const away = await startBilling({ sandbox, redis: own, zone: 'b:1m' });
    const client = away.client();

    try {
        await client.create('projects', { name: 'one' });
        const dashboard = await client.get('dashboard');
        const csv = await client.get('costs?format=csv');
        const groups = await client.get('costs?group_by=service');

        await own.kill();
        const old = await client.get('dashboard');
        is(old.status, 200);
        is(old.body.degraded, 'storage');
        is(old.headers['x-billing-degraded'], 'storage');
        ok(old.text.startsWith('{"degraded":"storage",'));
        is(old.text.replace('"degraded":"storage",', ''), dashboard.text);
        ok(old.headers.etag !== dashboard.headers.etag);
        is((await client.get('dashboard',
            { 'If-None-Match': old.headers.etag })).status, 304);

        const table = await client.get('costs?format=csv');
        is(table.text, csv.text);
        is(table.headers['x-billing-degraded'], 'storage');

        // a stream ends with what GET costs would say
        const [last] = (await openEvents(away, 'costs/stream?group_by=service',
            { who: client }).end()).slice(-1);
        is(last.name, 'result');
        deepEqual(last.data, { degraded: 'storage', ...groups.body });
        isProblem(await client.get('costs/stream'), 503,
            'storage_unavailable');

        is((await client.get('costs')).status, 503);
        is((await away.client({ user: 'm', role: 'member', projects: [] })
            .get('dashboard')).status, 503);
        is((await client.get('dashboard?refresh=true')).status, 503);
        is((await client.post('projects', { name: 'two' })).status, 503);

        const back = await startRedis({ port: own.port, dir: own.dir });
        const fresh = await until(async () => {
            const answer = await client.get('dashboard');
            return answer.body?.degraded === undefined
                && answer.status === 200 && answer;
        }, 'Redis to be back');
        is(fresh.headers['x-billing-degraded'], undefined);
        await back.stop();
    } finally {
        await away.nginx.stop();
        await own.stop().catch(() => {});
    }
});
