// The benchmark itself works: servers start, answers are checked, a table is
// printed, nothing is left.  No speed is asserted.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { after, deepEqual, is, like, ok, test } from '../lib/tap.mjs';
import { BUILD } from './harness.mjs';


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


// Against pandas it takes minutes; with a sanitizer, what it reads is its own.
test('rows are added up, in memory and from JSON', () => {
    const program = join(BUILD, 'bench/asan/aggregate');
    const [pages, sums] = ['pages', 'sums'].map((name) => join(folder, name));

    execFileSync(program, ['make', pages, '2']);

    const lines = execFileSync(program, ['run', pages, sums], {
        input: '..', encoding: 'utf8', env: { ASAN_OPTIONS: 'detect_leaks=0' },
    }).trim().split('\n').map((line) => JSON.parse(line));

    ok(lines.length === 3 && lines[0].rows > 1000 && lines[1].json > 0,
        JSON.stringify(lines));
    ok(readFileSync(sums, 'utf8').split('\n').length > 100, 'sums by group');
});


test('settings that are none', async () => {
    const { code, text } = await run({ BENCH_ROUNDS: '0' });

    is(code, 1);
    like(text, /BENCH_ROUNDS is not a number/);
});
