// limits.mjs PROGRAM [ARGUMENT...]: runs a test, and ends it with all that it
// has started when it takes too long or too much memory.  A script of Node is
// run by node, all else by itself.  The exit code is the test's.
//
// Environment: BILLING_TEST_SECONDS, of an idle machine (see pace.mjs);
// BILLING_TEST_MEMORY, MB that it and its children may have together.  What
// counts is memory of their own: neither what the sanitizers reserve, nor what
// the processes of a browser share.

import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';

import { complain } from './complain.mjs';
import { alarm, scaled } from './pace.mjs';


// Memory checkers take their time.
const SECONDS = Number(process.env.BILLING_TEST_SECONDS
    ?? (process.env.BILLING_WRAP || process.env.BILLING_NGINX ? 3600 : 900));
const MEGABYTES = Number(process.env.BILLING_TEST_MEMORY ?? 4096);
const LOOK_MS = 500;
const FAREWELL_MS = 2000; /* to end by itself when it is asked to */

const [program, ...args] = process.argv.slice(2);
const argv = program.endsWith('.mjs')
    ? [process.execPath, program, ...args] : [program, ...args];
const parent = process.ppid;

// Before there is anything to end: a signal that comes early would leave it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
        test.kill(signal);
        setTimeout(() => end(128 + constants.signals[signal]),
            scaled(FAREWELL_MS));
    });
}

// A session of its own is how its children are known when their parents have
// gone.
const test = spawn(argv[0], argv.slice(1), { stdio: 'inherit', detached: true });
const known = new Map();

test.on('error', (error) => {
    complain(`# ${program}: ${error.message}\n`);
    process.exit(127);
});
test.on('exit', (code, signal) =>
    end(code ?? 128 + constants.signals[signal]));

alarm(SECONDS * 1000, () => stop(`takes over ${SECONDS} s`), { keep: false });
setInterval(look, LOOK_MS).unref();


function look() {
    if (process.ppid !== parent) {
        end(1); // nobody reads any more what the test says
    }

    const bytes = family().reduce((sum, pid) => sum + memoryOf(pid), 0);

    if (bytes > MEGABYTES * 1024 * 1024) {
        stop(`takes over ${MEGABYTES} MB of memory`);
    }
}


function stop(why) {
    complain(`# ${program}: ${why}, and was killed\n`);
    end(1);
}


// Nothing of it stays behind.  Those who are stopped start nobody.
function end(code) {
    const last = performance.now() + scaled(FAREWELL_MS);

    do {
        family().forEach((pid) => signal(pid, 'SIGSTOP'));
        family().forEach((pid) => signal(pid, 'SIGKILL'));
    } while (family().length > 0 && performance.now() < last);
    process.exit(code);
}


function signal(pid, name) {
    try {
        process.kill(pid, name);
    } catch {
        // it has ended
    }
}


// The test and whom it has started, and they.  One that has once been seen is
// known by when it began, whoever its parent is now.
function family() {
    const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
        .map(processOf).filter(Boolean);
    const members = new Set();
    const isMember = ({ pid, parent: above, session, began }) =>
        session === test.pid || members.has(above) || known.get(pid) === began;

    for (let size = -1; size < members.size;) {
        size = members.size;
        all.filter(isMember).forEach(({ pid }) => members.add(pid));
    }

    known.clear();
    all.filter(({ pid }) => members.has(pid))
        .forEach(({ pid, began }) => known.set(pid, began));
    return [...members];
}


function processOf(pid) {
    try {
        // behind the name in brackets; one that has ended only waits for its
        // parent to notice
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const [parent, , session] = fields.slice(1).map(Number);

        return fields[0] === 'Z' ? undefined
            : { pid: Number(pid), parent, session, began: fields[19] };
    } catch {
        return undefined;
    }
}


function memoryOf(pid) {
    try {
        return Number(/^RssAnon:\s+(\d+) kB/m.exec(
            readFileSync(`/proc/${pid}/status`, 'latin1'))[1]) * 1024;
    } catch {
        return 0;
    }
}
