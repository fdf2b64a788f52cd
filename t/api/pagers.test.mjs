// Pagers without an end are not followed for ever: a walk has so many pages as
// its question can have, and a few without anything on them end it.

import { awsKey, azureKey, googleKey } from '../lib/clouds.mjs';
import { startBilling } from '../lib/billing.mjs';
import { after, deepEqual, is, ok, test } from '../lib/tap.mjs';
import { startCloud } from '../sandbox/clouds/index.mjs';


const MONTHS = 12;
const BARE = 5;

// most pages of a year of months
const kinds = {
    aws: ['aws', awsKey, 16 + 8 * MONTHS],
    azure: ['azure', azureKey, 16 + 4 * MONTHS],
    google: ['google_cloud', googleKey, 16 + 40 * MONTHS],
};

const clouds = {};
for (const name of Object.keys(kinds)) {
    clouds[name] = await startCloud(name);
    after(() => clouds[name].stop());
}
const billing = await startBilling({ http: Object.entries(kinds)
    .map(([name, [provider]]) => `billing_provider ${provider} pace=off
        endpoint=${clouds[name].url} login=${clouds[name].url};`).join('\n') });
after(() => billing.stop());

const client = billing.client();
const project = await client.create('projects', { name: 'Pagers' });


for (const [name, [provider, key, most]] of Object.entries(kinds)) {
    const cloud = clouds[name];
    const pages = async () => (await cloud.calls()).filter(({ path }) =>
        !path.includes('token')).length;

    test(`${name}: pages with rows, and no end`, async () => {
        const { id } = await client.create('service-accounts', { name, provider,
            project_id: project.id, credentials: key(cloud.credentials.main) });

        await cloud.settings({ endless: 'rows' });
        await cloud.control('DELETE', 'calls');
        const { body } = await client.get(`costs?account=${id}`);

        deepEqual(body.accounts.map(({ state, reason }) =>
            [state, reason.code]), [['failed', 'incomplete']]);
        is(await pages(), most);

        // the shorter the question, the earlier
        await cloud.control('DELETE', 'calls');
        await client.get(`costs?account=${id}&refresh=true&start=${
            body.dates.at(-1)}`, { 'X-Billing-Refresh': '1' });
        const few = await pages();
        ok(few < most / 2, `${few} pages of a month`);
    });
}


for (const name of ['aws', 'azure']) {
    const [provider] = kinds[name];
    const cloud = clouds[name];

    test(`${name}: pages without rows, and no end`, async () => {
        const { service_accounts: accounts } = (await client.get(
            'service-accounts')).body;
        const { id } = accounts.find((one) => one.provider === provider);

        await cloud.settings({ endless: 'bare' });
        await cloud.control('DELETE', 'calls');
        const { body } = await client.get(`costs?account=${id}&refresh=true`);

        is(body.accounts[0].reason.code, 'incomplete');
        is((await cloud.calls()).length, BARE);
    });
}


test('aws: so does a test of credentials end', async () => {
    await clouds.aws.settings({ endless: 'bare' });
    await clouds.aws.control('DELETE', 'calls');
    const answer = await client.post('service-accounts/verify',
        { provider: 'aws', credentials: awsKey(clouds.aws.credentials.main) });

    is(answer.status, 502, answer.text);
    is(answer.body.reason.code, 'incomplete');
    is((await clouds.aws.calls()).length, BARE);
});
