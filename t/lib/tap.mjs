// A small test runner that prints TAP 13.  test() collects; the tests run in
// order once the file that holds them has been evaluated, so set up with
// top-level await before the first test(), not between two of them.

import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { format } from 'node:util';

export { until } from './until.mjs';


const TEST_TIMEOUT_MS = 120_000;
const EXIT_GRACE_MS = 5_000;

const queue = [];
const cleanups = [];
let started = false;
let finished = false;


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


// prove shows what comes to the standard error, and not what stands beside
// the results; `make test` says it once more behind the summary.
function complain(text) {
    process.stderr.write(text);

    if (process.env.BILLING_FAILED) {
        appendFileSync(process.env.BILLING_FAILED, text);
    }
}


function withTimeout(fn, ms) {
    let timer;
    const timeout = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`took over ${ms} ms`)), ms);
    });

    return Promise.race([(async () => fn())(), timeout])
        .finally(() => clearTimeout(timer));
}


// Returns how many cleanups failed.
async function cleanUp() {
    let failed = 0;

    while (cleanups.length > 0) {
        try {
            await cleanups.pop()();
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

    setTimeout(() => {
        diag('still open: %s', process.getActiveResourcesInfo().join(', '));
        process.exit(1);
    }, EXIT_GRACE_MS).unref();
}


async function bailOut(why) {
    process.stdout.write(`Bail out! ${String(why).split('\n')[0]}\n`);
    diag('%s', why);
    await cleanUp();
    process.exit(1);
}


// Nobody reads any more: telling that would only fail again.
process.stdout.on('error', () => process.exit(1));
process.on('uncaughtException', (error) => bailOut(error?.stack ?? error));
process.on('unhandledRejection', (error) => bailOut(error?.stack ?? error));
process.on('SIGINT', () => bailOut('interrupted'));
process.on('SIGTERM', () => bailOut('terminated'));
