// Filters of costs: any of, none of, contains, does not; each against the
// sandbox's rows, and with its opposite against the whole.

import { currencies, loadRows, months } from '../lib/figures.mjs';
import { deepEqual, is, ok, test } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const world = await startWorld();
const { sandbox, get } = world;

for (const [client, linked] of [['a', ['000000000042']],
    ['b', ['000000000043', '000000000044']]]) {
    await sandbox.setCredential({ client, secret: 's', linked });
}

const outer = await world.createGroup('outer');
const inner = await world.createGroup('inner', outer.id);
const grouped = await world.createProject('grouped', inner.id);
const alone = await world.createProject('alone');
const accounts = [
    { project: grouped.id, linked: ['000000000042'] },
    { project: alone.id, linked: ['000000000043', '000000000044'] },
];

for (const [i, client] of ['a', 'b'].entries()) {
    accounts[i].id = (await world.createAccount(`account ${client}`,
        accounts[i].project, { client, secret: 's' })).id;
}

const rows = await loadRows(sandbox, accounts, months(-11, 0));
const whole = { dates: months(-11, 0), group_by: ['service'] };
const has = (value, text) => value.toLowerCase().includes(text);

// Filter, its opposite, and the rows that it takes.
const cases = [
    ['service=AmazonEC2', 'service!=AmazonEC2', (row) => row.service === 'AmazonEC2'],
    ['service=AmazonEC2&service=AmazonS3', 'service!=AmazonEC2&service!=AmazonS3',
        (row) => ['AmazonEC2', 'AmazonS3'].includes(row.service)],
    ['service~=amazonE', 'service!~=AMAZONe', (row) => has(row.service, 'amazone')],
    ['service%7E=s3&service~=ec2', 'service%21%7E=s3&service!~=ec2',
        (row) => has(row.service, 's3') || has(row.service, 'ec2')],
    ['region~=us-', 'region!~=US-', (row) => has(row.region, 'us-')],
    ['region=', 'region!=', (row) => row.region === ''],
    ['linked_account=000000000044', 'linked_account!=000000000044',
        (row) => row.linked_account === '000000000044'],
    [`account=${accounts[0].id}`, `account!=${accounts[0].id}`,
        (row) => row.account === accounts[0].id],
    [`project=${alone.id}`, `project!=${alone.id}`, (row) => row.project === alone.id],
    [`project_group=${outer.id}`, `project_group!=${outer.id}`,
        (row) => row.project === grouped.id],
    ['project_group!=', 'project_group=', (row) => row.project === grouped.id],
    ['provider~=HYPER', 'provider!~=hyper', () => true],
];

for (const [filter, opposite, takes] of cases) {
    test(`${filter}, and ${opposite}`, async () => {
        for (const [args, filtered] of [[filter, takes],
            [opposite, (row) => !takes(row)]]) {
            const { status, json } = await get(`costs?group_by=service&${args}`);

            is(status, 200);
            deepEqual(json.currencies, currencies(rows,
                { ...whole, filter: filtered }), args);
        }
    });
}


test('filters of different keys, and different ones of a key, all hold', async () => {
    const { json } = await get('costs?group_by=service&service~=amazon'
        + `&service!=AmazonEC2&region!~=eu-&project=${alone.id}`);

    deepEqual(json.currencies, currencies(rows, { ...whole, filter: (row) =>
        has(row.service, 'amazon') && row.service !== 'AmazonEC2'
            && !has(row.region, 'eu-') && row.project === alone.id }));
});


test('who is not asked for has no entry', async () => {
    const { json } = await get(`costs?project!=${alone.id}`);

    deepEqual(json.accounts.map(({ id }) => id), [accounts[0].id]);
});


test('a filter without a text is refused where one is needed', async () => {
    for (const [args, pointer] of [['service~=', '/service~0'],
        ['service!~=%20', '/service!~0'], ['color!=red', '/color!'],
        ['currency!=USD', '/currency!']]) {
        const { status, json } = await get(`costs?${args}`);

        is(status, 422, args);
        ok(json.errors.some((error) => error.pointer === pointer),
            JSON.stringify(json.errors));
    }
});


test('files are filtered alike', async () => {
    const { text } = await get('costs?format=csv&for=program&group_by=service'
        + '&service!~=amazon');

    ok(!/amazon/i.test(text));
    ok(text.split('\n').length > 2, text);
});
