// Transfers that stop in each phase, so that a test can do something to them
// there: { name, args, begin(), reached(), next, left(), end() }.  left() tells
// whether the peer has seen the end of it, after a transfer "next" if there is
// one.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { http2Peer, rawPeer } from './peers.mjs';
import { temporaryFolder } from '../../lib/process.mjs';
import { after, until } from '../../lib/tap.mjs';


const HERE = dirname(fileURLToPath(import.meta.url));

// A listener with a queue of one that is stopped: once some have connected,
// the kernel answers no more SYNs.
const LISTENER = `
    const server = require('node:net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
        process.stdout.write(String(server.address().port));
    });`;


// A name lookup that takes as long as the test wants: options for nginx, and
// open(), which lets the lookups go on.
export function slowResolver() {
    const dir = temporaryFolder('resolver');
    const library = join(dir, 'slow_resolver.so');
    const gate = join(dir, 'gate');

    execFileSync(process.env.CC ?? 'cc', ['-Wall', '-shared', '-fPIC', '-o',
        library, join(HERE, 'slow_resolver.c'), '-ldl']);

    return {
        options: {
            main: 'env RESOLVER_GATE;',
            env: {
                RESOLVER_GATE: gate,
                LD_PRELOAD: library,
                ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}`
                    + ':verify_asan_link_order=0',
            },
        },
        open: () => writeFileSync(gate, ''),
        close: () => {
            rmSync(gate, { force: true });
            rmSync(`${gate}.waiting`, { force: true });
        },
        waiting: () => existsSync(`${gate}.waiting`),
    };
}


export async function phases(certificates, resolver) {
    return [
        {
            name: 'resolving',
            args: { url: 'http://slow.invalid/' },
            begin: resolver.close,
            reached: resolver.waiting,
            left: () => true,
            end: resolver.open,
        },
        await connecting(),
        await handshake(),
        await waiting(),
        await receiving(),
        await stream(certificates),
    ];
}


async function connecting() {
    const child = spawn(process.execPath, ['-e', LISTENER]);
    after(() => child.kill('SIGKILL'));

    const port = Number(await new Promise((resolve) => {
        child.stdout.once('data', resolve);
    }));
    child.kill('SIGSTOP');

    const fillers = [];
    const refused = () => fillers.length > 0
        && Date.now() - fillers.at(-1).begin > 200
        && fillers.at(-1).socket.connecting;

    await until(() => {
        if (fillers.length === 0 || !fillers.at(-1).socket.connecting) {
            const socket = net.connect(port, '127.0.0.1');
            socket.on('error', () => {});
            after(() => socket.destroy());
            fillers.push({ socket, begin: Date.now() });
        }
        return refused();
    }, 'a full queue');

    return {
        name: 'connecting',
        args: { url: `http://127.0.0.1:${port}/`, connect_timeout: 60_000 },
        reached: () => true,
        left: () => true,
    };
}


async function handshake() {
    const peer = await rawPeer((socket) => socket.resume(), 'https');

    return {
        name: 'shaking hands',
        args: { url: peer.url, connect_timeout: 60_000 },
        reached: () => peer.sockets.size > 0,
        left: () => peer.sockets.size === 0,
    };
}


// The request is there, no answer.
async function waiting() {
    let asked = 0;
    const peer = await rawPeer((socket) => {
        socket.once('data', () => { asked++; });
    });

    return {
        name: 'waiting',
        args: { url: peer.url },
        begin: () => { asked = 0; },
        reached: () => asked > 0,
        left: () => peer.sockets.size === 0,
    };
}


// Half of the body has been sent.
async function receiving() {
    let answered = 0;
    const peer = await rawPeer((socket) => {
        socket.once('data', () => {
            socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf');
            answered++;
        });
    });

    return {
        name: 'receiving',
        args: { url: peer.url },
        begin: () => { answered = 0; },
        reached: () => answered > 0,
        left: () => peer.sockets.size === 0,
    };
}


// A stream of HTTP/2 ends, its connection stays.  libcurl 7.88 sends the reset
// together with the next request.
async function stream({ good, ca }) {
    let open = 0;
    const peer = await http2Peer(good, (request, response) => {
        if (request.url === '/next') {
            response.end();
            return;
        }
        open++;
        response.write('half');
        response.stream.once('close', () => { open--; });
    });

    return {
        name: 'in an HTTP/2 stream',
        args: { url: peer.url, ca },
        next: { url: `${peer.url}next`, ca },
        reached: () => open > 0,
        left: () => open === 0 && peer.made === 1,
    };
}
