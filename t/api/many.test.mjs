// Ten thousand service accounts: lists are right, quick, and never keep Redis
// busy for long.

import { isProblem, startBilling } from '../lib/billing.mjs';
import { after, deepEqual, diag, is, ok, test } from '../lib/tap.mjs';


const ACCOUNTS = 10_000;
const PORTION = 500; /* objects that one script tells at most */
const PROJECTS = 100;

const billing = await startBilling();
const admin = billing.client();
const { cli } = billing.redis;

after(() => billing.stop());


// As the module writes them; account i is in project i % PROJECTS.
const fill = `
    local base, n, m = 'billing:{default}:', ${ACCOUNTS}, ${PROJECTS}
    local call = redis.call
    local function put(kind, id, up, parent, name, ...)
        local g = call('HINCRBY', base .. 'meta', 'generation', 1)
        call('HSET', base .. kind .. ':' .. id, up, parent, 'name', name,
            'fold', string.lower(name), 'version', 1, 'revision', 0,
            'created_at', '2026-01-01T00:00:00Z',
            'updated_at', '2026-01-01T00:00:00Z', 'tags', '{}',
            'seq', call('HINCRBY', base .. 'meta', 'seq', 1), ...)
        call('ZADD', base .. 'changes', g, kind .. ':' .. id)
    end
    call('HSET', base .. 'meta', 'history', 'h')
    for i = 0, m - 1 do
        put('project', string.format('project-%012x', i), 'group_id', '',
            'Project ' .. i)
    end
    for i = 0, n - 1 do
        local id = string.format('sa-%012x', i)
        local project = string.format('project-%012x', i % m)
        put('account', id, 'project_id', project, 'Account ' .. i,
            'provider', 'hyperbilling_aws', 'credential', string.rep('x', 200),
            'credential_version', 1, 'state', 'ok', 'linked', '[]',
            'shown', '{"account":"all","email":"a@example.com","key":null}')
        call('SADD', base .. 'project:' .. project .. ':accounts', id)
        call('HSET', base .. 'account_names', 'account ' .. i, id)
    end`;

const timed = async (what, fn) => {
    const start = performance.now();
    const result = await fn();
    diag('%s: %s ms', what, (performance.now() - start).toFixed(1));
    return result;
};


test('all pages hold every account once, newest first', async () => {
    await cli('eval', fill, 0);

    const first = await timed('the first list', () =>
        admin.get('service-accounts?limit=1'));
    is(first.body.total, ACCOUNTS);
    is(first.body.service_accounts[0].name, `Account ${ACCOUNTS - 1}`);

    const found = [];
    for (let cursor = ''; cursor !== null;) {
        const { body } = await admin.get(`service-accounts?limit=1000${cursor}`);
        is(body.total, ACCOUNTS);
        found.push(...body.service_accounts.map((one) => one.name));
        cursor = body.next_cursor && `&cursor=${body.next_cursor}`;
    }
    deepEqual(found, Array.from({ length: ACCOUNTS },
        (_, i) => `Account ${ACCOUNTS - 1 - i}`));
});


test('searches and filters count right', async () => {
    const total = async (query) =>
        (await admin.get(`service-accounts?limit=5&${query}`)).body.total;
    const expected = Array.from({ length: ACCOUNTS }, (_, i) => `account ${i}`)
        .filter((name) => name.includes('77')).length;

    is(await timed('a search', () => total('q=77')), expected);
    is(await total('q=ACCOUNT%209999'), 1);
    is(await total(`project=project-${'5'.padStart(12, '0')}`),
        ACCOUNTS / PROJECTS);

    const projects = await admin.get('projects?limit=1000');
    is(projects.body.total, PROJECTS);
    projects.body.projects.forEach((one) =>
        is(one.accounts, ACCOUNTS / PROJECTS));
});


test('a write is cheap, and seen', async () => {
    const id = `sa-${'4d2'.padStart(12, '0')}`;
    const answer = await timed('a patch', () =>
        admin.patch(`service-accounts/${id}`, { name: 'Needle' }, 1));
    is(answer.status, 200, answer.text);

    const list = await timed('a list after it', () =>
        admin.get('service-accounts?q=needle'));
    is(list.body.total, 1);
    is(list.body.service_accounts[0].id, id);

    isProblem(await admin.patch(`service-accounts/${id}`,
        { name: 'account 17' }, 2), 409, 'conflict');
    is((await timed('a deletion', () =>
        admin.delete(`service-accounts/${id}`, 2))).status, 204);
    is((await admin.get('service-accounts?limit=1')).body.total, ACCOUNTS - 1);
});


test('a member with a few projects sees only theirs', async () => {
    const projects = ['0', '1', '2'].map((n) => `project-${n.padStart(12, '0')}`);
    const kim = billing.client({ user: 'kim', role: 'member', projects });

    is((await kim.get('service-accounts')).body.total, 3 * ACCOUNTS / PROJECTS);
    is((await kim.get('projects')).body.total, 3);
});


test('Redis is read in small portions', async () => {
    const [, calls, usec] = (await cli('info', 'commandstats'))
        .match(/cmdstat_evalsha:calls=(\d+),usec=(\d+)/);

    diag('%s scripts, %s us each on average', calls,
        (usec / calls).toFixed(0));
    ok(Number(calls) >= ACCOUNTS / PORTION, `${calls} scripts`);
});
