// Names that people cannot tell apart: refused where a name must be unique, and
// only there.

import { isConsistent, isProblem, linkedAccount, startBilling } from '../lib/billing.mjs';
import { after, deepEqual, is, like, test } from '../lib/tap.mjs';


const billing = await startBilling();
const admin = billing.client();
const cyrillic = (name) => name.replace('P', '\u0420').replace('a', '\u0430');

after(() => billing.stop());

const isAlike = (answer, text) => {
    isProblem(answer, 409, 'conflict');
    deepEqual(answer.body.errors.map(({ pointer, code }) => [pointer, code]),
        [['/name', 'alike']], text);
};
const account = async (name, project_id) => admin.post('service-accounts', {
    name, project_id, provider: 'hyperbilling_aws',
    credentials: await billing.credentials([linkedAccount()]),
});


test('a project, a group, an account: what looks like another is refused', async () => {
    const group = await admin.create('project-groups', { name: 'Pay' });
    const project = await admin.create('projects', { name: 'Payments 0' });

    is((await account('Payer l', project.id)).status, 201);

    isAlike(await admin.post('project-groups', { name: cyrillic('Pay') }));
    for (const name of [cyrillic('Payments 0'), 'Payments O', 'Payments  0',
        '\uff30ayments\u30000', 'PAYMENTS\u00a0\u041e'])
    {
        const answer = await admin.post('projects', { name });
        isAlike(answer, name);
        like(answer.body.detail, /another project .* looks like/);
    }
    isAlike(await account('Payer I', project.id));
    isAlike(await account(cyrillic('Payer l'), project.id));

    // what is the same but for its case is told as such
    is((await admin.post('projects', { name: 'payments 0' })).body.errors[0].code,
        'duplicate');

    // among other siblings it is nobody's
    is((await admin.post('projects', { name: cyrillic('Payments 0'),
        group_id: group.id })).status, 201);
    is((await admin.post('projects', { name: 'Payments 1' })).status, 201);
    await isConsistent(admin);
});


test('changes: a name, a place, and an end', async () => {
    const group = await admin.create('project-groups', { name: 'Changes' });
    const one = await admin.create('projects', { name: 'Ocean' });
    const two = await admin.create('projects', { name: 'Oceans' });
    const three = await admin.create('projects',
        { name: '\u041ecean', group_id: group.id });
    const patch = ({ id }, body, version) =>
        admin.patch(`projects/${id}`, body, version);

    isAlike(await patch(two, { name: '0cean' }, 1));
    isAlike(await patch(three, { group_id: null }, 1));
    is((await patch(one, { name: 'OCEAN' }, 1)).status, 200);
    is((await patch(one, { tags: { a: 'b' } }, 2)).status, 200);
    isAlike(await patch(two, { name: '0cean' }, 1));

    is((await patch(one, { name: 'Lake' }, 3)).status, 200);
    is((await patch(two, { name: '0cean' }, 1)).status, 200);
    isAlike(await patch(one, { name: 'Ocean' }, 4));
    is((await patch(two, { group_id: group.id, name: 'Oceans' }, 2)).status, 200);
    is((await patch(one, { name: 'Ocean' }, 4)).status, 200);

    is((await admin.delete(`projects/${one.id}`, 5)).status, 204);
    is((await patch(three, { group_id: null }, 1)).status, 200);
    await isConsistent(admin);
});


test('of two at once, one is made', async () => {
    for (let i = 0; i < 10; i++) {
        const answers = await Promise.all([`Race ${i}`, `R\u0430ce ${i}`].map(
            (name) => admin.post('projects', { name })));

        deepEqual(answers.map(({ status }) => status).sort(), [201, 409]);
    }
    await isConsistent(admin);
});


test('a node of before, which knows of no looks, stands in nobody\'s way', async () => {
    const { id } = await admin.create('projects', { name: 'Before' });
    const key = `billing:{default}:project:${id}`;
    const names = 'billing:{default}:project_names:';

    // as it gives another name
    await billing.redis.cli('hset', key, 'name', 'After', 'fold', 'after');
    await billing.redis.cli('hdel', names, 'before');
    await billing.redis.cli('hset', names, 'after', id);

    is((await admin.post('projects', { name: 'Befor\u0435' })).status, 201);
    isProblem(await admin.post('projects', { name: 'AFTER' }), 409, 'conflict');
    await isConsistent(admin);
});


test('a group that is gone leaves nothing', async () => {
    const { id } = await admin.create('project-groups', { name: 'Gone' });
    const inner = await admin.create('projects', { name: 'Inner', group_id: id });

    await billing.redis.cli('hset', `billing:{default}:project_looks:${id}`,
        'wstale', 'project-000000000000');
    is((await admin.delete(`projects/${inner.id}`, 1)).status, 204);
    is((await admin.delete(`project-groups/${id}`, 1)).status, 204);
    is(await billing.redis.cli('keys', `*_looks:${id}`), '');
    await isConsistent(admin);
});
