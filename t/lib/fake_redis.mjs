// A server that speaks as much of Redis' protocol as it is told to.

import { createServer } from 'node:net';

import { until } from './until.mjs';


// answer(words, connection, server) returns what to send, text or Buffer; "" for
// nothing.  Without it, or for undefined: +OK, and +PONG for PING.  connect
// is called with each new connection.
//
// Returns { port, commands, connections, times, close() }: commands are the
// lists of words that came, connections the sockets ever accepted and times
// when that was, in milliseconds.
export async function startFakeRedis({ answer, connect, port = 0 } = {}) {
    const server = createServer();
    const state = {
        commands: [], connections: [], times: [],

        async close() {
            state.connections.forEach((socket) => socket.destroy());
            await new Promise((resolve) => server.close(resolve));
        },

        waitForCommand: (name, count = 1) => until(
            () => state.commands.filter(([word]) => word === name).length
                >= count, `${count} ${name} to come`),
    };

    server.on('connection', (socket) => {
        state.times.push(performance.now());
        state.connections.push(socket);
        socket.on('error', () => {});
        connect?.(socket, state);
        readCommands(socket, (words) => {
            state.commands.push(words);
            const text = answer?.(words, socket, state) ?? usual(words);
            if (text.length > 0 && socket.writable) {
                socket.write(text);
            }
        });
    });

    await new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', resolve);
    });
    state.port = server.address().port;
    return state;
}


function usual([name]) {
    return name === 'PING' ? '+PONG\r\n' : '+OK\r\n';
}


// The least milliseconds that so many attempts to connect take, with back-offs
// of 50 ms, doubled up to 2 s, half of each by chance.  Attempts are seen late,
// if at all, so that all of them together are compared, and with the time
// before the first one.
export function leastBackoff(attempts) {
    let sum = 0;

    for (let i = 0; i < attempts - 1; i++) {
        sum += Math.min(50 * 2 ** i, 2000) / 2;
    }
    return sum;
}


// Calls handle(words, bytes) for each command that comes.
export function readCommands(socket, handle) {
    let input = Buffer.alloc(0);

    socket.on('data', (data) => {
        input = Buffer.concat([input, data]);

        for (let at = 0; ;) {
            const command = parseCommand(input, at);
            if (command === null) {
                input = input.subarray(at);
                return;
            }
            const bytes = input.subarray(at, command.end);
            at = command.end;
            handle(command.words, bytes);
        }
    });
}


function parseCommand(input, start) {
    let at = start;
    const number = () => {
        const end = input.indexOf('\r\n', at);
        if (end === -1) {
            return NaN;
        }
        const value = Number(input.toString('latin1', at + 1, end));
        at = end + 2;
        return value;
    };

    const words = [];
    for (let left = number(); left !== 0; left--) {
        const length = Number.isNaN(left) ? NaN : number();
        if (Number.isNaN(length) || at + length + 2 > input.length) {
            return null;
        }
        words.push(input.toString('utf8', at, at + length));
        at += length + 2;
    }
    return { words, end: at };
}
