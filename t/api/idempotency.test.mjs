// Idempotency-Key: a creation that is sent again is carried out once.

import { randomUUID } from 'node:crypto';

import { isConsistent, isProblem, linkedAccount, startBilling } from '../lib/billing.mjs';
import { after, deepEqual, is, ok, test } from '../lib/tap.mjs';


const billing = await startBilling({ workers: 2 });
const admin = billing.client();
const project = await admin.create('projects', { name: 'Project' });
const once = (key = randomUUID()) => ({ 'Idempotency-Key': key });
const records = async () => (await billing.redis.cli('keys', '*:once:*'))
    .split('\n').filter(Boolean);

after(() => billing.stop());


test('the same request has the same answer', async () => {
    for (const path of ['project-groups', 'projects']) {
        const key = once();
        const first = await admin.post(path, { name: 'Twice' }, key);
        const second = await admin.post(path, { name: 'Twice' }, key);

        is(first.status, 201);
        is(second.status, 201);
        is(second.text, first.text);
        is(second.headers.location, first.headers.location);
        is(second.headers.etag, first.headers.etag);

        // without the key it is another creation
        isProblem(await admin.post(path, { name: 'Twice' }), 409, 'conflict');
    }
});


test('an account is verified and made once', async () => {
    const body = {
        name: 'Account', provider: 'hyperbilling_aws', project_id: project.id,
        credentials: await billing.credentials([linkedAccount()]),
    };
    const key = once();
    const first = await admin.post('service-accounts', body, key);

    await billing.sandbox.clearCalls();
    const second = await admin.post('service-accounts', body, key);

    is(second.status, 201);
    deepEqual(second.body, first.body);
    is((await billing.sandbox.calls()).length, 0);

    // the answer of then, whatever has become of it since
    is((await admin.delete(`service-accounts/${first.body.id}`, 1)).status, 204);
    is((await admin.post('service-accounts', body, key)).text, first.text);
    is((await admin.get('service-accounts')).body.total, 0);
});


test('another body under the same key is refused', async () => {
    const key = once();

    is((await admin.post('projects', { name: 'One body' }, key)).status, 201);
    isProblem(await admin.post('projects', { name: 'Other body' }, key),
        422, 'invalid');
    isProblem(await admin.post('project-groups', { name: 'One body' }, key),
        422, 'invalid');
    is((await admin.get('projects?q=other body'.replace(' ', '%20'))).body.total,
        0);
});


test('a key is its user\'s and its domain\'s own', async () => {
    const key = once();
    const lee = billing.client({ user: 'lee' });
    const away = billing.client({ domain: 'away' });
    const first = await admin.post('projects', { name: 'Owned 1' }, key);
    const second = await lee.post('projects', { name: 'Owned 2' }, key);
    const third = await away.post('projects', { name: 'Owned 1' }, key);

    is(second.status, 201, second.text);
    is(third.status, 201, third.text);
    is(new Set([first, second, third].map((a) => a.body.id)).size, 3);
});


test('what failed may be tried again', async () => {
    const key = once();
    const gone = await admin.create('projects', { name: 'In the way' });

    isProblem(await admin.post('projects', { name: 'In the way' }, key),
        409, 'conflict');
    is((await admin.delete(`projects/${gone.id}`, 1)).status, 204);
    is((await admin.post('projects', { name: 'In the way' }, key)).status, 201);
});


test('many at the same time are one', async () => {
    const key = once();
    const answers = await Promise.all(Array.from({ length: 30 }, () =>
        admin.post('projects', { name: 'Only one' }, key)));

    deepEqual([...new Set(answers.map((answer) => answer.status))], [201]);
    is(new Set(answers.map((answer) => answer.text)).size, 1);
});


test('records live for a day and hold no secret', async () => {
    const credentials = await billing.credentials([linkedAccount()]);
    const before = new Set(await records());

    is((await admin.post('service-accounts', {
        name: 'Recorded', provider: 'hyperbilling_aws', project_id: project.id,
        credentials,
    }, once())).status, 201);

    const [record] = (await records()).filter((key) => !before.has(key));
    const ttl = Number(await billing.redis.cli('ttl', record));
    const text = await billing.redis.cli('hgetall', record);

    ok(ttl > 86000 && ttl <= 86400, `a time to live of ${ttl}`);
    ok(!text.includes(credentials.key));
});


test('keys that are none', async () => {
    for (const key of ['with space', 'x'.repeat(256)]) {
        isProblem(await admin.post('projects', { name: 'Bad key' }, once(key)),
            422, 'invalid');
    }
    is((await admin.post('projects', { name: 'Long key' },
        once('x'.repeat(255)))).status, 201);
});


test('indexes and objects agree', () => isConsistent(admin));
