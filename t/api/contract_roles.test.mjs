// Who may do what: every endpoint asked by everybody.

import { people, startContract } from '../lib/contract.mjs';
import { operations, pathOf } from '../lib/openapi.mjs';
import { deepEqual, is, test } from '../lib/tap.mjs';


const { call, get, sandbox, createGroup, createProject, createAccount }
    = await startContract();
const { main, single } = sandbox.credentials;

const above = await createGroup('above');
const beside = await createGroup('beside');
const mine = await createProject('mine', above.id);
const other = await createProject('other', beside.id);
const account = await createAccount('mine', mine.id, main, main.linked[0]);
const hidden = await createAccount('other', other.id, single);

const NOT_THERE = 'sa-ffffffffffff';
const limited = people.limited([mine.id, 'project-ffffffffffff', 'x']);
const credentials = { account: 'all', email: single.client, key: single.secret };
const change = { headers: { 'if-match': '"99"' }, body: { name: 'renamed' } };
const remove = { headers: { 'if-match': '"99"' } };

// The roles, and what each endpoint answers to them.  Writes are such that
// they change nothing when they are let in.
const ROLES = ['nobody', 'stranger', 'none', 'limited', 'all', 'admin'];
const READ = [401, 403, 200, 200, 200, 200];
const MINE = [401, 403, 404, 200, 200, 200];
const OTHER = [401, 403, 404, 404, 200, 200];
const write = (status) => [401, 403, 403, 403, 403, status];

const TABLE = [
    ['GET', 'health', [200, 200, 200, 200, 200, 200]],
    ['GET', 'session', READ],
    ['GET', 'openapi.json', READ],
    ['GET', 'check', [401, 403, 403, 403, 403, 200]],
    ['GET', 'audit', [401, 403, 403, 403, 403, 200]],
    ['POST', 'reseal', write(200)],
    ['POST', 'migrate', write(200)],
    ['GET', 'providers', READ],
    ['GET', 'providers?all=true', [401, 403, 403, 403, 403, 200]],
    ['PUT', 'providers/hyperbilling_aws', write(200), { body: { enabled: true } }],
    ['PUT', 'providers/none', write(404), { body: { enabled: true } }],

    ['GET', 'project-groups', READ],
    ['POST', 'project-groups', write(422), { body: {} }],
    ['GET', `project-groups/${above.id}`, MINE],
    ['GET', `project-groups/${beside.id}`, OTHER],
    ['PATCH', `project-groups/${above.id}`, write(412), change],
    ['DELETE', `project-groups/${above.id}`, write(412), remove],

    ['GET', 'projects', READ],
    ['POST', 'projects', write(422), { body: {} }],
    ['GET', `projects/${mine.id}`, MINE],
    ['GET', `projects/${other.id}`, OTHER],
    ['PATCH', `projects/${mine.id}`, write(412), change],
    ['DELETE', `projects/${mine.id}`, write(412), remove],
    ['GET', `projects/${mine.id}/dashboard`, MINE],
    ['GET', `projects/${other.id}/dashboard`, OTHER],
    ['GET', 'projects/project-ffffffffffff/dashboard',
        [401, 403, 404, 404, 404, 404]],

    ['GET', 'service-accounts', READ],
    ['POST', 'service-accounts', write(422), { body: {} }],
    ['POST', 'service-accounts/verify', write(200),
        { body: { provider: 'hyperbilling_aws', credentials } }],
    ['GET', `service-accounts/${account.id}`, MINE],
    ['GET', `service-accounts/${NOT_THERE}`, [401, 403, 404, 404, 404, 404]],
    ['GET', `service-accounts/${account.id}/linked-accounts`, MINE],
    ['GET', `service-accounts/${hidden.id}/linked-accounts`, OTHER],
    ['GET', `service-accounts/${NOT_THERE}/linked-accounts`,
        [401, 403, 404, 404, 404, 404]],
    ['PATCH', `service-accounts/${account.id}`, write(412), change],
    ['PATCH', `service-accounts/${NOT_THERE}`, write(404), change],
    ['DELETE', `service-accounts/${account.id}`, write(412), remove],

    ['GET', 'costs', READ],
    ['GET', `costs?project=${other.id}`, READ],
    ['GET', 'costs?refresh=true', [401, 403, 403, 403, 403, 200]],
    ['GET', 'costs?refresh=false', READ],
    ['GET', 'costs/stream', READ],
    ['GET', 'costs/stream?refresh=true', [401, 403, 403, 403, 403, 200]],
    ['GET', 'dashboard', READ],
    ['GET', 'dashboard?refresh=true', [401, 403, 403, 403, 403, 200]],

    ['GET', 'none', [401, 403, 404, 404, 404, 404]],
    ['DELETE', 'costs', [401, 403, 405, 405, 405, 405]],
];


for (const [i, role] of ROLES.entries()) {
    test(`every endpoint, asked by ${role}`, async () => {
        const who = role === 'limited' ? limited : people[role];

        for (const [method, target, statuses, options] of TABLE) {
            const { status } = await call(method, target, { who, ...options });

            is(status, statuses[i], `${method} ${target}`);
        }
    });
}


test('the table names every endpoint', () => {
    const named = new Set(TABLE.map(([method, target]) =>
        `${method} ${pathOf(target)}`));

    deepEqual(operations.map(([path, method]) => `${method} ${path}`)
        .filter((name) => !named.has(name)), []);
});


test('what is hidden is neither listed nor counted', async () => {
    const names = async (who, kind) => {
        const { json } = await get(kind, { who });
        const list = json[kind.replace('-', '_')];

        is(json.total, list.length);
        return list.map(({ name }) => name).sort();
    };

    for (const [kind, all, some] of [
        ['project-groups', ['above', 'beside'], ['above']],
        ['projects', ['mine', 'other'], ['mine']],
        ['service-accounts', ['mine', 'other'], ['mine']],
    ]) {
        deepEqual(await names(people.admin, kind), all);
        deepEqual(await names(people.all, kind), all);
        deepEqual(await names(limited, kind), some);
        deepEqual(await names(people.none, kind), []);
    }

    for (const target of [`service-accounts?project=${other.id}`,
        'projects?q=other', 'project-groups?q=beside']) {
        is((await get(target, { who: limited })).json.total, 0, target);
    }
});


test('what is hidden is in no sum', async () => {
    const sum = async (target, who) =>
        (await get(target, { who })).json.currencies[0]?.sum;
    const own = await sum(`costs?project=${mine.id}`, people.admin);

    is(await sum('costs', limited), own);
    is(await sum('costs?group_by=project', limited), own);
    is(await sum(`costs?project=${other.id}`, limited), undefined);
    is(await sum(`costs?project_group=${beside.id}`, limited), undefined);
    is(await sum('costs', people.none), undefined);
    is(own === await sum('costs', people.admin), false);

    const { json } = await get('dashboard', { who: limited });
    deepEqual(json.accounts.map(({ id }) => id), [account.id]);
    deepEqual(json.currencies[0].by_project.map(({ key }) => key.project),
        [mine.id]);
});


test('a hidden thing and a missing one are told apart by nothing', async () => {
    const strip = ({ status, json }) => ({ status, ...json, request_id: '' });

    for (const [kind, hidden, missing] of [
        ['project-groups', beside.id, 'pg-ffffffffffff'],
        ['projects', other.id, 'project-ffffffffffff'],
    ]) {
        deepEqual(strip(await get(`${kind}/${hidden}`, { who: limited })),
            strip(await get(`${kind}/${missing}`, { who: limited })));
    }
});
