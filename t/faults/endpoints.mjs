// The endpoints of the API as cases for faults: each entry makes what one call
// needs and says how to see that the call had its effect.
//
//     prepare() -> { method, path, headers, text,   the request
//                    call(),                        makes it; the answer
//                    goesOn(step),  1 if it goes on when its client leaves
//                                   while this question is under way
//                    done(),        whether it has had its effect
//                    pages(),       of costs, that the provider was asked for
//                    base, id }     of costs: of the domain's keys, and of
//                                   the account

import { createCipheriv, randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

import { linkedAccount } from '../lib/billing.mjs';
import { months } from '../lib/figures.mjs';


const provider = 'hyperbilling_aws';
const DAY = 86_400;

let count = 0;
const name = () => `thing ${++count}`;


// A connection with the request on it, or with its first bytes.
export function open(port, { method, path, headers, text = '' }, bytes,
    base = '/billing/') {
    const lines = Object.entries({
        Host: 'test', 'X-User': 'admin', 'X-Role': 'admin', ...headers,
        ...text && {
            'Content-Type': 'application/json',
            'Content-Length': Buffer.byteLength(text),
        },
    }).map(([key, value]) => `${key}: ${value}\r\n`).join('');
    const whole = `${method} ${base}api/v1/${path} HTTP/1.1\r\n${lines}\r\n`
        + text;
    const socket = connect(port, '127.0.0.1', () =>
        socket.write(whole.slice(0, bytes)));

    socket.on('error', () => {});
    socket.resume();
    return socket;
}


// Credentials as the store seals them, under the last key of the file.
function sealed(file, associated, credentials) {
    const [name, key] = readFileSync(file, 'utf8').trim().split('\n').at(-1)
        .split(':');
    const nonce = randomBytes(12);
    const cipher = createCipheriv(
        'aes-256-gcm', Buffer.from(key, 'base64'), nonce)
        .setAAD(Buffer.from(associated));
    const text = Buffer.concat([
        cipher.update(JSON.stringify(credentials)), cipher.final()]);
    const whole = Buffer.concat([nonce, text, cipher.getAuthTag()]);

    return `v1:${name}:${whole.toString('base64')}`;
}


// A table of name -> prepare().
export async function endpoints(billing) {
    const admin = billing.client();
    const { prefix = 'billing:' } = billing;
    const read = (path, headers) => entry('GET', path, { headers });
    const last = months(-2, -2)[0];

    function entry(method, path, { body, headers, client = admin, done,
        goesOn = () => done !== undefined, ...more } = {}) {
        const text = body === undefined ? undefined : JSON.stringify(body);

        return {
            method, path, text, headers: { ...client.headers, ...headers },
            call: () => client.call(method, path, text, headers),
            goesOn, done, ...more,
        };
    }

    const make = (kind, more) => admin.create(kind, { name: name(), ...more });
    const found = async (kind, title) => (await admin.get(
        `${kind}?q=${encodeURIComponent(title)}`)).body.total === 1;
    const status = async (path, client = admin) =>
        (await client.get(path)).status;

    // each by a user of its own: one may verify 300 times a minute
    async function account(client = billing.client({ user: `clerk ${count}` })) {
        const project = await client.create('projects', { name: name() });
        const credentials = await billing.credentials([linkedAccount()]);

        const { id } = await client.create('service-accounts', {
            name: name(), provider, project_id: project.id, credentials,
        });

        return { id, project, credentials };
    }

    const creates = (kind) => () => {
        const title = name();

        return entry('POST', kind, {
            body: { name: title }, done: () => found(kind, title),
        });
    };
    const patches = (kind) => async () => {
        const { id } = await make(kind);
        const title = name();

        return entry('PATCH', `${kind}/${id}`, {
            body: { name: title }, headers: { 'If-Match': '"1"' },
            done: () => found(kind, title),
        });
    };
    const deletes = (kind) => async () => {
        const { id } = await make(kind);

        return entry('DELETE', `${kind}/${id}`, {
            headers: { 'If-Match': '"1"' },
            done: async () => await status(`${kind}/${id}`) === 404,
        });
    };

    // which pages the provider was asked for
    const pages = async ({ email }) => (await billing.sandbox.calls(
        { client: email, path: '/v1/search/billing' }))
        .map(({ granularity, start, page }) => `${granularity} ${start} ${page}`);

    // figures of an account of its own domain, which nobody has asked for
    const figures = (path, change = async () => {}) => async () => {
        const client = billing.client({ domain: `d${++count}` });
        const one = await account(client);
        const target = path(one);

        await change(one, client);
        return entry('GET', target, {
            client,

            // once its locks are asked for, it is a fetch
            goesOn: (step) => / (lock|cost|usage)$|^POST/.test(step)
                && !/^HMGET/.test(step),
            done: async () => (await client.get(target))
                .headers['x-billing-cache'] === 'HIT',
            pages: () => pages(one.credentials),
            base: `${prefix}{${client.headers['X-Domain']}}:`, id: one.id,
            email: one.credentials.email,
        });
    };

    // workers learn that the account was changed by hand
    const told = async ({ id }, { headers }) => {
        const base = `${prefix}{${headers['X-Domain']}}:`;
        const { cli } = billing.redis;

        await cli('zadd', `${base}changes`,
            await cli('hincrby', `${base}meta`, 'generation', 1),
            `account:${id}`);
    };

    // the list of its linked accounts is of the day before yesterday
    const age = async ({ id }, { headers }) => {
        const base = `${prefix}{${headers['X-Domain']}}:`;
        const then = Math.floor(Date.now() / 1000) - 2 * DAY;

        await billing.redis.cli('hset', `${base}account:${id}`, 'linked_at',
            then, 'tried_at', then);
        await told({ id }, { headers });
    };

    const registers = (headers) => async () => {
        const { id } = await make('projects');
        const title = name();

        return entry('POST', 'service-accounts', {
            headers, done: () => found('service-accounts', title),
            body: {
                name: title, provider, project_id: id,
                credentials: await billing.credentials([linkedAccount()]),
            },
        });
    };

    return {
        'GET health': () => read('health'),
        'GET session': () => read('session'),
        'GET openapi.json': () => read('openapi.json'),
        'GET check': () => read('check'),
        'GET audit': () => read('audit'),
        'POST reseal': async () => {
            const domain = `d${++count}`;
            const client = billing.client({ domain });
            const one = await account(client);
            const key = `${prefix}{${domain}}:account:${one.id}`;

            // under the last key of the file, so that there is work
            await billing.redis.cli('hset', key, 'credential',
                sealed(billing.key, `v1/${domain}/${one.id}`, one.credentials));
            await told(one, client);

            return entry('POST', 'reseal', {
                client, done: async () => /^v1:k1:/.test(
                    await billing.redis.cli('hget', key, 'credential')),
            });
        },
        'POST migrate': async () => {
            const domain = `d${++count}`;
            const client = billing.client({ domain });
            const meta = `${prefix}{${domain}}:meta`;

            // as if an older version had been here, so that there is work
            await told(await account(client), client);
            await billing.redis.cli('hset', meta, 'schema_min', 1);

            return entry('POST', 'migrate', {
                client, done: async () => await billing.redis.cli(
                    'hget', meta, 'schema_min') === '4',
            });
        },
        'GET providers': () => read('providers'),
        'GET project-groups': () => read('project-groups'),
        'GET project-groups/{id}': async () =>
            read(`project-groups/${(await make('project-groups')).id}`),
        'GET projects': () => read('projects'),
        'GET projects/{id}': async () =>
            read(`projects/${(await make('projects')).id}`),
        'GET service-accounts': () => read('service-accounts'),
        'GET service-accounts/{id}': async () =>
            read(`service-accounts/${(await account()).id}`),
        'GET service-accounts/{id}/linked-accounts': async () =>
            read(`service-accounts/${(await account()).id}/linked-accounts`),

        'PUT providers/{id}': () => {
            const client = billing.client({ domain: `d${++count}` });

            return entry('PUT', `providers/${provider}`, {
                client, body: { enabled: false },
                done: async () => (await client.get('providers'))
                    .body.providers.length === 0,
            });
        },
        'POST project-groups': creates('project-groups'),
        'PATCH project-groups/{id}': patches('project-groups'),
        'DELETE project-groups/{id}': deletes('project-groups'),
        'POST projects': creates('projects'),
        'PATCH projects/{id}': patches('projects'),
        'DELETE projects/{id}': deletes('projects'),

        'POST service-accounts': registers(),
        'POST service-accounts, with a key': () =>
            registers({ 'Idempotency-Key': randomUUID() })(),
        'POST service-accounts/verify': async () => {
            const credentials = await billing.credentials([linkedAccount()]);

            return entry('POST', 'service-accounts/verify', {
                body: { provider, credentials },

                // nothing comes of it, but it is made to its end
                goesOn: () => true, done: () => true,
            });
        },
        'PATCH service-accounts/{id}': async () => {
            const { id, credentials } = await account();
            const title = name();

            return entry('PATCH', `service-accounts/${id}`, {
                headers: { 'If-Match': '"1"' },
                body: { name: title, credentials },
                done: () => found('service-accounts', title),
            });
        },
        'DELETE service-accounts/{id}': async () => {
            const { id } = await account();

            return entry('DELETE', `service-accounts/${id}`, {
                headers: { 'If-Match': '"1"' },
                done: async () => await status(`service-accounts/${id}`) === 404,
            });
        },

        'GET costs': figures(() => `costs?start=${last}&end=${last}`),
        'GET costs, with an old list': figures(
            () => `costs?start=${last}&end=${last}`, age),
        'GET costs, of days': figures(() => 'costs?granularity=DAILY'),
        'GET dashboard': figures(() => 'dashboard'),
        'GET projects/{id}/dashboard': figures(
            ({ project }) => `projects/${project.id}/dashboard`, age),
    };
}
