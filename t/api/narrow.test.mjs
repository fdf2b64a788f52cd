// Hosts that answer no question for many months: what they answer is found out
// once, and asked from then on.

import { summaryKey } from '../lib/clouds.mjs';
import { linkedAccount, startBilling } from '../lib/billing.mjs';
import { after, deepEqual, is, test } from '../lib/tap.mjs';
import { startCloud } from '../sandbox/clouds/index.mjs';


const MONTHS = 12;
const COSTS = '/v1/search/billing';
const WIDE = [true, 'refused', 'first', 'empty'];

// to find it out: the wide question, and one for the month that it lacks
const learning = { true: 0, refused: 1, first: 2, empty: 2 };

async function start(options) {
    const billing = await startBilling({
        sandbox: { settings: { page_size: 100_000 } }, ...options });
    after(() => billing.stop());
    const client = billing.client();
    const { id } = await client.create('projects', { name: 'Narrow' });

    return { ...billing, client, project_id: id };
}

const sumOf = ({ currencies }) => currencies[0].costs;


for (const wide of WIDE) {
    test(`Hyperbilling for AWS, wide questions: ${wide}`, async () => {
        const { client, project_id, sandbox, credentials } = await start();
        const register = async (name) => {
            const own = await credentials([linkedAccount()]);
            const { id } = await client.create('service-accounts', { name,
                project_id, provider: 'hyperbilling_aws', credentials: own });

            return { id, calls: async () => (await sandbox.calls(
                { client: own.email, path: COSTS })).length };
        };
        const narrow = wide === true ? 1 : MONTHS;
        const [one, two] = [await register('one'), await register('two')];

        await sandbox.settings({ wide });
        const first = (await client.get(`costs?account=${one.id}`)).body;
        is(first.complete, true, JSON.stringify(first.accounts));
        is(await one.calls(), narrow + learning[wide]);

        is((await client.get(`costs?account=${two.id}`)).body.complete, true);
        is(await two.calls(), narrow, 'it is known by now');

        // the same figures as from a host that answers all
        await sandbox.settings({ wide: true });
        const { body } = await client.get(`costs?account=${one.id}&refresh=true`);
        deepEqual(sumOf(first), sumOf(body));
        is(new Set(sumOf(first)).size > 1, true);
    });


    test(`Hyperbilling for others, wide questions: ${wide}`, async () => {
        const summary = await startCloud('summary');
        after(() => summary.stop());
        const { client, project_id } = await start({ http: `
            billing_provider hyperbilling_google_cloud endpoint=${summary.url};
            billing_provider hyperbilling_tencent endpoint=${summary.url};` });
        const register = (cloud, user) => client.create('service-accounts', {
            name: cloud, project_id, provider: `hyperbilling_${cloud}`,
            credentials: summaryKey(summary.credentials[user], 'USD') });
        const narrow = wide === true ? 1 : MONTHS;
        const made = async () => {
            const { length } = await summary.calls();

            await summary.control('DELETE', 'calls');
            return length;
        };
        const one = await register('google_cloud', 'gcp');
        const two = await register('tencent', 'tencent');

        await summary.settings({ wide });
        await made();
        const first = (await client.get(`costs?account=${one.id}`)).body;
        is(first.complete, true, JSON.stringify(first.accounts));
        is(await made(), narrow + learning[wide]);

        is((await client.get(`costs?account=${two.id}`)).body.complete, true);
        is(await made(), narrow, 'it is known by now');

        await summary.settings({ wide: true });
        const { body } = await client.get(`costs?account=${one.id}&refresh=true`);
        deepEqual(sumOf(first), sumOf(body));
    });
}


test('a refusal is asked no second time', async () => {
    const { client, project_id, sandbox, credentials } = await start();
    const own = await credentials([linkedAccount()]);
    const made = async () => (await sandbox.calls(
        { client: own.email, path: COSTS })).length;

    await client.create('service-accounts', { name: 'one', project_id,
        provider: 'hyperbilling_aws', credentials: own });

    for (const [status, calls] of [[401, 1], [403, 1], [429, 3], [500, 3]]) {
        const before = await made();

        await sandbox.fault({ path: COSTS, status });
        is((await client.get('costs?refresh=true')).body.complete, false);
        await sandbox.clearFaults();
        is(await made() - before, calls, String(status));
    }

    // and what is refused in either form costs one call more, not twelve
    const before = await made();
    await sandbox.fault({ path: COSTS, status: 400 });
    is((await client.get('costs?refresh=true')).body.complete, false);
    await sandbox.clearFaults();
    is(await made() - before, 2);
});


test('an account without costs: nothing is concluded from it', async () => {
    const { client, project_id, sandbox, credentials } = await start();
    const own = await credentials([linkedAccount()]);
    const made = async () => (await sandbox.calls(
        { client: own.email, path: COSTS })).length;

    await client.create('service-accounts', { name: 'one', project_id,
        provider: 'hyperbilling_aws', credentials: own });
    await sandbox.fault({ path: COSTS, status: 204, body: '' });
    is((await client.get('costs')).body.complete, true);
    is(await made(), 2);
    await sandbox.clearFaults();

    is((await client.get('costs?refresh=true')).body.complete, true);
    is(await made(), 3);
});


test('a list that wants a body', async () => {
    const { client, project_id, sandbox, credentials } = await start();
    const register = async (name) => client.create('service-accounts', { name,
        project_id, provider: 'hyperbilling_aws',
        credentials: await credentials([linkedAccount()]) });
    const bodies = async () => (await sandbox.calls(
        { path: '/v1/search/linkedaccount' })).map(({ body }) => body);

    await sandbox.settings({ list_body: true });
    await register('one');
    await register('two');
    deepEqual(await bodies(), ['', '{}', '{}']);
});


test('a list that wants a body, after costs of many months at once', async () => {
    const { client, project_id, sandbox, credentials } = await start();
    const register = async (name) => client.create('service-accounts', { name,
        project_id, provider: 'hyperbilling_aws',
        credentials: await credentials([linkedAccount()]) });
    const bodies = async () => (await sandbox.calls(
        { path: '/v1/search/linkedaccount' })).map(({ body }) => body);

    await register('one');
    is((await client.get('costs?refresh=true')).body.complete, true);
    await sandbox.settings({ list_body: true });
    await register('two');
    deepEqual((await bodies()).slice(-2), ['', '{}']);
});
