// Providers: what the wizard sees, and what a disabled one means.

import {
    isProblem, linkedAccount, onlyError, startBilling,
} from '../lib/billing.mjs';
import { after, deepEqual, is, ok, test } from '../lib/tap.mjs';


const billing = await startBilling({ workers: 2 });
const admin = billing.client();
const member = billing.client({ user: 'kim', role: 'member' });
const provider = 'hyperbilling_aws';
const ids = (answer) => answer.body.providers.map((one) => one.id);
const set = (enabled, client = admin) =>
    client.put(`providers/${provider}`, { enabled });

after(() => billing.stop());


test('a provider says what its form needs', async () => {
    const answer = await member.get('providers');
    const [one] = answer.body.providers;

    is(answer.status, 200);
    is(one.id, provider);
    is(one.name, 'Hyper Billing');
    is(one.backend, 'Hyperbilling for AWS');
    is(one.since, '1.5.3');
    is(one.contact, 'MEGAZONE CLOUD (Innoworks Team)');
    is(one.enabled, true);
    deepEqual(Object.keys(one.credentials_schema.properties),
        ['account', 'email', 'key']);
    is(one.credentials_schema.properties.key.writeOnly, true);
});


test('a disabled one is shown to admins who ask for it', async () => {
    const answer = await set(false);

    is(answer.status, 200);
    is(answer.body.id, provider);
    is(answer.body.enabled, false);

    deepEqual(ids(await admin.get('providers')), []);
    deepEqual(ids(await member.get('providers')), []);
    deepEqual(ids(await admin.get('providers?all=false')), []);

    const all = await admin.get('providers?all=true');
    deepEqual(ids(all), [provider, 'hyperbilling_google_cloud',
        'hyperbilling_alibaba_cloud', 'hyperbilling_tencent',
        'hyperbilling_akamai', 'aws', 'azure', 'google_cloud']);
    deepEqual(all.body.providers.filter(({ enabled }) => enabled), []);
    is(all.body.providers[0].enabled, false);
    isProblem(await member.get('providers?all=true'), 403, 'forbidden');
    is(onlyError(await admin.get('providers?all=x')), '/all enum');

    is((await set(true)).body.enabled, true);
    deepEqual(ids(await member.get('providers')), [provider]);
});


test('a disabled one takes no accounts, and keeps those it has', async () => {
    const project = await admin.create('projects', { name: 'Project' });
    const body = async (name) => ({
        name, provider, project_id: project.id,
        credentials: await billing.credentials([linkedAccount()]),
    });
    const kept = await admin.create('service-accounts', await body('Kept'));

    await set(false);
    await billing.sandbox.clearCalls();

    const refused = await admin.post('service-accounts', await body('Refused'));
    isProblem(refused, 422, 'invalid');
    is(refused.body.errors[0].pointer, '/provider');

    const { credentials } = await body('Verify');
    isProblem(await admin.post('service-accounts/verify',
        { provider, credentials }), 422, 'invalid');
    isProblem(await admin.patch(`service-accounts/${kept.id}`,
        { credentials }, 1), 422, 'invalid');
    is((await billing.sandbox.calls()).length, 0);

    is((await admin.get(`service-accounts/${kept.id}`)).status, 200);
    is((await admin.patch(`service-accounts/${kept.id}`,
        { name: 'Kept on' }, 1)).status, 200);

    await set(true);
    is((await admin.post('service-accounts', await body('Taken'))).status, 201);
});


test('the state is the domain\'s own', async () => {
    const other = billing.client({ domain: 'elsewhere' });

    await set(false);
    deepEqual(ids(await other.get('providers')), [provider]);
    await set(false, other);
    await set(true);
    deepEqual(ids(await other.get('providers')), []);
    deepEqual(ids(await admin.get('providers')), [provider]);
});


test('only admins switch, and only with a state', async () => {
    isProblem(await set(false, member), 403, 'forbidden');
    isProblem(await admin.put('providers/nobody', { enabled: true }),
        404, 'not_found');
    is(onlyError(await admin.put(`providers/${provider}`, {})),
        '/enabled required');
    is(onlyError(await admin.put(`providers/${provider}`, { enabled: 'no' })),
        '/enabled type');
    ok((await admin.get('providers')).body.providers[0].enabled);
});


test('what is stored wins over the configuration', async () => {
    const off = await startBilling({
        redis: billing.redis, sandbox: billing.sandbox, provider: 'off',
    });

    try {
        const client = off.client({ domain: 'fresh' });

        deepEqual(ids(await client.get('providers')), []);
        await set(true, client);
        deepEqual(ids(await client.get('providers')), [provider]);
    } finally {
        await off.nginx.stop();
    }
});
