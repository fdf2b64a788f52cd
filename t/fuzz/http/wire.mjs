// Requests as bytes, answers as they come: a connection that is used until
// one of both sides has closed it.

import { connect } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

import { alarm } from '../../lib/pace.mjs';


const ANSWER_TIMEOUT_MS = 45_000;


export class Wire {
    constructor(port) {
        this.port = port;
        this.socket = undefined;
        this.used = 0; // requests of this connection
    }

    // Writes the parts and resolves to as many answers as there are methods,
    // or fewer if the connection ends; { answers, closed }.
    async exchange(parts, methods) {
        if (this.socket === undefined || this.over) {
            await this.open();
        }
        this.used += methods.length;

        const answers = [];
        const done = new Promise((resolve, reject) => {
            const off = alarm(ANSWER_TIMEOUT_MS, () => reject(new Error(
                `no answer within ${ANSWER_TIMEOUT_MS} ms`)));

            this.look = () => {
                let answer;
                while (answers.length < methods.length && (answer =
                    this.take(methods[answers.length])) !== undefined) {
                    answers.push(answer);
                }
                if (answers.length === methods.length || this.over) {
                    off();
                    resolve();
                }
            };
        });

        for (const part of parts) {
            if (this.over || !await this.write(part)) {
                break;
            }
        }
        this.look();
        await done;

        const closed = this.over
            || answers.some(({ headers }) => headers.connection === 'close');
        if (closed) {
            this.close();
        }
        return { answers, closed };
    }

    close() {
        this.socket?.destroy();
        this.socket = undefined;
    }

    async open() {
        const socket = connect({ port: this.port, host: '127.0.0.1' });

        this.socket = socket;
        this.input = Buffer.alloc(0);
        this.over = false;
        this.used = 0;
        this.look = () => {};

        socket.setNoDelay(true);
        socket.on('data', (data) => {
            this.input = Buffer.concat([this.input, data]);
            this.look();
        });
        socket.on('error', () => {});
        socket.on('close', () => {
            if (this.socket === socket) {
                this.over = true;
                this.look();
            }
        });
        await new Promise((resolve, reject) => {
            socket.once('connect', resolve);
            socket.once('error', reject);
        });
    }

    write(part) {
        return new Promise((resolve) => {
            const { socket } = this;
            const ended = () => resolve(false);

            socket.once('close', ended);
            socket.write(part, (error) => {
                socket.off('close', ended);
                resolve(!error);
            });
        });
    }

    // The next whole answer, not an interim one; undefined: not there yet.
    take(method) {
        for (;;) {
            const answer = parse(this.input, method, this.over);

            if (answer === undefined) {
                return undefined;
            }
            this.input = this.input.subarray(answer.length);
            if (answer.status >= 200) {
                return answer;
            }
        }
    }
}


function parse(input, method, over) {
    const end = input.indexOf('\r\n\r\n');
    if (end === -1) {
        return undefined;
    }

    const [line, ...lines] = input.toString('latin1', 0, end).split('\r\n');
    const first = /^HTTP\/1\.[01] (\d{3}) [ -~]*$/.exec(line);
    if (first === null) {
        throw new Error(`an answer begins with "${line.slice(0, 100)}"`);
    }

    const status = Number(first[1]);
    const headers = {};
    for (const text of lines) {
        const [, name, value] = /^([A-Za-z0-9-]+): ?(.*)$/.exec(text) ?? [];
        if (name === undefined) {
            throw new Error(`an answer has the header "${text}"`);
        }
        headers[name.toLowerCase()] = value;
    }

    const body = bodyOf(input.subarray(end + 4), headers,
        method === 'HEAD' || status < 200 || status === 204 || status === 304,
        over);

    return body && {
        status, headers, length: end + 4 + body.length,
        body: plain(body.bytes, headers['content-encoding']),
    };
}


// { bytes, length on the wire }; undefined: not there yet.
function bodyOf(input, headers, none, over) {
    if (none) {
        return { bytes: Buffer.alloc(0), length: 0 };
    }
    if (headers['transfer-encoding'] === 'chunked') {
        return chunks(input);
    }
    if (headers['content-length'] === undefined) {
        return over ? { bytes: input, length: input.length } : undefined;
    }

    const length = Number(headers['content-length']);
    return input.length < length ? undefined
        : { bytes: input.subarray(0, length), length };
}


function plain(bytes, coding) {
    if (coding === undefined || bytes.length === 0) {
        return bytes;
    }
    return coding === 'br' ? brotliDecompressSync(bytes) : gunzipSync(bytes);
}


function chunks(input) {
    const parts = [];

    for (let at = 0; ;) {
        const end = input.indexOf('\r\n', at);
        if (end === -1) {
            return undefined;
        }
        const size = parseInt(input.toString('latin1', at, end), 16);
        at = end + 2;
        if (input.length < at + size + 2) {
            return undefined;
        }
        if (size === 0) {
            return { bytes: Buffer.concat(parts), length: at + 2 };
        }
        parts.push(input.subarray(at, at + size));
        at += size + 2;
    }
}
