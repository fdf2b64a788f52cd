// The runner itself: small files of tests, run as prove runs them.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { now } from '../lib/pace.mjs';
import { alive, temporaryFolder } from '../lib/process.mjs';
import { is, like, ok, test, until } from '../lib/tap.mjs';


const AT_ONCE_MS = 3000;
const dir = temporaryFolder('tap');
const lib = new URL('../lib/', import.meta.url);
let files = 0;


// Returns { pids, code, text, took }: pids are of the children that the file
// has told by started().
async function run(body, { ms = AT_ONCE_MS, onStart } = {}) {
    const file = join(dir, `${++files}.mjs`);
    const list = join(dir, `${files}.pids`);

    writeFileSync(list, '');
    writeFileSync(file, `
        import { spawn } from 'node:child_process';
        import { appendFileSync } from 'node:fs';
        import { after, ok, test, until } from '${lib}tap.mjs';
        import { startProcess } from '${lib}process.mjs';

        const started = (child) =>
            appendFileSync('${list}', child.pid + ' ');
        const forever = () =>
            new Promise(() => { setInterval(() => {}, 1000); });
        ${body}`);

    const child = spawn(process.execPath, [file],
        { env: { ...process.env, BILLING_FAILED: '' } });
    let text = '';
    let began = now();
    const read = (data) => { text += data; };

    child.stdout.on('data', read);
    child.stderr.on('data', read);
    const exit = once(child, 'close');
    await onStart?.(child, () => text);
    began = now();

    try {
        await until(() => child.exitCode !== null || child.signalCode !== null,
            `the end of: ${body}`, ms);
        await exit;
    } finally {
        child.kill('SIGKILL');
    }
    return {
        text, code: child.exitCode, took: now() - began,
        pids: readFileSync(list, 'latin1').split(' ').filter(Boolean).map(Number),
    };
}


test('what passes passes, and what fails fails', async () => {
    const good = await run(`test('one', () => ok(true));`);

    is(good.code, 0, good.text);
    like(good.text, /^ok 1 - one\n1\.\.1$/m);

    const bad = await run(`test('one', () => ok(false, 'no'));`);

    is(bad.code, 1);
    like(bad.text, /^not ok 1 - one\n/m);
});


const REASONS = {
    'an error that nobody has caught': 'setTimeout(() => { throw new Error("lost"); });',
    'a promise that nobody has awaited': 'Promise.reject(new Error("lost"));',
};

for (const [name, fault] of Object.entries(REASONS)) {
    test(`${name} ends all at once`, async () => {
        const { code, text, pids } = await run(`
            after(forever);
            started(spawn('sleep', ['100']));
            started(spawn('sh', ['-c', 'sleep 100 & echo $! >&2; wait']));
            test('one', async () => { ${fault} await forever(); });
            test('two', () => ok(true));`);

        is(code, 1);
        like(text, /^Bail out! Error: lost$/m);
        ok(!/two/.test(text), text);
        is(pids.length, 2);
        await until(() => !pids.some(alive), 'the end of its children');
    });
}


test('who bails out asks for nothing more, and says so once', async () => {
    const { code, text } = await run(`
        after(forever);
        test('one', async () => {
            for (let n = 0; ; n++) {
                Promise.reject(new Error('lost ' + n));
                await (n % 100 ? null : new Promise(setImmediate));
            }
        });`);

    is(code, 1);
    is(text.match(/Bail out!/g).length, 1);
});


// Once its server has gone, a loop fails again and again without a pause, and
// collects what it is told: no timer would ever end that.
test('no test goes on with what is cleaned up already', async () => {
    const { code } = await run(`
        const said = [];
        let there = true;
        after(() => { there = false; return forever(); });
        test('one', async () => {
            setTimeout(() => { throw new Error('lost'); }, 20);
            for (;;) {
                said.push(await (there ? new Promise(setImmediate) : 'gone'));
            }
        });`);

    is(code, 1);
});


for (const signal of ['SIGTERM', 'SIGINT']) {
    test(`${signal} ends the file, its children and theirs`, async () => {
        const { code, text, pids } = await run(`
            after(forever);
            test('one', async () => {
                started(startProcess(['sh', '-c', 'sleep 100 & wait'],
                    { log: '/dev/null' }));
                console.log('here');
                await forever();
            });`, {
            async onStart(child, said) {
                await until(() => /here/.test(said()), 'the start');
                child.kill(signal);
            },
        });

        is(code, 1);
        like(text, /^Bail out! /m);
        await until(() => !pids.some(alive), 'the end of its children');
    });
}


test('a test that takes too long fails, and what it left behind ends', async () => {
    const { code, text } = await run(`
        test('one', async () => {
            for (;;) { await new Promise(setImmediate); }
        }, { timeout: 100 });
        test('two', () => ok(true));`);

    is(code, 1);
    like(text, /took over 100 ms/);
    like(text, /^ok 2 - two$/m);
});
