// Server-sent events: reading them, and a client that keeps what has come.
//
//     const stream = openEvents(billing, 'costs/stream', { headers });
//     await stream.began()       { status, headers } once the answer has begun
//     stream.events              [{ name, data (parsed), id }] so far
//     await stream.next(name)    the first event of this name
//     await stream.end()         all events, when the answer is over
//     stream.close()

import http from 'node:http';
import { createGunzip } from 'node:zlib';

import { until } from './until.mjs';


// The events in a text; what is not complete yet is left out.  Strict: this
// is what the module writes, not all that may be written.
export function parseEvents(text) {
    const events = [];
    let comments = 0;
    let retry;

    for (const block of text.split('\n\n').slice(0, -1)) {
        const event = { name: 'message', data: undefined, id: undefined };

        for (const line of block.split('\n')) {
            const [, field, value] = /^(\w*):(?: (.*))?$/.exec(line) ?? [];

            if (field === '') {
                comments++;
            } else if (field === 'retry' && /^\d+$/.test(value)) {
                retry = Number(value);
            } else if (field === 'event') {
                event.name = value;
            } else if (field === 'id') {
                event.id = value;
            } else if (field === 'data' && event.data === undefined) {
                event.data = value;
            } else {
                throw new Error(`in an event stream: "${line}"`);
            }
        }

        if (event.data !== undefined) {
            events.push({ ...event, data: JSON.parse(event.data) });
        }
    }

    return { events, comments, retry };
}


export function openEvents({ nginx, client }, path, {
    method = 'GET', headers = {}, who = client(), base = '/billing/', port,
} = {}) {
    const state = { text: '', over: false, error: undefined, head: undefined };
    const request = http.request({
        host: '127.0.0.1', port: port ?? nginx.port, agent: false, method,
        path: `${base}api/v1/${path}`,
        headers: { Accept: 'text/event-stream', ...who.headers, ...headers },
    }, (answer) => {
        state.head = answer;
        const body = answer.headers['content-encoding'] === 'gzip'
            ? answer.pipe(createGunzip()) : answer;

        body.setEncoding('utf8');
        body.on('data', (chunk) => { state.text += chunk; });
        body.on('error', () => {});
        answer.on('error', (error) => { state.error = error; });
        body.on('close', () => { state.over = true; });
    });

    request.on('error', (error) => {
        state.error = error;
        state.over = true;
    });
    request.end();

    const began = async () => {
        await until(() => state.head ?? state.over, 'an answer to begin', 35_000);
        if (state.head === undefined) {
            throw state.error;
        }
        return { status: state.head.statusCode, headers: state.head.headers };
    };

    return {
        state, began,
        get events() {
            return parseEvents(state.text).events;
        },
        get rest() {
            return parseEvents(state.text);
        },
        next: (name, test = () => true) => until(() => {
            const found = parseEvents(state.text).events.find((event) =>
                event.name === name && test(event.data));

            if (found === undefined && state.over) {
                throw new Error(`a stream ended without ${name}: ${state.text}`);
            }
            return found;
        }, `the event ${name}`, 35_000),
        async end() {
            await began();
            await until(() => state.over, 'the end of a stream', 40_000);
            return parseEvents(state.text).events;
        },
        close: () => request.destroy(),
    };
}
