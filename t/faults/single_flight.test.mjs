// Many who ask for the same, on several workers of two nginx: the provider is
// asked as often as by one; when the worker that asks is killed, another one
// takes over.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { keyLine, linkedAccount, startBilling } from '../lib/billing.mjs';
import { openEvents } from '../lib/events.mjs';
import { months } from '../lib/figures.mjs';
import { now } from '../lib/pace.mjs';
import { after, deepEqual, diag, is, ok, test, until } from '../lib/tap.mjs';
import { startRedis } from '../lib/redis.mjs';
import { startSandbox } from '../sandbox/index.mjs';


const SEARCH = '/v1/search/billing';
const LOCK_EXPIRY_MS = 6000;
const WORKERS = 4;
const CLIENTS = 100;

const key = keyLine();
const redis = await startRedis();
const sandbox = await startSandbox({
    child: true, settings: { page_size: 400 },
});
const nodes = await Promise.all([1, 2].map(() => startBilling({
    key, redis, sandbox, workers: WORKERS,
    // what a busy machine is slow to answer is not asked for again
    provider: 'timeout=60s',
    http: `
        log_format pid '$pid $status $uri';
        access_log pid.log pid;`,
    nginx: { allow: [/exited on signal 9/] },
})));
after(async () => {
    await nodes[1].nginx.stop();
    await nodes[0].stop();
});

// Credentials of one linked account each.
const secrets = [];
for (let i = 0; i < 6; i++) {
    secrets.push(await nodes[0].credentials([linkedAccount()]));
}
let count = 0;

// A domain of its own that nobody has asked for; all have the same accounts.
async function cold() {
    const domain = `d${++count}`;
    const clients = nodes.map((node) => node.client({ domain }));
    const [who] = clients;
    const projects = [];
    const emails = {};

    for (const name of ['One', 'Two']) {
        projects.push(await who.create('projects', { name }));
    }
    for (const [i, credentials] of secrets.entries()) {
        const { id } = await who.create('service-accounts', {
            name: `account ${i}`, provider: 'hyperbilling_aws', credentials,
            project_id: projects[i % 2].id,
        });
        emails[id] = credentials.email;
    }
    await sandbox.clearCalls();
    return { domain, who, projects, emails };
}

const keys = async ({ domain }, pattern) => (await redis.cli('keys',
    `billing:{${domain}}:${pattern}`)).split('\n').filter(Boolean);

// what the provider was asked for
const calls = () => sandbox.calls({ path: SEARCH });
const named = ({ client, granularity, start, end, page }) =>
    `${client} ${granularity} ${start} ${end} ${page}`;
const pages = async () => (await calls()).map(named).sort();

// The same months each: those of the dashboards.
const days = `granularity=DAILY&start=${months(-1, -1)[0]}-28&end=${
    months(0, 0)[0]}-01`;
const questions = ({ projects }) => [
    'dashboard', 'costs', 'costs/stream',
    ...projects.map(({ id }) => `projects/${id}/dashboard`),
    'costs?group_by=service,region', `costs/stream?${days}`,
    'costs?group_by=project', 'costs/stream?group_by=linked_account',
    `costs?${days}&group_by=region`,
];

// Its own connection each; a stream's result counts as its answer.
async function ask(node, { domain }, path) {
    const who = node.client({ domain });

    if (path.startsWith('costs/stream')) {
        const [last] = (await openEvents(node, path, { who }).end()).slice(-1);
        is(last?.name, 'result', `${path}: ${JSON.stringify(last)}`);
        return last.data;
    }

    const { status, body, text } = await who.get(path);
    is(status, 200, `${path}: ${text}`);
    return body;
}

// whether a call is for what the key of a block or a lock names
function isOf({ client, granularity, start, end }, { emails }, key) {
    const [account, , kind, month] = key.split(':').slice(-4);

    return client === emails[account] && granularity[0] === kind
        && start.slice(0, 7) <= month && month <= end.slice(0, 7);
}

// the process that has a lock
const holder = async (lock) =>
    Number((await redis.cli('get', lock)).split('-')[0]);

const workersOf = ({ nginx }, path) => new Set(
    readFileSync(join(nginx.dir, 'pid.log'), 'utf8').split('\n')
        .filter((line) => line.includes(path)).map((line) => line.split(' ')[0]));


test('a hundred ask, the provider hears one', async () => {
    const alone = await cold();

    for (const path of questions(alone)) {
        await ask(nodes[0], alone, path);
    }
    const expected = await pages();
    is(new Set(expected).size, expected.length);

    await sandbox.fault({ path: SEARCH, delay_ms: 150 });
    const many = await cold();
    const paths = questions(many);
    const asked = Array.from({ length: CLIENTS }, (_, i) => ({
        path: paths[i % paths.length],
        node: nodes[Math.floor(i / paths.length) % 2],
    }));
    const began = Date.now();
    const answers = await Promise.all(asked.map(({ node, path }) =>
        ask(node, many, path)));
    diag('%d answers in %d ms, %d calls', answers.length, Date.now() - began,
        expected.length);
    await sandbox.clearFaults();

    deepEqual(await pages(), expected);
    ok(nodes.every((node) => workersOf(node, 'costs').size > 0)
        && nodes.some((node) => workersOf(node, 'costs').size > 1),
    'several workers of both took part');

    for (const [i, { path }] of asked.entries()) {
        const { headers, body } = await many.who.get(
            path.replace('/stream', ''));
        is(headers['x-billing-cache'], 'HIT');
        is(answers[i].complete, true);
        deepEqual(answers[i], body, path);
    }
    deepEqual(await keys(many, 'lock:*'), []);
});


test('the worker that asks is killed: another one goes on', async () => {
    const system = await cold();

    await sandbox.fault({ path: SEARCH, delay_ms: 300 });
    const asked = nodes.flatMap((node) => Array.from({ length: 12 }, () =>
        ask(node, system, 'dashboard').then(
            (body) => ({ body, at: Date.now() }),
            (error) => ({ error }))));

    // some of it is there, and some has been read in part
    const all = nodes.flatMap(({ nginx }) => nginx.workers());
    const victim = await until(async () => {
        const made = await calls();
        const begun = (await keys(system, 'lock:*')).find((lock) =>
            made.some((call) => isOf(call, system, lock)));

        return (await keys(system, 'cost:*')).length > 0 && begun !== undefined
            && all.includes(await holder(begun)) && holder(begun);
    }, 'the first blocks');
    const stored = await keys(system, 'cost:*');
    process.kill(victim, 'SIGKILL');
    const killed = Date.now();
    const paced = now();

    const results = await Promise.all(asked);
    const slow = (Date.now() - killed) / (now() - paced);
    await sandbox.clearFaults();
    const good = results.filter(({ body }) => body !== undefined);
    const { body } = await nodes[1].client(system).get('dashboard');

    ok(good.length > 0);
    for (const { body: answer } of good) {
        is(answer.complete, true);
        deepEqual(answer.currencies, body.currencies);
    }

    // what was there is not asked for again; what was lost is, once
    const made = await calls();
    const times = group(made, named);
    const again = [...times.values()].filter((list) => list.length > 1);

    deepEqual(again.filter((list) => list.length > 2), []);
    for (const block of stored) {
        const twice = again.filter(([call]) => isOf(call, system, block));

        deepEqual(twice, [], block);
    }

    // it may have ended just before
    const taken = again.length === 0 ? 0
        : Math.min(...again.map(([, { at }]) => at)) - killed;
    ok(taken < LOCK_EXPIRY_MS + 2000 * slow, `taken over after ${taken} ms`);
    diag('%d of %d answers were lost; %d of %d calls made again, from %d ms on;'
        + ' the last answer %d ms after the kill',
    results.length - good.length, results.length, again.length,
    times.size, taken, Math.max(...good.map(({ at }) => at)) - killed);

    // the figures are those that nobody disturbed
    const other = await cold();
    const plain = ({ currencies }) => currencies.map(
        ({ by_account, by_project, ...rest }) => rest);

    deepEqual(plain(body), plain(await ask(nodes[0], other, 'dashboard')));
    // in other pieces, perhaps: what the dead worker has stored of a period is
    // not asked for again
    deepEqual(covered(await calls()), covered(made));
}, { timeout: 90_000 });


// The months that were asked for, of whom and by what.
function covered(list) {
    const all = list.flatMap(({ client, granularity, start, end }) =>
        months(-24, 0).filter((month) =>
            start.slice(0, 7) <= month && month <= end.slice(0, 7))
            .map((month) => `${client} ${granularity} ${month}`));

    return [...new Set(all)].sort();
}


function group(list, name) {
    const map = new Map();

    for (const one of list) {
        map.set(name(one), [...map.get(name(one)) ?? [], one]);
    }
    return map;
}
