// The dashboard of ten thousand service accounts, and two years of them asked for
// by fifty at once: right, and no reason for anybody else to wait.

import { createCipheriv, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { money, months } from '../lib/figures.mjs';
import { childrenOf } from '../lib/process.mjs';
import { deepEqual, diag, is, ok, test } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const ACCOUNTS = 10_000;
const OTHERS = 5; // answers that somebody else gets meanwhile
const CROWD = 50;
const GROWTH_MB = 400; // of a worker, for all of the crowd

const world = await startWorld();
const { sandbox, redis, get } = world;

const project = await world.createProject('project');
const credential = { client: 'client', secret: 'secret' };
const linked = ['910000000001'];
await sandbox.setCredential({ ...credential, linked });
const first = await world.createAccount('first', project.id, credential);


// As the module seals: the account's id is associated data.
function seal(id) {
    const [name, key] = readFileSync(world.key, 'utf8').trim().split(':');
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', Buffer.from(key, 'base64'),
        nonce);
    const plain = JSON.stringify({
        account: 'all', email: credential.client, key: credential.secret,
    });

    cipher.setAAD(Buffer.from(`v1/default/${id}`));
    const text = Buffer.concat([nonce, cipher.update(plain), cipher.final(),
        cipher.getAuthTag()]);
    return `v1:${name}:${text.toString('base64')}`;
}


// More accounts like the first one, with copies of its blocks.
const clone = `
    local base = 'billing:{default}:'
    local call = redis.call
    local fields = call('HGETALL', base .. 'account:' .. ARGV[1])
    local plain = string.gsub(ARGV[1], '-', '%%-')
    local blocks = call('SMEMBERS', base .. 'account:' .. ARGV[1] .. ':blocks')
    for i = 2, #ARGV, 2 do
        local id, sealed = ARGV[i], ARGV[i + 1]
        local key = base .. 'account:' .. id
        call('HSET', key, unpack(fields))
        call('HSET', key, 'name', id, 'fold', id, 'credential', sealed,
            'seq', call('HINCRBY', base .. 'meta', 'seq', 1))
        call('ZADD', base .. 'changes',
            call('HINCRBY', base .. 'meta', 'generation', 1),
            'account:' .. id)
        for _, block in ipairs(blocks) do
            local own = string.gsub(block, plain, id)
            call('COPY', block, own)
            call('HDEL', own, 'cells')
            call('SADD', key .. ':blocks', own)
        end
    end`;


async function fill(n) {
    for (let i = 1; i < n; i += 500) {
        const args = [];

        for (let j = i; j < Math.min(i + 500, n); j++) {
            const id = `sa-${j.toString(16).padStart(12, '0')}`;
            args.push(id, seal(id));
        }
        await redis.cli('eval', clone, 0, first.id, ...args);
    }
}


// How often someone who asks for nothing much is answered meanwhile, and his
// longest wait.
async function meanwhile(fn) {
    let over = false;
    let answers = 0;
    let most = 0;
    const running = fn().finally(() => { over = true; });
    const other = world.client();

    while (!over) {
        const start = performance.now();
        is((await other.get('health')).status, 200);
        most = Math.max(most, performance.now() - start);
        answers++;
    }
    return [await running, answers, most];
}


function times(text) {
    const [whole, fraction] = text.split('.');

    return money(BigInt(ACCOUNTS) * BigInt(whole + fraction.padEnd(12, '0')));
}


const dates = months(-23, 0);
const TWO_YEARS = `costs?start=${dates[0]}&end=${dates.at(-1)}&group_by=service`;
let single; // the answer for one account

test('a dashboard of all of them', async () => {
    const one = (await get('dashboard')).json;
    is(one.complete, true);
    single = (await get(TWO_YEARS)).json;
    is(single.complete, true);
    await fill(ACCOUNTS);

    for (const what of ['first', 'second']) {
        // made from blocks, not an answer of before
        await redis.cli('del', 'billing:{default}:answers');

        const start = performance.now();
        const [{ status, json, cache }, answers, wait] = await meanwhile(
            () => get('dashboard'));

        diag('%s: %s ms, %s others were answered, after %s ms at most', what,
            (performance.now() - start).toFixed(0), answers, wait.toFixed(0));

        is(status, 200, JSON.stringify(json).slice(0, 300));
        is(json.complete, true);
        is(cache, 'HIT');
        is(json.accounts.length, ACCOUNTS);

        const [was] = one.currencies;
        const [all] = json.currencies;
        for (const name of ['monthly', 'daily']) {
            deepEqual(all[name].costs, was[name].costs.map(times), name);
        }
        is(all.this_month, times(was.this_month));
        ok(answers >= OTHERS, `${answers} answers`);
    }
});


// The most memory that a worker has had, in MB.
const peak = () => Math.max(...childrenOf(world.nginx.pid).map((pid) =>
    Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmHWM:\s*(\d+)/)[1])
        / 1024));


test('two years of all of them, asked for by fifty at once', async () => {
    await redis.cli('del', 'billing:{default}:answers');

    const calls = (await sandbox.calls({})).length;
    const before = peak();
    const start = performance.now();
    const clients = Array.from({ length: CROWD }, () => world.client());
    const [answers, others, wait] = await meanwhile(() => Promise.all(
        clients.map((client) => client.get(TWO_YEARS))));

    diag('%s ms, %s others were answered, after %s ms at most, +%s MB',
        (performance.now() - start).toFixed(0), others, wait.toFixed(0),
        (peak() - before).toFixed(0));

    for (const { status, text } of answers) {
        is(status, 200, text.slice(0, 300));
        ok(text === answers[0].text, 'all are told the same');
    }

    const json = JSON.parse(answers[0].text);
    is(json.complete, true);
    is(json.accounts.length, ACCOUNTS);
    deepEqual(json.dates, dates);
    deepEqual(json.currencies.map(({ costs }) => costs),
        single.currencies.map(({ costs }) => costs.map(times)));
    deepEqual(json.currencies[0].groups.map(({ key, sum }) => [key, sum]),
        single.currencies[0].groups.map(({ key, sum }) => [key, times(sum)]));

    is((await sandbox.calls({})).length, calls, 'no provider is asked');
    ok(others >= OTHERS, `${others} answers`);
    ok(peak() - before < GROWTH_MB, `${peak()} MB`);
});
