// What a test of credentials tells before anything is saved: the linked
// accounts, and which of them other service accounts have; and that an account
// id with a slip is none.

import {
    isProblem, linkedAccount, onlyError, startBilling,
} from '../lib/billing.mjs';
import { after, deepEqual, is, ok, test } from '../lib/tap.mjs';


const billing = await startBilling();
const admin = billing.client();
const project = await admin.create('projects', { name: 'Project' });
const provider = 'hyperbilling_aws';

after(() => billing.stop());


const verify = (credentials, name = provider) =>
    admin.post('service-accounts/verify', { provider: name, credentials });
const make = (name, credentials) => admin.create('service-accounts',
    { name, provider, project_id: project.id, credentials });


test('a test tells what other accounts have', async () => {
    const [a, b, c, d] = Array.from({ length: 4 }, linkedAccount);
    const all = await billing.credentials([a, b]);
    const first = await make('All of it', all);
    const second = await make('운영', await billing.credentials([c], c));

    const answer = await verify(await billing.credentials([d, c, b]));
    is(answer.status, 200);
    deepEqual(answer.body.linked_accounts.sort(), [b, c, d]);
    deepEqual(answer.body.overlap.sort((x, y) =>
        x.linked_account.localeCompare(y.linked_account)), [
        { linked_account: b, account: first.id, name: 'All of it' },
        { linked_account: c, account: second.id, name: '운영' },
    ]);

    /* one of them: the question is about that one */
    deepEqual((await verify({ ...await billing.credentials([d, c]), account: d }))
        .body, { ok: true, linked_accounts: [d] });
    deepEqual((await verify(all)).body.overlap.map(({ account }) => account),
        [first.id, first.id], 'an account of its own, too: nobody says which');
    is((await admin.get('service-accounts')).body.total, 2);
});


test('a refused overlap names what it is about, for pages to say', async () => {
    const one = linkedAccount();
    const first = await make('Once', await billing.credentials([one]));
    const answer = await admin.post('service-accounts', {
        name: 'Twice', provider, project_id: project.id,
        credentials: await billing.credentials([one]),
    });

    isProblem(answer, 409, 'overlap');
    deepEqual(answer.body.errors[0].args,
        { linked_account: one, account: first.id, name: 'Once' });
});


test('an account id with a slip does not mean all', async () => {
    const credentials = await billing.credentials();

    for (const account of ['1', '12345678901', '1234567890123', ' 12345678901 ',
        '0'.repeat(64)]) {
        const answer = await verify({ ...credentials, account });

        isProblem(answer, 422, 'invalid');
        is(onlyError(answer), '/credentials/account format', account);
        is((await admin.post('service-accounts', {
            name: 'Slip', provider, project_id: project.id,
            credentials: { ...credentials, account },
        })).status, 422, account);
    }
    for (const account of ['all', '*', 'acct-12345678901', '전체']) {
        is((await verify({ ...credentials, account })).status, 200, account);
    }
    for (const linked of ['12345678901', '1234567890123']) {
        const answer = await verify({ access_key_id: 'AKIAABCDEFGHIJKLMNOP',
            secret_access_key: 'x'.repeat(40), linked_account: linked }, 'aws');

        is(onlyError(answer).split(' ')[0], '/credentials/linked_account', linked);
    }
});


test('a list is searched by number, email and tag', async () => {
    const [a, b] = [linkedAccount(), linkedAccount()];
    const credentials = await billing.credentials([a, b]);
    const { id } = await admin.create('service-accounts', {
        name: 'Searched', provider, project_id: project.id, credentials,
        tags: { team: 'Payments' },
    });
    const found = async (q) => (await admin.get(
        `service-accounts?q=${encodeURIComponent(q)}`)).body.service_accounts
        .map((one) => one.id);

    for (const q of [b, a.slice(-6), credentials.email.toUpperCase(), 'payment',
        'sEarched']) {
        deepEqual(await found(q), [id], q);
    }
    deepEqual(await found(credentials.key), []);
    deepEqual(await found('999999999999'), []);
});


test('no provider speaks of another one in its hints', async () => {
    const { body } = await admin.get('providers?all=true');
    const clouds = { aws: /AWS|Amazon/, azure: /Azure|Microsoft/,
        google_cloud: /Google|BigQuery/, alibaba_cloud: /Alibaba/,
        tencent: /Tencent/, akamai: /Akamai/ };

    ok(body.providers.length >= 8, 'all are there');
    for (const { id, cloud, credentials_schema: schema } of body.providers) {
        const text = JSON.stringify(schema.properties);

        for (const [other, words] of Object.entries(clouds)) {
            is(other !== cloud && words.test(text), false, `${id}: ${other}`);
        }
    }
});
