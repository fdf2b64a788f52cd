// Costs that are looked up at the provider: what reading them costs, how long
// a dashboard takes, and whether anybody else has to wait.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { temporaryFolder } from '../lib/process.mjs';
import { until } from '../lib/until.mjs';
import {
    BUILD, MEASURED, OTHERS, ask, cpuTime, measured, median, pin, settings,
} from './harness.mjs';
import {
    create, createAccount, credentials, moduleServer, redisServer,
    sandboxServer,
} from './servers.mjs';


const ACCOUNTS = 12;  // in a domain
const LOOKUPS = 200;  // accounts that are asked for at the same time
const PAGES = [1000, 100_000]; // rows
const STALL_MS = 10;
const PARSE = 0.7;


export async function* cold() {
    yield parseSection();
    yield* lookupSections();
}


// Pages as the module reads them, and jansson alone with the same bytes.
function parseSection() {
    const pages = measured([join(BUILD, 'bench/parse'),
        String(settings.rounds)]);

    return {
        title: 'Reading a page of the provider',
        notes: ['Bytes of JSON to encoded block, against json_loadb() and '
            + 'json_decref() of the same bytes; in brackets where jansson '
            + 'overwrites what it frees, as it would have to here. In turns, '
            + 'processor time.'],
        table: [
            ['page', 'rows', 'jansson MB/s', 'module MB/s', 'ratio'],
            ...pages.map((page) => [page.page, page.rows,
                `${page.jansson_mb_s} (${page.jansson_wiped_mb_s})`,
                page.ours_mb_s,
                `${page.ratio.toFixed(2)} (${page.ratio_wiped.toFixed(2)})`]),
        ],
        targets: pages.map(({ page, ratio }) => ({
            short: page === 'daily'
                && 'page of costs read and added up / jansson alone',
            what: `parse and add up / jansson alone, ${page} page`,
            value: ratio.toFixed(2), target: `>= ${PARSE}`, met: ratio >= PARSE,
        })),
    };
}


async function* lookupSections() {
    const redis = await redisServer();
    const sandbox = await sandboxServer();
    const turns = join(temporaryFolder('turns'), 'turns');
    const server = await moduleServer({
        redis, sandbox, zone: '32m', provider: 'timeout=30s concurrency=16',
        env: { LD_PRELOAD: join(BUILD, 'bench/stall.so'), STALL_FILE: turns },
    });
    const world = { ...await lookups(server, sandbox), turns };

    yield dashboardSection(world);
    yield stallSection(world);
}


// Accounts that are to be looked up; the sandbox has made its figures.
export async function lookups(server, sandbox) {
    // the loop has its core for itself, as it has where there are more
    pin(sandbox.pid, OTHERS);
    pin(server.pid, MEASURED, OTHERS);

    const linked = Array.from({ length: ACCOUNTS },
        (_, i) => String(200000000001 + i));
    const world = {
        server, sandbox, domains: 0, linked,
        credential: await credentials(sandbox, linked),
    };

    const [first] = await makeDomains(world, 1);
    await dashboard(world, first);
    return world;
}


// Domains with an account for each linked one and no costs yet.
export async function makeDomains(world, count) {
    const names = [];

    for (let i = 0; i < count; i++) {
        const name = `cold-${++world.domains}`;
        const api = `${world.server.url}/domains/api/v1`;
        const headers = { 'X-Domain': name };
        const project = await create(api, 'projects', { name: 'Bench' },
            headers);

        for (const linked of world.linked) {
            await createAccount(api, `Account ${linked}`, project,
                world.credential, linked, headers);
        }
        names.push(name);
    }
    return names;
}


// Until it is whole; how long the first answer took, and its X-Billing-Cache.
export async function dashboard({ server }, domain) {
    const get = async () => {
        const answer = await ask(`${server.url}/domains/api/v1/dashboard`,
            { 'X-Domain': domain });

        if (answer.status !== 200) {
            throw new Error(`${answer.status} ${answer.body}`);
        }
        return { ...answer, json: JSON.parse(answer.body) };
    };
    const first = await get();

    const whole = first.json.complete ? first : await until(async () => {
        const answer = await get();
        return answer.json.complete && answer;
    }, 'a whole dashboard', 120_000);

    return { first, whole };
}


async function dashboardSection(world) {
    const { server, sandbox } = world;
    const runs = [];
    let sums;

    for (const domain of await makeDomains(world, settings.rounds)) {
        const before = cpuTime(server.pid);
        const { total } = await sandbox.counters();
        const { first, whole } = await dashboard(world, domain);
        const { total: after } = await sandbox.counters();
        const [{ monthly }] = whole.json.currencies;

        sums ??= String(monthly.costs);
        if (first !== whole || first.headers['x-billing-cache'] !== 'MISS'
            || String(monthly.costs) !== sums) {
            throw new Error(`${domain}: ${first.headers['x-billing-cache']} ${
                monthly.costs} instead of ${sums}`);
        }
        runs.push({ ms: first.ms, calls: after - total,
            cpu: (cpuTime(server.pid) - before) / 1e6 });
    }

    const of = (name) => median(runs.map((run) => run[name]));

    return {
        title: 'A cold main dashboard',
        notes: [`${ACCOUNTS} accounts of the sandbox, 1,000 rows a page; most `
            + 'of the time is the sandbox\'s, which runs on the other core.'],
        table: [
            ['', 'ms', 'CPU ms of the worker', 'calls to the provider'],
            ['cold', of('ms').toFixed(0), of('cpu').toFixed(0), of('calls')],
        ],
        targets: [],
    };
}


async function stallSection(world) {
    const count = Math.ceil(LOOKUPS / ACCOUNTS);
    const results = [{
        name: 'idle worker',
        ...await probed(world, () => new Promise((resolve) => {
            setTimeout(resolve, settings.seconds * 1000);
        })),
    }];

    for (const rows of PAGES) {
        const domains = await makeDomains(world, count);

        await world.sandbox.settings({ page_size: rows });
        results.push({
            name: `cold, pages of ${rows} rows`,
            ...await probed(world, () => Promise.all(
                domains.map((domain) => dashboard(world, domain)))),
        });
    }

    const ms = (us) => (us / 1000).toFixed(2);
    const [idle, ...busy] = results;

    return {
        title: 'Who waits while costs are looked up',
        notes: [`GET health every millisecond while ${count * ACCOUNTS} `
            + 'accounts of dashboards are looked up, from the other core. At '
            + 'most while one answer was awaited: "kept", the worker could '
            + 'have run but others had its core, its own threads or whatever '
            + 'else the machine did; "late", the probe itself was woken. '
            + '"Turn" is the longest one of the event loop, by its thread\'s '
            + 'own clock.'],
        table: [
            ['ms', 'asked', 'p50', 'p99', 'max', 'kept', 'late', 'turn',
                'turns over 10 ms'],
            ...results.map((one) => [one.name, one.asked, ms(one.p50),
                ms(one.p99), ms(one.max), ms(one.kept), ms(one.late),
                ms(one.turn), `${one.over} of ${one.turns}`]),
        ],
        targets: busy.flatMap(({ name, max, turn }) => [
            { what: `longest turn, ${name}`,
                short: `longest turn of the event loop, ${name}`, value: `${ms(turn)} ms`,
                target: `<= ${STALL_MS} ms`, met: turn <= STALL_MS * 1000 },
            { what: `longest wait, ${name}`,
                value: `${ms(max)} ms (idle: ${ms(idle.max)} ms)`,
                target: `<= ${STALL_MS} ms`, met: max <= STALL_MS * 1000 },
        ]),
    };
}


// What the probe saw while fn() ran, and the worker's turns.
async function probed({ server, turns }, fn) {
    const { port } = new URL(server.url);
    const child = spawn('taskset', ['-c', String(OTHERS),
        join(BUILD, 'bench/probe'), port, '/billing/api/v1/health',
        String(server.pid)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const closed = once(child, 'close');
    let text = '';

    writeFileSync(turns, Buffer.alloc(24), { flag: 'r+' });
    child.stdin.on('error', () => {}); // its end is told by its output
    child.stdout.on('data', (chunk) => { text += chunk; });
    try {
        await fn();
    } finally {
        child.stdin.end();
        await closed;
    }

    const [longest, count, over] = new BigUint64Array(
        new Uint8Array(readFileSync(turns)).buffer, 0, 3);
    return {
        ...JSON.parse(text),
        turn: Number(longest) / 1000, turns: Number(count), over: Number(over),
    };
}
