// GET costs, dashboard: how many calls a question takes, and for which days.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { redate } from '../lib/blocks.mjs';
import { days, months } from '../lib/figures.mjs';
import { scaled } from '../lib/pace.mjs';
import { deepEqual, is, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


// Every answer fits on a page: a call is a question.
const world = await startWorld({
    zone: false, sandbox: { settings: { page_size: 1_000_000 } },
});
const { sandbox, redis, get } = world;

const [NOW] = months(0, 0);
const [TODAY] = days(0, 0);
const LINKED = 2;
let counter = 0;

async function fresh() {
    const n = ++counter;
    const client = `client-${n}`;
    const own = Array.from({ length: LINKED },
        (_, i) => String(600000000000 + n * 100 + i));
    const { id: project_id } = await world.createProject(`project ${n}`);

    await sandbox.setCredential({ client, secret: 's', linked: own });
    const { id } = await world.createAccount(
        `account ${n}`, project_id, { client, secret: 's' });
    return { id, client, project: project_id };
}

const lastDay = (month) => (month === NOW ? TODAY : new Date(
    Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0))
    .toISOString().slice(0, 10));

// What is asked for, of each linked account.
const monthly = (first, last) =>
    `MONTHLY ${first}-01..${lastDay(last)}`;
const daily = (month) => `DAILY ${month}-01..${lastDay(month)}`;

// As if these months had been read so long ago that they are old.
const old = (account, ...names) => Promise.all(names.map((name) => redate(redis,
    `billing:{default}:cost:${account.id}:1:M:${name}`,
    Date.now() / 1000 - 60 * 86_400 * (name === NOW ? 0 : 1) - 2 * 86_400)));

const range = (first, last) => `&start=${first}&end=${last}`;
const costs = (more = '') => ({ id }) => `costs?account=${id}${more}`;
const board = ({ project: id }) => `projects/${id}/dashboard`;

const year = months(-11, 0);
const [before] = months(-12, -12);
const dayMonths = [...new Set(days(-13, 0).map((day) => day.slice(0, 7)))];

// [what, questions before, what is old then, the question, its calls]
const table = [
    ['a year, cold', [], [], costs(), [monthly(year[0], NOW)]],
    ['a year, warm', [costs()], [], costs(), []],
    ['a year by service, warm', [costs()], [], costs('&group_by=service'), []],
    ['one month is old', [costs()], [year[5]], costs(),
        [monthly(year[5], year[5])]],
    ['neighbours are old', [costs()], [year[5], year[6]], costs(),
        [monthly(year[5], year[6])]],
    ['two months apart are old', [costs()], [year[2], year[7]], costs(),
        [monthly(year[2], year[2]), monthly(year[7], year[7])]],
    ['a range grown by a month', [costs()], [], costs(range(before, NOW)),
        [monthly(before, before)]],
    ['a range grown by a month next to an old one', [costs()], [year[0]],
        costs(range(before, NOW)), [monthly(before, year[0])]],
    ['a month of those', [costs()], [], costs(range(year[3], year[3])), []],
    ['months to come', [costs()], [], costs(range(NOW, months(3, 3)[0])), []],
    ['a refresh', [costs()], [], costs('&refresh=true'),
        [monthly(year[0], NOW)]],
    ['days after months', [costs()], [], costs('&granularity=DAILY'),
        dayMonths.map(daily)],
    ['days, warm', [costs('&granularity=DAILY')], [],
        costs('&granularity=DAILY&group_by=region'), []],
    ['another day of the same month', [costs('&granularity=DAILY')], [],
        costs(`&granularity=DAILY${range(`${NOW}-01`, `${NOW}-01`)}`), []],
    ['a dashboard, cold', [], [], board,
        [monthly(year[0], NOW), daily(year[10]), daily(NOW)]],
    ['a dashboard after a year', [costs()], [], board,
        [daily(year[10]), daily(NOW)]],
    ['days after a dashboard', [board], [], costs('&granularity=DAILY'), []],
];

for (const [what, first, aged, question, expected] of table) {
    test(`${what}: ${expected.length} calls`, async () => {
        const account = await fresh();

        for (const path of first) {
            await get(path(account));
        }
        await old(account, ...aged);
        await sandbox.clearCalls();
        await get(question(account));

        // those behind the answer, too
        const wanted = expected.flatMap((one) => Array(LINKED).fill(one)).sort();
        const asked = async () => (await sandbox.calls({
            client: account.client, path: '/v1/search/billing',
        })).map(({ granularity, start, end }) =>
            `${granularity} ${start}..${end}`).sort();

        await until(async () => (await asked()).length >= wanted.length,
            'the calls');
        deepEqual(await asked(), wanted);

        if (aged.length > 0) {
            await until(async () => (await get(question(account))).cache === 'HIT',
                'what was read behind the answer');
            deepEqual(await asked(), wanted, 'once');
        }
    });
}

test('who joins a flight is charged no calls', async () => {
    const account = await fresh();
    await sandbox.fault({
        client: account.client, path: '/v1/search/billing', delay_ms: scaled(300),
    });
    const path = costs()(account);
    await Promise.all(Array.from({ length: 5 }, () => get(path)));
    await sandbox.clearFaults();

    const charged = await until(() => {
        const lines = readFileSync(join(world.nginx.dir, 'billing.log'), 'utf8')
            .split('\n').filter((line) => line.includes(account.id));
        return lines.length === 5 && lines.map((line) => line.split(' ').at(-1));
    }, 'five lines of the access log');
    deepEqual(charged.sort(), ['0', '0', '0', '0', String(LINKED)]);
    is(await redis.cli('hget', `billing:{default}:usage:${NOW}`,
        `hyperbilling_aws:${account.id}`), String(LINKED));
});

