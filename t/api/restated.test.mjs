// Months that the provider changes when they have long been over: what they
// were is kept beside what they are.

import { readFileSync } from 'node:fs';

import { startBilling } from '../lib/billing.mjs';
import { keysOf, redate } from '../lib/blocks.mjs';
import { money, months } from '../lib/figures.mjs';
import { deepEqual, is, ok, test } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';
import { parseDecimal } from '../sandbox/decimal.mjs';


const world = await startWorld({ workers: 2, zone: false });
const { sandbox, redis, get } = world;

const project = await world.createProject('project');
const other = await world.createProject('other');
const [MONTH, NEXT] = months(-4, -3);
const [NOW] = months(0, 0);
let counter = 0;

// An account that nobody has asked for yet, and a cost of it in a month.
async function fresh({ linked = 1, project_id = project.id } = {}) {
    const n = ++counter;
    const client = `client-${n}`;
    const own = Array.from({ length: linked },
        (_, i) => String(800000000000 + n * 100 + i));

    await sandbox.setCredential({ client, secret: 's', linked: own });
    const { id } = await world.createAccount(
        `account ${n}`, project_id, { client, secret: 's' });

    return {
        id, client, linked: own,
        book: (cost, month = MONTH) => sandbox.restate(
            { account: own[0], date: `${month}-15`, cost }),
    };
}

const ask = async ({ id }, more = '') =>
    (await get(`costs?account=${id}${more}`)).json;
const refresh = (account, more = '') => ask(account, `&refresh=true${more}`);

const costOf = ({ dates, currencies }, month = MONTH) =>
    currencies[0].costs[dates.indexOf(month)];
const plus = (a, b) => money(parseDecimal(a) + parseDecimal(b));

// Without the time, which is checked: it is that of the answer that saw it.
function told({ restated }) {
    restated.forEach(({ seen_at }, i) => {
        ok(Math.abs(Date.parse(seen_at) - Date.now()) < 60_000, seen_at);
        ok(i === 0 || seen_at <= restated[i - 1].seen_at, 'newest first');
    });
    return restated.map(({ date, currency, before, after }) =>
        [date, currency, before, after].join(' '));
}


test('a month that changed when it was over is told of, exactly', async () => {
    const account = await fresh();
    const first = await ask(account);
    deepEqual(first.restated, []);
    const was = costOf(first);

    await account.book('12.4');
    deepEqual((await ask(account)).restated, [], 'not before it is read');

    const expected = [`${MONTH} USD ${was} ${plus(was, '12.4')}`];
    const answer = await refresh(account);
    deepEqual(told(answer), expected);
    is(answer.restated[0].account, account.id);
    is(costOf(answer), plus(was, '12.4'));
    is(answer.restated[0].seen_at, answer.accounts[0].as_of);

    deepEqual(told(await ask(account)), expected, 'from the cache, too');
    deepEqual(told(await refresh(account)), expected,
        'what did not change again stays');
});

test('two changes are two entries, the newest first', async () => {
    const account = await fresh();
    const was = costOf(await ask(account));

    await account.book('0.0000000001');
    await refresh(account);
    await account.book('-5');
    const answer = await refresh(account);
    const between = plus(was, '0.0000000001');

    deepEqual(told(answer), [
        `${MONTH} USD ${between} ${plus(between, '-5')}`,
        `${MONTH} USD ${was} ${between}`,
    ]);
});

test('the latest eight of a month are kept', async () => {
    const account = await fresh();
    const path = `&start=${MONTH}&end=${MONTH}`;
    let cost = costOf(await ask(account, path));
    const expected = [];

    for (let i = 1; i <= 10; i++) {
        await account.book(String(i));
        await refresh(account, path);
        expected.unshift(`${MONTH} USD ${cost} ${plus(cost, String(i))}`);
        cost = plus(cost, String(i));
    }
    deepEqual(told(await ask(account, path)), expected.slice(0, 8));
});

test('this month is still to change: nothing is told of it', async () => {
    const account = await fresh();
    await ask(account);
    await account.book('1', NOW);
    await sandbox.restate({ account: account.linked[0], cost: '3',
        date: `${NOW}-01` });

    deepEqual((await refresh(account)).restated, []);
});

test('what was read before a full day after the month is no older sum',
    async () => {
        const account = await fresh();
        const path = `&start=${MONTH}&end=${MONTH}`;
        const [key] = await ask(account, path).then(() =>
            keysOf(redis, account));
        const next = Date.parse(`${NEXT}-01`) / 1000;

        // the day after the month, its last second; and the second after it
        for (const [time, count] of [[next + 86_399, 0], [next + 86_400, 1]]) {
            await redate(redis, key, time);
            await account.book('1');
            is((await refresh(account, path)).restated.length, count);
        }
    });

test('another list of linked accounts is no change, and ends the story',
    async () => {
        const account = await fresh();
        await ask(account);
        await account.book('1');
        is((await refresh(account)).restated.length, 1);

        account.linked.push(`9${account.linked[0].slice(1)}`);
        await sandbox.setLinked(account.client, account.linked);

        // as if the list had been read long ago; a new node reads it there
        await redis.cli('hset', `billing:{default}:account:${account.id}`,
            'linked_at', 1, 'tried_at', 1);
        const node = await startBilling(
            { redis, sandbox, key: readFileSync(world.key) });

        try {
            const { body } = await node.client().get(`costs?account=${account.id}`
                + '&refresh=true&group_by=linked_account');
            is(body.currencies[0].groups.length, 2);
            deepEqual(body.restated, []);
        } finally {
            await node.nginx.stop();
        }
    });

test('only months and accounts that are asked for', async () => {
    const [one, two] = [await fresh(), await fresh({ project_id: other.id })];
    const both = `costs?account=${one.id}&account=${two.id}`;

    await get(both);
    await one.book('1');
    await two.book('2', NEXT);
    await get(`${both}&refresh=true`);

    const of = ({ json: { restated } }) => restated.map(
        ({ account, date }) => `${account} ${date}`).sort();
    deepEqual(of(await get(both)),
        [`${one.id} ${MONTH}`, `${two.id} ${NEXT}`].sort());
    deepEqual(of(await get(`${both}&start=${NEXT}&end=${NOW}`)),
        [`${two.id} ${NEXT}`]);
    deepEqual(of(await get(`${both}&project=${project.id}`)),
        [`${one.id} ${MONTH}`]);
    deepEqual(of(await get(`${both}&currency=KRW`)), []);
    is(of(await get(`${both}&group_by=service`)).length, 2);

    const page = of(await get(`projects/${other.id}/dashboard`));
    deepEqual(page, [`${two.id} ${NEXT}`]);
    const main = of(await get('dashboard'));
    ok(main.includes(`${one.id} ${MONTH}`) && main.includes(`${two.id} ${NEXT}`));
});

test('of a part of an account nothing is said', async () => {
    const account = await fresh();
    await ask(account);
    await account.book('1');
    is((await refresh(account)).restated.length, 1);

    for (const more of ['&service=AmazonEC2', '&region=us-east-1',
        '&granularity=DAILY']) {
        ok(!('restated' in await ask(account, more)), more);
    }
    const { text } = await get(`costs?account=${account.id}&format=csv`);
    ok(!text.includes('restated'));
});

test('at most a hundred are told of', async () => {
    const accounts = [];
    for (let i = 0; i < 13; i++) {
        accounts.push(await fresh());
    }
    const path = `costs?${accounts.map(({ id }) => `account=${id}`).join('&')}`
        + `&start=${MONTH}&end=${MONTH}`;

    await get(path);
    for (let i = 0; i < 8; i++) {
        for (const { book } of accounts) {
            await book('1');
        }
        await get(`${path}&refresh=true`);
    }
    is((await get(path)).json.restated.length, 100);
});

for (const [what, spoil] of Object.entries({
    'what is no list': (key) => redis.cli('hset', key, 'restated', 'x'),
    'a list cut off': (key) => redis.cli('eval',
        `local v = redis.call('hget', KEYS[1], 'restated')
         redis.call('hset', KEYS[1], 'restated', v:sub(1, #v - 1))`, 1, key),
})) {
    test(`${what} tells nothing, and goes`, async () => {
        const account = await fresh();
        const path = `&start=${MONTH}&end=${MONTH}`;
        const first = await ask(account, path);
        const [key] = await keysOf(redis, account);

        await account.book('1');
        await refresh(account, path);
        await spoil(key);
        await redis.cli('del', 'billing:{default}:answers');

        const answer = await ask(account, path);
        deepEqual(answer.restated, []);
        is(costOf(answer), plus(costOf(first), '1'), 'the figures are there');

        await account.book('2');
        is((await refresh(account, path)).restated.length, 1);
    });
}


test('a list of a newer version tells nothing, and stays', async () => {
    const account = await fresh();
    const path = `&start=${MONTH}&end=${MONTH}`;
    const field = async () => redis.cli('hget',
        (await keysOf(redis, account))[0], 'restated');

    await ask(account, path);
    await account.book('1');
    await refresh(account, path);
    await redis.cli('eval', `
        local v = redis.call('hget', KEYS[1], 'restated')
        redis.call('hset', KEYS[1], 'restated', string.char(2) .. v:sub(2))`,
        1, (await keysOf(redis, account))[0]);

    const newer = await field();
    deepEqual((await ask(account, path)).restated, []);
    await account.book('2');
    deepEqual((await refresh(account, path)).restated, []);
    is(await field(), newer);
});
