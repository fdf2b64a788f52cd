// The list behind an "all linked accounts" credential is read again once a
// day, when figures are asked for.

import { isConsistent, linkedAccount, startBilling } from '../lib/billing.mjs';
import { now, scaled } from '../lib/pace.mjs';
import { after, deepEqual, is, ok, test, until } from '../lib/tap.mjs';


const billing = await startBilling();
const admin = billing.client();
const provider = 'hyperbilling_aws';
const DAY = 86_400;
let count = 0;

after(() => billing.stop());


// Each test has a domain of its own: a refresh is one of a whole domain.
async function domain() {
    const name = `d${++count}`;
    const client = billing.client({ domain: name });
    after(() => isConsistent(client));
    const project = await client.create('projects', { name: 'Project' });
    const base = `billing:{${name}}:`;
    const { cli } = billing.redis;

    return {
        client, project,

        make: async (title, credentials, query = '') => client.create(
            `service-accounts${query}`,
            { name: title, provider, project_id: project.id, credentials }),

        linked: async (account) => JSON.parse(
            await cli('hget', `${base}account:${account.id}`, 'linked')),

        usage: (month, field) =>
            cli('hget', `${base}usage:${month}`, field),

        owners: () => cli('hgetall', `${base}linked_accounts`),

        // moves the last question to the provider into the past
        age: async (account, seconds) => {
            const key = `${base}account:${account.id}`;
            const then = Math.floor(Date.now() / 1000) - seconds;

            for (const field of ['linked_at', 'tried_at']) {
                if (await cli('hget', key, field) !== '0') {
                    await cli('hset', key, field, then);
                }
            }
            await cli('zadd', `${base}changes`,
                await cli('hincrby', `${base}meta`, 'generation', 1),
                `account:${account.id}`);
        },

        // asks for figures; returns how often the list was asked for
        look: async () => {
            await billing.sandbox.clearCalls();
            const answer = await client.get('costs');
            is(answer.status, 200, answer.text);
            return (await billing.sandbox.calls(
                { path: '/v1/search/linkedaccount' })).length;
        },
    };
}


test('a fresh list is not asked for, one of yesterday is', async () => {
    const { client, make, look, linked, age, usage } = await domain();
    const [a, b, c] = [linkedAccount(), linkedAccount(), linkedAccount()];
    const credentials = await billing.credentials([a, b]);
    const account = await make('All', credentials);

    await billing.sandbox.setLinked(credentials.email, [b, c]);
    is(await look(), 0);

    await age(account, DAY - 60);
    is(await look(), 0);
    deepEqual(await linked(account), [a, b]);

    await age(account, DAY + 60);
    is(await look(), 1);
    deepEqual(await linked(account), [b, c]);
    is(await look(), 0);

    const month = new Date().toISOString().slice(0, 7);
    is(await usage(month, `${provider}:${account.id}:linked`), '1', 'counted');
    is((await client.get('session')).body.lookups.calls,
        Number(await usage(month, provider)));
});


test('what has gone is free for others', async () => {
    const { make, look, age } = await domain();
    const [a, b] = [linkedAccount(), linkedAccount()];
    const credentials = await billing.credentials([a, b]);
    const account = await make('All', credentials);

    await billing.sandbox.setLinked(credentials.email, [a]);
    await age(account, 2 * DAY);
    await look();
    await make('Other', await billing.credentials([b]));
});


test('what another account has does not join', async () => {
    const { make, look, linked, age } = await domain();
    const [a, b, c] = [linkedAccount(), linkedAccount(), linkedAccount()];
    const credentials = await billing.credentials([a]);
    const account = await make('All', credentials);
    const other = await make('Other', await billing.credentials([b], b));

    await billing.sandbox.setLinked(credentials.email, [a, b, c]);
    await age(account, 2 * DAY);
    await look();
    deepEqual(await linked(account), [a, c]);
    deepEqual(await linked(other), [b]);
});


test('a provider that fails leaves the list, and is not asked each time',
    async () => {
        const { client, make, look, linked, age } = await domain();
        const [a, b] = [linkedAccount(), linkedAccount()];
        const credentials = await billing.credentials([a]);
        const account = await make('All', credentials);
        const state = async () => (await client.get(
            `service-accounts/${account.id}`)).body.state;

        await billing.sandbox.setLinked(credentials.email, [a, b]);
        await age(account, 2 * DAY);

        await billing.sandbox.fault(
            { path: '/v1/search/linkedaccount', status: 503 });
        is(await look(), 1);
        is(await look(), 0);
        is(await state(), 'unreachable');
        deepEqual(await linked(account), [a]);

        await billing.sandbox.clearFaults();
        is(await look(), 0);
        await age(account, 61);
        is(await look(), 1);
        is(await state(), 'ok');
        deepEqual(await linked(account), [a, b]);
    });


test('credentials that are refused by now', async () => {
    const { client, make, look, linked, age } = await domain();
    const one = linkedAccount();
    const credentials = await billing.credentials([one]);
    const account = await make('All', credentials);

    await billing.sandbox.setCredential(
        { client: credentials.email, secret: 'changed' });
    await age(account, 2 * DAY);
    is(await look(), 1);

    const shown = await client.get(`service-accounts/${account.id}`);
    is(shown.body.state, 'rejected');
    is(shown.body.version, 1);
    ok(shown.headers.etag !== '"1"', 'it is another entity');
    deepEqual(await linked(account), [one]);

    // an hour's rest
    await age(account, 3000);
    is(await look(), 0);
    await age(account, 3601);
    is(await look(), 1);
});


test('an account that was to be verified later is, in time', async () => {
    const { client, make, look, linked, age } = await domain();
    const [a, b, c] = [linkedAccount(), linkedAccount(), linkedAccount()];
    const all = await billing.credentials([a, b]);
    const one = await billing.credentials([c], c);

    await billing.sandbox.fault({ status: 503 });
    const accounts = [
        await make('All', all, '?verify=later'),
        await make('One', one, '?verify=later'),
    ];
    await billing.sandbox.clearFaults();
    deepEqual(await linked(accounts[0]), []);
    deepEqual(await linked(accounts[1]), [c]);

    is(await look(), 0);
    await Promise.all(accounts.map((account) => age(account, 61)));
    is(await look(), 2);

    for (const account of accounts) {
        const { body } = await client.get(`service-accounts/${account.id}`);
        is(body.state, 'ok');
        ok(body.verified_at !== null);
    }
    deepEqual(await linked(accounts[0]), [a, b]);
});


test('figures do not wait for a provider that hangs', async () => {
    const { make, look, age } = await domain();
    const credentials = await billing.credentials([linkedAccount()]);
    const account = await make('All', credentials);

    await age(account, 2 * DAY);
    await billing.sandbox.fault(
        { path: '/v1/search/linkedaccount', hang: true });

    const start = now();
    is(await look(), 1);
    ok(now() - start < 10_000);
    await billing.sandbox.clearFaults();
});


test('a client that goes while a list is read', async () => {
    const { client, make, look, age } = await domain();
    const credentials = await billing.credentials([linkedAccount()]);
    const account = await make('All', credentials);

    await billing.sandbox.fault(
        { path: '/v1/search/linkedaccount', delay_ms: 200, times: 20 });

    for (let i = 0; i < 20; i++) {
        const gone = billing.client({ domain: `d${count}` });
        const call = gone.get('costs').catch(() => null);

        await age(account, 2 * DAY);
        setTimeout(() => gone.agent.destroy(), i * 15);
        await call;
    }

    await billing.sandbox.clearFaults();
    await age(account, 2 * DAY);
    is(await look(), 1);
    is((await client.get('service-accounts')).status, 200);
});


test('what goes from one account to another meanwhile counts once',
    async () => {
        const { client, make, age } = await domain();
        const [a, b] = [linkedAccount(), linkedAccount()];
        const credentials = await billing.credentials([a]);
        const all = await make('All', credentials);
        const one = await make('One', await billing.credentials([b], b));
        const path = '/v1/search/linkedaccount';

        await age(all, 2 * DAY);
        await billing.sandbox.setLinked(credentials.email, [a, b]);
        await billing.sandbox.clearCalls();
        await billing.sandbox.fault(
            { client: credentials.email, path, delay_ms: scaled(400, 3000) });

        const answer = client.get('costs');
        await until(async () => (await billing.sandbox.calls({ path })).length,
            'the list to be asked for');
        is((await client.delete(`service-accounts/${one.id}`, 1)).status, 204);
        const { body } = await answer;
        await billing.sandbox.clearFaults();

        const after = (await client.get('costs')).body;
        deepEqual(body.accounts.map(({ id }) => id), [all.id]);
        ok(after.currencies.length === 1);
        deepEqual(body.currencies, after.currencies);
    });


test('only lists that the question is about are asked for', async () => {
    const { client, make, age } = await domain();
    const account = await make(
        'All', await billing.credentials([linkedAccount()]));
    const empty = await client.create('projects', { name: 'Empty' });
    const path = '/v1/search/linkedaccount';

    await age(account, 2 * DAY);
    await billing.sandbox.clearCalls();

    for (const other of [`projects/${empty.id}/dashboard`,
        'projects/project-00000000dead/dashboard',
        `costs?project=${empty.id}`]) {
        await client.get(other);
        is((await billing.sandbox.calls({ path })).length, 0, other);
    }
    await client.get(`projects/${account.project_id}/dashboard`);
    is((await billing.sandbox.calls({ path })).length, 1);
});


test('a list that cannot be read again is not passed off as today\'s',
    async () => {
        const { client, make, age } = await domain();
        const credentials = await billing.credentials([linkedAccount()]);
        const account = await make('All', credentials);
        const ask = async () => {
            const { body, headers } = await client.get('costs');
            const [{ state, code, as_of }] = body.accounts;
            const old = Date.now() - Date.parse(as_of) > DAY * 1000;

            return [headers['x-billing-cache'], state, code, old].join(' ');
        };

        await client.get('costs');
        is(await ask(), 'HIT fresh  false');

        await age(account, 2 * DAY);
        await billing.sandbox.fault({ client: credentials.email,
            path: '/v1/search/linkedaccount', status: 503 });
        is(await ask(), 'STALE stale provider_unavailable true');
        is(await ask(), 'STALE stale provider_unavailable true');
        await billing.sandbox.clearFaults();

        // the provider was called, though for no costs
        await age(account, 2 * DAY);
        is(await ask(), 'MISS fresh  false');
        is(await ask(), 'HIT fresh  false');
    });
