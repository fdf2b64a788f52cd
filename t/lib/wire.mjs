// A request as bytes, for what node's own client hides: how a connection ends.

import { connect } from 'node:net';


// Sends a GET; with "after", reads no more than so many bytes until resume() is
// called.  end(): { text, error }, the body as it came (chunks and all) and the
// code of the error that ended it, null where it was closed in order.
export function slowGet(port, path, { version = '1.0', headers = {}, after }) {
    const socket = connect({ host: '127.0.0.1', port });
    const parts = [];
    let length = 0;
    let begun;
    let error = null;

    const started = new Promise((resolve) => { begun = resolve; });
    const ended = new Promise((resolve) => {
        socket.on('error', ({ code }) => { error = code; });
        socket.on('close', () => {
            begun();
            resolve();
        });
    });

    socket.write([`GET ${path} HTTP/${version}`, 'Host: x',
        ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
        'Connection: close', '', ''].join('\r\n'));
    socket.on('data', (data) => {
        parts.push(data);
        length += data.length;
        if (after !== undefined && length >= after) {
            after = undefined;
            socket.pause();
            begun();
        }
    });

    return {
        started,
        resume: () => socket.resume(),
        destroy: () => socket.destroy(),
        end: async () => {
            socket.resume();
            await ended;
            const all = Buffer.concat(parts).toString();
            const at = all.indexOf('\r\n\r\n');

            return { head: all.slice(0, at), text: all.slice(at + 4), error };
        },
    };
}
