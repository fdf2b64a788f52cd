// Lists: pages that do not shift, totals, and what members see.

import { isProblem, linkedAccount, onlyError, startBilling } from '../lib/billing.mjs';
import { after, deepEqual, is, test } from '../lib/tap.mjs';


const billing = await startBilling();
const admin = billing.client();
const names = (answer) => Object.values(answer.body)[0].map((one) => one.name);

after(() => billing.stop());


async function pages(client, path, limit) {
    const found = [];
    let cursor = '';

    do {
        const answer = await client.get(
            `${path}?limit=${limit}${cursor && `&cursor=${cursor}`}`);
        is(answer.status, 200, answer.text);
        found.push(names(answer));
        cursor = answer.body.next_cursor;
    } while (cursor !== null);

    return found;
}


test('an empty list is a list', async () => {
    const nobody = billing.client({ domain: 'empty' });

    deepEqual((await nobody.get('projects')).body,
        { projects: [], next_cursor: null, total: 0 });
    deepEqual((await nobody.get('project-groups')).body,
        { project_groups: [], next_cursor: null, total: 0 });
    deepEqual((await nobody.get('service-accounts')).body,
        { service_accounts: [], next_cursor: null, total: 0 });
});


test('pages go from the newest to the oldest', async () => {
    for (let i = 1; i <= 7; i++) {
        await admin.create('projects', { name: `P${i}` });
    }

    deepEqual(await pages(admin, 'projects', 3),
        [['P7', 'P6', 'P5'], ['P4', 'P3', 'P2'], ['P1']]);
    deepEqual(await pages(admin, 'projects', 7),
        [['P7', 'P6', 'P5', 'P4', 'P3', 'P2', 'P1']]);

    const first = await admin.get('projects?limit=2');
    is(first.body.total, 7);
});


test('what comes and goes between two pages does not shift them', async () => {
    const one = await admin.get('projects?limit=3');

    const late = await admin.create('projects', { name: 'Late' });
    const [gone] = one.body.projects.slice(-1);
    is((await admin.delete(`projects/${gone.id}`, 1)).status, 204);

    const two = await admin.get(
        `projects?limit=3&cursor=${one.body.next_cursor}`);
    deepEqual(names(one), ['P7', 'P6', 'P5']);
    deepEqual(names(two), ['P4', 'P3', 'P2']);
    is(two.body.total, 7);

    // a change does not move an object
    await admin.patch(`projects/${two.body.projects[2].id}`, { name: 'P2b' }, 1);
    deepEqual((await pages(admin, 'projects', 100))[0],
        ['Late', 'P7', 'P6', 'P4', 'P3', 'P2b', 'P1']);
    await admin.delete(`projects/${late.id}`, 1);
});


test('arguments are checked', async () => {
    for (const limit of ['0', '1001', 'x', '-1', '1.5', '']) {
        is(onlyError(await admin.get(`projects?limit=${limit}`)),
            '/limit range', limit);
    }
    for (const cursor of ['x', 'YzA', '', 'AAAA', 'a'.repeat(200)]) {
        is(onlyError(await admin.get(`projects?cursor=${cursor}`)),
            '/cursor format', cursor);
    }
    is(onlyError(await admin.get('projects?colour=red')), '/colour unknown');
    is(onlyError(await admin.get('projects?provider=x')), '/provider unknown');
    isProblem(await admin.get('projects?q=%zz'), 422, 'invalid');
    is((await admin.get('projects?limit=1000')).status, 200);
    is((await admin.get('projects?q=')).body.total, 6);
    is((await admin.get(`projects?q=${'x'.repeat(6000)}`)).status, 422);
});


test('totals count what the search finds', async () => {
    const answer = await admin.get('projects?q=p&limit=2');

    is(answer.body.total, 6);
    is(names(answer).length, 2);

    const rest = await admin.get(
        `projects?q=p&limit=5&cursor=${answer.body.next_cursor}`);
    is(rest.body.total, 6);
    is(names(rest).length, 4);
    is(rest.body.next_cursor, null);
});


test('members see their projects, what is in them and above them', async () => {
    const home = billing.client({ domain: 'members' });
    const root = await home.create('project-groups', { name: 'Root' });
    const below = await home.create('project-groups',
        { name: 'Below', parent_id: root.id });
    await home.create('project-groups', { name: 'Beside' });
    const mine = await home.create('projects',
        { name: 'Mine', group_id: below.id });
    const theirs = await home.create('projects', { name: 'Theirs' });
    const account = async (name, project) => home.create('service-accounts', {
        name, provider: 'hyperbilling_aws', project_id: project.id,
        credentials: await billing.credentials([linkedAccount()]),
    });
    const seen = await account('Seen', mine);
    const hidden = await account('Hidden', theirs);
    const as = (projects) => billing.client(
        { domain: 'members', role: 'member', user: 'kim', projects });

    const kim = as([mine.id, 'project-000000000000']);
    for (const [path, expected] of [['projects', ['Mine']],
        ['service-accounts', ['Seen']], ['project-groups', ['Below', 'Root']]]) {
        const answer = await kim.get(path);
        deepEqual(names(answer), expected);
        is(answer.body.total, expected.length);
    }

    is((await kim.get(`projects/${mine.id}`)).status, 200);
    is((await kim.get(`service-accounts/${seen.id}`)).status, 200);
    isProblem(await kim.get(`projects/${theirs.id}`), 404, 'not_found');
    isProblem(await kim.get(`service-accounts/${hidden.id}`), 404, 'not_found');
    is((await kim.get(`service-accounts?project=${theirs.id}`)).body.total, 0);
    is((await kim.get('service-accounts?q=hidden')).body.total, 0);

    const none = as([]);
    for (const path of ['projects', 'service-accounts', 'project-groups']) {
        is((await none.get(path)).body.total, 0);
    }

    const all = as(undefined);
    is((await all.get('service-accounts')).body.total, 2);
    is((await all.get('project-groups')).body.total, 3);
});
