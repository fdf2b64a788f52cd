// The clock jumps, or time passes quickly.  It is that of libfaketime (Debian's
// package faketime), which only what it is preloaded to has.

import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { linkedAccount, startBilling } from '../lib/billing.mjs';
import { months } from '../lib/figures.mjs';
import { temporaryFolder } from '../lib/process.mjs';
import { after, deepEqual, is, ok, test, until } from '../lib/tap.mjs';


const FAST = 300; // a flight may take 30 minutes: 6 seconds
const library = ['x86_64', 'aarch64']
    .map((arch) => `/usr/lib/${arch}-linux-gnu/faketime/libfaketime.so.1`)
    .find((path) => existsSync(path));

if (!library || process.env.BILLING_STATIC || process.env.BILLING_WRAP) {
    console.log('1..0 # SKIP no clock to turn');
    process.exit(0);
}

const [month] = months(-3, -3);
const only = `start=${month}&end=${month}`;

async function start(env, options) {
    const system = await startBilling({
        // idle connections end when the clock jumps, perhaps as they are used
        keepAlive: false,
        ...options,
        nginx: {
            env: { LD_PRELOAD: library, TZ: 'UTC', ...env },
            // nginx drops what it is not told to keep
            main: Object.keys(env).map((name) => `env ${name};`).join(' '),
        },
    });
    after(() => system.stop());

    const client = system.client();
    const project = await client.create('projects', { name: 'Project' });
    const account = await client.create('service-accounts', {
        name: 'Account', provider: 'hyperbilling_aws', project_id: project.id,
        credentials: await system.credentials([linkedAccount()]),
    });

    return { ...system, client, account };
}


test('time jumps, forth and back by days: figures are right, and renewed',
    async () => {
        const clock = join(temporaryFolder('clock'), 'clock');
        // at once: libfaketime ends a process that finds the file half written
        const jump = (seconds) => {
            writeFileSync(`${clock}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
            renameSync(`${clock}.new`, clock);
        };

        jump(0);
        const { client, nginx } = await start({
            FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1',
            FAKETIME_DONT_FAKE_MONOTONIC: '1',
        });
        const workers = nginx.workers();
        const ask = async () => {
            const { status, body } = await client.get(`costs?${only}`);

            is(status, 200);
            is(body.complete, true);
            return body;
        };
        const { currencies } = await ask();

        for (const days of [1, 40, 0, -40, 0]) {
            jump(days * 86_400);
            await until(async () => {
                const { headers } = await client.get('health');
                const now = Date.now() + days * 86_400_000;
                return Math.abs(Date.parse(headers.date) - now) < 60_000;
            }, 'the clock to have jumped');

            // what was read at a time that is not near now is renewed
            await until(async () => {
                const { accounts: [{ as_of, state }], ...body } = await ask();

                deepEqual(body.currencies, currencies);
                return state === 'fresh' && Math.abs(Date.parse(as_of)
                    - Date.now() - days * 86_400_000) < 5 * 86_400_000;
            }, `figures of the day ${days}`);
            is((await client.post('projects', { name: `day ${days} ${
                Math.random()}` })).status, 201);
        }
        deepEqual(nginx.workers(), workers);
    });


test('a fetch that gets no leave to call ends after half an hour', async () => {
    const { client, account, redis, nginx, sandbox } = await start(
        { FAKETIME: `+0 x${FAST}` },
        { prefix: 'billing: timeout=3600s', provider: 'timeout=3600s' });
    const base = 'billing:{default}:';
    const locks = async () => Number(await redis.cli('eval',
        `return #redis.call('KEYS', '${base}lock:*')`, 0));

    // permits that nobody gives back
    await redis.cli('zadd', `${base}permits:${account.id}:1`,
        ...Array.from({ length: 16 }, (_, i) => [9e15, `held${i}`]).flat());
    const { body } = await client.get(`costs?${only}`);

    is(body.accounts[0].code, 'timeout');
    ok(await locks() > 0, 'it goes on');
    await nginx.waitForLog(/failed for account .*took too long/, 60_000);
    await until(async () => await locks() === 0, 'its lock to be given back');
    is((await sandbox.calls({ path: '/v1/search/billing' })).length, 0);

    await redis.cli('del', `${base}permits:${account.id}:1`);
    await until(async () => (await client.get(`costs?${only}`)).body.complete,
        'the next one to get it');
});
