// What the tests of the curl bridge talk to: peers that behave and peers that
// do not, an nginx with the test module, certificates.

import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { join } from 'node:path';

import { startNginx } from '../../lib/nginx.mjs';
import { temporaryFolder } from '../../lib/process.mjs';
import { after } from '../../lib/tap.mjs';


// An http peer; handler as of node:http, where as of listen().
export function httpPeer(handler, where = {}) {
    return listen(http.createServer(handler), 'http', where);
}


// An https peer with HTTP/1.1 only.
export function httpsPeer(options, handler) {
    return listen(https.createServer(options, handler), 'https');
}


// An https peer that offers HTTP/2, and HTTP/1.1 to those that ask for it.
export function http2Peer(options, handler) {
    const server = http2.createSecureServer(
        { allowHTTP1: true, ...options }, handler);

    server.on('sessionError', () => {});
    return listen(server, 'https');
}


// A peer that gets the plain sockets.
export function rawPeer(handler, scheme = 'http') {
    const server = net.createServer(handler);

    return listen(server, scheme);
}


// Counts: connections made, open now, most at a time.
async function listen(server, scheme, where = {}) {
    const sockets = new Set();
    const peer = { server, sockets, made: 0, most: 0 };

    server.on('tlsClientError', () => {});
    server.on('connection', (socket) => {
        socket.on('error', () => {});
        socket.on('close', () => sockets.delete(socket));
        sockets.add(socket);
        peer.made++;
        peer.most = Math.max(peer.most, sockets.size);
    });

    // more than nginx's transfers at once: no SYN is to be dropped
    await new Promise((resolve) => {
        server.listen(
            { port: 0, host: '127.0.0.1', backlog: 1024, ...where }, resolve);
    });

    peer.port = server.address().port;
    peer.url = `${scheme}://127.0.0.1:${peer.port}/`;
    peer.close = () => {
        server.close();
        sockets.forEach((socket) => socket.destroy());
    };
    after(peer.close);

    return peer;
}


// An address that answers no SYN: a listener with a queue of one, which is
// stopped, and connections that fill it.  After kill() it refuses.
export async function deadEnd(host = '127.0.0.1') {
    const child = spawn(process.execPath, ['-e', `
        const server = require('node:net').createServer();
        server.listen({ port: 0, host: '${host}', backlog: 1 }, () => {
            process.stdout.write(String(server.address().port));
        });`]);
    const kill = () => child.kill('SIGKILL');
    after(kill);

    const port = Number(await new Promise((resolve) => {
        child.stdout.once('data', resolve);
    }));
    child.kill('SIGSTOP');

    while (await canConnectSoon(host, port)) {
        // one more is in the queue
    }

    return { port, kill, url: `http://127.0.0.1:${port}/` };
}


function canConnectSoon(host, port) {
    return new Promise((resolve) => {
        const socket = net.connect(port, host, () => resolve(true));

        socket.on('error', () => {});
        socket.setTimeout(200, () => resolve(false));
        after(() => socket.destroy());
    });
}


// A test nginx; ask(args) makes a request of the test module and returns what
// it answers, parsed; see ngx_http_curl_test_module.c for the arguments.
export async function startTestNginx(options = {}) {
    const nginx = await startNginx({
        modules: ['ngx_http_curl_test_module'],
        ...options,
        conf: ({ port }) => `
            ${options.conf ?? ''}
            server {
                listen 127.0.0.1:${port};
                location / { curl_test; }
            }`,
    });
    let ended = false;

    nginx.ask = (args, signal) => ask(nginx.port, args, signal);
    nginx.stats = () => nginx.ask({ do: 'stats' });
    nginx.end = async (how = 'stop') => {
        ended = true;
        await nginx[how]();
    };
    after(() => ended || nginx.stop());

    return nginx;
}


function ask(port, args, signal) {
    const path = '/?' + Object.entries(args)
        .map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');

    return new Promise((resolve, reject) => {
        const request = http.get(
            { host: '127.0.0.1', port, path, agent: false, signal },
            (response) => {
                let text = '';
                response.on('data', (data) => { text += data; });
                response.on('error', reject);
                response.on('end', () => {
                    if (response.statusCode !== 200) {
                        reject(new Error(`nginx answered ${text}`));
                        return;
                    }
                    resolve(JSON.parse(text));
                });
            },
        );
        request.on('error', reject);
    });
}


// Kilobytes of memory the process has had at most.
export function peakMemory(pid) {
    return Number(/VmHWM:\s+(\d+)/.exec(
        readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}


// Two authorities, and certificates of the first: { ca, otherCa } are files,
// the others options for a server.
export function makeCertificates() {
    const dir = temporaryFolder('certificates');
    const run = (program, ...args) => execFileSync(program, args, {
        cwd: dir, stdio: ['ignore', 'pipe', 'pipe'],
    });
    const openssl = (...args) => run('openssl', ...args);

    const authority = (name) => openssl('req', '-x509', '-newkey', 'rsa:2048',
        '-nodes', '-keyout', `${name}.key`, '-out', `${name}.pem`, '-days', '2',
        '-subj', `/CN=${name}`);

    // Signed now, or so many days ago; for two days.
    const leaf = (name, alternative, ago = 0) => {
        writeFileSync(join(dir, `${name}.ext`),
            `subjectAltName=${alternative}\nextendedKeyUsage=serverAuth\n`);
        openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`,
            '-keyout', `${name}.key`, '-out', `${name}.csr`);
        run(...ago ? ['faketime', `${ago} days ago`] : [], 'openssl', 'x509',
            '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key',
            '-CAcreateserial', '-extfile', `${name}.ext`, '-out', `${name}.pem`,
            '-days', '2');
        return {
            key: readFileSync(join(dir, `${name}.key`)),
            cert: readFileSync(join(dir, `${name}.pem`)),
        };
    };

    authority('ca');
    authority('other');

    return {
        ca: join(dir, 'ca.pem'),
        otherCa: join(dir, 'other.pem'),
        good: leaf('good', 'IP:127.0.0.1'),
        wrongName: leaf('wrong', 'DNS:elsewhere.example'),
        expired: leaf('expired', 'IP:127.0.0.1', 7),
    };
}
