// GET costs: every figure against an independent sum of the sandbox's data.

import {
    currencies, days, loadRows, money, months,
} from '../lib/figures.mjs';
import { deepEqual, is, ok, test } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const world = await startWorld();
const { sandbox, get } = world;

await sandbox.setCredential({
    client: 'three', secret: 's',
    linked: ['300000000003', '000000000042', '100000000001'],
});
await sandbox.setCredential({
    client: 'two', secret: 's', linked: ['200000000002', '222233334444'],
});

const three = { client: 'three', secret: 's' };
const two = { client: 'two', secret: 's' };

// top > sub > "inner"; "outer" stands in no group
const top = await world.createGroup('top');
const sub = await world.createGroup('sub', top.id);
const inner = await world.createProject('inner', sub.id);
const outer = await world.createProject('outer');

const accounts = [
    { name: 'three', project: inner.id, credential: three, account: 'all',
        linked: ['300000000003', '000000000042', '100000000001'] },
    { name: 'one of two', project: outer.id, credential: two,
        account: '222233334444', linked: ['222233334444'] },
];

for (const account of accounts) {
    const { name, project, credential } = account;
    account.id = (await world.createAccount(
        name, project, credential, account.account)).id;
}

const byMonth = await loadRows(sandbox, accounts, months(-23, 0));
const byDay = await loadRows(sandbox, accounts, days(-44, 0));
const ids = accounts.map(({ id }) => id);


// Asks, and compares the whole of the figures.
async function check(args, { rows = byMonth, ...options }) {
    const query = new URLSearchParams(args);
    const answer = await get(`costs?${query}`);

    is(answer.status, 200, `${query}: status`);
    deepEqual(answer.json.dates, options.dates, `${query}: dates`);
    deepEqual(answer.json.currencies, currencies(rows, options),
        `${query}: figures`);
    checkSums(answer.json, `${query}`);
    return answer;
}


// The groups add up to the total, at every date.
function checkSums({ currencies: list }, what) {
    for (const { costs, groups } of list.filter((c) => c.groups.length > 0)) {
        deepEqual(costs.map((_, i) => money(groups.reduce(
            (sum, group) => sum + pico(group.costs[i]), 0n))), costs,
        `${what}: sums of groups`);
    }
}


function pico(text) {
    const [whole, fraction] = text.replace('-', '').split('.');
    const value = BigInt(whole + fraction.padEnd(12, '0'));
    return text.startsWith('-') ? -value : value;
}


test('without arguments: the last twelve months, in one sum', async () => {
    const { json } = await check('', { dates: months(-11, 0) });

    is(json.granularity, 'MONTHLY');
    is(json.start, months(-11, 0)[0]);
    is(json.end, months(0, 0)[0]);
    deepEqual(json.in_progress, months(0, 0));
    is(json.complete, true);
    deepEqual(json.currencies[0].groups, []);
    deepEqual(json.accounts.map(({ id }) => id).sort(), [...ids].sort());
    ok(json.accounts.every(({ state, code }) => state === 'fresh'
        && code === null));
    ok(json.accounts.every(({ as_of }) =>
        Math.abs(Date.parse(as_of) - Date.now()) < 120_000));
});

test('DAILY without arguments: the last fourteen days', async () => {
    const { json } = await check({ granularity: 'DAILY' },
        { rows: byDay, dates: days(-13, 0) });

    deepEqual(json.in_progress, days(-1, 0));
});

const dimensions = [
    ['provider'], ['project'], ['account'], ['linked_account'], ['region'],
    ['service'], ['project', 'service'], ['account', 'region'],
    ['region', 'service'], ['linked_account', 'service'],
    ['provider', 'project', 'account', 'linked_account', 'region', 'service'],
];

for (const group_by of dimensions) {
    test(`MONTHLY by ${group_by}`, () => check({ group_by, limit: 1000 }, {
        dates: months(-11, 0), group_by, limit: 1000,
    }));

    test(`DAILY by ${group_by}`, () => check(
        { granularity: 'DAILY', group_by, limit: 1000 },
        { rows: byDay, dates: days(-13, 0), group_by, limit: 1000 }));
}

test('the order of group_by is the order of the keys', async () => {
    const { json } = await check({ group_by: 'service,project', limit: 1000 }, {
        dates: months(-11, 0), group_by: ['service', 'project'], limit: 1000,
    });

    deepEqual(Object.keys(json.currencies[0].groups[0].key),
        ['service', 'project']);
});

const filters = {
    provider: 'hyperbilling_aws',
    project: inner.id,
    account: ids[1],
    region: 'ap-northeast-2',
    service: 'AmazonEC2',
};

for (const [name, value] of Object.entries(filters)) {
    test(`only one ${name}`, () => check(
        { [name]: value, group_by: 'service', limit: 50 }, {
            dates: months(-11, 0), group_by: ['service'], limit: 50,
            filter: (row) => row[name] === value,
        }));
}

test('a filter given twice is an or, two filters are an and', () => check([
    ['region', 'us-east-1'], ['region', 'eu-west-1'], ['service', 'AmazonS3'],
    ['service', 'AmazonEC2'], ['group_by', 'region'],
], {
    dates: months(-11, 0), group_by: ['region'],
    filter: ({ region, service }) =>
        ['us-east-1', 'eu-west-1'].includes(region)
        && ['AmazonS3', 'AmazonEC2'].includes(service),
}));

for (const [name, group] of Object.entries({ 'a group': sub, 'a group above': top })) {
    test(`the projects of ${name}`, () => check(
        { project_group: group.id, group_by: 'project' }, {
            dates: months(-11, 0), group_by: ['project'],
            filter: ({ project }) => project === inner.id,
        }));
}

for (const name of ['provider', 'project', 'project_group', 'account',
    'region', 'service']) {
    test(`a ${name} that does not exist matches nothing`, async () => {
        const { json } = await check({ [name]: 'nothing' },
            { dates: months(-11, 0), filter: () => false });

        is(json.complete, true);
    });
}

test('currency', async () => {
    await check({ currency: 'USD' }, { dates: months(-11, 0) });

    const { json } = await get('costs?currency=KRW');
    deepEqual(json.currencies, []);
    is(json.dates.length, 12);
});

for (const sort of ['sum', '-sum', 'magnitude', '-magnitude', months(-3, -3)[0], `-${months(0, 0)[0]}`]) {
    test(`sorted by ${sort}, the rest last`, () => check(
        { group_by: 'service,region', sort, limit: 7 }, {
            dates: months(-11, 0), group_by: ['service', 'region'], sort,
            limit: 7,
        }));
}

test('DAILY sorted by a day', () => {
    const sort = `-${days(-5, -5)[0]}`;

    return check({ granularity: 'DAILY', group_by: 'service', sort, limit: 3 },
        { rows: byDay, dates: days(-13, 0), group_by: ['service'], sort,
            limit: 3 });
});

test('24 months, over the end of a year', () => {
    const [start] = months(-23, -23);

    return check({ start, group_by: 'service' },
        { dates: months(-23, 0), group_by: ['service'] });
});

test('months before all data are 0.00', async () => {
    const { json } = await get('costs?start=2001-11&end=2002-02');

    deepEqual(json.dates, ['2001-11', '2001-12', '2002-01', '2002-02']);
    deepEqual(json.currencies, []);
    is(json.complete, true);
});

test('one month, one day', async () => {
    const [month] = months(-1, -1);
    const [day] = days(-2, -2);

    await check({ start: month, end: month }, { dates: [month] });
    await check({ granularity: 'DAILY', start: day, end: day },
        { rows: byDay, dates: [day] });
});

test('31 days, over the end of a month', () => {
    const dates = days(-40, -10);

    return check({
        granularity: 'DAILY', start: dates[0], end: dates[30],
        group_by: 'account',
    }, { rows: byDay, dates, group_by: ['account'] });
});

test('days to come are 0.00', async () => {
    const dates = days(-3, 5);
    const { json } = await check({
        granularity: 'DAILY', start: dates[0], end: dates[8],
    }, { rows: byDay, dates });

    deepEqual(json.currencies[0].costs.slice(4), Array(5).fill('0.00'));
});

test('months to come are 0.00 and cost no call', async () => {
    const [start, end] = [months(1, 1)[0], months(2, 2)[0]];
    const before = await world.billingCalls();
    const { json, cache } = await get(`costs?start=${start}&end=${end}`);

    deepEqual(json.dates, [start, end]);
    deepEqual(json.currencies, []);
    is(json.complete, true);
    is(cache, 'HIT');
    is(await world.billingCalls(), before);
});

test('refunds and tiny amounts are there to the last digit', () => {
    const cells = byDay.filter(({ date }) => days(-13, 0).includes(date));

    ok(cells.some(({ cost }) => cost < 0n), 'the sandbox makes refunds');
    ok(cells.some(({ cost }) => cost > 0n && cost < 1_000_000n),
        'the sandbox makes tiny amounts');

    return check({
        granularity: 'DAILY', service: 'awskms', limit: 1000,
        group_by: 'linked_account,region',
    }, {
        rows: byDay, dates: days(-13, 0), limit: 1000,
        group_by: ['linked_account', 'region'],
        filter: ({ service }) => service === 'awskms',
    });
});
