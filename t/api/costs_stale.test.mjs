// GET costs: what is shown when the provider does not answer as it should.

import { readFileSync } from 'node:fs';

import { startBilling } from '../lib/billing.mjs';
import { currencies, loadRows, money, months } from '../lib/figures.mjs';
import { now, scaled } from '../lib/pace.mjs';
import { after, deepEqual, is, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


// Blocks are fresh for a second, so that they are soon old.
const location
    = 'billing_cache_valid current 1s; billing_cache_valid closed 1s;';
const world = await startWorld({
    location, sandbox: { settings: { page_size: 100 } },
});
const { sandbox, redis, get } = world;

// Another nginx awaits a provider's answer for no more than a second.
const impatient = await startBilling({
    redis, sandbox, location, key: readFileSync(world.key),
    provider: 'timeout=1s',
});
after(() => impatient.nginx.stop());
const hasty = impatient.client();
const getFor = ({ hang }) => hang ? async (path) => {
    const { body, headers, ...rest } = await hasty.get(path);
    return { ...rest, headers, json: body, cache: headers['x-billing-cache'] };
} : get;

const project = await world.createProject('project');
const dates = months(-11, 0);
let counter = 0;

async function fresh(linked = 1) {
    const n = ++counter;
    const client = `client-${n}`;
    const own = Array.from({ length: linked },
        (_, i) => String(700000000000 + n * 100 + i));

    await sandbox.setCredential({ client, secret: 's', linked: own });

    const { id } = await world.createAccount(
        `account ${n}`, project.id, { client, secret: 's' });
    const account = { id, client, linked: own, project: project.id };
    const rows = await loadRows(sandbox, [account], dates);

    return { ...account, expected: currencies(rows, { dates }) };
}

const calls = async ({ client }) =>
    (await sandbox.calls({ client, path: '/v1/search/billing' })).length;

// Until what was just read is not fresh any more.
const old = () => new Promise((resolve) => setTimeout(resolve, 1100));

const settled = ({ client }, wanted) => until(async () => {
    const list = await sandbox.calls({ client, path: '/v1/search/billing' });
    return list.length === wanted
        && list.every(({ status }) => status !== null);
}, `${wanted} calls`);

// Until old data is served as such, since it could not be renewed.
const failing = ({ id }) => until(async () => {
    const answer = await get(`costs?account=${id}`);
    return answer.cache === 'STALE' && answer;
}, 'the failure to be known');

async function withFault(rule, fn) {
    const { id } = await sandbox.fault({ path: '/v1/search/billing', ...rule });

    try {
        return await fn();
    } finally {
        await sandbox.control('DELETE', `faults?id=${id}`);
    }
}

function failed({ status, json }, code) {
    is(status, 200);
    is(json.complete, false);
    is(json.accounts[0].state, 'failed');
    is(json.accounts[0].code, code);
    is(json.accounts[0].as_of, null);
    deepEqual(json.currencies, []);
}

const paused = ({ id }) => `billing:{default}:paused:${id}:1`;
const blocks = ({ id }) => redis.cli('keys', `billing:{default}:cost:${id}:*`);


test('old blocks serve at once and are renewed behind the answer, once',
    async () => {
        const account = await fresh();
        const first = await get(`costs?account=${account.id}`);
        is(first.cache, 'MISS');
        const before = await calls(account);
        await old();

        await withFault({ client: account.client, delay_ms: scaled(300) }, async () => {
            for (let i = 0; i < 5; i++) {
                const { cache, json } = await get(`costs?account=${account.id}`);
                is(cache, 'UPDATING');
                is(json.accounts[0].state, 'stale');
                is(json.accounts[0].code, null);
                is(json.accounts[0].as_of, first.json.accounts[0].as_of);
                is(json.complete, true);
                deepEqual(json.currencies, account.expected);
            }
            ok(await calls(account) <= before + 1, 'nobody waited for a page');
            await settled(account, 2 * before);
        });

        await until(async () => (await get(`costs?account=${account.id}`))
            .json.accounts[0].as_of > first.json.accounts[0].as_of,
        'what was read behind the answer');
    });

test('what is missing is waited for, what is old is not', async () => {
    const account = await fresh();
    const [from, to] = [dates[2], dates[4]];
    await get(`costs?account=${account.id}&start=${from}&end=${to}`);
    await old();

    const { cache, json } = await get(`costs?account=${account.id}`);
    is(cache, 'MISS');
    is(json.accounts[0].state, 'stale');
    deepEqual(json.currencies, account.expected);
});

test('a refresh is waited for', async () => {
    const account = await fresh();
    const first = await get(`costs?account=${account.id}`);
    await old();

    const { cache, json } = await withFault({
        client: account.client, delay_ms: scaled(300), times: 1,
    }, () => get(`costs?account=${account.id}&refresh=true`));
    is(cache, 'BYPASS');
    is(json.accounts[0].state, 'fresh');
    ok(json.accounts[0].as_of > first.json.accounts[0].as_of);
});

test('old data serves when the provider is down', async () => {
    const account = await fresh();
    const first = await get(`costs?account=${account.id}`);
    await old();

    const before = await calls(account);
    const { status, cache, json, headers } = await withFault({
        client: account.client, status: 503,
    }, async () => {
        is((await get(`costs?account=${account.id}`)).cache, 'UPDATING');
        const answer = await failing(account);

        // 3 tries, and no more while that is known
        is(await calls(account), before + 3);
        return answer;
    });

    is(status, 200);
    is(cache, 'STALE');
    is(json.complete, true);
    is(json.accounts[0].state, 'stale');
    is(json.accounts[0].code, 'provider_unavailable');
    is(json.accounts[0].as_of, first.json.accounts[0].as_of);
    deepEqual(json.currencies, account.expected);
    ok(headers.etag !== first.headers.etag);

    await until(async () => {
        const { cache: later } = await get(`costs?account=${account.id}`);
        return later === 'HIT';
    }, 'fresh data from a provider that is back');
});

test('a provider that was never seen and is down', async () => {
    const [up, down] = [await fresh(), await fresh()];

    const { status, cache, json } = await withFault({
        client: down.client, status: 500,
    }, () => get(`costs?account=${up.id}&account=${down.id}`));

    is(status, 200);
    is(cache, 'MISS');
    is(json.complete, false);
    deepEqual(json.accounts.map(({ id, state, code }) => [id, state, code])
        .sort(), [[up.id, 'fresh', null],
        [down.id, 'failed', 'provider_unavailable']].sort());
    deepEqual(json.currencies, up.expected, 'the rest is there');
    is(await blocks(down), '');

    const csv = await withFault({ client: down.client, status: 500 },
        () => get(`costs?account=${down.id}&format=csv`));
    is(csv.headers['x-billing-complete'], 'false');
});

const lasting = {
    'status 500': { status: 500 },
    'status 429 without end': { status: 429 },
    'a pause longer than a request': { status: 429,
        headers: { 'retry-after': '3600' } },
    'a pause past all numbers': { status: 429,
        headers: { 'retry-after': '99999999999999999999' } },
    'a pause until a day in years': { status: 429,
        headers: { 'retry-after': 'Fri, 31 Dec 2099 23:59:59 GMT' } },
    'a closed connection': { cut: 'before' },
    'a connection cut in the body': { cut: 'body' },
    'no answer': { hang: true },
    'a page that is not JSON': { garbage: true },
    'a row outside the period': { wrong_date: true },
    'a token that comes again': { body: {
        Results: [{
            GroupBy: { USAGE_DATE: dates[3], REGION: 'APN2',
                SERVICE_CODE: 'AmazonEC2' },
            Value: { USAGE_COST: 1.5 },
        }],
        NextDataToken: 'again',
    } },
};

for (const [what, rule] of Object.entries(lasting)) {
    test(`${what}: failed, not short`, async () => {
        const account = await fresh();

        await withFault({ client: account.client, ...rule }, async () => {
            const started = now();

            failed(await getFor(rule)(`costs?account=${account.id}`),
                'provider_unavailable');
            ok(now() - started < 10_000, 'and soon');
        });
        is(await blocks(account), '');

        // libcurl itself tries again where a kept connection was closed
        const tries = rule.cut === 'before' ? 6 : 3;
        ok(await calls(account) <= tries, 'three tries at most');

        // a pause that was asked for is kept, also by those who come later
        if (rule.headers !== undefined) {
            const before = await calls(account);

            failed(await get(`costs?account=${account.id}&refresh=true`),
                'provider_unavailable');
            is(await calls(account), before);
            ok(Number(await redis.cli('pttl', paused(account))) <= 600_000);
            is(await redis.cli('del', paused(account)), '1');
        }

        // who has seen to it need not wait until it is asked for again
        const { json } = await get(`costs?account=${account.id}&refresh=true`);
        deepEqual(json.currencies, account.expected, 'later it is whole');
        is(json.complete, true);
    });
}

const passing = {
    'one 503': { status: 503, times: 1 },
    'two 500': { status: 500, times: 2 },
    'a 429 with Retry-After': { status: 429, times: 1,
        headers: { 'retry-after': '1' } },
    'a connection that was closed': { cut: 'before', times: 1 },
    'a page cut off': { cut: 'body', times: 1, page: 3 },
    'a page that did not come': { hang: true, times: 1, page: 2 },
};

for (const [what, rule] of Object.entries(passing)) {
    test(`${what} does no harm`, async () => {
        const account = await fresh();

        await withFault({ client: account.client, ...rule }, async () => {
            const { json } = await getFor(rule)(`costs?account=${account.id}`);

            deepEqual(json.currencies, account.expected);
            is(json.complete, true);
        });
    });
}

test('Retry-After is waited for', async () => {
    const account = await fresh();
    const started = Date.now();

    await withFault({
        client: account.client, status: 429, times: 1,
        headers: { 'retry-after': '1' },
    }, () => get(`costs?account=${account.id}`));

    ok(Date.now() - started >= 1000, `${Date.now() - started} ms`);
});

test('Retry-After is for all who use the credential', async () => {
    const [account, other] = [await fresh(3), await fresh()];
    const path = '/v1/search/billing';
    const call = (client) => sandbox.calls({ client, path });

    await withFault({
        client: account.client, status: 429, times: 1,
        headers: { 'retry-after': '2' },
    }, async () => {
        const first = get(`costs?account=${account.id}`);
        await until(async () => await redis.cli('exists', paused(account))
            === '1', 'a pause');

        const [, second, third] = await Promise.all([first,
            get(`costs?account=${account.id}&start=2025-01&end=2025-01`),
            get(`costs?account=${other.id}`)]);
        is(second.json.complete, true);
        is(third.json.complete, true);
    });

    const made = await call(account.client);
    const refused = made.find(({ status }) => status === 429).at;
    const later = made.filter(({ at }) => at > refused);

    // the others that its slots let through were under way already
    const early = later.filter(({ at }) => at < refused + 2000);
    ok(early.length < 4, `${early.map(({ at }) => at - refused)} ms`);
    ok(later.length > early.length);
});

test('the third of many pages fails: nothing is kept', async () => {
    const account = await fresh(2);

    await withFault({
        client: account.client, account: account.linked[1], page: 3,
        status: 500,
    }, async () => failed(await get(`costs?account=${account.id}`),
        'provider_unavailable'));

    ok((await sandbox.calls({ client: account.client, page: '2' })).length > 0,
        'there were pages before');
    is(await blocks(account), '');
});

test('rejected credentials: failed, at the first try', async () => {
    const account = await fresh();

    await sandbox.setCredential({ client: account.client, secret: 'changed' });
    failed(await get(`costs?account=${account.id}`), 'provider_rejected');
    is(await calls(account), 1);
    await sandbox.setCredential({ client: account.client, secret: 's' });
});

test('old data serves when the credentials are rejected', async () => {
    const account = await fresh();

    await get(`costs?account=${account.id}`);
    await old();
    await sandbox.setCredential({ client: account.client, secret: 'changed' });

    const { json } = await failing(account);
    is(json.accounts[0].state, 'stale');
    is(json.accounts[0].code, 'provider_rejected');
    deepEqual(json.currencies, account.expected);
});

test('some months are there, some are not', async () => {
    const account = await fresh();
    const [from, to] = [dates[2], dates[4]];

    await get(`costs?account=${account.id}&start=${from}&end=${to}`);
    await withFault({ client: account.client, status: 500 }, async () => {
        const { json } = await get(`costs?account=${account.id}`);
        const costs = account.expected[0].costs.map(
            (cost, i) => (i >= 2 && i <= 4 ? cost : money(0n)));

        is(json.complete, false);
        is(json.accounts[0].state, 'failed');
        deepEqual(json.currencies[0].costs, costs);
    });
});

test('a disabled provider: cached data, and no call', async () => {
    const [seen, unseen] = [await fresh(), await fresh()];
    const provider = (enabled) => world.call('PUT',
        'providers/hyperbilling_aws', { enabled });

    await get(`costs?account=${seen.id}`);
    await old();
    const before = await world.billingCalls();

    is((await provider(false)).status, 200);
    try {
        const { json, cache } = await get(
            `costs?account=${seen.id}&account=${unseen.id}`);
        const states = Object.fromEntries(json.accounts.map(
            ({ id, state, as_of }) => [id, [state, as_of !== null]]));

        is(cache, 'STALE');
        is(json.complete, false);
        deepEqual(states, {
            [seen.id]: ['disabled', true], [unseen.id]: ['disabled', false],
        });
        deepEqual(json.currencies, seen.expected);
        is(await world.billingCalls(), before);
    } finally {
        is((await provider(true)).status, 200);
    }

    const { json } = await get(`costs?account=${unseen.id}`);
    deepEqual(json.currencies, unseen.expected);
});

test('new credentials: new blocks', async () => {
    const account = await fresh();
    await get(`costs?account=${account.id}`);

    await sandbox.setCredential({ client: account.client, secret: 'new' });
    const { headers } = await get(`service-accounts/${account.id}`);
    const { status } = await world.call('PATCH',
        `service-accounts/${account.id}`, { credentials: { key: 'new' } },
        { 'If-Match': headers.etag });
    is(status, 200);

    const { cache, json } = await get(`costs?account=${account.id}`);
    is(cache, 'MISS');
    is(json.accounts[0].state, 'fresh');
    deepEqual(json.currencies, account.expected);
});
