// A forward proxy for tests: CONNECT, and requests with an absolute URL.
//
//     const proxy = await startProxy({ user: 'kim', password: 'x' });
//     proxy.url          "http://127.0.0.1:port", proxy.port
//     proxy.seen         [{ method, target, headers }]
//     proxy.settings     status: refuses with that; hang: never answers
//     proxy.hosts        { 'name.example': '127.0.0.1' }: what it resolves itself
//     proxy.stop()
//
// It ends with the tests.

import http from 'node:http';
import net from 'node:net';

import { after } from './tap.mjs';


export async function startProxy({ user, password } = {}) {
    const proxy = { seen: [], hosts: {}, settings: { status: 0, hang: false } };
    const sockets = new Set();
    const wanted = user === undefined ? undefined
        : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

    // The status to refuse with; 0: it may go on.
    function refusal({ method, url, headers }) {
        proxy.seen.push({ method, target: url, headers });

        if (wanted !== undefined && headers['proxy-authorization'] !== wanted) {
            return 407;
        }
        return proxy.settings.status;
    }

    const resolve = (host) => proxy.hosts[host] ?? host;
    const server = http.createServer((request, response) => {
        const status = refusal(request);

        if (proxy.settings.hang) {
            return;
        }
        if (status !== 0) {
            response.writeHead(status).end('the proxy says no');
            return;
        }
        forward(request, response);
    });

    function forward(request, response) {
        const { hostname, port, pathname, search } = new URL(request.url);
        const { 'proxy-authorization': own, 'proxy-connection': too, ...headers }
            = request.headers;
        const onward = http.request({ host: resolve(hostname), port: port || 80,
            method: request.method, path: pathname + search, headers },
        (answer) => {
            response.writeHead(answer.statusCode, answer.headers);
            answer.pipe(response);
        });

        onward.on('error', () => response.writeHead(502).end());
        request.pipe(onward);
    }

    server.on('connect', (request, socket, head) => {
        const status = refusal(request);

        socket.on('error', () => {});
        if (proxy.settings.hang) {
            return;
        }
        if (status !== 0) {
            socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
            return;
        }
        tunnel(request.url, socket, head);
    });

    function tunnel(target, socket, head) {
        const [, host, port] = /^(.*):(\d+)$/.exec(target);
        const onward = net.connect(Number(port), resolve(host), () => {
            socket.write('HTTP/1.1 200 OK\r\n\r\n');
            onward.write(head);
            onward.pipe(socket).pipe(onward);
        });

        onward.on('error', () =>
            socket.end('HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n'));
        socket.on('close', () => onward.destroy());
    }

    server.on('connection', (socket) => {
        sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => sockets.delete(socket));
    });
    await new Promise((listening) => {
        server.listen(0, '127.0.0.1', listening);
    });

    proxy.port = server.address().port;
    proxy.url = `http://127.0.0.1:${proxy.port}`;
    proxy.stop = () => {
        server.close();
        sockets.forEach((socket) => socket.destroy());
    };
    after(proxy.stop);

    return proxy;
}
