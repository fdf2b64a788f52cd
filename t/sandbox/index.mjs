// Starts a sandbox for a test.
//
//     const sandbox = await startSandbox({ seed: 7 });
//     sandbox.url                   "http://127.0.0.1:PORT"
//     sandbox.credentials.main      {client, secret, linked}
//     await sandbox.fault({ path: '/billing', status: 503, times: 2 });
//     await sandbox.control('GET', 'counters')
//     await sandbox.stop();
//
// Options: port, seed, today ("yyyy-mm-dd"), focus (a file), slow_ms,
// settings, tlsKey and tlsCert (files; then HTTP/2 and HTTP/1.1 over TLS).
// child: true runs it in a process of its own, so that a busy test does not
// slow it down.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { parseDay } from './calendar.mjs';
import { credentials, focusCredential } from './credentials.mjs';
import { Sandbox } from './server.mjs';


const program = fileURLToPath(new URL('hyperbilling.mjs', import.meta.url));


export async function startSandbox(options = {}) {
    const { port, pid, stop } = options.child
        ? await startChild(options)
        : await startHere(options);
    const url = `${options.tlsKey ? 'https' : 'http'}://127.0.0.1:${port}`;
    const control = (method, path, body) => call(url, method, path, body);

    return {
        port,
        pid,
        url,
        credentials: options.focus ? { focus: focusCredential } : credentials,
        control,
        stop,
        reset: () => control('POST', 'reset'),
        fault: (rule) => control('POST', 'faults', rule),
        clearFaults: () => control('DELETE', 'faults'),
        settings: (changes) => control('PUT', 'settings', changes),
        setCredential: (entry) => control('PUT', 'credentials', entry),
        setLinked: (client, linked) =>
            control('PUT', 'credentials', { client, linked }),
        restate: (row) => control('POST', 'restate', row),
        counters: () => control('GET', 'counters'),
        calls: (args = {}) => control('GET', withArgs('calls', args)),
        clearCalls: () => control('DELETE', 'calls'),
        data: (args) => control('GET', withArgs('data', args)),
    };
}


async function startHere({ today, ...options }) {
    const sandbox = new Sandbox({
        ...options, today: today === undefined ? undefined : parseDay(today),
    });

    return {
        port: await sandbox.listen(),
        pid: process.pid,
        stop: () => sandbox.close(),
    };
}


async function startChild(options) {
    const child = spawn(process.execPath, [program, ...args(options)], {
        stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const line = await Promise.race([
        once(createInterface(child.stdout), 'line').then(([text]) => text),
        exited.then(([code]) => `exit code ${code}`),
    ]);
    const match = /:(\d+)$/.exec(line);

    if (match === null) {
        throw new Error(`the sandbox did not start: ${line}`);
    }

    return {
        port: Number(match[1]),
        pid: child.pid,
        stop: async () => {
            child.kill('SIGTERM');
            await exited;
        },
    };
}


function args(options) {
    const names = {
        port: '--port', seed: '--seed', today: '--today', focus: '--focus',
        slow_ms: '--slow-ms', tlsKey: '--tls-key', tlsCert: '--tls-cert',
        settings: '--settings',
    };

    return Object.entries(names)
        .filter(([key]) => options[key] !== undefined)
        .flatMap(([key, name]) => [name, typeof options[key] === 'object'
            ? JSON.stringify(options[key]) : String(options[key])]);
}


function withArgs(path, args) {
    return `${path}?${new URLSearchParams(args)}`;
}


// One connection per call: nothing stays open when a test ends.
async function call(url, method, path, body) {
    const target = new URL(`/_sandbox/${path}`, url);
    const client = target.protocol === 'https:' ? https : http;
    const req = client.request(target,
        { method, agent: false, rejectUnauthorized: false, servername: '' });

    req.end(body === undefined ? undefined : JSON.stringify(body));

    const [res] = await once(req, 'response');
    let text = '';
    for await (const chunk of res.setEncoding('utf8')) {
        text += chunk;
    }

    const value = JSON.parse(text);
    if (res.statusCode !== 200) {
        throw new Error(`${method} ${path}: ${value.message}`);
    }

    return value;
}
