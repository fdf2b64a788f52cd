// A small test runner that prints TAP 13.  test() collects; the tests run in
// order once the file that holds them has been evaluated, so set up with
// top-level await before the first test(), not between two of them.

import assert from 'node:assert/strict';
import { format } from 'node:util';

import { complain } from './complain.mjs';
import { alarm } from './pace.mjs';
import { killChildren } from './process.mjs';
import { busily } from './until.mjs';

export { until } from './until.mjs';


// All of an idle machine, see pace.mjs.
const TEST_TIMEOUT_MS = 120_000;
const CLEANUP_TIMEOUT_MS = 60_000;
const EXIT_GRACE_MS = 5_000;

const queue = [];
const cleanups = [];
let started = false;
let finished = false;
let abandoned = false; /* something that took too long still runs */


// Adds a test.  It fails when fn throws, rejects, or takes longer than
// options.timeout milliseconds.  options.skip is the reason not to run it;
// options.todo the known fault that lets it fail without failing the file.
export function test(name, fn, options = {}) {
    if (finished) {
        throw new Error(`test "${name}" was added after the end`);
    }

    queue.push({ name, fn, options });

    if (!started) {
        started = true;
        setImmediate(run);
    }
}


export function skip(name, reason) {
    test(name, () => {}, { skip: reason });
}


// Runs fn when all tests are done, failed or not; the last added runs first.
export function after(fn) {
    cleanups.push(fn);
}


export function diag(...args) {
    process.stdout.write(commented(format(...args)));
}


function commented(text) {
    return `${text.replace(/^/gm, '# ')}\n`;
}


export function ok(value, message) {
    assert.ok(value, message);
}


export function is(actual, expected, message) {
    assert.strictEqual(actual, expected, withValues(actual, expected, message));
}


export function deepEqual(actual, expected, message) {
    assert.deepStrictEqual(actual, expected, message);
}


export function like(text, pattern, message) {
    assert.match(String(text), pattern, message);
}


// A message of one's own would otherwise hide both values.
function withValues(actual, expected, message) {
    return message === undefined
        ? undefined
        : format('%s: got %O, expected %O', message, actual, expected);
}


async function run() {
    let failed = 0;
    let count = 0;

    process.stdout.write('TAP version 13\n');

    while (queue.length > 0) {
        const entry = queue.shift();
        count++;
        failed += await runOne(count, entry) ? 0 : 1;
    }

    finished = true;
    failed += await cleanUp();
    process.stdout.write(`1..${count}\n`);
    end(failed);
}


async function runOne(number, { name, fn, options }) {
    const mark = options.todo ? ` # TODO ${options.todo}` : '';
    const title = `${number} - ${name.replace(/#/g, '\\#')}${mark}`;

    if (options.skip) {
        process.stdout.write(`ok ${title} # SKIP ${options.skip}\n`);
        return true;
    }

    try {
        await withTimeout(fn, options.timeout ?? TEST_TIMEOUT_MS);
        process.stdout.write(`ok ${title}\n`);
        return true;
    } catch (error) {
        process.stdout.write(`not ok ${title}\n`);
        complain(commented(`${process.argv[1]}: ${name}\n${
            error?.stack ?? error}`));
        return options.todo !== undefined;
    }
}


function withTimeout(fn, ms) {
    const began = performance.now();
    let off;
    const timeout = new Promise((_, reject) => {
        off = alarm(ms, () => {
            abandoned = true;
            reject(new Error(`took over ${ms} ms${
                busily(performance.now() - began, ms)}`));
        });
    });

    return Promise.race([(async () => fn())(), timeout]).finally(off);
}


// Returns how many cleanups failed.
async function cleanUp() {
    let failed = 0;

    while (cleanups.length > 0) {
        try {
            await withTimeout(cleanups.pop(), CLEANUP_TIMEOUT_MS);
        } catch (error) {
            diag('cleanup: %s', error?.stack ?? error);
            failed++;
        }
    }

    return failed;
}


// A file that leaves something open fails instead of hanging.
function end(failed) {
    process.exitCode = failed > 0 ? 1 : 0;

    if (abandoned) {
        quit(1);
    }
    alarm(EXIT_GRACE_MS, () => {
        diag('still open: %s', process.getActiveResourcesInfo().join(', '));
        quit(1);
    }, { keep: false });
}


// At once, and all that was started with it.  Cleaning up could hang, and while
// it did, the tests would go on with what has gone already.
function bailOut(why) {
    process.stdout.write(`Bail out! ${String(why).split('\n')[0]}\n`);
    diag('%s', why);
    quit(1);
}


function quit(code) {
    killChildren();
    process.exit(code);
}


// Nobody reads any more: telling that would only fail again.
process.stdout.on('error', () => quit(1));
process.on('uncaughtException', (error) => bailOut(error?.stack ?? error));
process.on('unhandledRejection', (error) => bailOut(error?.stack ?? error));
process.on('SIGINT', () => bailOut('interrupted'));
process.on('SIGTERM', () => bailOut('terminated'));
