// Who has changed what: in the stream, with the change or not at all; and in
// nginx's log, also what was refused.

import { isProblem, onlyError } from '../lib/billing.mjs';
import { startContract, people, registration } from '../lib/contract.mjs';
import { deepEqual, is, like, ok, test, until } from '../lib/tap.mjs';


const { call, get, sandbox, nginx, redis, createGroup, createProject,
    createAccount } = await startContract({ nginx: { level: 'notice' } });
const { main, single } = sandbox.credentials;

const latest = async (n = 1) =>
    (await get(`audit?limit=${n}`)).json.audit.slice(0, n);
const brief = ({ action, object, name, changes }) =>
    [action, object, name, changes.join(',')];
const patch = (target, body) =>
    call('PATCH', target, { body, headers: { 'if-match': '*' } });
const remove = (target) =>
    call('DELETE', target, { headers: { 'if-match': '*' } });

// the lines of nginx's log, as objects
const lines = () => nginx.errorLog().split('\n')
    .map((line) => /\[notice\].* billing: audit (\{.*\})$/.exec(line)?.[1])
    .filter(Boolean).map((text) => JSON.parse(text));
const lineOf = ({ json }) => until(() => lines().find(
    ({ request_id: id }) => id === json.request_id), 'a line');


test('each write leaves an entry: who, what, from where', async () => {
    const group = await createGroup('Group');
    const project = await createProject('Project');
    const account = await createAccount('Account', project.id, main);

    const [entry] = await latest();
    deepEqual(brief(entry),
        ['service_account.create', account.id, 'Account', '']);
    is(entry.user, 'kim');
    is(entry.from, '127.0.0.1');
    like(entry.request_id, /^[0-9a-f]{32}$/);
    ok(Math.abs(new Date(entry.time) - Date.now()) < 60_000, entry.time);

    for (const [target, body, expected] of [
        [`project-groups/${group.id}`, { name: 'Other' },
            ['project_group.update', group.id, 'Other', 'name']],
        [`projects/${project.id}`, { group_id: group.id },
            ['project.update', project.id, 'Project', 'group_id']],
        [`projects/${project.id}`, { tags: { a: 'b' }, name: 'Project' },
            ['project.update', project.id, 'Project', 'tags']],
        [`service-accounts/${account.id}`, { name: 'New', tags: { x: 'y' } },
            ['service_account.update', account.id, 'New', 'name,tags']],
        [`service-accounts/${account.id}`, { credentials: { key: main.secret } },
            ['service_account.update', account.id, 'New', 'credentials']],
    ]) {
        is((await patch(target, body)).status, 200);
        deepEqual(brief((await latest())[0]), expected);
    }

    for (const [enabled, action] of [[true, 'enable'], [false, 'disable']]) {
        await call('PUT', 'providers/azure', { body: { enabled } });
        deepEqual(brief((await latest())[0]),
            [`provider.${action}`, 'azure', null, 'enabled']);
    }

    for (const [kind, path, { id }, name] of [
        ['service_account', 'service-accounts', account, 'New'],
        ['project', 'projects', project, 'Project'],
        ['project_group', 'project-groups', group, 'Other'],
    ]) {
        is((await remove(`${path}/${id}`)).status, 204);
        deepEqual(brief((await latest())[0]), [`${kind}.delete`, id, name, '']);
    }
});


test('what did not happen leaves none', async () => {
    const project = await createProject('Stays');
    const { json: { total } } = await get('audit');
    const body = registration('Refused', project.id,
        { ...single, secret: 'wrong' });

    is((await call('POST', 'projects', { body: { name: 'Stays' } })).status, 409);
    is((await call('POST', 'projects', { body: { name: 'S' } })).status, 422);
    is((await call('POST', 'service-accounts', { body })).status, 422);
    is((await call('POST', 'projects',
        { body: { name: 'Mine' }, who: people.all })).status, 403);
    is((await call('DELETE', `projects/${project.id}`,
        { headers: { 'if-match': '"9"' } })).status, 412);
    is((await call('POST', 'service-accounts/verify', { body: {
        provider: body.provider,
        credentials: registration('', '', single).credentials } })).status, 200);

    is((await get('audit')).json.total, total);
});


test('a request that is repeated counts once', async () => {
    const headers = { 'idempotency-key': 'audit' };
    const body = { name: 'Once' };
    const { json: { total } } = await get('audit');

    is((await call('POST', 'projects', { body, headers })).status, 201);
    is((await call('POST', 'projects', { body, headers })).status, 201);
    is((await get('audit')).json.total, total + 1);
});


test('page by page, newest first, and what a filter lets through', async () => {
    const { json } = await get('audit');
    const ids = [];
    let cursor = '';

    ok(json.total > 10);
    do {
        const page = (await get(`audit?limit=3${cursor}`)).json;
        ok(page.audit.length <= 3);
        is(page.total, json.total);
        ids.push(...page.audit.map(({ id }) => id));
        cursor = page.next_cursor && `&cursor=${page.next_cursor}`;
    } while (cursor);
    deepEqual(ids, json.audit.map(({ id }) => id));
    const key = (id) => id.split('-').map((n) => n.padStart(16, '0')).join('-');
    deepEqual(ids, [...ids].sort((a, b) => key(b) < key(a) ? -1 : 1));

    const [{ object }] = json.audit;
    for (const [query, match] of [
        [`object=${object}`, (entry) => entry.object === object],
        ['action=project.update', ({ action }) => action === 'project.update'],
        ['user=kim&action=project.create',
            ({ action }) => action === 'project.create'],
        ['user=nobody', () => false],
    ]) {
        const { json: some } = await get(`audit?${query}`);
        is(some.total, null);
        deepEqual(some.audit, json.audit.filter(match), query);
    }

    const two = (await get('audit?action=project.update&limit=1')).json;
    const next = (await get(
        `audit?action=project.update&limit=1&cursor=${two.next_cursor}`)).json;
    deepEqual([...two.audit, ...next.audit],
        json.audit.filter(({ action }) => action === 'project.update'));
});


test('a filter reads through thousands, the log is cut in the end', async () => {
    await redis.cli('eval', `for i = 1, 25000 do
        redis.call('XADD', KEYS[1], '*', 'user', 'robot', 'from', '::1',
            'request_id', 'x', 'action', 'project.update', 'name', 'n',
            'changes', 'name', 'object', 'project-' .. i) end`,
    '1', 'billing:{default}:audit');
    await redis.cli('xadd', 'billing:{default}:audit', '*', 'other', '\xff');

    const { json } = await get('audit?user=kim&limit=1');
    is(json.audit[0].user, 'kim');
    is((await get('audit?object=project-12345')).json.audit.length, 1);
    is((await get('audit?limit=1000')).json.audit.length, 1000);

    await createProject('One more');
    const { total } = (await get('audit')).json;
    ok(total >= 20_000 && total < 21_000, `${total} are left`);
});


test('what is asked for wrongly is said', async () => {
    for (const [query, pointer] of [['limit=0', '/limit range'],
        ['limit=1001', '/limit range'], ['cursor=x', '/cursor format'],
        ['cursor=5', '/cursor format'], ['cursor=1-', '/cursor format'],
        [`cursor=${'9'.repeat(40)}-1`, '/cursor format'],
        ['who=kim', '/who unknown']]) {
        const answer = await get(`audit?${query}`);
        const body = answer.json;
        isProblem({ ...answer, body }, 422, 'invalid');
        is(onlyError({ ...answer, body }), pointer, query);
    }
});


test('each domain has its own', async () => {
    const away = { ...people.admin, 'x-domain': 'away' };

    is((await get('audit', { who: away })).json.total, 0);
    await call('POST', 'projects', { body: { name: 'Away' }, who: away });
    is((await get('audit', { who: away })).json.total, 1);
    is((await latest())[0].name === 'Away', false);
});


test('nginx\'s log has the same, and what was refused', async () => {
    const { json } = await call('POST', 'projects', { body: { name: 'Line' } });
    const line = await until(() =>
        lines().find(({ object }) => object === json.id), 'a line');
    const { request_id: id } = (await latest())[0];

    deepEqual(line, { user: 'kim', domain: 'default', action: 'project.create',
        object: json.id, name: 'Line', changes: null, from: '127.0.0.1',
        request_id: id, status: 201, code: null });

    const target = `projects/${json.id}`;
    const verify = { provider: 'hyperbilling_aws',
        credentials: registration('', '', { ...single, secret: 'no' })
            .credentials };

    for (const [method, path, options, expected] of [
        ['PATCH', target, { body: { name: 'Not' }, who: people.all },
            ['lee', 'project.update', json.id, 403, 'forbidden']],
        ['DELETE', target, { who: people.nobody },
            [null, 'project.delete', json.id, 401, 'unauthenticated']],
        ['DELETE', target, { headers: { 'sec-fetch-site': 'cross-site' } },
            ['kim', 'project.delete', json.id, 403, 'cross_site']],
        ['POST', 'projects', { body: { name: 'line' } },
            ['kim', 'project.create', null, 409, 'conflict']],
        ['POST', 'service-accounts/verify', { body: verify },
            ['kim', 'service_account.verify', null, 422, 'provider_rejected']],
        ['GET', 'audit', { who: people.all },
            ['lee', 'audit.read', null, 403, 'forbidden']],
    ]) {
        const answer = await call(method, path, options);
        const { user, action, object, status, code }
            = await lineOf(answer);
        deepEqual([user, action, object, status, code], expected);
    }
});


test('nobody writes lines of his own into the log', async () => {
    const evil = '"},x\\\n[notice] billing: audit {"user":"root"}';
    const user = 'a"b\\c</script>';

    await call('POST', 'projects', { body: { name: 'Evil "} \\ name' },
        who: { ...people.admin, 'x-user': user } });
    const line = await until(() => lines().find((one) => one.user === user),
        'a line');
    is(line.name, 'Evil "} \\ name');
    deepEqual(brief((await latest())[0])[2], 'Evil "} \\ name');

    const { json } = await call('DELETE', `projects/${encodeURIComponent(evil)}`,
        { headers: { 'if-match': '*' } });
    is((await lineOf({ json })).object, null);
    ok(!lines().some(({ user: name }) => name === 'root'));
    ok(!/^\[notice\]/m.test(nginx.errorLog()));

    // as long as a name may be, all of it escaped
    const long = '<'.repeat(256);
    await call('POST', 'projects', { body: { name: '<'.repeat(64) },
        who: { ...people.admin, 'x-user': long } });
    ok(await until(() => lines().find((one) => one.user === long), 'a line'));
});


test('no entry, no change: who may not write the log changes nothing',
    async () => {
        const project = await createProject('Kept');
        const before = (await get('projects')).json;

        await redis.cli('rename', 'billing:{default}:audit', 'elsewhere');
        await redis.cli('set', 'billing:{default}:audit', 'taken');

        for (const [method, target, body] of [
            ['POST', 'projects', { name: 'Unseen' }],
            ['PATCH', `projects/${project.id}`, { name: 'Unseen' }],
            ['DELETE', `projects/${project.id}`],
            ['PUT', 'providers/azure', { enabled: true }],
        ]) {
            const answer = await call(method, target,
                { body, headers: { 'if-match': '*' } });
            is(answer.status, 503, `${method} ${target}`);
        }

        deepEqual((await get('projects')).json, before);
        is((await get('audit')).status, 503);

        await redis.cli('del', 'billing:{default}:audit');
        is((await remove(`projects/${project.id}`)).status, 204);
    });


test('a full Redis takes no more, but lets go', async () => {
    const project = await createProject('To go');

    await redis.cli('config', 'set', 'maxmemory', '1');
    try {
        is((await call('POST', 'projects', { body: { name: 'Full' } })).status,
            503);
        is((await remove(`projects/${project.id}`)).status, 204);
    } finally {
        await redis.cli('config', 'set', 'maxmemory', '0');
    }
    deepEqual(brief((await latest())[0]),
        ['project.delete', project.id, 'To go', '']);
});
