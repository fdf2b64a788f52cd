// Lists of linked accounts and tests of credentials keep to what a provider
// has said to lookups, and lookups to what it has said to them.

import { isProblem, linkedAccount, startBilling } from '../lib/billing.mjs';
import { after, deepEqual, is, ok, test } from '../lib/tap.mjs';


const costsPath = '/v1/search/billing';
const listPath = '/v1/search/linkedaccount';
const provider = 'hyperbilling_aws';
const billing = await startBilling();
const { sandbox, redis } = billing;
let count = 0;

after(() => billing.stop());


async function furnish() {
    const domain = `d${++count}`;
    const client = billing.client({ domain });
    const project = await client.create('projects', { name: 'Project' });
    const credentials = await billing.credentials([linkedAccount(), linkedAccount()]);
    const account = await client.create('service-accounts', {
        name: 'All', provider, project_id: project.id, credentials });
    const base = `billing:{${domain}}:`;

    return {
        client, credentials, account, base,

        // the list is due
        async age() {
            const then = Math.floor(Date.now() / 1000) - 100_000;

            for (const field of ['linked_at', 'tried_at']) {
                await redis.cli('hset', `${base}account:${account.id}`, field, then);
            }
            await redis.cli('zadd', `${base}changes`,
                await redis.cli('hincrby', `${base}meta`, 'generation', 1),
                `account:${account.id}`);
        },

        // how often the provider is asked while costs are
        async calls(query = '') {
            await sandbox.clearCalls();
            is((await client.get(`costs${query}`)).status, 200);
            const all = await sandbox.calls({ client: credentials.email });

            return [costsPath, listPath].map((path) =>
                all.filter((call) => call.path === path).length);
        },
    };
}

const busy = (client, path) => sandbox.fault({ client, path, status: 429,
    headers: { 'Retry-After': '600' }, times: 1 });


test('a pause that costs were told holds for the list', async () => {
    const { credentials, calls, age } = await furnish();

    await busy(credentials.email, costsPath);
    ok((await calls())[0] > 0);
    deepEqual(await calls('?refresh=true'), [0, 0]);
    await age();
    deepEqual(await calls('?refresh=true'), [0, 0], 'a list that is due');
    deepEqual(await calls(), [0, 0]);
});


test('a pause that the list was told holds for costs, and for the list', async () => {
    const { client, credentials, account, base, calls, age } = await furnish();

    await age();
    await busy(credentials.email, listPath);
    deepEqual(await calls(), [0, 1]);
    await age();
    deepEqual(await calls('?refresh=true'), [0, 0]);

    const left = await redis.cli('pttl', `${base}paused:${account.id}:1`);
    ok(left > 500_000 && left <= 600_000, `${left} ms`);

    /* new credentials carry no memory */
    const { version } = (await client.get(`service-accounts/${account.id}`)).body;
    const changed = await client.patch(`service-accounts/${account.id}`,
        { credentials }, version);

    is(changed.status, 200, changed.text);
    ok((await calls())[0] > 0);
});


test('a test of credentials is told to wait', async () => {
    const { client, credentials } = await furnish();

    for (const [seconds, wait] of [['7', '7'], [undefined, '1']]) {
        await sandbox.fault({ client: credentials.email, status: 429, times: 1,
            ...(seconds ? { headers: { 'Retry-After': seconds } } : {}) });
        const answer = await client.post('service-accounts/verify',
            { provider, credentials });

        isProblem(answer, 503, 'provider_unavailable');
        is(answer.headers['retry-after'], wait);
        is(answer.body.reason.code, 'throttled');
    }
});


test('a list is not asked for behind an open breaker; a test closes it', async () => {
    const { client, credentials, calls, age } = await furnish();

    deepEqual((await calls())[1], 0);
    await sandbox.fault({ status: 503 });
    for (let i = 0; i < 5; i++) {
        is((await client.post('service-accounts/verify',
            { provider, credentials })).status, 502);
    }
    ok(/calls are held back/.test(billing.nginx.errorLog()));

    await age();
    deepEqual(await calls('?refresh=true'), [0, 0]);

    await sandbox.clearFaults();
    is((await client.post('service-accounts/verify',
        { provider, credentials })).status, 200);
    ok(/answers again/.test(billing.nginx.errorLog()));
    await age();
    deepEqual((await calls('?refresh=true'))[1], 1);
});
