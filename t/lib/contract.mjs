// The API from outside: requests as they stand on the wire, every answer held
// against openapi.json.

import http from 'node:http';
import { connect } from 'node:net';

import { startBilling } from './billing.mjs';
import { checkAnswer } from './openapi.mjs';
import { after, is, until } from './tap.mjs';


// Who calls: the headers that the site in front would make of a session.
export const people = {
    nobody: {},
    stranger: { 'x-user': 'eve', 'x-role': 'guest' },
    admin: { 'x-user': 'kim', 'x-role': 'admin' },
    all: { 'x-user': 'lee', 'x-role': 'member', 'x-projects': '*' },
    none: { 'x-user': 'park', 'x-role': 'member' },
    limited: (ids) => ({
        'x-user': 'choi', 'x-role': 'member', 'x-projects': ids.join(','),
    }),
};


// A system (see billing.mjs; so are the options) whose location /wire/ takes
// the X- headers as they are.  It ends after the tests.
//
// Adds call(), get(), create...(), raw() and open(); see below.
export async function startContract(options = {}) {
    const billing = await startBilling({
        ...options,
        server: `
            location /wire/ {
                billing on;
                billing_user $http_x_user;
                billing_role $http_x_role;
                billing_projects $http_x_projects;
                billing_domain $test_domain;
            }
            ${options.server ?? ''}`,
    });
    after(() => billing.stop());

    const agent = new http.Agent({ keepAlive: options.keepAlive ?? true });
    after(() => agent.destroy());

    // who is one of people; body is text, a Buffer or something for JSON.
    //
    // Returns { status, headers, body, text, json, code }.
    async function call(method, target, {
        who = people.admin, headers = {}, body, at = '/wire/',
        check = checkAnswer,
    } = {}) {
        const answer = await exchange({
            agent, host: '127.0.0.1', port: billing.nginx.port, method,
            path: `${at}api/v1/${target}`,
            headers: {
                ...body === undefined ? {}
                    : { 'content-type': 'application/json' },
                ...who, ...headers,
            },
        }, bytes(body));

        check(method, target, answer);
        return answer;
    }

    async function create(kind, body) {
        const { status, json, text } = await call('POST', kind, { body });

        is(status, 201, text);
        return json;
    }

    return {
        ...billing,
        call,
        get: (target, options) => call('GET', target, options),
        createGroup: (name, parent_id = null) =>
            create('project-groups', { name, parent_id }),
        createProject: (name, group_id = null) =>
            create('projects', { name, group_id }),
        createAccount: (name, project_id, credential, account) => create(
            'service-accounts', registration(
                name, project_id, credential, account)),
        open: () => open(billing.nginx.port),
        raw: (parts, count) => raw(billing.nginx.port, parts, count),
    };
}


// The body that registers an account; credential is one of the sandbox's,
// account one of its linked accounts, or "all".
export function registration(name, project_id, credential, account = 'all') {
    return {
        name, project_id, provider: 'hyperbilling_aws',
        credentials: {
            account, email: credential.client, key: credential.secret,
        },
    };
}


function bytes(body) {
    if (body === undefined || typeof body === 'string'
        || Buffer.isBuffer(body)) {
        return body;
    }
    return JSON.stringify(body);
}


// Headers of undefined are left out.
function exchange({ headers, ...options }, body) {
    const sent = Object.fromEntries(Object.entries(headers)
        .filter(([, value]) => value !== undefined));

    if (body !== undefined && sent['transfer-encoding'] === undefined) {
        sent['content-length'] ??= Buffer.byteLength(body);
    }

    return new Promise((resolve, reject) => {
        const request = http.request({ ...options, headers: sent }, (res) => {
            const chunks = [];
            res.on('data', (chunk) => chunks.push(chunk));
            res.on('error', reject);
            res.on('end', () => resolve(shown(res.statusCode, res.headers,
                Buffer.concat(chunks))));
        });
        request.on('error', reject);
        request.end(body);
    });
}


function shown(status, headers, body) {
    const text = body.toString();
    const json = /json/.test(headers['content-type'] ?? '') && text !== ''
        ? JSON.parse(text) : undefined;

    return { status, headers, body, text, json, code: json?.code };
}


// A connection to write bytes to: { socket, write(), answers(count), closed() }.
export function open(port) {
    const socket = connect({ port, host: '127.0.0.1' });
    const state = { input: Buffer.alloc(0), over: false };

    socket.setNoDelay(true);
    socket.on('data', (data) => {
        state.input = Buffer.concat([state.input, data]);
    });
    socket.on('error', () => {});
    socket.on('close', () => { state.over = true; });
    after(() => socket.destroy());

    return {
        socket,
        write: (data) => new Promise((done) => socket.write(data, done)),
        closed: () => until(() => state.over, 'the connection to be closed'),
        answers: (count) => until(() => {
            const all = parseAnswers(state.input);
            return all.length >= count || state.over ? all : false;
        }, `${count} answers`),
    };
}


// Writes the parts one by one and returns the answers, at least count of
// them unless the connection ends.
async function raw(port, parts, count = 1) {
    const connection = open(port);

    for (const part of [].concat(parts)) {
        await connection.write(part);
    }
    const answers = await connection.answers(count);
    connection.socket.destroy();
    return answers;
}


// Whole answers with Content-Length at the start of the input; interim ones
// (1xx) have no body.
function parseAnswers(input) {
    const answers = [];

    for (let at = 0; ;) {
        const end = input.indexOf('\r\n\r\n', at);
        if (end === -1) {
            return answers;
        }

        const [line, ...lines] = input.toString('latin1', at, end).split('\r\n');
        const headers = Object.fromEntries(lines.map((text) => {
            const [, name, value] = /^([^:]+):\s*(.*)$/.exec(text);
            return [name.toLowerCase(), value];
        }));
        const length = Number(headers['content-length'] ?? 0);

        at = end + 4 + length;
        if (at > input.length) {
            return answers;
        }
        answers.push(shown(Number(line.split(' ')[1]), headers,
            input.subarray(end + 4, at)));
    }
}
