// The benchmark itself works: servers start, answers are checked, a table is
// printed, nothing is left.  No speed is asserted.

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { after, deepEqual, is, like, test } from '../lib/tap.mjs';


const program = fileURLToPath(new URL('run.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'billing-bench-'));
after(() => rmSync(folder, { recursive: true }));


function run(env) {
    return new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [program], {
            env: { ...process.env, TMPDIR: folder, ...env },
        });
        let text = '';

        child.stdout.on('data', (chunk) => { text += chunk; });
        child.stderr.on('data', (chunk) => { text += chunk; });
        child.on('error', reject);
        child.on('close', (code) => resolve({ code, text }));
    });
}


test('a short run', async () => {
    const { code, text } = await run({ BENCH_QUICK: '1' });

    is(code, 0, text);
    like(text, /^ *requests\/s +spread /m);
    for (const name of ['module, zone', 'nginx, static file',
        'nginx, return 200']) {
        like(text, new RegExp(`^ *${name} +[1-9]\\d* +0 %`, 'm'));
    }
    like(text, /^zone \/ static file +\d+\.\d\d \(/m);
    deepEqual(readdirSync(folder), []);
});


test('settings that are none', async () => {
    const { code, text } = await run({ BENCH_ROUNDS: '0' });

    is(code, 1);
    like(text, /BENCH_ROUNDS is not a number/);
});
