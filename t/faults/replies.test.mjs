// Redis answers each question once with something else than it should: every
// endpoint gives one of its documented answers, and goes on.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { startBilling } from '../lib/billing.mjs';
import { startGate } from '../lib/gate.mjs';
import { startRedis } from '../lib/redis.mjs';
import { after, deepEqual, is, ok, test } from '../lib/tap.mjs';
import { startSandbox } from '../sandbox/index.mjs';
import { endpoints } from './endpoints.mjs';


const redis = await startRedis();
const sandbox = await startSandbox({ child: true, settings: { page_size: 400 } });
const gate = await startGate({ redis, sandbox });
const billing = await startBilling({ redis: gate.redis, sandbox: gate.sandbox });
after(() => gate.close());
after(() => billing.stop());

const [worker] = billing.nginx.workers();
const table = await endpoints(billing);


// What Redis says when it cannot.
const REFUSALS = ['LOADING Redis is loading the dataset in memory',
    "READONLY You can't write against a read only replica.",
    "OOM command not allowed when used memory > 'maxmemory'.",
    'MISCONF Redis is configured to save RDB snapshots',
    'NOSCRIPT No matching script', 'NOPERM no permissions', 'ERR']
    .map((text) => `return redis.error_reply("${text}")`);

const NONSENSE = ['return nil', 'return 1', 'return -9223372036854775807',
    'return ""', 'return "ok"', 'return string.rep("x", 100000)',
    'return redis.status_reply("OK")', 'return redis.error_reply("WRONGTYPE")',
    'return {}', 'return { {} }', 'return { 1, 2, 3, 4, 5, 6 }',
    'return { "" }', 'return { "ok" }', 'return { "ok", "x" }',
    'return { "ok", "999999999999999999999", "-5" }', 'return { "replay" }',
    'return { "replay", "id", "garbage" }', 'return { "reused" }',
    'return { "overlap" }', 'return { "overlap", "one" }',
    'return { "overlap", "one", "sa-000000000000", "two" }',
    'return { "taken" }', 'return { "version" }', 'return { "held" }',
    'return { "depth" }', 'return { "ok", 1 }', 'return { "ok", {} }',
    // of a sync
    'return { 1, "history", 5, 1 }', 'return { 0, "", -1, 0 }',
    'return { 0, "", 5, 0, "project:project-000000000000", { "name" } }',
    'return { 0, "", 5, 0, "nothing", {} }', 'return { 0, "", 5, 0, "x:" }',
    'return { 1, string.rep("h", 65), 5, 0 }',
    'return { 0, "", 5, 0, "account:", { "linked", "[1]", "tags", "{" } }'];


// Where an endpoint waits for Redis; the first call is for Redis to learn the
// scripts.
async function awaits(prepare) {
    for (let i = 0; i < 2; i++) {
        const one = await prepare();

        gate.reset();
        is(Math.floor((await one.call()).status / 100), 2);
    }
    // nobody waits for an answer to be kept
    return [...new Set(gate.steps)].filter(
        (step) => !/^(GET|POST) |^EVALSHA \w+ answers$/.test(step));
}


async function answerTo(prepare, step, script) {
    const one = await prepare();

    gate.instead(new RegExp(`^${step}$`), script);
    try {
        return await one.call();
    } finally {
        gate.open();
    }
}


// The provider has answered when a verification is settled: what Redis says of
// that changes nothing.
const settles = createHash('sha1').update(readFileSync(new URL(
    '../../src/store/script_verify_end.lua', import.meta.url)))
    .digest('hex').slice(0, 8);

// Costs are shown also when they cannot be stored, nor a list of accounts.
const spared = (step, steps) => step === `EVALSHA ${settles} meta` || /^(EVALSHA \w+|HINCRBY) (lock|cost|usage)$/
    .test(step) || / answers$|^HMGET meta$/.test(step) || /^EVALSHA/.test(step) && steps.includes('HMGET cost')
        && step !== steps.find((one) => /^EVALSHA/.test(one));


for (const name of ['GET health', 'GET projects', 'PUT providers/{id}',
    'POST projects', 'PATCH projects/{id}', 'DELETE projects/{id}',
    'POST service-accounts, with a key', 'PATCH service-accounts/{id}',
    'GET costs, with an old list']) {
    test(name, async () => {
        const steps = await awaits(table[name]);

        for (const step of steps) {
            // or an admin would verify more often in a minute than he may
            for (const key of (await redis.cli('keys', '*:verifying:*')).split('\n')) {
                await redis.cli('del', key);
            }
            for (const script of REFUSALS) {
                const { status, text } = await answerTo(
                    table[name], step, script);
                const well = spared(step, steps)
                    || /^EVALSHA/.test(step) && /NOSCRIPT/.test(script);

                is(status < 300, well, `${step}, ${script}: ${text}`);
                ok(status < 300 || status === 503, `${step}: ${status}`);
            }

            for (const script of NONSENSE) {
                const { status, text } = await answerTo(
                    table[name], step, script);

                ok([200, 201, 204, 404, 409, 412, 422, 429, 500, 503]
                    .includes(status), `${step}, ${script}: ${text}`);
            }
        }

        deepEqual(billing.nginx.workers(), [worker], 'the worker');
    }, { timeout: 600_000 }); // some hundred calls
}
