// run-test: no file of tests takes all the time or all the memory there is.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { alive, childrenOf, temporaryFolder } from '../lib/process.mjs';
import { is, like, ok, test, until } from '../lib/tap.mjs';


const dir = temporaryFolder('limits');
const runTest = fileURLToPath(new URL('../lib/run-test', import.meta.url));
const besideLoad = fileURLToPath(new URL('../lib/beside-load', import.meta.url));
const failed = join(dir, 'failed');


function start(program, argv, env = {}) {
    const child = spawn(program, argv, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, BILLING_FAILED: failed, ...env },
    });
    const run = { child, text: '', closed: once(child, 'close') };
    const read = (data) => { run.text += data; };

    writeFileSync(failed, '');
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    return run;
}


// Returns { code, text } of run-test.
async function run(argv, env) {
    const one = start(runTest, argv, env);

    await one.closed;
    return { code: one.child.exitCode, text: one.text };
}


const script = (text) => ['sh', '-c', text];
const numbers = (text) => [...text.matchAll(/^\d+$/mg)].map(Number);
const gone = (pids) => until(() => !pids.some(alive), `the end of ${pids}`);


test('a program or a script of Node, its arguments and its exit code', async () => {
    const file = join(dir, 'args.mjs');

    writeFileSync(file, 'console.log(process.argv.slice(2)); process.exit(3);');

    const node = await run([file, 'a', 'b']);
    is(node.code, 3);
    like(node.text, /\[ 'a', 'b' \]/);

    const shell = await run(script('echo said; exit 5'));
    is(shell.code, 5);
    is(shell.text, 'said\n');

    is((await run(script('kill -ABRT $$'))).code, 128 + 6);
    is((await run([join(dir, 'nothing')])).code, 127);
});


test('one that hangs is killed with its children, and has failed', async () => {
    const { code, text } = await run(script(`
        sleep 100 & echo $!
        setsid sleep 100 & echo $!
        trap '' TERM INT HUP
        echo $$
        while :; do sleep 1; done`), { BILLING_TEST_SECONDS: '2' });

    is(code, 1);
    like(text, /^# sh: takes over 2 s, and was killed$/m);
    like(readFileSync(failed, 'utf8'), /takes over 2 s/);
    is(numbers(text).length, 3, text);
    await gone(numbers(text));
});


test('one whose children take too much memory is killed', async () => {
    const file = join(dir, 'eater.mjs');

    writeFileSync(file, `
        console.log(process.pid);
        const all = [];
        setInterval(() => all.push(Buffer.alloc(8 << 20, 1)), 20);`);

    const { code, text } = await run(script(`${process.execPath} ${file} & wait`),
        { BILLING_TEST_MEMORY: '300' });

    is(code, 1);
    like(text, /^# sh: takes over 300 MB of memory, and was killed$/m);
    is(numbers(text).length, 1, text);
    await gone(numbers(text));
});


test('what is only reserved does not count', async () => {
    const file = join(dir, 'reserved.mjs');

    // as much as the limit, untouched, like the shadow of the sanitizers
    writeFileSync(file, `
        const memory = new WebAssembly.Memory({ initial: 16384, maximum: 16384 });
        setTimeout(() => console.log(memory.buffer.byteLength), 1500);`);

    is((await run([file], { BILLING_TEST_MEMORY: '400' })).code, 0);
});


test('what a test leaves behind ends with it', async () => {
    const { code, text } = await run(script('sleep 100 > /dev/null 2>&1 & echo $!'));

    is(code, 0);
    await gone(numbers(text));
});


for (const signal of ['SIGINT', 'SIGTERM']) {
    test(`${signal} ends the test`, async () => {
        const one = start(runTest, script(`
            trap '' TERM INT
            echo $$
            while :; do sleep 1; done`));

        await until(() => numbers(one.text).length > 0, 'the start');
        one.child.kill(signal);
        await one.closed;
        ok(one.child.exitCode > 128, String(one.child.exitCode));
        await gone(numbers(one.text));
    });
}


test('it ends when whoever has called it is killed', async () => {
    const one = start('sh', ['-c', `"${runTest}" sh -c 'echo $$; sleep 100'; :`]);

    await until(() => numbers(one.text).length > 0, 'the start');
    one.child.kill('SIGKILL');
    await gone(numbers(one.text));
    await one.closed;
});


test('beside-load: four that spin end with what runs beside them', async () => {
    const inTime = async (text) => {
        const one = start(besideLoad, ['4', ...script(text)]);

        await until(() => childrenOf(one.child.pid).length === 5, 'all to run');
        one.children = childrenOf(one.child.pid);
        return one;
    };

    const good = await inTime('sleep 1; exit 7');
    await good.closed;
    is(good.child.exitCode, 7);
    await gone(good.children);

    for (const signal of ['SIGINT', 'SIGTERM']) {
        const one = await inTime('exec sleep 100');

        one.child.kill(signal);
        await one.closed;
        is(one.child.exitCode, 130);
        await gone(one.children);
    }

    // then whatever ran beside them goes on
    const killed = await inTime('exec sleep 100');
    const [last] = killed.children.slice(-1);
    killed.child.kill('SIGKILL');
    await gone(killed.children.filter((pid) => pid !== last));
    process.kill(last);
    await killed.closed;
});
