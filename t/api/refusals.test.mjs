// Verifications are limited per user: 60 refused ones a minute, 300 others,
// and those that are asked at the same time count as they are admitted.

import { isProblem, linkedAccount, startBilling } from '../lib/billing.mjs';
import { after, is, ok, test } from '../lib/tap.mjs';


const LIMIT = 60;
const OTHERS = 300;

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
    const keys = await billing.redis.cli('keys', '*:verifying:*');
    const own = keys.split('\n');

    ok(own.length === 2 && !keys.includes('kim'), keys);
    for (const key of own) {
        ok(Number(await billing.redis.cli('ttl', key)) > 0);
        await billing.redis.cli('expire', key, 0);
    }
    is((await verify(kim, good)).status, 200);
});


test('what succeeds or finds no provider is no refusal', async () => {
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


test('guesses at the same time are no way past the limit', async () => {
    const choi = billing.client({ user: 'choi' });

    await billing.sandbox.clearCalls();
    const answers = await Promise.all(
        Array.from({ length: 600 }, () => verify(choi, bad)));
    const count = (status) =>
        answers.filter((answer) => answer.status === status).length;

    is(count(422), LIMIT);
    is(count(429), 600 - LIMIT);
    is((await billing.sandbox.calls()).length, LIMIT);
    for (const { status, headers } of answers) {
        ok(status !== 429 || Number(headers['retry-after']) >= 1);
    }
});


test('others are limited, too', async () => {
    const han = billing.client({ user: 'han' });
    const key = async () => (await billing.redis.cli('keys', '*:verifying:*'))
        .split('\n');
    const before = await key();

    is((await verify(han, good)).status, 200);
    const [own] = (await key()).filter((one) => !before.includes(one));
    is(await billing.redis.cli('hget', own, 'others'), '1');
    is(await billing.redis.cli('hget', own, 'busy'), '0');

    await billing.redis.cli('hset', own, 'others', OTHERS - 1);
    is((await verify(han, good)).status, 200);
    isProblem(await verify(han, good), 429, 'too_many_requests');
});


test('many good ones at the same time', async () => {
    const park = billing.client({ user: 'park' });
    const answers = await Promise.all(
        Array.from({ length: 150 }, () => verify(park, good)));

    answers.forEach((answer) => is(answer.status, 200, answer.text));
});
