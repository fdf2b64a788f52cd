// What the servers of the tests have in common: free ports, folders that
// vanish, children that are awaited and ended by pid.

import { spawn } from 'node:child_process';
import {
    closeSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync,
} from 'node:fs';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { until } from './until.mjs';


// What is left when this process ends.
const folders = new Set();

// Below the ports that Linux gives to clients, 32768 and above; that of a Redis
// cluster's bus, 10000 above, mostly too.
const LOWEST_PORT = 11_000;
const PORTS = 11_000;
const given = new Set();

process.once('exit', () => {
    killChildren();
    folders.forEach(remove);
});


function remove(dir) {
    try {
        /* who was killed just now may still write */
        rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    } catch {
        // it stays: there is nothing that could be done here
    }
}


// Kills all that this process has started, and what they have.
export function killChildren() {
    childrenOf(process.pid).forEach(killFamily);
}


// From the top: a master that is stopped replaces no worker.
function killFamily(pid) {
    signal(pid, 'SIGSTOP');
    childrenOf(pid).forEach(killFamily);
    signal(pid, 'SIGKILL');
}


function signal(pid, name) {
    try {
        process.kill(pid, name);
    } catch {
        // it has ended by itself
    }
}


// A port that nobody listens on, and that the system gives to nobody: a client of
// another process could get one of its own range before it is listened on.
export async function freePort() {
    for (;;) {
        const port = LOWEST_PORT + Math.floor(Math.random() * PORTS);

        if (!given.has(port) && await canListen('127.0.0.1', port)) {
            given.add(port);
            return port;
        }
    }
}


export function canListen(host, port = 0) {
    const server = createServer();

    return new Promise((resolve) => {
        server.once('error', () => resolve(false));
        server.listen(port, host, () => server.close(() => resolve(true)));
    });
}


export function temporaryFolder(name) {
    const dir = mkdtempSync(join(tmpdir(), `billing-${name}-`));

    folders.add(dir);
    return dir;
}


export function canConnect(where) {
    return new Promise((resolve) => {
        const socket = connect(where);
        socket.once('connect', () => { socket.destroy(); resolve(true); });
        socket.once('error', () => resolve(false));
    });
}


export function alive(pid) {
    try {
        // field 3, behind the name in brackets: a zombie has ended
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        return stat[stat.lastIndexOf(')') + 2] !== 'Z';
    } catch {
        return false;
    }
}


// Milliseconds that its main thread has had a core.
export function cpuTime(pid) {
    const [ns] = readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ');
    return Number(ns) / 1e6;
}


// Whichever of its threads has started them.
export function childrenOf(pid) {
    try {
        return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
            readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
                .split(' ').filter(Boolean).map(Number));
    } catch {
        return []; // it has ended
    }
}


// Starts a program whose standard output and error go to a file.  ended is a
// promise of { code, signal }; the child is killed when this process exits.
export function startProcess(argv, { log, env, cwd }) {
    const fd = openSync(log, 'a');
    const child = spawn(argv[0], argv.slice(1), {
        stdio: ['ignore', fd, fd], env: { ...process.env, ...env }, cwd,
    });
    closeSync(fd);

    const state = { child, pid: child.pid, over: false };
    state.ended = new Promise((resolve) => {
        const finish = (result) => {
            state.over = true;
            resolve(result);
        };
        child.once('exit', (code, signal) => finish({ code, signal }));
        child.once('error', (error) => finish({ code: -1, error }));
    });
    return state;
}


// Sends a signal and waits for the end; kills what does not end in time (that
// of until()) and throws.
export async function endProcess(state, signal, timeout = 20_000) {
    if (!state.over) {
        state.child.kill(signal);
    }

    try {
        await until(() => state.over, `the end of ${state.pid}`, timeout);
    } catch (error) {
        killFamily(state.pid);
        await state.ended;
        throw error;
    }
    return state.ended;
}
