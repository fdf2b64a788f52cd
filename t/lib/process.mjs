// What the servers of the tests have in common: free ports, folders that
// vanish, children that are awaited and ended by pid.

import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { until } from './until.mjs';


// What is left when this process ends.
const folders = new Set();
const children = new Set();

process.once('exit', () => {
    children.forEach(killFamily);
    folders.forEach((dir) => rmSync(dir, { recursive: true, force: true }));
});


// A killed master would leave its workers behind.
function killFamily(child) {
    for (const pid of [...childrenOf(child.pid), child.pid]) {
        try {
            process.kill(pid, 'SIGKILL');
        } catch {
            // it has ended
        }
    }
}


export async function freePort() {
    const server = createServer();

    await new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
    });

    const { port } = server.address();
    await new Promise((resolve) => server.close(resolve));
    return port;
}


export function canListen(host) {
    const server = createServer();

    return new Promise((resolve) => {
        server.once('error', () => resolve(false));
        server.listen(0, host, () => server.close(() => resolve(true)));
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


export function childrenOf(pid) {
    try {
        return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
            .split(' ').filter(Boolean).map(Number);
    } catch {
        return [];
    }
}


function killHard(pid) {
    try {
        process.kill(pid, 'SIGKILL');
    } catch {
        // it has ended by itself
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

    children.add(child);

    const state = { child, pid: child.pid, over: false };
    state.ended = new Promise((resolve) => {
        const finish = (result) => {
            state.over = true;
            children.delete(child);
            resolve(result);
        };
        child.once('exit', (code, signal) => finish({ code, signal }));
        child.once('error', (error) => finish({ code: -1, error }));
    });
    return state;
}


// Sends a signal and waits for the end; kills what does not end in time and
// throws.
export async function endProcess(state, signal, timeout = 20_000) {
    if (!state.over) {
        state.child.kill(signal);
    }

    try {
        await until(() => state.over, `the end of ${state.pid}`, timeout);
    } catch (error) {
        killFamily(state.child);
        await state.ended;
        throw error;
    }
    return state.ended;
}
