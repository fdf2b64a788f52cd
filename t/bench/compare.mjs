// make bench-compare BASE=COMMIT: this work tree against a commit, in turns on
// one machine.
//
//     node compare.mjs FOLDER     the build of the commit
//
// Environment: BENCH_ROUNDS, BENCH_SECONDS.  The exit code is 1 if anything is
// worse by more than a tenth, or could not be measured.

import { join } from 'node:path';

import { temporaryFolder } from '../lib/process.mjs';
import { start } from './aggregate.mjs';
import { dashboard, lookups, makeDomains } from './cold.mjs';
import { BUILD, cpuTime, measured, median, settings, spread } from './harness.mjs';
import { fill, warm } from './hot.mjs';
import { plain } from './report.mjs';
import { seed } from './seed.mjs';
import {
    moduleServer, redisServer, sandboxServer, stopAll,
} from './servers.mjs';
import { measure } from './warm.mjs';
import { contest } from './wrk.mjs';


const WORSE = 1.1;
const ACCOUNTS = 200;
const PAGES = 40; // of the rows that are added up

const builds = { old: process.argv[2], new: BUILD };


// Each yields [what, unit, which is better, values of old, values of new].
const parts = [answers, blocks, cold, adding, reading];


// From the zone, and from Redis alone.
async function* answers() {
    for (const [what, zone] of [['from the zone', '32m'], ['from Redis', undefined]]) {
        const sandbox = await sandboxServer();
        const contestants = await both(async (build, name) => {
            const server = await moduleServer({
                redis: await redisServer(), sandbox, zone, build });
            const url = `${server.url}/billing/api/v1/dashboard`;

            await fill(server.api, sandbox);
            const { body } = await warm(url);

            return { name, url, pid: server.pid, check(answer) {
                if (answer.status !== 200 || !answer.body.equals(body)) {
                    throw new Error(`${answer.status} ${answer.body}`);
                }
            } };
        });
        const result = await contest(Object.values(contestants));

        yield [`dashboard ${what}`, 'answers/s', 'more', result.old.rates,
            result.new.rates];
        yield [`dashboard ${what}, an answer`, 'CPU us', 'less', result.old.costs,
            result.new.costs];
    }
}


async function* blocks() {
    const domain = 'many';
    const worlds = await both(async (build) => {
        const redis = await redisServer();
        const server = await moduleServer({
            redis, sandbox: await sandboxServer(), build });
        const to = { domain, accounts: ACCOUNTS, wall: [], cpu: [], rss: [],
            ...await seed({ redis, domain, accounts: ACCOUNTS, key: server.key }) };

        await measure(server, redis, to, { counted: false });
        return { server, redis, to };
    });

    await rounds(worlds, ({ server, redis, to }) => measure(server, redis, to));
    yield [`dashboard of ${ACCOUNTS} accounts, from blocks in Redis`, 'CPU ms', 'less',
        worlds.old.to.cpu, worlds.new.to.cpu];
}


async function* cold() {
    const worlds = await both(async (build) => {
        const sandbox = await sandboxServer();
        const server = await moduleServer({ redis: await redisServer(), sandbox,
            zone: '32m', provider: 'timeout=30s concurrency=16', build });

        return lookups(server, sandbox);
    });
    const spent = await rounds(worlds, async (world) => {
        const [domain] = await makeDomains(world, 1);
        const before = cpuTime(world.server.pid);

        await dashboard(world, domain);
        return (cpuTime(world.server.pid) - before) / 1e6;
    });

    yield ['dashboard of 12 accounts, looked up', 'CPU ms', 'less', spent.old, spent.new];
}


async function* adding() {
    const file = join(temporaryFolder('adding'), 'pages');
    const programs = await both(async (build, name) => {
        const program = join(build, 'bench/aggregate');

        measured([program, 'make', `${file}.${name}`, String(PAGES)]);
        return start([program, 'run', `${file}.${name}`, `${file}.${name}.sums`]);
    });
    const times = await rounds(programs, (program) => program.round());

    for (const [key, what] of [['rows', 'in memory'], ['json', 'of JSON']]) {
        yield [`adding up rows ${what}`, 'ms', 'less',
            ...['old', 'new'].map((name) => times[name].map((one) => one[key]))];
    }
}


async function* reading() {
    const speeds = await rounds(builds, (build) =>
        measured([join(build, 'bench/parse'), '1']));

    for (const [i, { page }] of speeds.new[0].entries()) {
        yield [`reading a ${page} page of costs`, 'MB/s', 'more',
            ...['old', 'new'].map((name) =>
                speeds[name].map((pages) => pages[i].ours_mb_s))];
    }
}


// What fn(build, name) resolves to for each build, by name.
async function both(fn) {
    return { old: await fn(builds.old, 'old'), new: await fn(builds.new, 'new') };
}


// What fn() resolves to for either side, a list of all rounds; who is first
// changes.
async function rounds(sides, fn) {
    const results = { old: [], new: [] };

    for (let i = 0; i < settings.rounds; i++) {
        for (const name of i % 2 ? ['new', 'old'] : ['old', 'new']) {
            results[name].push(await fn(sides[name]));
        }
    }
    return results;
}


async function main() {
    const table = [['', 'unit', 'better', 'old', 'new', 'new / old', 'spread']];
    const worse = [];
    const failed = [];

    for (const part of parts) {
        try {
            for await (const [what, unit, better, old, now] of part()) {
                const ratio = median(now) / median(old);

                table.push([what, unit, better, median(old).toFixed(1),
                    median(now).toFixed(1), ratio.toFixed(3),
                    `${Math.max(spread(old), spread(now)).toFixed(0)} %`]);
                if ((better === 'less' ? ratio : 1 / ratio) > WORSE) {
                    worse.push(what);
                }
            }
        } catch (error) {
            // what the commit cannot do is no reason to leave the rest
            failed.push(`${part.name}: ${error.message}`);
        }
        await stopAll();
    }

    console.log(plain(table));
    tell('not measured', failed);
    tell('worse by more than 10 %', worse);
    return worse.length === 0 && failed.length === 0 ? 0 : 1;
}


function tell(what, list) {
    console.log(`\n${what}: ${list.length === 0 ? 'nothing'
        : list.map((one) => `\n  ${one}`).join('')}`);
}


for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
        await stopAll();
        process.exit(1);
    });
}

let code = 1;

try {
    code = await main();
} catch (error) {
    console.error(error);
} finally {
    await stopAll();
}
process.exit(code);
