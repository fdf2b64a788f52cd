// Answers in the zone: served without a word to Redis, to those who may see
// them, in the coding that they want, and never after something has changed.

import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { get as httpGet } from 'node:http';

import { startBilling } from '../lib/billing.mjs';
import { deepEqual, is, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const world = await startWorld({
    keepAlive: false, // nginx reloads
    server: `
        location /gzip/ {
            gzip on;
            gzip_types application/json;
            billing on;
            billing_user $http_x_user;
            billing_role $http_x_role;
            billing_domain $test_domain;
            billing_projects $test_projects;
        }`,
});
const { sandbox, redis, get, nginx } = world;
const LINKED = ['300000000003', '000000000042', '100000000001'];

const projects = [];
for (const [i, id] of LINKED.entries()) {
    const project = await world.createProject(`project ${i}`);
    await sandbox.setCredential({ client: `c${i}`, secret: 's', linked: [id] });
    project.account = await world.createAccount(
        `account ${i}`, project.id, { client: `c${i}`, secret: 's' }, id);
    projects.push(project);
}

// Commands that read: the workers' own (PING, SUBSCRIBE) do not count.
async function reads() {
    const stats = await redis.cli('info', 'commandstats');

    return [...stats.matchAll(/cmdstat_(\w+):calls=(\d+)/g)]
        .filter(([, name]) => /^(h?m?get|hgetall|evalsha|eval)$/.test(name))
        .reduce((sum, [, , calls]) => sum + Number(calls), 0);
}

// Until the zone has it: what fetches something is not kept, and a worker
// trusts the zone only once it listens.
async function warm(path, client = world.admin, headers = {}) {
    return until(async () => {
        const before = await reads();
        const answer = await client.get(path, headers);
        return await reads() === before && answer;
    }, `${path} in the zone`);
}

// The body as it came.
function raw(path, headers = {}) {
    return new Promise((resolve, reject) => {
        httpGet({
            host: '127.0.0.1', port: nginx.port, path,
            headers: { 'X-User': 'admin', 'X-Role': 'admin', ...headers },
        }, (res) => {
            const chunks = [];
            res.on('data', (chunk) => chunks.push(chunk));
            res.on('end', () => resolve({
                status: res.statusCode, headers: res.headers,
                body: Buffer.concat(chunks),
            }));
        }).on('error', reject);
    });
}


test('warm answers ask Redis for nothing', async () => {
    for (const path of ['dashboard', `projects/${projects[0].id}/dashboard`,
        'costs', 'costs?group_by=service&granularity=DAILY',
        'costs?format=csv']) {
        const first = await warm(path);

        // what the fetch before has left to do may come in between, once
        await until(async () => {
            const before = await reads();

            for (let i = 0; i < 20; i++) {
                const answer = await get(path);

                is(answer.status, 200);
                is(answer.cache, 'HIT', path);
                is(answer.text, first.text, path);
                is(answer.headers.etag, first.headers.etag, path);
                is(answer.headers['content-type'], first.headers['content-type']);
            }
            return await reads() === before;
        }, `${path} without a question`);
    }
});

test('the log tells a HIT without calls', async () => {
    await warm('dashboard');
    await get('dashboard');

    const lines = await until(() => {
        const all = readFileSync(`${nginx.dir}/billing.log`, 'utf8').split('\n')
            .filter((line) => line.includes('v1/dashboard '));
        return all.length > 1 && all;
    }, 'lines of the access log');
    ok(lines.at(-1).endsWith('200 HIT 0'), lines.at(-1));
});

test('what an entity tag names is 304, of any coding', async () => {
    const { headers, text } = await warm('dashboard');
    const tags = [headers.etag];

    for (const coding of ['gzip', 'br']) {
        const answer = await raw('/billing/api/v1/dashboard',
            { 'Accept-Encoding': coding });
        tags.push(answer.headers.etag);
    }
    is(new Set(tags).size, 3, tags.join());

    const before = await reads();
    for (const tag of [...tags, `W/${tags[0]}`, `"x", ${tags[1]}`]) {
        for (const coding of ['identity', 'gzip', 'br']) {
            const answer = await raw('/billing/api/v1/dashboard',
                { 'If-None-Match': tag, 'Accept-Encoding': coding });

            is(answer.status, 304, tag);
            is(answer.body.length, 0);
            ok(tag.includes(answer.headers.etag), `${tag}: ${answer.headers.etag}`);
        }
    }
    for (const tag of ['"x"', tags[0].slice(0, -1), tags[0].toUpperCase(),
        tags[0].replace(/"$/, '-xx"')]) {
        const answer = await raw('/billing/api/v1/dashboard',
            { 'If-None-Match': tag });
        is(answer.status, 200, tag);
        is(answer.body.toString(), text);
    }
    is(await reads(), before);
});

test('codings by Accept-Encoding, and all mean the same bytes', async () => {
    const { text } = await warm('costs?group_by=service');
    const cases = [
        ['gzip', 'gzip'], ['br', 'br'], ['gzip, deflate, br', 'br'],
        ['br;q=0.5, gzip', 'gzip'], ['br;q=0, gzip;q=0', undefined],
        ['identity;q=1, gzip;q=0.5', undefined], ['GZIP', 'gzip'],
        ['deflate', undefined], ['', undefined], ['gzip;q=1.000', 'gzip'],
    ];

    for (const [accept, coding] of cases) {
        const answer = await raw('/billing/api/v1/costs?group_by=service',
            { 'Accept-Encoding': accept });
        const decode = { gzip: gunzipSync, br: brotliDecompressSync }[coding]
            ?? ((body) => body);

        is(answer.headers['content-encoding'], coding, accept);
        is(answer.headers.vary, 'Accept, Accept-Encoding');
        is(Number(answer.headers['content-length']), answer.body.length);
        is(decode(answer.body).toString(), text, accept);
        ok(!coding || answer.body.length < text.length / 2);
    }
});

test('nginx does not compress it once more', async () => {
    const path = '/gzip/api/v1/dashboard';

    await warm(path);
    const answer = await raw(path, { 'Accept-Encoding': 'gzip' });
    is(answer.headers['content-encoding'], 'gzip');
    ok(!/^W/.test(answer.headers.etag));
    JSON.parse(gunzipSync(answer.body).toString());
});

test('HEAD is GET without a body', async () => {
    const { headers } = await warm('dashboard');
    const before = await reads();
    const head = await world.call('HEAD', 'dashboard');

    is(head.status, 200);
    is(head.text, '');
    is(head.headers['content-length'], headers['content-length']);
    is(head.headers.etag, headers.etag);
    is(await reads(), before);
});

test('a member sees his own projects, in whatever order they are named',
    async () => {
        const ids = projects.map(({ id }) => id);
        const member = (list, domain) => world.client(
            { user: 'm', role: 'member', projects: list, domain });
        const seen = async (list, domain) => {
            const { body } = await warm('dashboard', member(list, domain));
            return body.accounts.map(({ id }) => id).sort();
        };
        const own = (...n) => n.map((i) => projects[i].account.id).sort();

        await warm('dashboard');
        deepEqual(await seen([ids[0]]), own(0));
        deepEqual(await seen([ids[1]]), own(1));
        deepEqual(await seen([ids[0], ids[1]]), own(0, 1));
        deepEqual(await seen([ids[1], ids[0]]), own(0, 1));
        deepEqual(await seen([]), []);
        deepEqual(await seen([`${ids[0]}x`, ids[1].slice(0, -1)]), []);
        deepEqual(await seen(ids, 'other'), []);
        deepEqual(await seen([ids[0]]), own(0));

        const path = `projects/${ids[2]}/dashboard`;
        await warm(path);
        is((await member([ids[0]]).get(path)).status, 404);
        is((await world.client({ role: 'member', domain: 'other' })
            .get(path)).status, 404);
    });

test('those who are nobody get nothing of it', async () => {
    const { headers } = await warm('dashboard');

    for (const [identity, status] of [
        [{ user: '' }, 401], [{ role: 'boss' }, 403], [{ domain: 'A B' }, 403],
    ]) {
        const answer = await world.client(identity).get('dashboard',
            { 'If-None-Match': headers.etag });
        is(answer.status, status);
    }
    is((await get('dashboard', { Accept: 'text/html' })).status, 406);
    is((await world.call('POST', 'dashboard', {})).status, 405);
    is((await get('dashboard?x=1')).status, 422);
    is((await get('dashboard?refresh=true')).cache, 'BYPASS');
    is((await world.client({ role: 'member' })
        .get('dashboard?refresh=true')).status, 403);
});

test('JSON and CSV of one question are two answers', async () => {
    const csv = await warm('costs', world.admin, { Accept: 'text/csv' });
    const json = await warm('costs');

    ok(csv.headers['content-type'].startsWith('text/csv'));
    is(csv.headers['x-billing-complete'], 'true');
    is(csv.headers['content-disposition'], 'attachment; filename="costs.csv"');
    is(json.headers['content-type'], 'application/json');
    is((await get('costs', { Accept: 'text/csv' })).text, csv.text);
});

test('a change is seen by the next answer', async () => {
    await warm('dashboard');
    const project = await world.createProject('late');

    await warm('dashboard');
    await sandbox.setCredential(
        { client: 'late', secret: 's', linked: ['400000000004'] });
    const account = await world.createAccount('late', project.id,
        { client: 'late', secret: 's' }, '400000000004');
    const { json } = await get('dashboard');
    ok(json.accounts.some(({ id }) => id === account.id));

    await warm('dashboard');
    const { headers } = await get(`service-accounts/${account.id}`);
    is((await world.call('DELETE', `service-accounts/${account.id}`, undefined,
        { 'If-Match': headers.etag })).status, 204);
    ok(!(await get('dashboard')).json.accounts
        .some(({ id }) => id === account.id));
});

test('an answer goes on being right across a reload', async () => {
    const { text } = await warm('dashboard');

    await nginx.reload();
    is((await get('dashboard')).text, text);
    await warm('dashboard');
    await world.createProject('after the reload');
    is((await get('dashboard')).status, 200);
});

test('a full zone: what was not asked for longest makes room', async () => {
    const small = await startBilling({ redis, sandbox, zone: 'small:64k',
        key: readFileSync(world.key), keepAlive: false });
    const client = small.client();
    const table = (i) => `costs?limit=${i % 1000 + 1}&group_by=service`
        + `${i < 1000 ? '' : '&sort=sum'}`;

    try {
        const expected = (await get(table(0))).body ?? (await get(table(0))).json;

        for (let i = 0; i < 1500; i++) {
            const { status, body } = await client.get(table(i));

            is(status, 200, table(i));
            is(body.currencies[0].sum, expected.currencies[0].sum);
        }
        const path = 'costs?limit=1';
        const warmed = await warm(path, client);
        is((await client.get(path)).text, warmed.text);
    } finally {
        await small.nginx.stop();
    }
});
