// A linked account counts once in a domain, through whatever provider it is
// seen and however its id is written.

import { isConsistent, isProblem, linkedAccount } from '../lib/billing.mjs';
import { awsKey, googleKey, startClouds } from '../lib/clouds.mjs';
import { startWorld } from '../lib/world.mjs';
import { after, deepEqual, is, like, test } from '../lib/tap.mjs';


const clouds = await startClouds();
const { aws, azure, google, summary } = clouds;
const world = await startWorld({ http: clouds.directives() });

let domains = 0;

// A domain of its own: register(provider, credentials) is the answer.
async function domain() {
    const admin = world.client({ domain: `linked-${++domains}` });
    after(() => isConsistent(admin));
    const project = await admin.create('projects', { name: 'All' });
    let accounts = 0;

    return {
        admin,
        register: (provider, credentials) => admin.post('service-accounts', {
            name: `Account ${++accounts}`, project_id: project.id, provider,
            credentials }),
    };
}

const azureOf = (scope) => {
    const { tenant_id, client_id, client_secret } = azure.credentials.main;

    azure.credentials.main.scope = scope;
    return { tenant_id, client_id, client_secret, scope };
};


test('AWS: by Cost Explorer or through Hyperbilling', async () => {
    const { admin, register } = await domain();
    const [shared] = aws.credentials.main.linked;
    const other = linkedAccount();
    const reseller = await world.credentials([shared, other]);
    const single = await world.credentials([other], other);

    const direct = await register('aws', awsKey(aws.credentials.main));
    is(direct.status, 201, direct.text);

    const refused = await register('hyperbilling_aws', reseller);
    isProblem(refused, 409, 'overlap');
    like(refused.body.detail, new RegExp(`${shared}.*"Account 1"`));
    is((await register('hyperbilling_aws', single)).status, 201);

    // and the other way round: free again, it may be taken
    await admin.delete(`service-accounts/${direct.body.id}`, 1);
    await admin.delete(`service-accounts/${(await admin.get(
        'service-accounts')).body.service_accounts[0].id}`, 1);
    is((await register('hyperbilling_aws', reseller)).status, 201);

    const named = await register('aws', { ...awsKey(aws.credentials.main),
        linked_account: shared });
    isProblem(named, 409, 'overlap');
    deepEqual(named.body.errors.map(({ pointer }) => pointer),
        ['/credentials']);
    is((await register('aws', { ...awsKey(aws.credentials.main),
        linked_account: aws.credentials.main.linked[1] })).status, 201);
});


test('a linked account that appears later stays with whom it was', async () => {
    const { admin, register } = await domain();
    const [shared] = aws.credentials.main.linked;
    const reseller = await world.credentials([linkedAccount()]);
    const first = await register('aws', { ...awsKey(aws.credentials.main),
        linked_account: shared });
    const second = await register('hyperbilling_aws', reseller);

    is(first.status, 201, first.text);
    is(second.status, 201, second.text);
    await world.sandbox.setCredential({ client: reseller.email,
        secret: reseller.key, linked: [shared] });

    // new credentials are the same as a new account
    isProblem(await admin.patch(`service-accounts/${second.body.id}`, {
        credentials: { key: reseller.key } }, 1), 409, 'overlap');
});


test('Google: a billing account, by its export or through Hyperbilling', async () => {
    const { register } = await domain();
    const { client_email, private_key } = summary.credentials.gcp;

    summary.credentials.gcp.account_id = '012345-6789AB-CDEF01';
    const direct = await register('google_cloud',
        googleKey(google.credentials.main));
    is(direct.status, 201, direct.text);

    const refused = await register('hyperbilling_google_cloud', {
        account_id: '012345-6789AB-CDEF01', client_email, private_key });
    isProblem(refused, 409, 'overlap');
    like(refused.body.detail, /012345-6789AB-CDEF01/);
});


test('Azure: a subscription, in any case, and what lies in it', async () => {
    const guid = 'cccccccc-0000-4000-8000-00000000000a';
    const group = `/subscriptions/${guid}/resourceGroups/Shop`;
    const scopes = async (...list) => {
        const { register } = await domain();
        const statuses = [];

        for (const scope of list) {
            const credentials = azureOf(scope.replace(/^\//, ''));
            const { status, text } = await register('azure',
                { ...credentials, scope });
            statuses.push(status === 409 ? text.match(/"code":"(\w+)"/)[1]
                : status);
        }
        return statuses;
    };

    deepEqual(await scopes(guid, guid.toUpperCase()), [201, 'overlap']);
    deepEqual(await scopes(guid, `/subscriptions/${guid}`), [201, 'overlap']);
    deepEqual(await scopes(guid, group), [201, 'overlap']);
    deepEqual(await scopes(group, guid), [201, 'overlap']);
    deepEqual(await scopes(group, `${group}-2`), [201, 201]);
    deepEqual(await scopes(...['123', '1234'].map((id) =>
        `providers/Microsoft.Billing/billingAccounts/${id}`)), [201, 201]);
});


test('accounts of an earlier version, whose keys name the provider', async () => {
    const { admin, register } = await domain();
    const { redis } = world;
    const id = linkedAccount();
    const credentials = await world.credentials([id], id);
    const account = (await register('hyperbilling_aws', credentials)).body;
    const base = `billing:{linked-${domains}}:`;
    const owners = () => redis.cli('hgetall', `${base}linked_accounts`);

    await redis.cli('hdel', `${base}account:${account.id}`, 'cloud');
    await redis.cli('del', `${base}linked_accounts`);
    await redis.cli('hset', `${base}linked_accounts`, `hyperbilling_aws/${id}`,
        account.id);

    is((await admin.patch(`service-accounts/${account.id}`,
        { credentials: { key: credentials.key } }, 1)).status, 200);
    is(await owners(), `aws/${id}\n${account.id}`);

    await redis.cli('hdel', `${base}account:${account.id}`, 'cloud');
    await redis.cli('del', `${base}linked_accounts`);
    await redis.cli('hset', `${base}linked_accounts`, `hyperbilling_aws/${id}`,
        account.id);
    is((await admin.delete(`service-accounts/${account.id}`, 2)).status, 204);
    is(await owners(), '');
});
