// No kept answer outlives its day (UTC).  The clock is that of libfaketime
// (Debian's package faketime); without it there is nothing to see.

import { existsSync } from 'node:fs';

import { days } from '../lib/figures.mjs';
import { now } from '../lib/pace.mjs';
import { is, ok, test } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const library = ['x86_64', 'aarch64']
    .map((arch) => `/usr/lib/${arch}-linux-gnu/faketime/libfaketime.so.1`)
    .find((path) => existsSync(path));

if (!library || process.env.BILLING_STATIC || process.env.BILLING_WRAP) {
    console.log('1..0 # SKIP no clock to turn');
    process.exit(0);
}

const [today, tomorrow] = days(0, 1);

for (const zone of ['billing:16m', false]) {
    test(`a day ends, ${zone ? 'with' : 'without'} a zone`, async () => {
        const { createProject, createAccount, sandbox, get } = await startWorld({
            zone,
            nginx: { env: {
                ...process.env, TZ: 'UTC', LD_PRELOAD: library,
                FAKETIME: `@${today} 23:59:52`,
                FAKETIME_DONT_FAKE_MONOTONIC: '1',
            } },
        });
        const project = await createProject('project');

        await sandbox.setCredential(
            { client: 'c', secret: 's', linked: ['300000000003'] });
        await createAccount(
            'account', project.id, { client: 'c', secret: 's' });

        const seen = new Set();

        for (const last = now() + 30_000; !seen.has(tomorrow);) {
            const before = new Date((await get('projects')).headers.date);
            const { headers, json, cache } = await get(
                'costs?granularity=DAILY');
            const day = new Date(headers.date).toISOString().slice(0, 10);

            // an answer of the very second in which the day ended may be either
            ok(json.end === day
                || json.end === before.toISOString().slice(0, 10),
            `${json.end} on ${day}`);
            if (cache === 'HIT' || json.end === tomorrow) {
                seen.add(json.end);
            }
            ok(now() < last, 'midnight comes');
        }
        is([...seen].join(), `${today},${tomorrow}`);
    });
}
