// The short pass: every input of the corpora again, then a second of new ones
// for each target.  "make fuzz" is the long one.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ok, skip, test } from '../lib/tap.mjs';
import { temporaryFolder } from '../lib/process.mjs';
import { CORPUS, FUZZ, arguments_, targets, tell } from './targets.mjs';


const SECONDS = 1;

// the cells of the tables
const lines = readFileSync(join(CORPUS, '../README.md'), 'utf8').split('\n')
    .filter((line) => /^\| .*\|$/.test(line))
    .map((line) => line.slice(1, -1).split(' | ').map((cell) => cell.trim()));

// without nginx's source there are no programs that need it, see nginx.sh
const absent = (name) => name.startsWith('nginx_')
    && !existsSync(join(FUZZ, name));
const names = targets().filter((name) => !absent(name));


// Two at a time, whatever the order in which the tests look.
const results = new Map(names.map((name) => [name, null]));
let next = 0;

async function work() {
    while (next < names.length) {
        const name = names[next++];
        results.set(name, await run(name));
    }
}

const done = Promise.all([work(), work()]);


for (const name of names) {
    test(`nothing is found in ${name}`, async () => {
        await done;
        const { code, log } = results.get(name);

        ok(code === 0, `${tell(log)}\n${log.slice(-6000)}`);
    });
}


targets().filter(absent).forEach((name) =>
    skip(`nothing is found in ${name}`, 'the source of nginx cannot be had'));


test('each target has a corpus, and a line in README.md', () => {
    for (const name of targets()) {
        ok(existsSync(join(CORPUS, name)), name);
        ok(lines.some(([first]) => first === name), name);
    }
});


// [found by, what it was, file, test]
test('each finding has a test that is there', () => {
    const findings = lines.filter((cells) => cells.length === 4
        && targets().includes(cells[0]));

    ok(findings.length > 0);
    for (const [, , file, name] of findings) {
        const path = join(CORPUS, '../..', file);
        const there = existsSync(join(path, name)) || ['.c', '.test.mjs']
            .some((end) => existsSync(path + end)
                && readFileSync(path + end, 'utf8').includes(name));

        ok(there, `${file}: ${name}`);
    }
});


// Resolves to { code, log }.
function run(name) {
    const found = temporaryFolder('fuzz');
    const fresh = join(found, 'work');
    mkdirSync(fresh);

    const child = spawn(join(FUZZ, name), [
        ...arguments_(name), `-max_total_time=${SECONDS}`, '-seed=1',
        `-artifact_prefix=${found}/`, fresh,
        ...[join(CORPUS, name)].filter(existsSync),
    ], { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';

    child.stderr.setEncoding('latin1').on('data', (text) => { log += text; });

    return new Promise((resolve) => {
        child.once('error', (error) => resolve({ code: -1, log: `${error}` }));
        child.once('close', (code) => resolve({ code, log }));
    });
}
