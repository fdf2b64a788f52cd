// Refused verifications are limited per user; those that succeed are not
// counted.

import { isProblem, linkedAccount, startBilling } from '../lib/billing.mjs';
import { after, is, ok, test } from '../lib/tap.mjs';


const LIMIT = 60;

const billing = await startBilling({ workers: 2 });
const admin = billing.client();
const provider = 'hyperbilling_aws';
const project = await admin.create('projects', { name: 'Project' });
const good = await billing.credentials([linkedAccount()]);
const bad = { ...good, key: 'wrong' };
const verify = (client, credentials) =>
    client.post('service-accounts/verify', { provider, credentials });

after(() => billing.stop());


test('sixty refusals a minute, then 429', async () => {
    const kim = billing.client({ user: 'kim' });

    for (let i = 0; i < LIMIT; i++) {
        isProblem(await verify(kim, bad), 422, 'provider_rejected');
    }

    await billing.sandbox.clearCalls();
    const answer = await verify(kim, good);
    isProblem(answer, 429, 'too_many_requests');

    const wait = Number(answer.headers['retry-after']);
    ok(wait >= 1 && wait <= 60, `Retry-After: ${wait}`);

    const account = {
        name: 'Guess', provider, project_id: project.id, credentials: bad,
    };
    isProblem(await kim.post('service-accounts', account),
        429, 'too_many_requests');
    is((await billing.sandbox.calls()).length, 0);

    // nobody else is kept from it, and kim is not kept from other things
    is((await verify(admin, good)).status, 200);
    is((await kim.get('service-accounts')).status, 200);
    is((await kim.post('projects', { name: 'By kim' })).status, 201);

    // once the minute is over
    const keys = await billing.redis.cli('keys', '*:refused:*');
    ok(!keys.includes('\n') && !keys.includes('kim'), keys);
    ok(Number(await billing.redis.cli('ttl', keys)) > 0);
    await billing.redis.cli('expire', keys, 0);
    is((await verify(kim, good)).status, 200);
});


test('what succeeds or finds no provider is not counted', async () => {
    const lee = billing.client({ user: 'lee' });

    for (let i = 0; i < LIMIT + 10; i++) {
        is((await verify(lee, good)).status, 200);
    }

    await billing.sandbox.fault({ status: 503 });
    for (let i = 0; i < LIMIT + 10; i++) {
        isProblem(await verify(lee, good), 502, 'provider_unavailable');
    }
    await billing.sandbox.clearFaults();

    isProblem(await lee.post('service-accounts/verify', { provider }),
        422, 'invalid');
    is((await verify(lee, good)).status, 200);
});


test('many good ones at the same time', async () => {
    const park = billing.client({ user: 'park' });
    const answers = await Promise.all(
        Array.from({ length: 150 }, () => verify(park, good)));

    answers.forEach((answer) => is(answer.status, 200, answer.text));
});
