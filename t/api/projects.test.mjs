// Projects: groups, tags, the number of their accounts.

import {
    isConsistent, isProblem, linkedAccount, onlyError, startBilling,
} from '../lib/billing.mjs';
import { after, deepEqual, is, like, test } from '../lib/tap.mjs';


const billing = await startBilling();
const admin = billing.client();

after(() => billing.stop());


test('a new project has everything a project has', async () => {
    const group = await admin.create('project-groups', { name: 'Group' });
    const made = await admin.create('projects', {
        name: '프로젝트', group_id: group.id, tags: { team: 'x', '환경': 'y <b>' },
    });

    like(made.id, /^project-[0-9a-f]{12}$/);
    is(made.name, '프로젝트');
    is(made.group_id, group.id);
    deepEqual(made.tags, { team: 'x', '환경': 'y <b>' });
    is(made.accounts, 0);
    deepEqual((await admin.get(`projects/${made.id}`)).body, made);
    deepEqual((await admin.get('projects')).body,
        { projects: [made], next_cursor: null, total: 1 });
});


test('a name is unique within its group only', async () => {
    const group = await admin.create('project-groups', { name: 'Names' });

    await admin.create('projects', { name: 'Same', group_id: group.id });
    const outside = await admin.create('projects', { name: 'Same' });
    const taken = await admin.post('projects', { name: 'same', group_id: group.id });
    isProblem(taken, 409, 'conflict');
    is(onlyError(taken), '/name duplicate');

    // moving it there brings the names together
    isProblem(await admin.patch(`projects/${outside.id}`,
        { group_id: group.id }, 1), 409, 'conflict');
    const moved = await admin.patch(`projects/${outside.id}`,
        { group_id: group.id, name: 'Not same' }, 1);
    is(moved.status, 200);
    is(moved.body.group_id, group.id);
    await admin.create('projects', { name: 'Same' });
});


test('the group must exist', async () => {
    const answer = await admin.post('projects',
        { name: 'Lost', group_id: 'pg-ffffffffffff' });

    isProblem(answer, 422, 'invalid');
    is(onlyError(answer), '/group_id not_found');
});


test('a patch merges tags', async () => {
    const made = await admin.create('projects',
        { name: 'Tagged', tags: { a: '1', b: '2' } });
    const path = `projects/${made.id}`;

    const one = await admin.patch(path, { tags: { b: null, c: '3' } }, 1);
    deepEqual(one.body.tags, { a: '1', c: '3' });
    is(one.body.name, 'Tagged');

    const two = await admin.patch(path, { tags: null }, 2,
        { 'Content-Type': 'application/merge-patch+json' });
    deepEqual(two.body.tags, {});
    deepEqual((await admin.get(path)).body, two.body);
});


test('fifty tags and no more, however they came', async () => {
    const many = (from, to) => Object.fromEntries(
        Array.from({ length: to - from }, (_, i) => [`t${from + i}`, 'x']));
    const made = await admin.create('projects',
        { name: 'Many tags', tags: many(0, 50) });

    const more = await admin.patch(`projects/${made.id}`,
        { tags: { one_more: 'x' } }, 1);
    isProblem(more, 422, 'invalid');
    like(more.body.errors[0].pointer, /^\/tags/);

    const swap = await admin.patch(`projects/${made.id}`,
        { tags: { t0: null, one_more: 'x' } }, 1);
    is(swap.status, 200);
    is(Object.keys(swap.body.tags).length, 50);
});


test('an empty patch changes nothing but the version', async () => {
    const made = await admin.create('projects', { name: 'Empty patch' });
    const answer = await admin.patch(`projects/${made.id}`, {}, 1);

    is(answer.status, 200);
    is(answer.body.name, 'Empty patch');
    is(answer.body.version, 2);
});


test('null is no name', async () => {
    const made = await admin.create('projects', { name: 'No null' });
    const answer = await admin.patch(`projects/${made.id}`, { name: null }, 1);

    isProblem(answer, 422, 'invalid');
    is(onlyError(answer), '/name required');
});


test('accounts are counted, and If-Match means what people changed', async () => {
    const project = await admin.create('projects', { name: 'Counting' });
    const other = await admin.create('projects', { name: 'Counting too' });
    const path = `projects/${project.id}`;
    const account = await admin.create('service-accounts', {
        name: 'Counted', provider: 'hyperbilling_aws', project_id: project.id,
        credentials: await billing.credentials([linkedAccount()]),
    });
    const holding = await admin.get(path);

    is(holding.body.accounts, 1);
    is(holding.body.version, 1);

    // the answer has changed, so it is not the same entity any more
    is((await admin.get(path, { 'If-None-Match': '"1"' })).status, 200);
    is((await admin.get(path, { 'If-None-Match': holding.headers.etag })).status,
        304);

    isProblem(await admin.delete(path, 1), 409, 'conflict');
    is((await admin.patch(path, { name: 'Counting on' }, holding.headers.etag))
        .status, 200);
    is((await admin.patch(path, { name: 'Counting' }, 2)).status, 200);

    const moved = await admin.patch(`service-accounts/${account.id}`,
        { project_id: other.id }, 1);
    is(moved.status, 200);
    is((await admin.get(path)).body.accounts, 0);
    is((await admin.get(`projects/${other.id}`)).body.accounts, 1);

    is((await admin.delete(`service-accounts/${account.id}`, 2)).status, 204);
    is((await admin.get(`projects/${other.id}`)).body.accounts, 0);
    is((await admin.delete(path, 3)).status, 204);
});


test('indexes and objects agree', () => isConsistent(admin));
