// Figures stay true when what a provider says of linked accounts does not: a
// list that is empty, no list, or much shorter; who leaves, and who joins.

import { linkedAccount, startBilling } from '../lib/billing.mjs';
import { after, deepEqual, is, ok, test, until } from '../lib/tap.mjs';


const LISTS = '/v1/search/linkedaccount';
const COSTS = '/v1/search/billing';
const DAY = 86400;

const billing = await startBilling({
    location: 'billing_cache_valid current 1s; billing_cache_valid closed 1s;',
});
after(() => billing.stop());

let count = 0;

// A domain of its own, with an account for all linked accounts of credentials.
async function fresh(linked) {
    const name = `trust${++count}`;
    const client = billing.client({ domain: name });
    const project = await client.create('projects', { name: 'Project', group_id: null });
    const credentials = await billing.credentials(linked);
    const account = await client.create('service-accounts', {
        name: 'All', provider: 'hyperbilling_aws', project_id: project.id,
        credentials,
    });
    const { cli } = billing.redis;
    const base = `billing:{${name}}:`;
    const key = `${base}account:${account.id}`;

    return {
        client, credentials, id: account.id, project,

        // what the provider says from now on
        list: (ids) => billing.sandbox.setLinked(credentials.email, ids),

        // the list was read so long ago
        async age(seconds) {
            const then = Math.floor(Date.now() / 1000) - seconds;

            await cli('hset', key, 'linked_at', then, 'tried_at', then);
            await cli('zadd', `${base}changes`,
                await cli('hincrby', `${base}meta`, 'generation', 1),
                `account:${account.id}`);
        },

        // the list was read for the first time with much less so long ago
        async doubted(seconds) {
            const then = Math.floor(Date.now() / 1000) - seconds;
            const [, digest] = (await cli('hget', key, 'shrunk')).split(' ');

            await cli('hset', key, 'shrunk', `${then} ${digest}`);
        },

        costs: async (query = '') => (await client.get(`costs?${query}`)).body,
        shown: async () => (await client.get(`service-accounts/${account.id}`)).body,
        actions: async () => (await client.get('audit')).body.audit
            .map(({ action, object, changes }) => ({ action, object, changes })),
    };
}

const sumOf = ({ currencies }) => currencies[0]?.sum ?? '0.00';
const stateOf = ({ accounts: [{ state, code, reason }] }) =>
    [state, code, reason?.code ?? null];

// Old blocks are asked for behind the answer: the one after it has the new ones.
async function refreshed(one, query = '') {
    await one.costs(query);
    return one.costs(`${query}&refresh=true`);
}


test('a list that comes back empty once changes no figure', async () => {
    const one = await fresh([linkedAccount(), linkedAccount()]);
    const before = await one.costs();

    await one.list([]);
    await one.age(2 * DAY);
    const during = await one.costs();
    is(sumOf(during), sumOf(before));
    deepEqual(stateOf(during), ['stale', 'provider_unavailable', 'list_empty']);
    const { state, reason } = await one.shown();
    is(state, 'unreachable');
    is(reason.code, 'list_empty');
    deepEqual(reason.args, {});
    ok(Math.abs(Date.parse(reason.since) - Date.now()) < 600_000, reason.since);

    // also when somebody insists
    const forced = await one.costs('refresh=true');
    is(sumOf(forced), sumOf(before));
    deepEqual(stateOf(forced), ['stale', 'provider_unavailable', 'list_empty']);

    await one.list(before.accounts.length ? [linkedAccount.last - 1,
        linkedAccount.last].map((n) => String(n).padStart(12, '0')) : []);
    await one.age(2 * DAY);
    const later = await refreshed(one);
    deepEqual(stateOf(later), ['fresh', null, null]);
    is(sumOf(later), sumOf(before));
    await until(async () => (await one.shown()).reason === null, 'no reason');
});


for (const [what, rule] of Object.entries({
    'an empty object': { body: {} },
    'nothing at all': { status: 204 },
    'null': { body: null },
    'a message': { body: { message: 'maintenance' } },
    'a list of null': { body: { Results: null } },
})) {
    test(`${what} is no list`, async () => {
        const one = await fresh([linkedAccount()]);
        const before = await one.costs();

        await one.age(2 * DAY);
        await billing.sandbox.fault(
            { client: one.credentials.email, path: LISTS, ...rule });
        const during = await one.costs();
        await billing.sandbox.clearFaults();

        is(sumOf(during), sumOf(before));
        deepEqual(stateOf(during), ['stale', 'provider_unavailable', 'malformed']);
        await until(async () => (await one.shown()).reason?.code === 'malformed', 'the reason');
    });
}


test('credentials that hold no linked account are not registered', async () => {
    const one = await fresh([linkedAccount()]);
    const credentials = await billing.credentials([]);

    for (const [path, body] of [
        ['service-accounts', { name: 'Empty', project_id: one.project.id }],
        ['service-accounts?verify=later',
            { name: 'Empty', project_id: one.project.id }],
        ['service-accounts/verify', {}],
    ]) {
        const answer = await one.client.post(path,
            { provider: 'hyperbilling_aws', credentials, ...body });

        is(answer.status, 422, path);
        is(answer.body.code, 'provider_rejected');
        is(answer.body.reason.code, 'list_empty');
    }
    is((await one.client.get('service-accounts')).body.total, 1);
});


test('a list that has lost more than half is believed an hour later', async () => {
    const ids = Array.from({ length: 5 }, linkedAccount);
    const one = await fresh(ids);
    const before = await one.costs();

    await one.list(ids.slice(0, 2));
    await one.age(2 * DAY);
    const during = await one.costs();
    is(sumOf(during), sumOf(before));
    deepEqual(stateOf(during), ['stale', 'provider_unavailable', 'list_shrunk']);

    // once more, and somebody insists: it is not an hour yet
    deepEqual(stateOf(await one.costs('refresh=true')),
        ['stale', 'provider_unavailable', 'list_shrunk']);

    await one.doubted(3700);
    await one.age(2 * DAY);
    const later = await refreshed(one);
    deepEqual(stateOf(later), ['fresh', null, null]);
    is((await one.shown()).state, 'ok');
    const actions = await one.actions();
    deepEqual(actions.find(({ action }) =>
        action === 'service_account.list_shrunk'),
    { action: 'service_account.list_shrunk', object: one.id, changes: ['3 of 5'] });
    ok(actions.some(({ action }) => action === 'linked_account.leave'));
});


test('closed months of who leaves stay, open ones go on without', async () => {
    const ids = Array.from({ length: 3 }, linkedAccount);
    const one = await fresh(ids);
    const before = await one.costs('group_by=linked_account');
    const groupsOf = ({ currencies: [{ groups }] }) => Object.fromEntries(
        groups.map(({ key, costs }) => [key.linked_account, costs]));

    await one.list(ids.slice(0, 2));
    await one.age(2 * DAY);
    const after = await refreshed(one, 'group_by=linked_account');

    deepEqual(stateOf(after), ['fresh', null, null]);
    is(after.complete, true);
    const [was, is_] = [groupsOf(before), groupsOf(after)];
    deepEqual(is_[ids[2]].slice(0, -1), was[ids[2]].slice(0, -1));
    is(is_[ids[2]].at(-1), '0.00');
    deepEqual([is_[ids[0]], is_[ids[1]]], [was[ids[0]], was[ids[1]]]);
    deepEqual((await one.actions()).find(({ action }) =>
        action === 'linked_account.leave'),
    { action: 'linked_account.leave', object: one.id, changes: [ids[2]] });

    // and comes back
    await one.list(ids);
    await one.age(2 * DAY);
    const back = await refreshed(one, 'group_by=linked_account');
    deepEqual(groupsOf(back), was);
    deepEqual((await one.actions()).find(({ action }) =>
        action === 'linked_account.join').changes, [ids[2]]);
});


test('who has joined is there when somebody wants figures anew', async () => {
    const [a, b] = [linkedAccount(), linkedAccount()];
    const one = await fresh([a]);
    const before = await one.costs();

    await one.list([a, b]);
    const after = await one.costs('group_by=linked_account&refresh=true');
    ok(after.currencies[0].groups.some(({ key }) => key.linked_account === b));
    ok(Number(sumOf(after)) > Number(sumOf(before)));
});


test('an odd row costs its month, and no other', async () => {
    const one = await fresh([linkedAccount()]);
    const before = await one.costs();
    const month = before.dates[4];
    const row = (date, cost) => ({
        GroupBy: { USAGE_DATE: date, REGION: 'APN2', SERVICE_CODE: 'AmazonEC2' },
        Value: { USAGE_COST: cost },
    });

    await billing.sandbox.fault({ client: one.credentials.email, path: COSTS,
        body: { Results: before.dates.map((date) =>
            row(date, date === month ? 'much' : 1.5)) } });
    const during = await one.costs('refresh=true');
    await billing.sandbox.clearFaults();

    deepEqual(stateOf(during), ['stale', 'provider_unavailable', 'malformed']);
    deepEqual(during.currencies[0].costs.map((cost, at) =>
        at === 4 ? cost === before.currencies[0].costs[4] : cost),
    before.dates.map((date) => date === month ? true : '1.50'));

    // and the account says so, until it works again
    await until(async () => (await one.shown()).reason?.code === 'malformed', 'the reason');
    await one.costs('refresh=true');
    await until(async () => (await one.shown()).reason === null, 'no reason');
});


test('what has failed is not asked for again at once', async () => {
    const one = await fresh([linkedAccount()]);
    const calls = async () => (await billing.sandbox.calls(
        { client: one.credentials.email, path: COSTS })).length;

    await billing.sandbox.fault(
        { client: one.credentials.email, path: COSTS, garbage: true });
    const first = await one.costs();
    is(first.complete, false);
    deepEqual(stateOf(first), ['failed', 'provider_unavailable', 'malformed']);
    const before = await calls();
    for (let i = 0; i < 3; i++) {
        deepEqual(stateOf(await one.costs()),
            ['failed', 'provider_unavailable', 'malformed']);
    }
    is(await calls(), before);

    await billing.sandbox.clearFaults();
    const forced = await one.costs('refresh=true');
    deepEqual(stateOf(forced), ['fresh', null, null]);
});
