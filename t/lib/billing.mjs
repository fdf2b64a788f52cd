// The whole system for tests: Redis, the sandbox, and nginx with the module.
//
//     const billing = await startBilling();
//     const admin = billing.client();
//     const kim = billing.client({ user: 'kim', role: 'member',
//                                  projects: ['project-...'] });
//     const answer = await admin.post('projects', { name: 'Alpha' });
//     answer.status, answer.headers, answer.body (JSON, parsed), answer.text
//
// Who is calling comes from headers of the test, or from cookies where it
// runs in a browser, so one nginx serves every user, role and domain.

import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { startSandbox } from '../sandbox/index.mjs';
import { startNginx } from './nginx.mjs';
import { alarm } from './pace.mjs';
import { temporaryFolder } from './process.mjs';
import { startRedis } from './redis.mjs';
import { is } from './tap.mjs';


const REQUEST_TIMEOUT_MS = 60_000;


// Options:
//
//     redis     of startRedis(), or a Redis that runs already
//     redisUser "user:password@" of its URL
//     redisUrl  another URL, and further parameters of "billing_redis"
//     prefix    of keys, default "billing:", and further parameters, too
//     sandbox   of startSandbox(), or one that runs already
//     nginx     further options of startNginx()
//     zone      of "billing_zone", default "billing:16m"; false: none
//     workers   default 1
//     provider  parameters of "billing_provider", default "timeout=60s"
//     http      further directives of the http block
//     location  further directives of the location
//     server    text for the server block: other locations
//     key       text of the key file
//     keepAlive false: each request has a connection of its own; where nginx
//               reloads, it closes idle ones just when they are used
//
// Nobody is given up by default where the machine is busy: a test that is about
// a time-out has one of its own, and so has one that counts what is asked.
//
// Returns { redis, sandbox, nginx, key, url, client(), credentials(), stop() }.
export async function startBilling(options = {}) {
    const redis = options.redis?.cli
        ? options.redis : await startRedis(options.redis);
    const sandbox = options.sandbox?.url
        ? options.sandbox : await startSandbox(options.sandbox);
    const key = join(temporaryFolder('key'), 'key');

    writeFileSync(key, options.key ?? keyLine(), { mode: 0o600 });

    const nginx = await startNginx({
        modules: ['ngx_http_billing_module'],
        main: `worker_processes ${options.workers ?? 1};`,
        conf: ({ port }) => configuration(options, { port, redis, sandbox, key }),
        ...options.nginx,
    });
    const agents = [];

    // a test may put another Redis or sandbox in the place of one
    const system = {
        redis, sandbox, nginx, key,
        url: `http://127.0.0.1:${nginx.port}/billing/`,

        client(identity) {
            const agent = new Agent({
                keepAlive: options.keepAlive ?? true, maxSockets: 64,
            });

            agents.push(agent);
            return new Client(nginx.port, agent, identity);
        },

        // Credentials that the sandbox knows from now on; account as in the
        // form: 12 digits, or anything else for all of linked.
        async credentials(linked = [linkedAccount()], account = 'all') {
            const email = `${randomBytes(6).toString('hex')}@example.com`;
            const key = randomBytes(12).toString('hex');

            await system.sandbox.setCredential({ client: email, secret: key, linked });
            return { account, email, key };
        },

        async stop() {
            agents.forEach((agent) => agent.destroy());
            await nginx.stop();
            await system.sandbox.stop();
            await system.redis.stop();
        },
    };

    return system;
}


// Twelve digits that no other test of this process gets.
export function linkedAccount() {
    linkedAccount.last = (linkedAccount.last ?? 1000) + 1;
    return String(linkedAccount.last).padStart(12, '0');
}


// The one entry of "errors" that a body has, as "pointer code".
export function onlyError(answer) {
    is(answer.body?.errors?.length, 1, `errors of ${answer.text}`);
    const [{ pointer, code }] = answer.body.errors;
    return `${pointer} ${code}`;
}


// Fails unless the answer is this problem.
export function isProblem(answer, status, code) {
    is(`${answer.status} ${answer.body?.code}`, `${status} ${code}`,
        answer.text);
    is(answer.headers['content-type'], 'application/problem+json');
}


// Fails unless indexes and objects of each client's domain agree.
export async function isConsistent(...clients) {
    for (const client of clients) {
        const { text, body } = await client.get('check');

        is(body?.ok, true, text);
    }
}


// Has workers read an account again that was changed by hand in Redis, as if a
// node of this version had done it.
export async function tellChanged({ cli }, account) {
    const base = 'billing:{default}:';
    const generation = await cli('hincrby', `${base}meta`, 'generation', 1);

    await cli('hset', `${base}meta`, 'schema_4', generation);
    await cli('zadd', `${base}changes`, generation, `account:${account}`);
}


// A line of a key file.
export function keyLine(id = 'k1') {
    return `${id}:${randomBytes(32).toString('base64')}\n`;
}


function configuration(options, { port, redis, sandbox, key }) {
    const {
        redisUser: user = '', prefix = 'billing:', zone = 'billing:16m',
        redisUrl = `redis://${user}${redis.host ?? '127.0.0.1'}:${redis.port}`,
    } = options;
    const patience = /timeout=/.test(redisUrl + prefix) ? '' : 'timeout=30s';

    return `
    map $http_x_domain$cookie_x_domain $test_domain {
        ""       default;
        default  $http_x_domain$cookie_x_domain;
    }
    map $http_x_projects$cookie_x_projects $test_projects {
        ""       "*";
        none     "";
        default  $http_x_projects$cookie_x_projects;
    }

    billing_redis ${redisUrl} prefix=${prefix} ${patience};
    ${zone === false ? '' : `billing_zone zone=${zone};`}
    billing_secret_key_file ${key};
    billing_provider hyperbilling_aws endpoint=${sandbox.url}
        ${options.provider ?? 'timeout=60s'};
    ${options.http ?? ''}

    server {
        listen 127.0.0.1:${port};
        keepalive_requests 100000;

        location /billing/ {
            billing on;
            billing_user $http_x_user$cookie_x_user;
            billing_role $http_x_role$cookie_x_role;
            billing_domain $test_domain;
            billing_projects $test_projects;
            ${options.location ?? ''}
        }

        ${options.server ?? ''}
    }`;
}


class Client {
    constructor(port, agent, { user = 'admin', role = 'admin', domain,
        projects } = {}) {
        this.port = port;
        this.agent = agent;
        this.sent = 0; // requests that have left
        this.headers = {
            'X-User': user, 'X-Role': role,
            // a program that may have figures read again
            'X-Billing-Refresh': '1',
            ...domain && { 'X-Domain': domain },
            ...projects && { 'X-Projects': projects.join(',') || 'none' },
        };
    }

    get(path, headers) {
        return this.call('GET', path, undefined, headers);
    }

    post(path, body, headers) {
        return this.call('POST', path, body, headers);
    }

    put(path, body, headers) {
        return this.call('PUT', path, body, headers);
    }

    patch(path, body, version, headers) {
        return this.call('PATCH', path, body, { ...match(version), ...headers });
    }

    delete(path, version, headers) {
        return this.call('DELETE', path, undefined,
            { ...match(version), ...headers });
    }

    // As post(), but everything else than 201 is a failure; returns the body.
    async create(path, body, headers) {
        const answer = await this.post(path, body, headers);

        is(answer.status, 201, `POST ${path}: ${answer.text}`);
        return answer.body;
    }

    // body: undefined, text, or what becomes JSON.  A header that is
    // undefined is left out.
    call(method, path, body, headers = {}) {
        const text = body === undefined || typeof body === 'string'
            ? body : JSON.stringify(body);
        const all = Object.entries({
            ...this.headers,
            ...text !== undefined && {
                'Content-Type': 'application/json',
                'Content-Length': Buffer.byteLength(text),
            },
            ...headers,
        }).filter(([, value]) => value !== undefined);

        return send({
            host: '127.0.0.1', port: this.port, agent: this.agent, method,
            path: path.startsWith('/') ? path : `/billing/api/v1/${path}`,
            headers: Object.fromEntries(all),
        }, text, () => this.sent++);
    }
}


// A number is a version; anything else is the header's text.
function match(version) {
    if (version === undefined) {
        return {};
    }
    return { 'If-Match': typeof version === 'number' ? `"${version}"` : version };
}


function send(options, text, onSent) {
    return new Promise((resolve, reject) => {
        const req = request(options, (res) => {
            const chunks = [];

            res.on('data', (chunk) => chunks.push(chunk));
            res.on('error', reject);
            res.on('end', () => resolve(answerOf(res, chunks)));
        });

        /* not while it waits for one of the agent's sockets */
        req.once('socket', () => {
            const off = alarm(REQUEST_TIMEOUT_MS, () => req.destroy(
                new Error(`no answer to ${options.method} ${options.path}`)));
            req.once('close', off);
        });
        req.on('error', reject);
        req.once('finish', onSent);
        req.end(text);
    });
}


function answerOf(res, chunks) {
    const text = Buffer.concat(chunks).toString();
    const json = /json/.test(res.headers['content-type'] ?? '');

    return {
        status: res.statusCode, headers: res.headers, text,
        body: json && text !== '' ? JSON.parse(text) : undefined,
    };
}
