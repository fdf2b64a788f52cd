// Project groups: the tree, names among siblings, versions.

import { isConsistent, isProblem, onlyError, startBilling } from '../lib/billing.mjs';
import { after, deepEqual, is, like, ok, test } from '../lib/tap.mjs';


const billing = await startBilling();
const admin = billing.client();
const group = (name, parent_id = null) =>
    admin.create('project-groups', { name, parent_id });

after(() => billing.stop());


test('a new group is answered as it is stored', async () => {
    const made = await admin.post('project-groups', { name: '  Research ' });

    is(made.status, 201);
    is(made.headers.etag, '"1"');
    like(made.body.id, /^pg-[0-9a-f]{12}$/);
    is(made.headers.location,
        `/billing/api/v1/project-groups/${made.body.id}`);
    is(made.body.name, 'Research');
    is(made.body.parent_id, null);
    is(made.body.version, 1);
    like(made.body.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    is(made.body.updated_at, made.body.created_at);

    const shown = await admin.get(`project-groups/${made.body.id}`);

    is(shown.status, 200);
    is(shown.headers.etag, '"1"');
    like(shown.headers['cache-control'], /no-cache/);
    deepEqual(shown.body, made.body);
});


test('names of siblings differ by more than case and composition', async () => {
    const parent = await group('Siblings');

    await group('Straße Café', parent.id);
    isProblem(await admin.post('project-groups',
        { name: 'STRASSE CAFE\u0301', parent_id: parent.id }), 409, 'conflict');

    await group('Straße Café', null);
    const other = await group('Other', parent.id);
    isProblem(await admin.patch(`project-groups/${other.id}`,
        { name: 'strasse café' }, 1), 409, 'conflict');
});


test('a freed name can be taken', async () => {
    const one = await group('Freed');
    const renamed = await admin.patch(`project-groups/${one.id}`,
        { name: 'Freed no more' }, 1);

    is(renamed.status, 200);
    const two = await group('Freed');
    is((await admin.delete(`project-groups/${two.id}`, 1)).status, 204);
    await group('Freed');
});


test('a name may change in case only', async () => {
    const one = await group('Shout');
    const answer = await admin.patch(`project-groups/${one.id}`,
        { name: 'SHOUT' }, 1);

    is(answer.status, 200);
    is(answer.body.name, 'SHOUT');
    is(answer.headers.etag, '"2"');
    is(answer.body.version, 2);
});


test('bodies are checked, all at once', async () => {
    const answer = await admin.post('project-groups',
        { name: 'x', parent_id: 7, colour: 'red' });

    isProblem(answer, 422, 'invalid');
    deepEqual(answer.body.errors.map((e) => e.pointer).sort(),
        ['/colour', '/name', '/parent_id']);
    isProblem(await admin.post('project-groups', '{'), 400, 'malformed');
});


test('a parent must exist', async () => {
    const missing = { name: 'Orphan', parent_id: 'pg-000000000000' };
    const answer = await admin.post('project-groups', missing);

    isProblem(answer, 422, 'invalid');
    is(onlyError(answer), '/parent_id not_found');

    const one = await group('Child of nobody');
    const moved = await admin.patch(`project-groups/${one.id}`,
        { parent_id: missing.parent_id }, 1);
    is(onlyError(moved), '/parent_id not_found');
});


test('eight levels and no more', async () => {
    let parent = null;
    const chain = [];

    for (let level = 1; level <= 8; level++) {
        const made = await group(`Level ${level}`, parent);
        chain.push(made);
        parent = made.id;
    }

    const ninth = await admin.post('project-groups',
        { name: 'Level 9', parent_id: parent });
    isProblem(ninth, 422, 'invalid');
    is(onlyError(ninth), '/parent_id limit');

    // a tree of two levels does not fit below level 7, but below level 6
    const top = await group('Tree');
    await group('Leaf', top.id);

    const deep = await admin.patch(`project-groups/${top.id}`,
        { parent_id: chain[6].id }, 1);
    is(onlyError(deep), '/parent_id limit');

    const fits = await admin.patch(`project-groups/${top.id}`,
        { parent_id: chain[5].id }, 1);
    is(fits.status, 200);
    is(fits.body.parent_id, chain[5].id);
});


test('a group is never below itself', async () => {
    const a = await group('Cycle A');
    const b = await group('Cycle B', a.id);
    const c = await group('Cycle C', b.id);

    for (const parent_id of [a.id, b.id, c.id]) {
        const answer = await admin.patch(`project-groups/${a.id}`,
            { parent_id }, 1);
        isProblem(answer, 422, 'invalid');
        is(answer.body.errors[0].pointer, '/parent_id');
    }

    const out = await admin.patch(`project-groups/${c.id}`,
        { parent_id: null }, 1);
    is(out.body.parent_id, null);
    is((await admin.patch(`project-groups/${a.id}`, { parent_id: c.id }, 1))
        .status, 200);
});


test('a group that holds something stays', async () => {
    const parent = await group('Holder');
    const child = await group('Held', parent.id);

    isProblem(await admin.delete(`project-groups/${parent.id}`, 1),
        409, 'conflict');

    const project = await admin.create('projects',
        { name: 'In it', group_id: child.id });
    isProblem(await admin.delete(`project-groups/${child.id}`, 1),
        409, 'conflict');

    is((await admin.delete(`projects/${project.id}`, 1)).status, 204);
    is((await admin.delete(`project-groups/${child.id}`, 1)).status, 204);
    is((await admin.delete(`project-groups/${parent.id}`, 1)).status, 204);
    isProblem(await admin.get(`project-groups/${parent.id}`), 404, 'not_found');
});


test('If-Match is asked for and must hold', async () => {
    const { id } = await group('Versioned');
    const path = `project-groups/${id}`;

    isProblem(await admin.patch(path, { name: 'Nope' }),
        428, 'precondition_required');
    isProblem(await admin.delete(path), 428, 'precondition_required');
    isProblem(await admin.patch(path, { name: 'Nope' }, 2),
        412, 'precondition_failed');
    isProblem(await admin.delete(path, 2), 412, 'precondition_failed');
    isProblem(await admin.patch(path, { name: 'Nope' }, 'nonsense'),
        412, 'precondition_failed');

    is((await admin.patch(path, { name: 'Versioned 2' }, '"9", "1"')).status,
        200);
    is((await admin.patch(path, { name: 'Versioned 3' }, '*')).status, 200);
    is((await admin.patch(path, { name: 'Versioned 4' }, 'W/"3"')).status, 200);
    isProblem(await admin.delete(path, 3), 412, 'precondition_failed');
    is((await admin.delete(path, 4)).status, 204);

    isProblem(await admin.patch(path, { name: 'Gone' }, '*'), 404, 'not_found');
    isProblem(await admin.delete(path, '*'), 404, 'not_found');
});


test('an unchanged group is 304', async () => {
    const { id } = await group('Cached');
    const path = `project-groups/${id}`;
    const fresh = await admin.get(path, { 'If-None-Match': '"1"' });

    is(fresh.status, 304);
    is(fresh.headers.etag, '"1"');
    is(fresh.text, '');
    is((await admin.get(path, { 'If-None-Match': 'W/"1"' })).status, 304);
    is((await admin.get(path, { 'If-None-Match': '"0", "1"' })).status, 304);

    await admin.patch(path, { name: 'Cached 2' }, 1);
    is((await admin.get(path, { 'If-None-Match': '"1"' })).status, 200);
});


test('ids that are none are 404', async () => {
    for (const id of ['pg-000000000000', 'pg-x', 'project-000000000000',
        'PG-000000000000', '%ff', 'pg-0000000000000']) {
        isProblem(await admin.get(`project-groups/${id}`), 404, 'not_found');
    }
});


test('members read and never write', async () => {
    const member = billing.client({ user: 'kim', role: 'member' });
    const made = await group('For reading');

    is((await member.get(`project-groups/${made.id}`)).status, 200);
    isProblem(await member.post('project-groups', { name: 'Mine' }),
        403, 'forbidden');
    isProblem(await member.patch(`project-groups/${made.id}`,
        { name: 'Mine' }, 1), 403, 'forbidden');
    isProblem(await member.delete(`project-groups/${made.id}`, 1),
        403, 'forbidden');
});


test('domains know nothing of each other', async () => {
    const other = billing.client({ domain: 'other.example' });
    const made = await group('Of default');

    isProblem(await other.get(`project-groups/${made.id}`), 404, 'not_found');
    is((await other.get('project-groups')).body.total, 0);

    const twin = await other.create('project-groups', { name: 'Of default' });
    ok(twin.id !== made.id);
    is((await other.get('project-groups')).body.total, 1);
    isProblem(await other.patch(`project-groups/${made.id}`,
        { name: 'Stolen' }, '*'), 404, 'not_found');
});


test('indexes and objects agree', () => isConsistent(admin));
