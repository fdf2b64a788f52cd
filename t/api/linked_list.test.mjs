// The linked accounts behind a service account: who is there, who has joined
// and left, and what each costs as far as it is kept.

import { isProblem, linkedAccount, startBilling } from '../lib/billing.mjs';
import { awsKey } from '../lib/clouds.mjs';
import { after, deepEqual, is, like, ok, test, until } from '../lib/tap.mjs';
import { startCloud } from '../sandbox/clouds/index.mjs';


const DAY = 86_400;
const aws = await startCloud('aws');
after(() => aws.stop());

const billing = await startBilling({
    http: `billing_provider aws endpoint=${aws.url} login=${aws.url};`,
});
after(() => billing.stop());

let domains = 0;

// A domain of its own with one account, which sees all linked accounts.
async function fresh(provider, credentials) {
    const domain = `roll${++domains}`;
    const client = billing.client({ domain });
    const project = await client.create('projects', { name: 'Project' });

    if (provider === 'aws') {
        await client.put('providers/aws', { enabled: true });
    }
    const { id } = await client.create('service-accounts',
        { name: 'All', provider, project_id: project.id, credentials });
    const base = `billing:{${domain}}:`;
    const { cli } = billing.redis;
    const path = `service-accounts/${id}/linked-accounts`;

    return {
        client, id, project, path,
        field: (name) => cli('hget', `${base}account:${id}`, name),
        owners: () => cli('hgetall', `${base}linked_accounts`),
        list: async (query = '') => (await client.get(`${path}${query}`)).body,

        // the list was read two days ago; the digest of a doubted one earlier
        async age() {
            const then = Math.floor(Date.now() / 1000) - 2 * DAY;
            const [, digest] = (await cli('hget', `${base}account:${id}`, 'shrunk'))
                .split(' ');

            await cli('hset', `${base}account:${id}`, 'linked_at', then,
                'tried_at', then,
                ...digest ? ['shrunk', `${then} ${digest}`] : []);
            await cli('zadd', `${base}changes`,
                await cli('hincrby', `${base}meta`, 'generation', 1),
                `account:${id}`);
        },
    };
}

async function hyperbilling(ids) {
    const credentials = await billing.credentials(ids);

    return {
        ...await fresh('hyperbilling_aws', credentials),
        says: (now) => billing.sandbox.setLinked(credentials.email, now),
        calls: async () => (await billing.sandbox.calls(
            { client: credentials.email })).length,
    };
}

const idsOf = ({ linked_accounts: list }) => list.map(({ id }) => id);
const sorted = (ids) => [...ids].sort();
const recent = (time) => Math.abs(Date.parse(time) - Date.now()) < 600_000;


test('by id, with what they cost this month as far as it is kept', async () => {
    const ids = [linkedAccount(), linkedAccount(), linkedAccount()];
    const one = await hyperbilling(ids);
    const calls = await one.calls();
    const first = await one.list();

    deepEqual(first, {
        linked_accounts: sorted(ids).map((id) => ({ id, name: null,
            project_id: null, joined_at: null, gone_since: null, cost: {} })),
        next_cursor: null, total: 3,
    });
    is(await one.calls(), calls, 'the provider is not asked');

    const month = new Date().toISOString().slice(0, 7);
    const { body } = await one.client.get(
        `costs?group_by=linked_account&start=${month}&end=${month}`);
    const after = await one.calls();
    const expected = Object.fromEntries(body.currencies[0].groups.map(
        ({ key, sum }) => [key.linked_account, { USD: sum }]));

    deepEqual(Object.fromEntries((await one.list()).linked_accounts.map(
        ({ id, cost }) => [id, cost])), expected);
    deepEqual(sorted(Object.keys(expected)), sorted(ids));
    is(await one.calls(), after);
});


test('who has joined and who has left', async () => {
    const [a, b, c] = sorted([linkedAccount(), linkedAccount(), linkedAccount()]);
    const one = await hyperbilling([a, b]);

    await one.says([b, c]);
    await one.age();
    await one.client.get('costs');
    const list = await one.list();

    is(list.total, 3);
    deepEqual(idsOf(list), [a, b, c], 'who has left is listed');
    const [left, stayed, came] = list.linked_accounts;

    ok(recent(left.gone_since), left.gone_since);
    is(left.joined_at, null);
    deepEqual([stayed.joined_at, stayed.gone_since], [null, null]);
    ok(recent(came.joined_at), came.joined_at);
    is(came.gone_since, null);

    // and comes back
    await one.says([a, b, c]);
    await one.age();
    await one.client.get('costs');
    const [back] = (await one.list()).linked_accounts;
    ok(recent(back.joined_at));
    is(back.gone_since, null);
});


test('page by page, and what is searched for', async () => {
    const ids = sorted(Array.from({ length: 5 }, linkedAccount));
    const one = await hyperbilling(ids);
    const pages = [];

    await one.says(ids.slice(1));
    await one.age();
    await one.client.get('costs');

    for (let cursor = '', i = 0; cursor !== null && i < 9; i++) {
        const page = await one.list(`?limit=2${cursor && `&cursor=${cursor}`}`);

        is(page.total, 5);
        pages.push(idsOf(page));
        cursor = page.next_cursor;
    }
    deepEqual(pages, [ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);

    const found = await one.list(`?q=${ids[3].slice(2)}`);
    deepEqual(idsOf(found), ids.filter((id) => id.includes(ids[3].slice(2))));
    is(found.total, found.linked_accounts.length);
    deepEqual(await one.list('?q=nothing'),
        { linked_accounts: [], next_cursor: null, total: 0 });
    is((await one.list('?limit=1000')).next_cursor, null);

    for (const query of ['limit=0', 'limit=1001', 'cursor=x', 'cursor=',
        'cursor=bA', 'cursor=Y28', `cursor=${'b'.repeat(3000)}`, 'fields',
        `q=${'x'.repeat(5000)}`]) {
        isProblem(await one.client.get(`${one.path}?${query}`), 422, 'invalid');
    }
});


test('a tag that holds until something changes', async () => {
    const [a, b] = [linkedAccount(), linkedAccount()];
    const one = await hyperbilling([a, b]);
    const { headers: { etag } } = await one.client.get(one.path);
    const again = () => one.client.get(one.path, { 'If-None-Match': etag });

    like(etag, /^"[0-9a-f]+"$/);
    const same = await again();
    is(same.status, 304);
    is(same.text, '');

    await one.client.get('costs');
    is((await again()).status, 200, 'costs are kept now');
});


test('a member of the project sees them, a stranger does not', async () => {
    const one = await hyperbilling([linkedAccount()]);
    const as = (projects) => billing.client({
        domain: `roll${domains}`, role: 'member', projects: [projects] });

    is((await as(one.project.id).get(one.path)).status, 200);
    isProblem(await as('project-ffffffffffff').get(one.path), 404, 'not_found');
    isProblem(await one.client.get(
        'service-accounts/sa-ffffffffffff/linked-accounts'), 404, 'not_found');
    isProblem(await one.client.put(one.path, {}), 405, 'method_not_allowed');
});


test('the account tells when a list that had shrunk was believed', async () => {
    const ids = sorted(Array.from({ length: 4 }, linkedAccount));
    const one = await hyperbilling(ids);
    const shown = async () =>
        (await one.client.get(`service-accounts/${one.id}`)).body;

    is((await shown()).shrunk_at, null);
    await one.says([ids[0]]);
    await one.age();
    await one.client.get('costs');
    is((await shown()).shrunk_at, null, 'not yet');
    is((await shown()).reason.code, 'list_shrunk');
    ok((await one.list()).linked_accounts.every(
        ({ gone_since }) => gone_since === null));

    await one.age();
    await one.client.get('costs');
    ok(recent((await shown()).shrunk_at));
    deepEqual((await one.list()).linked_accounts.map(
        ({ gone_since }) => gone_since !== null), [false, true, true, true]);

    // new credentials begin anew
    const { credentials, version } = await shown();
    const other = await billing.credentials([linkedAccount()]);
    is((await one.client.patch(`service-accounts/${one.id}`, { credentials: {
        account: credentials.account, email: other.email, key: other.key,
    } }, version)).status, 200);
    is((await shown()).shrunk_at, null);
    is((await one.list()).total, 1);
});


test('costs come of a linked account that the list has not: it joins', async () => {
    const [known, unknown] = [linkedAccount(), linkedAccount()];

    aws.credentials.main.linked = [known];
    const one = await fresh('aws',
        { ...awsKey(aws.credentials.main), detail: 'linked_account' });
    deepEqual(idsOf(await one.list()), [known]);

    aws.credentials.main.linked = [known, unknown];
    await one.client.get('costs?refresh=true', { 'X-Billing-Refresh': '1' });
    await until(async () => (await one.list()).total === 2, 'it to join');

    const came = (await one.list()).linked_accounts.find(({ id }) =>
        id === unknown);
    ok(recent(came.joined_at));
    ok(Number(came.cost.USD) > 0, 'and costs something');

    // it is claimed: nobody else may have it
    like(await one.owners(), new RegExp(`aws/${unknown}\n${one.id}`));
    isProblem(await one.client.post('service-accounts', {
        name: 'Other', provider: 'hyperbilling_aws',
        project_id: one.project.id,
        credentials: await billing.credentials([unknown], unknown),
    }), 409, 'overlap');

    deepEqual((await one.client.get('audit?action=linked_account.join'))
        .body.audit.map(({ user, object, changes }) => [user, object, changes]),
    [[null, one.id, [unknown]]], 'once, however many months it costs in');
});
