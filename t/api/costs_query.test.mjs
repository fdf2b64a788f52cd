// GET costs: what is asked, by whom, and in which form it is answered.

import { loadRows, months, currencies } from '../lib/figures.mjs';
import { deepEqual, is, like, ok, test } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const world = await startWorld();
const { sandbox, get, call } = world;

await sandbox.setCredential({
    client: 'a', secret: 's', linked: ['000000000042'],
});
await sandbox.setCredential({
    client: 'b', secret: 's', linked: ['000000000043'],
});

const group = await world.createGroup('group');
const mine = await world.createProject('mine', group.id);
const other = await world.createProject('other', group.id);
const accounts = [
    { project: mine.id, linked: ['000000000042'] },
    { project: other.id, linked: ['000000000043'] },
];

for (const [i, client] of ['a', 'b'].entries()) {
    accounts[i].id = (await world.createAccount(`account ${client}`,
        accounts[i].project, { client, secret: 's' })).id;
}

const rows = await loadRows(sandbox, accounts, months(-11, 0));
const member = (projects) => ({ 'x-role': 'member', 'x-projects': projects });


// --- what is refused ---

const [day] = [new Date().toISOString().slice(0, 10)];
const refused = {
    'granularity=WEEKLY': '/granularity',
    'start=2026-13': '/start',
    'start=yesterday': '/start',
    'granularity=DAILY&start=2026-02-29&end=2026-03-02': '/start',
    'end=2026-1': '/end',
    'start=2026-03&end=2026-02': '/end',
    'start=2024-01&end=2026-01': '/end',
    'granularity=DAILY&start=2026-01-01&end=2026-02-01': '/end',
    'group_by=color': '/group_by',
    'group_by=service,service': '/group_by',
    'currency=dollars': '/currency',
    'sort=cost': '/sort',
    'sort=1999-01': '/sort',
    'limit=0': '/limit',
    'limit=1001': '/limit',
    'limit=many': '/limit',
    'refresh=yes': '/refresh',
    'format=xlsx': '/format',
    'format=csv&for=human': '/for',
    'format=csv&version=1.2': '/version',
    'format=focus&for=program': '/for',
    'format=focus&version=1.1': '/version',
    'format=json&for=program': '/for',
    'version=1.2': '/version',
    'granularity=DAILY&granularity=MONTHLY': '/granularity',
    'servcie=AmazonEC2': '/servcie',
};

for (const [args, pointer] of Object.entries(refused)) {
    test(`422 for ${args}`, async () => {
        const { status, headers, json } = await get(`costs?${args}`);

        is(status, 422);
        is(headers['content-type'], 'application/problem+json');
        is(json.code, 'invalid');
        ok(json.errors.some((error) => error.pointer === pointer),
            JSON.stringify(json.errors));
    });
}

test('exactly 24 months and 31 days are not too many', async () => {
    is((await get('costs?start=2024-02&end=2026-01')).status, 200);
    is((await get('costs?granularity=DAILY&start=2026-01-01&end=2026-01-31'))
        .status, 200);
});

test('a day given to MONTHLY stands for its month', async () => {
    const { json } = await get('costs?start=2026-01-31&end=2026-02-01');

    deepEqual(json.dates, ['2026-01', '2026-02']);
});

test('only GET and HEAD', async () => {
    const { status, headers } = await call('POST', 'costs', {});

    is(status, 405);
    like(headers.allow, /\bGET\b/);

    const head = await call('HEAD', 'costs');
    is(head.status, 200);
    is(head.text, '');
});


// --- who sees what ---

test('a member sees the sums of his projects only', async () => {
    const { status, json } = await get('costs?group_by=account',
        member(mine.id));

    is(status, 200);
    deepEqual(json.currencies, currencies(rows, {
        dates: months(-11, 0), group_by: ['account'],
        filter: ({ project }) => project === mine.id,
    }));
    deepEqual(json.accounts.map(({ id }) => id), [accounts[0].id]);
});

test('a filter does not show what is hidden', async () => {
    for (const args of [`project=${other.id}`, `account=${accounts[1].id}`]) {
        const { json } = await get(`costs?${args}`, member(mine.id));

        deepEqual(json.currencies, []);
        deepEqual(json.accounts, []);
        is(json.complete, true);
    }

    const { json } = await get(`costs?project_group=${group.id}`,
        member(mine.id));
    deepEqual(json.accounts.map(({ id }) => id), [accounts[0].id]);
});

test('a member of nothing sees nothing', async () => {
    const { status, json } = await get('costs', member('project-ffffffffffff'));

    is(status, 200);
    deepEqual(json.currencies, []);
    deepEqual(json.accounts, []);
});

test('another domain has nothing of this one', async () => {
    const { json } = await get('costs', { 'x-domain': 'elsewhere' });

    deepEqual(json.accounts, []);
});

test('refresh is for admins', async () => {
    const { status, json } = await get('costs?refresh=true', member('*'));

    is(status, 403);
    is(json.code, 'forbidden');
    is((await get('costs?refresh=false', member('*'))).status, 200);
});


// --- forms of the answer ---

test('headers of a JSON answer', async () => {
    const { headers } = await get('costs');

    is(headers['content-type'], 'application/json');
    is(headers['cache-control'], 'private, no-cache');
    is(headers.vary, 'Accept, Accept-Encoding');
    like(headers.etag, /^"[0-9a-f]+"$/);
    ok(['HIT', 'MISS'].includes(headers['x-billing-cache']));
});

test('If-None-Match', async () => {
    const first = await get('costs?group_by=service');
    const etag = first.headers.etag;
    const matching = [etag, `W/${etag}`, '*', `"a,b", ${etag}`,
        `"x",W/${etag} , "y"`];

    for (const value of matching) {
        const { status, headers, text } = await get('costs?group_by=service',
            { 'if-none-match': value });

        is(status, 304, value);
        is(text, '');
        is(headers.etag, etag);
        is(headers['cache-control'], 'private, no-cache');
    }

    for (const value of ['"other"', `"${etag.slice(1, -2)}"`, etag.slice(1, -1),
        '"*"', '"']) {
        const answer = await get('costs?group_by=service',
            { 'if-none-match': value });

        is(answer.status, 200, value);
        is(answer.text, first.text);
    }

    const { headers } = await get('costs?group_by=region');
    ok(headers.etag !== etag, 'other figures, other tag');
});

test('CSV by format and by Accept', async () => {
    const asked = [
        await get('costs?group_by=service&format=csv'),
        await get('costs?group_by=service', { accept: 'text/csv' }),
        await get('costs?group_by=service',
            { accept: 'application/json;q=0.5, text/csv' }),
    ];
    const { currencies: [{ groups }], dates } =
        (await get('costs?group_by=service')).json;
    const lines = groups.flatMap(({ key, costs }) => costs.map(
        (cost, i) => `${key.service},,${dates[i]},USD,${cost},`
            + `${dates[i] === day.slice(0, 7)},true\r\n`));

    for (const { status, headers, text } of asked) {
        is(status, 200);
        like(headers['content-type'], /^text\/csv; charset=utf-8$/i);
        like(headers['content-disposition'], /^attachment; filename="/);
        is(headers.vary, 'Accept, Accept-Encoding');
        is(headers['x-billing-complete'], 'true');
        is(text.replace(/^\ufeff/, ''),
            'service,service_name,date,currency,cost,in_progress,complete\r\n'
                + lines.join(''));
        ok(text.startsWith('\ufeff'));
    }
});

test('a CSV for a program has values as they are', async () => {
    const named = await world.createAccount('=1+1', mine.id,
        { client: 'a', secret: 's' }, '000000000042')
        .catch(() => null);
    is(named, null, 'counted once');

    const project = await world.createProject('=SUM(A1),"x"');
    await sandbox.setCredential({
        client: 'c', secret: 's', linked: ['000000000044'],
    });
    const account = await world.createAccount('\'=1+1', project.id,
        { client: 'c', secret: 's' }, '000000000044');
    await loadRows(sandbox, [{ id: account.id, project: project.id,
        linked: ['000000000044'] }], months(-11, 0));

    const query = `costs?project=${project.id}&group_by=account,project`
        + '&format=csv';
    const sheet = (await get(query)).text;
    const program = (await get(`${query}&for=program`)).text;

    is((await get(`${query}&for=spreadsheet`)).text, sheet);
    like(sheet, new RegExp(`^\ufeff.*\r\n${account.id},''=1\\+1,000000000044,`
        + `${project.id},"'=SUM\\(A1\\),""x""",`));
    like(program, new RegExp(`^account.*\r\n${account.id},'=1\\+1,000000000044,`
        + `${project.id},"=SUM\\(A1\\),""x""",`));
});

test('format is stronger than Accept', async () => {
    const { headers } = await get('costs?format=json', { accept: 'text/csv' });

    like(headers['content-type'], /^application\/json/);
});

test('a limit leaves groups of a CSV out, and says so', async () => {
    const query = 'costs?group_by=service,region&format=csv';
    const whole = await get(query);
    const { headers, text } = await get(`${query}&limit=2`);
    const lines = text.trim().split('\r\n');

    is(lines.length, 1 + 2 * 12);
    is(lines[0].replace(/^\ufeff/, ''), 'service,service_name,region,'
        + 'region_name,date,currency,cost,in_progress,complete');
    is(headers['x-billing-truncated'], 'true');
    deepEqual(lines, whole.text.trim().split('\r\n').slice(0, 25));
    is(whole.headers['x-billing-truncated'], undefined);
    is((await get(`${query}&limit=1000`)).headers['x-billing-truncated'],
        undefined);
    // kept, it says so, too
    is((await get(`${query}&limit=2`)).headers['x-billing-truncated'], 'true');
});

test('neither JSON nor CSV is wanted', async () => {
    const { status, json } = await get('costs', { accept: 'image/png' });

    is(status, 406);
    is(json.code, 'not_acceptable');
});

test('an error is a problem document, whatever is wanted', async () => {
    const { status, headers, json } = await get('costs?format=csv&limit=0');

    is(status, 422);
    is(headers['content-disposition'], undefined);
    is(json.code, 'invalid');
});

test('asking twice gives the same bytes, on the same day', async () => {
    const [a, b] = [await get('costs?group_by=region'),
        await get('costs?group_by=region')];

    ok(a.json.dates.length === 12 && day.length === 10);
    is(a.text, b.text);
});
