// The short pass: every input of the corpora again, then a second of new ones
// for each target.  "make fuzz" is the long one.

import { spawn } from 'node:child_process';
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { deepEqual, is, ok, skip, test } from '../lib/tap.mjs';
import { temporaryFolder } from '../lib/process.mjs';
import { decode, encode, pack, unpack } from './corpus.mjs';
import { CORPUS, FUZZ, arguments_, packed, targets, tell } from './targets.mjs';


const SECONDS = 1;
const HERE = fileURLToPath(new URL('.', import.meta.url));

// the cells of the tables
const lines = readFileSync(join(HERE, 'README.md'), 'utf8').split('\n')
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
    deepEqual(readdirSync(join(HERE, 'corpus')).sort(),
        targets().map((name) => `${name}.txt`));
    for (const name of targets()) {
        ok(lines.some(([first]) => first === name), name);
    }
});


test('a corpus stands in its file as a merge writes it', () => {
    const folder = temporaryFolder('packed');

    for (const name of targets()) {
        const text = readFileSync(packed(name), 'latin1');

        ok(decode(text).length > 0, name);
        unpack(packed(name), join(folder, name));
        pack(join(folder, name), join(folder, `${name}.txt`));
        is(readFileSync(join(folder, `${name}.txt`), 'latin1'), text, name);
    }
});


test('any bytes can be an input, and come back', () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const inputs = [all, '', ' ', 'a ', '\\x41', '\\n', '#'].map((bytes) =>
        ['-', Buffer.from(bytes)]).concat([['found-it', Buffer.from('a\nb')]]);
    const text = encode(inputs);
    const sorted = (list) => list.map(([name, bytes]) =>
        `${name} ${bytes.toString('hex')}`).sort();

    deepEqual(sorted(decode(text)), sorted(inputs));
    is(encode([...inputs, ...inputs].reverse()), text);
    ok(/^[ -~\n]*$/.test(text) && !/ $/m.test(text.replace(/^- $/m, '')), text);
    is(encode([]), '');
    deepEqual(decode(''), []);
});


test('a line that is no input is refused', () => {
    for (const line of ['', '-', 'a', 'lost b', '- \\', '- \\q', '- \\x4',
        '- \\xZZ', '- \t', '- \u00e9', '-  \r', 'found-A b']) {
        assert.throws(() => decode(`- a\n${line}\n`), /line 2 is no input/, line);
    }
    assert.throws(() => decode('- a'), /the last line has no end/);
});


// [found by, what it was, file, test]
test('each finding has a test that is there', () => {
    const findings = lines.filter((cells) => cells.length === 4
        && targets().includes(cells[0]));

    ok(findings.length > 0);
    for (const [, , file, name] of findings) {
        const path = join(HERE, '..', file);
        const there = ['.c', '.test.mjs', '.txt'].some((end) =>
            existsSync(path + end)
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
        join(CORPUS, name),
    ], { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';

    child.stderr.setEncoding('latin1').on('data', (text) => { log += text; });

    return new Promise((resolve) => {
        child.once('error', (error) => resolve({ code: -1, log: `${error}` }));
        child.once('close', (code) => resolve({ code, log }));
    });
}
