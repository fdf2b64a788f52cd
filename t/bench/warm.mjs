// Dashboards that are made from blocks in Redis, with no rendered answer of
// before: how time and memory grow with the number of accounts.

import { money } from '../lib/figures.mjs';
import { parseDecimal } from '../sandbox/decimal.mjs';
import { ask, cpuTime, median, memory, settings } from './harness.mjs';
import { seed } from './seed.mjs';
import { moduleServer, redisServer, sandboxServer } from './servers.mjs';


const SIZES = [100, 200, 1000, 10_000];
const TARGET_ACCOUNTS = 200;
const TARGET_MS = 60;
const LINEAR = 1.5; // 10,000 accounts, each, may cost this of one of 1,000
const FLAT = 1.1;   // and memory may grow by this from round to round


export async function* warm() {
    const redis = await redisServer();
    const sandbox = await sandboxServer();
    const server = await moduleServer({ redis, sandbox });
    const domains = [];

    for (const accounts of SIZES) {
        const domain = `d${accounts}`;
        domains.push({
            domain, accounts, wall: [], cpu: [], rss: [],
            ...await seed({ redis, domain, accounts, key: server.key }),
        });
    }

    // one that is not counted: the worker reads the accounts once
    for (const domain of domains) {
        await measure(server, redis, domain, { counted: false });
    }
    const held = [];
    for (let i = 0; i < settings.rounds; i++) {
        for (const domain of domains) {
            await measure(server, redis, domain);
        }
        held.push(memory(server.pid));
    }

    const asked = (await sandbox.counters()).by_path['/v1/search/billing'];
    if (asked) {
        throw new Error(`the provider was asked ${asked} times`);
    }
    yield section(domains, held.at(-1) / held[Math.floor(held.length / 2)]);
}


// A dashboard from blocks, which may be counted, in to.wall, to.cpu and to.rss; it
// is compared with what seed() wrote.
export async function measure(server, redis, to, { counted = true } = {}) {
    await redis.cli('del', `billing:{${to.domain}}:answers`);

    const before = cpuTime(server.pid);
    const answer = await ask(`${server.url}/domains/api/v1/dashboard`,
        { 'X-Domain': to.domain });
    const spent = cpuTime(server.pid) - before;

    check(answer, to);
    if (counted) {
        to.wall.push(answer.ms);
        to.cpu.push(spent / 1e6);
        to.rss.push(memory(server.pid) / 1024);
    }
}


// The totals are those that went into the blocks, to the last digit.
function check({ status, headers, body }, { accounts, months }) {
    const text = body.toString();

    if (status !== 200 || headers['x-billing-cache'] !== 'HIT') {
        throw new Error(`${status} ${headers['x-billing-cache']} ${
            text.slice(0, 300)}`);
    }

    const answer = JSON.parse(text);
    const expected = months.map((amount) => money(parseDecimal(amount)));
    const [{ monthly }] = answer.currencies;

    if (!answer.complete || answer.accounts.length !== accounts
        || String(monthly.costs) !== String(expected)) {
        throw new Error(`${accounts} accounts: ${monthly.costs} instead of ${
            expected}`);
    }
}


function section(domains, growth) {
    const of = (accounts) => domains.find((one) => one.accounts === accounts);
    const each = (one) => median(one.cpu) * 1000 / one.accounts;
    const ratio = each(of(10_000)) / each(of(1000));
    const target = median(of(TARGET_ACCOUNTS).wall);

    return {
        title: 'The main dashboard from warm blocks',
        notes: ['12 months x 30 services of each account; neither a zone nor '
            + 'a rendered answer in Redis. CPU is that of the worker. Totals '
            + 'were compared exactly.'],
        table: [
            ['accounts', 'ms', 'CPU ms', 'CPU us/account', 'RSS MB'],
            ...domains.map((one) => [one.accounts, median(one.wall).toFixed(1),
                median(one.cpu).toFixed(1), each(one).toFixed(1),
                Math.max(...one.rss).toFixed(0)]),
        ],
        targets: [
            { what: `${TARGET_ACCOUNTS} accounts from warm blocks`,
                short: `dashboard of ${TARGET_ACCOUNTS} accounts, made from `
                    + 'blocks in Redis',
                value: `${target.toFixed(1)} ms (CPU ${
                    median(of(TARGET_ACCOUNTS).cpu).toFixed(1)} ms)`,
                target: `< ${TARGET_MS} ms`, met: target < TARGET_MS },
            { what: 'an account: 10,000 of them / 1,000 of them',
                value: ratio.toFixed(2), target: `< ${LINEAR}`,
                met: ratio < LINEAR },
            { what: 'memory after the last round / half way',
                value: growth.toFixed(2), target: `< ${FLAT}`,
                met: growth < FLAT },
        ],
    };
}
