// A TCP line to a server on this machine that a test can disturb.
//
//     const line = await startLine(port);
//     line.hold()    nothing comes through, in either direction, and nobody
//                    notices; what is sent is not lost
//     line.cut()     ends all connections, and takes no new ones
//     line.go()      as usual again

import { connect, createServer } from 'node:net';


export async function startLine(port) {
    const sockets = new Set();
    const state = { held: false };
    const server = createServer((socket) => {
        const upstream = connect(port, '127.0.0.1');

        for (const [one, other] of [[socket, upstream], [upstream, socket]]) {
            sockets.add(one);
            one.setNoDelay(true);
            one.on('error', () => {});
            one.on('data', (data) => other.write(data));
            one.on('close', () => {
                sockets.delete(one);
                other.destroy();
            });
            if (state.held) {
                one.pause();
            }
        }
    });
    const listen = (at) => new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(at, '127.0.0.1', resolve);
    });
    const cut = () => new Promise((resolve) => {
        server.close(resolve);
        sockets.forEach((socket) => socket.destroy());
    });

    await listen(0);
    const own = server.address().port;

    return {
        port: own,
        hold() {
            state.held = true;
            sockets.forEach((socket) => socket.pause());
        },
        cut,
        async go() {
            state.held = false;
            sockets.forEach((socket) => socket.resume());
            if (!server.listening) {
                await listen(own);
            }
        },
        close: cut,
    };
}
