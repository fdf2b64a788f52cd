// Each write, and each kept answer after it: what the writer's node says at
// once, on every worker, is what a node without any memory works out.

import { readFileSync } from 'node:fs';

import { linkedAccount, startBilling } from '../lib/billing.mjs';
import { after, is, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const world = await startWorld({ workers: 3, keepAlive: false });
const { sandbox, redis, admin } = world;
const ANSWERS = 'billing:{default}:answers';
const provider = 'hyperbilling_aws';

const plain = await startBilling({
    redis, sandbox, zone: false, key: readFileSync(world.key),
});
after(() => plain.nginx.stop());

const groups = [
    await world.createGroup('group 0'), await world.createGroup('group 1'),
];
const projects = [
    await world.createProject('project 0', groups[0].id),
    await world.createProject('project 1', groups[1].id),
];
const accounts = [];

async function account(name, project, linked = linkedAccount()) {
    return admin.create('service-accounts', {
        name, provider, project_id: project.id,
        credentials: await world.credentials([linked]),
    });
}
for (let i = 0; i < 2; i++) {
    accounts.push(await account(`account ${i}`, projects[i]));
}

async function change(path, patch) {
    const { headers } = await admin.get(path);
    const answer = await admin.patch(path, patch, headers.etag);
    is(answer.status, 200, answer.text);
}

async function remove(path) {
    const { headers } = await admin.get(path);
    is((await admin.delete(path, headers.etag)).status, 204);
}

const enable = async (enabled) =>
    is((await admin.put(`providers/${provider}`, { enabled })).status, 200);


// Who asks, and what for.
const readers = {
    admin: {},
    member: { user: 'm', role: 'member' },
    first: { user: 'm', role: 'member', projects: [projects[0].id] },
    second: { user: 'm', role: 'member', projects: [projects[1].id] },
    none: { user: 'm', role: 'member', projects: [] },
};
const paths = [
    'dashboard', `projects/${projects[0].id}/dashboard`,
    `projects/${projects[1].id}/dashboard`,
    'costs', 'costs?group_by=project,account',
    'costs?format=csv&group_by=project',
    `costs?project=${projects[0].id}&group_by=account`,
    `costs?project_group=${groups[0].id}&group_by=project`,
    `costs?project_group=${groups[1].id}&format=csv`,
    `costs?account=${accounts[0].id}&granularity=DAILY`,
];
const questions = Object.keys(readers).flatMap(
    (who) => paths.map((path) => [who, path]));
const here = Object.fromEntries(Object.entries(readers).map(
    ([who, identity]) => [who, world.client(identity)]));
const there = Object.fromEntries(Object.entries(readers).map(
    ([who, identity]) => [who, plain.client(identity)]));

const said = ({ status, headers, text, body }) => JSON.stringify([
    status, headers.etag, headers['x-billing-complete'],
    status === 200 ? text : body.code,
]);

// All at once, so that every worker has its say.
const ask = () => Promise.all(questions.map(
    async ([who, path]) => said(await here[who].get(path))));

async function worked() {
    await redis.cli('del', ANSWERS);
    return Promise.all(questions.map(
        async ([who, path]) => said(await there[who].get(path))));
}

// Only what needs no call of the provider is kept.
const settled = () => until(async () => {
    const answers = await Promise.all(questions.map(
        ([who, path]) => here[who].get(path)));
    return answers.every(({ status, headers }) => status !== 200
        || /HIT|STALE/.test(headers['x-billing-cache']));
}, 'all to be kept');

let last;
const late = () => last = account('late', projects[0]).then((a) => last = a);

const writes = {
    'an account is created': late,
    'it is moved': () => change(`service-accounts/${last.id}`,
        { project_id: projects[1].id }),
    'it is renamed': () => change(`service-accounts/${last.id}`,
        { name: 'renamed' }),
    'it has other credentials': async () => change(
        `service-accounts/${last.id}`,
        { credentials: await world.credentials([linkedAccount()]) }),
    'it is deleted': () => remove(`service-accounts/${last.id}`),
    'a project is renamed': () => change(`projects/${projects[0].id}`,
        { name: 'another name' }),
    'a project has tags': () => change(`projects/${projects[0].id}`,
        { tags: { team: 'x' } }),
    'a project is in another group': () => change(
        `projects/${projects[0].id}`, { group_id: groups[1].id }),
    'a project is in no group': () => change(
        `projects/${projects[0].id}`, { group_id: null }),
    'a project is back': () => change(
        `projects/${projects[0].id}`, { group_id: groups[0].id }),
    'a group is below another': () => change(
        `project-groups/${groups[0].id}`, { parent_id: groups[1].id }),
    'a group is on top again': () => change(
        `project-groups/${groups[0].id}`, { parent_id: null }),
    'a group is renamed': () => change(
        `project-groups/${groups[0].id}`, { name: 'its new name' }),
    'the provider is disabled': () => enable(false),
    'the provider is enabled': () => enable(true),
    'figures are read anew': async () =>
        is((await admin.get('costs?refresh=true')).status, 200),
};


for (const [what, write] of Object.entries(writes)) {
    test(what, async () => {
        await settled();
        await write();

        const first = await ask();
        const wanted = await worked();
        const kept = await ask();

        questions.forEach(([who, path], i) => {
            is(first[i], wanted[i], `at once: ${who} ${path}`);
            is(kept[i], wanted[i], `then: ${who} ${path}`);
        });
    });
}

test('answers differ by who asks', async () => {
    const of = async (who) => (await here[who].get('dashboard')).text;

    is(await of('admin'), await of('member'));
    ok(new Set([await of('admin'), await of('first'), await of('second'),
        await of('none')]).size === 4);
});
