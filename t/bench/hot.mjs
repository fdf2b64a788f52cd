// What is answered again and again: from the zone against files, and with
// Redis only against others that ask Redis.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { temporaryFolder } from '../lib/process.mjs';
import { until } from '../lib/until.mjs';
import { ask, settings } from './harness.mjs';
import {
    create, createAccount, credentials, expressServer, luaServer,
    moduleServer, nginxServer, redisServer, sandboxServer,
} from './servers.mjs';
import { contest } from './wrk.mjs';


const ACCOUNTS = 2;
const MODERATE = 8; // connections
const COUNTED = 200; // answers
const NAME = 'bench:answer';
const CACHED = /^(HIT|STALE)$/;
const LITERAL_MAX = 3000; // nginx takes no longer word


// Yields the sections for the report.
export async function* hot() {
    const redis = await redisServer();
    const sandbox = await sandboxServer();
    const zone = await moduleServer({ redis, sandbox, zone: '32m' });
    await fill(zone.api, sandbox);

    const url = `${zone.url}/billing/api/v1/dashboard`;
    const { body, headers } = await warm(url);
    const files = await fileServer(body);
    const world = { redis, sandbox, zone, url, body, headers, files };

    yield zoneSection(world);
    if (settings.quick) {
        return;
    }

    yield notModifiedSection(world);
    yield gzipSection(world);
    world.others = await othersOf(world);
    yield redisSection(world);
    yield latencySection(world);
}


export async function fill(api, sandbox) {
    const linked = Array.from({ length: ACCOUNTS },
        (_, i) => String(100000000001 + i));
    const known = await credentials(sandbox, linked);
    const group = await create(api, 'project-groups', { name: 'Bench' });
    const projects = [];

    for (const name of ['Shop', 'Data']) {
        projects.push(await create(api, 'projects',
            { name, group_id: group.id }));
    }
    for (const [i, account] of linked.entries()) {
        await createAccount(api, `Account ${i + 1}`, projects[i % 2], known,
            account);
    }
}


// Asks until the answer comes from a cache and is whole.
export function warm(url) {
    return until(async () => {
        const answer = await ask(url);

        if (answer.status !== 200) {
            throw new Error(`${url}: ${answer.status} ${answer.body}`);
        }
        return JSON.parse(answer.body).complete
            && answer.headers['x-billing-cache'] === 'HIT' && answer;
    }, 'a whole dashboard', 60_000);
}


function fileServer(body) {
    const folder = temporaryFolder('files');
    const text = body.toString();

    writeFileSync(join(folder, 'answer.json'), body);
    writeFileSync(join(folder, 'small.json'), body);
    writeFileSync(join(folder, 'small.json.gz'), gzipSync(body, { level: 6 }));

    if (/[\\$']/.test(text)) {
        throw new Error('the dashboard does not fit into a configuration');
    }

    const words = [];
    for (let at = 0; at < text.length; at += LITERAL_MAX) {
        words.push(text.slice(at, at + LITERAL_MAX));
    }

    return nginxServer({
        locations: `
            root ${folder};
            sendfile on;
            open_file_cache max=100 inactive=1h;
            open_file_cache_valid 1h;

            location = /answer.json { }
            location = /small.json { gzip_static on; }
            location = /return {
                ${words.map((word, i) => `set $part${i} '${word}';`).join('\n')}
                return 200 "${words.map((_, i) => `$part${i}`).join('')}";
            }`,
    });
}


function check(world, { status = 200, body = world.body, header } = {}) {
    return (answer) => {
        if (answer.status !== status) {
            throw new Error(`status ${answer.status}`);
        }
        if (body !== null && !answer.body.equals(body)) {
            throw new Error('other bytes');
        }
        if (header && !CACHED.test(answer.headers['x-billing-cache'])) {
            throw new Error(`X-Billing-Cache: ${
                answer.headers['x-billing-cache']}`);
        }
    };
}


async function zoneSection(world) {
    const { zone, files, url, redis } = world;
    const before = await commands(redis);
    const result = await contest([
        { name: 'module, zone', url, pid: zone.pid,
            check: check(world, { header: true }) },
        { name: 'nginx, static file', url: `${files.url}/answer.json`,
            pid: files.pid, check: check(world) },
        { name: 'nginx, return 200', url: `${files.url}/return`,
            pid: files.pid, check: check(world) },
    ]);
    const asked = await commands(redis) - before;

    return {
        title: 'Hot: the main dashboard from the zone',
        notes: [`${world.body.length} bytes of JSON, 64 connections. Static: `
            + 'sendfile, open_file_cache. `return 200` is the limit of what '
            + 'nginx can do with these bytes in memory. Redis was asked '
            + `${asked} times meanwhile.`],
        result,
        ratios: [
            { what: 'zone / static file', short: 'dashboard from the zone / the '
                + 'same bytes as a static file of nginx', of: 'module, zone',
                to: 'nginx, static file', atLeast: 1 },
            { what: 'zone / return 200', of: 'module, zone',
                to: 'nginx, return 200' },
        ],
    };
}


async function notModifiedSection(world) {
    const { zone, files, url, headers } = world;
    const file = await ask(`${files.url}/answer.json`);
    const is304 = check(world, { status: 304, body: Buffer.alloc(0) });

    return {
        title: 'Hot: 304 Not Modified',
        notes: ['The same dashboard and file, asked for with If-None-Match.'],
        result: await contest([
            { name: 'module, zone', url, pid: zone.pid, check: is304,
                headers: { 'If-None-Match': headers.etag } },
            { name: 'nginx, static file', url: `${files.url}/answer.json`,
                pid: files.pid, check: is304,
                headers: { 'If-None-Match': file.headers.etag } },
        ]),
        ratios: [{ what: '304: zone / static file', of: 'module, zone',
            to: 'nginx, static file' }],
    };
}


// Only where the module has a gzipped variant of its own.
async function gzipSection(world) {
    const { zone, files, url } = world;
    const headers = { 'Accept-Encoding': 'gzip' };
    const gzipped = (answer) => {
        if (answer.headers['content-encoding'] !== 'gzip') {
            throw new Error('not gzipped');
        }
        check(world, { body: null })(answer);
    };

    await ask(url, headers);
    const { headers: { 'content-encoding': encoding } }
        = await ask(url, headers);
    if (encoding !== 'gzip') {
        return null;
    }

    return {
        title: 'Hot: gzipped',
        notes: ['The same dashboard and file; static: gzip_static, level 6.'],
        result: await contest([
            { name: 'module, zone', url, pid: zone.pid, check: gzipped,
                headers },
            { name: 'nginx, gzip_static', url: `${files.url}/small.json`,
                pid: files.pid, check: gzipped, headers },
        ]),
        ratios: [{ what: 'gzip: zone / gzip_static', of: 'module, zone',
            to: 'nginx, gzip_static', atLeast: 1 }],
    };
}


// The same bytes by way of Redis: the module without a zone, and others.
async function othersOf({ redis, sandbox, body, zone }) {
    const plain = await moduleServer({ redis, sandbox, key: zone.key });
    const lua = await luaServer({ redis, name: NAME });
    const express = await expressServer({ redis, name: NAME });

    await redis.cli('set', NAME, body.toString());
    return { plain, lua, express };
}


async function redisSection(world) {
    const { redis, others: { plain, lua, express } } = world;
    const url = `${plain.url}/billing/api/v1/dashboard`;

    await warm(url);
    const contestants = [
        { name: 'module, Redis only', url, pid: plain.pid,
            check: check(world, { header: true }) },
        { name: 'OpenResty, lua-nginx-redis', url: `${lua.url}/answer`,
            pid: lua.pid, check: check(world) },
        { name: 'Express, ioredis', url: `${express.url}/answer`,
            pid: express.pid, check: check(world) },
    ];
    const result = await contest(contestants);
    const before = await commands(redis);

    for (let i = 0; i < COUNTED; i++) {
        await ask(url);
    }
    const asked = (await commands(redis) - before) / COUNTED;

    return {
        title: 'The same dashboard from Redis, without a zone',
        notes: [`64 connections, the same Redis. The module asks it ${
            asked.toFixed(1)} times for an answer; the others just pass on `
            + 'the same bytes under one key.'],
        result,
        ratios: [
            { what: 'Redis only: module / OpenResty', short: 'dashboard from '
                + 'Redis / OpenResty handing on the same bytes', of: 'module, Redis only',
                to: 'OpenResty, lua-nginx-redis', atLeast: 2 },
            { what: 'Redis only: module / Express', short: 'dashboard from '
                + 'Redis / Express and ioredis', of: 'module, Redis only',
                to: 'Express, ioredis' },
        ],
    };
}


async function latencySection(world) {
    const { zone, files, url, others: { plain, lua, express } } = world;
    const result = await contest([
        { name: 'module, zone', url, pid: zone.pid,
            check: check(world, { header: true }) },
        { name: 'nginx, static file', url: `${files.url}/answer.json`,
            pid: files.pid, check: check(world) },
        { name: 'module, Redis only', pid: plain.pid,
            url: `${plain.url}/billing/api/v1/dashboard`,
            check: check(world, { header: true }) },
        { name: 'OpenResty, lua-nginx-redis', url: `${lua.url}/answer`,
            pid: lua.pid, check: check(world) },
        { name: 'Express, ioredis', url: `${express.url}/answer`,
            pid: express.pid, check: check(world) },
    ], { connections: MODERATE });

    return {
        title: `Latency with ${MODERATE} connections`,
        notes: ['wrk keeps all connections busy.'],
        result,
        ratios: [],
    };
}


// Commands that Redis has carried out.
async function commands(redis) {
    return Number(/total_commands_processed:(\d+)/.exec(
        await redis.cli('info', 'stats'))[1]);
}
