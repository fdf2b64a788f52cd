// What all figures have in common: one core for what is measured, the other
// for everything else, rounds in turns, and medians of them.

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';


export const TOP = fileURLToPath(new URL('../..', import.meta.url));
export const BUILD = resolve(process.env.BILLING_BUILD ?? join(TOP, 'build'));

// What is measured runs on core 0, load and Redis on core 1.
export const MEASURED = 0;
export const OTHERS = cpus().length > 1 ? 1 : 0;

const LAST_CHUNK = Buffer.from('0\r\n\r\n');

const quick = process.env.BENCH_QUICK === '1';

export const settings = {
    quick,
    rounds: number('BENCH_ROUNDS', quick ? 1 : 5),
    seconds: number('BENCH_SECONDS', quick ? 1 : 2),
};


function number(name, value) {
    const given = process.env[name] === undefined ? value
        : Number(process.env[name]);

    if (!Number.isInteger(given) || given < 1 || given > 1000) {
        throw new Error(`${name} is not a number from 1 to 1000`);
    }
    return given;
}


// All threads of a process; those besides its first one may go elsewhere.
export function pin(pid, core, others = core) {
    const taskset = (what, to) => execFileSync('taskset',
        [what, '-p', String(to), String(pid)], { stdio: 'ignore' });

    taskset('-ac', others);
    taskset('-c', core);
}


// Nanoseconds that the threads of a process have run.
export function cpuTime(pid) {
    const tasks = `/proc/${pid}/task`;

    return readdirSync(tasks).reduce((sum, task) => sum + Number(
        readFileSync(join(tasks, task, 'schedstat'), 'latin1')
            .split(' ')[0]), 0);
}


// Kilobytes.
export function memory(pid) {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(
        readFileSync(`/proc/${pid}/status`, 'latin1'))[1]);
}


export function median(values) {
    const sorted = [...values].sort((a, b) => a - b);
    const half = sorted.length >> 1;

    return sorted.length % 2 ? sorted[half]
        : (sorted[half - 1] + sorted[half]) / 2;
}


// How far rounds lie apart, in percent of the median.
export function spread(values) {
    return (Math.max(...values) - Math.min(...values)) / median(values) * 100;
}


// Runs a program on the core of what is measured; its standard output, which
// is lines of JSON, as a list.
export function measured(argv, options = {}) {
    const { status, stdout, stderr, error } = spawnSync('taskset',
        ['-c', String(MEASURED), ...argv],
        { encoding: 'utf8', maxBuffer: 1 << 30, ...options });

    if (error || status !== 0) {
        throw new Error(`${argv[0]}: ${error ?? stderr}`);
    }
    return stdout.trim().split('\n').filter(Boolean)
        .map((line) => JSON.parse(line));
}


// One request, as wrk sends it, over a connection of its own; the answer as it
// came from the wire.
//
// Returns { status, headers, body, length, ms }: body is a Buffer, length
// counts the bytes of the whole answer.
export function ask(url, headers = {}) {
    const { hostname, port, pathname, search } = new URL(url);
    const lines = Object.entries({ Host: `${hostname}:${port}`, ...headers })
        .map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const start = performance.now();

    return new Promise((resolve, reject) => {
        const socket = connect(port, hostname);
        const chunks = [];

        socket.on('error', reject);
        socket.on('close', () => reject(new Error(`no answer from ${url}`)));
        socket.on('data', (chunk) => {
            chunks.push(chunk);

            const answer = answerOf(chunks);
            if (answer !== null) {
                resolve({ ms: performance.now() - start, ...answer });
                socket.destroy();
            }
        });
        socket.write(`GET ${pathname}${search} HTTP/1.1\r\n${lines}\r\n`);
    });
}


// null when it is not complete yet.
function answerOf(chunks) {
    if (chunks.headers === undefined) {
        readHeaders(chunks);
    }
    if (chunks.headers === undefined) {
        return null;
    }

    const { status, headers, start } = chunks;
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const chunked = headers['transfer-encoding'] === 'chunked';

    if (chunked ? !chunks.at(-1).subarray(-5).equals(LAST_CHUNK)
        : length < start + (status === 304 ? 0
            : Number(headers['content-length']))) {
        return null;
    }

    const body = Buffer.concat(chunks).subarray(start);
    return { status, headers, length, body: chunked ? joined(body) : body };
}


function readHeaders(chunks) {
    const bytes = Buffer.concat(chunks);
    const end = bytes.indexOf('\r\n\r\n');

    if (end < 0) {
        return;
    }

    const [first, ...lines] = bytes.subarray(0, end).toString('latin1')
        .split('\r\n');

    chunks.status = Number(first.split(' ')[1]);
    chunks.start = end + 4;
    chunks.headers = Object.fromEntries(lines.map((line) => {
        const at = line.indexOf(':');
        return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    }));
}


function joined(bytes) {
    const parts = [];

    for (let at = 0; ;) {
        const end = bytes.indexOf('\r\n', at);
        const size = Number.parseInt(bytes.subarray(at, end), 16);

        if (!(size > 0)) {
            return Buffer.concat(parts);
        }
        parts.push(bytes.subarray(end + 2, end + 2 + size));
        at = end + 2 + size + 2;
    }
}
