// Many at once, through several workers: exactly one wins, nothing is half
// done, and what was acknowledged is seen by everybody.

import { isConsistent, isProblem, linkedAccount, startBilling } from '../lib/billing.mjs';
import { scaled } from '../lib/pace.mjs';
import { after, deepEqual, is, ok, test, until } from '../lib/tap.mjs';


const billing = await startBilling({ workers: 4 });
const admin = billing.client();
const project = await admin.create('projects', { name: 'Project' });
const provider = 'hyperbilling_aws';
const times = (n, fn) => Promise.all(Array.from({ length: n }, (_, i) => fn(i)));
const count = (answers, status) =>
    answers.filter((answer) => answer.status === status).length;

after(() => billing.stop());


test('fifty creations of one name: one is made', async () => {
    for (const path of ['project-groups', 'projects']) {
        const answers = await times(50, () =>
            admin.post(path, { name: 'Wanted by all' }));

        is(count(answers, 201), 1);
        is(count(answers, 409), 49);
        is((await admin.get(`${path}?q=wanted`)).body.total, 1);
    }
});


test('fifty accounts of one name: one is made, and owns its own', async () => {
    const linked = Array.from({ length: 50 }, linkedAccount);
    const credentials = await times(50, (i) => billing.credentials([linked[i]]));
    const answers = await times(50, (i) => admin.post('service-accounts', {
        name: 'Same name', provider, project_id: project.id,
        credentials: credentials[i],
    }));

    is(count(answers, 201), 1);
    is(count(answers, 409), 49);

    const won = answers.findIndex((answer) => answer.status === 201);
    const owned = await billing.redis.cli('hkeys',
        'billing:{default}:linked_accounts');
    is(owned, `aws/${linked[won]}`);
    is((await admin.get(`projects/${project.id}`)).body.accounts, 1);
});


test('overlapping accounts: one is made', async () => {
    const shared = linkedAccount();
    const credentials = await times(20, () =>
        billing.credentials([shared, linkedAccount()]));
    const answers = await times(20, (i) => admin.post('service-accounts', {
        name: `Overlap ${i}`, provider, project_id: project.id,
        credentials: credentials[i],
    }));

    is(count(answers, 201), 1);
    answers.filter((answer) => answer.status !== 201)
        .forEach((answer) => isProblem(answer, 409, 'overlap'));
});


test('fifty patches of one version: one wins', async () => {
    const made = await admin.create('projects', { name: 'Patched' });
    const answers = await times(50, (i) =>
        admin.patch(`projects/${made.id}`, { tags: { by: String(i) } }, 1));

    is(count(answers, 200), 1);
    is(count(answers, 412), 49);

    const won = answers.find((answer) => answer.status === 200);
    const now = await admin.get(`projects/${made.id}`);
    deepEqual(now.body, won.body);
    is(now.body.version, 2);
});


test('patches that fit any version lose nothing', async () => {
    const made = await admin.create('projects', { name: 'Merged' });
    const answers = await times(8, (i) =>
        admin.patch(`projects/${made.id}`, { tags: { [`t${i}`]: 'x' } }, '*'));

    is(count(answers, 200), 8);
    const now = await admin.get(`projects/${made.id}`);
    is(Object.keys(now.body.tags).length, 8);
    is(now.body.version, 9);
});


test('a project is not deleted under an account', async () => {
    for (let round = 0; round < 10; round++) {
        const made = await admin.create('projects', { name: `Race ${round}` });
        const credentials = await billing.credentials([linkedAccount()]);
        const [removed, account] = await Promise.all([
            admin.delete(`projects/${made.id}`, 1),
            admin.post('service-accounts', {
                name: `Race ${round}`, provider, project_id: made.id, credentials,
            }),
        ]);

        if (removed.status === 204) {
            isProblem(account, 422, 'invalid');
            is((await admin.get(`projects/${made.id}`)).status, 404);
        } else {
            isProblem(removed, 409, 'conflict');
            is(account.status, 201, account.text);
            is((await admin.get(`projects/${made.id}`)).body.accounts, 1);
        }
    }
});


test('two groups that move into each other: no cycle', async () => {
    const made = (name) => admin.create('project-groups', { name });

    for (let round = 0; round < 10; round++) {
        const [a, b] = [await made(`A${round}`), await made(`B${round}`)];
        const answers = await Promise.all([
            admin.patch(`project-groups/${a.id}`, { parent_id: b.id }, 1),
            admin.patch(`project-groups/${b.id}`, { parent_id: a.id }, 1),
        ]);

        is(count(answers, 200), 1);
        is(count(answers, 422), 1);
    }
});


test('an acknowledged write is seen by every worker at once', async () => {
    const made = await admin.create('projects', { name: 'Seen 0' });
    const readers = Array.from({ length: 8 }, () => billing.client());

    // each client has a connection of its own, so they are with all workers
    await Promise.all(readers.map((one) => one.get('projects')));

    for (let i = 1; i <= 20; i++) {
        await admin.patch(`projects/${made.id}`, { name: `Seen ${i}` }, i);
        const answers = await Promise.all(readers.map((one) =>
            one.get(`projects/${made.id}`)));
        answers.forEach((answer) => is(answer.body.name, `Seen ${i}`));
    }
});


test('a client that goes away does not stop its write', async () => {
    const credentials = await billing.credentials([linkedAccount()]);
    const gone = billing.client();

    await billing.sandbox.clearCalls();
    await billing.sandbox.fault({ delay_ms: scaled(300), times: 1 });
    const call = gone.post('service-accounts', {
        name: 'Unattended', provider, project_id: project.id, credentials,
    });
    await until(async () => (await billing.sandbox.calls()).length === 1,
        'the provider to be asked');
    gone.agent.destroy();
    ok(await call.then(() => false, () => true), 'the connection is cut');

    await until(async () => (await admin.get('service-accounts?q=unattended'))
        .body.total === 1, 'the account to be made');
});


test('indexes and objects agree', () => isConsistent(admin));
