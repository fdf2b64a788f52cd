// A master, replicas and Sentinels for tests: real redis-servers, ended by pid.

import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import {
    canConnect, endProcess, freePort, startProcess, temporaryFolder,
} from './process.mjs';
import { redisProgram } from './programs.mjs';
import { startRedis } from './redis.mjs';
import { until } from './until.mjs';
import { now } from './pace.mjs';


const run = promisify(execFile);
const DOWN_AFTER_MS = 400;


// What a server says of who follows whom; nothing at the moment when Sentinel has
// made it another's replica, which ends all its connections.
export const replication = (redis) =>
    redis.cli('info', 'replication').catch(() => '');


// A server that follows another, once it has all of its data.
export async function startReplica(master, args = []) {
    const replica = await startRedis({ args: [
        '--replicaof', '127.0.0.1', master.port,
        '--repl-diskless-sync-delay', 0, ...args] });

    await until(async () => /master_link_status:up/.test(
        await replication(replica)), 'a replica to be in sync',
    20_000);
    return replica;
}


// A master with replicas, all of them started with args.
//
// Returns { servers, sentinels, name, url, master(), failover(), switched(),
// stop() }: url is for "billing_redis"; master() is the server that the
// Sentinels name; switched(port) waits until all name another one than port
// and tells when (see pace.mjs) the first of them did.
export async function startSentinels({
    replicas = 1, count = 3, args = [], replicaArgs = args, user = '', auth,
    name = 'main', lines = [],
} = {}) {
    const master = await startRedis({ args: ['--repl-diskless-sync-delay', 0,
        ...args] });
    const servers = [master];

    for (let i = 0; i < replicas; i++) {
        servers.push(await startReplica(master, replicaArgs));
    }

    const sentinels = [];
    for (let i = 0; i < count; i++) {
        sentinels.push(await startSentinel(master, {
            name, auth, quorum: Math.floor(count / 2) + 1, lines,
        }));
    }

    const system = {
        servers, sentinels, name,
        url: `sentinel://${user}${sentinels
            .map(({ port }) => `127.0.0.1:${port}`).join(',')}/${name}`,

        async port(sentinel = sentinels.find((one) => !one.state.over)) {
            const lines = (await sentinel.cli('sentinel',
                'get-master-addr-by-name', name)).split('\n');
            return Number(lines[1]);
        },

        master: async () => {
            const port = await system.port();
            return servers.find((server) => server.port === port);
        },

        failover: () => sentinels[0].cli('sentinel', 'failover', name),

        async switched(old) {
            const lives = sentinels.filter((one) => !one.state.over);
            let first;

            await until(async () => {
                const ports = await Promise.all(lives.map(system.port));
                if (ports.some((port) => port !== old)) {
                    first ??= now();
                }
                return ports.every((port) => port !== old);
            }, 'Sentinels to choose another master', 30_000);
            return first;
        },

        async stop() {
            await Promise.all(sentinels.map((one) => one.stop()));
            await Promise.all(servers.map((one) => one.kill()));
        },
    };

    await until(async () => (await Promise.all(sentinels.map((one) =>
        one.knows(name)))).every((known) =>
        known.replicas >= replicas && known.others >= count - 1),
    'Sentinels to know each other', 30_000);
    return system;
}


async function startSentinel(master, { name, auth, quorum, lines }) {
    const dir = temporaryFolder('sentinel');
    const port = await freePort();
    const conf = join(dir, 'sentinel.conf');
    const log = join(dir, 'sentinel.log');

    writeFileSync(conf, `
port ${port}
bind 127.0.0.1
dir ${dir}
sentinel monitor ${name} 127.0.0.1 ${master.port} ${quorum}
sentinel down-after-milliseconds ${name} ${DOWN_AFTER_MS}
sentinel failover-timeout ${name} 3000
sentinel parallel-syncs ${name} 1
${lines.join('\n')}
`);

    const state = startProcess([redisProgram('redis-server'), conf, '--sentinel'], { log });
    await until(() => state.over || canConnect({ port, host: '127.0.0.1' }),
        'Sentinel to listen');
    if (state.over) {
        throw new Error(`Sentinel did not start: ${readFileSync(log, 'utf8')}`);
    }

    const words = auth ? ['--no-auth-warning', ...auth] : [];
    const cli = async (...command) => (await run('redis-cli',
        ['-p', String(port), ...words, ...command])).stdout.trim();

    return {
        port, state, cli,
        log: () => readFileSync(log, 'utf8'),
        stop: () => endProcess(state, 'SIGKILL'),

        async knows() {
            const list = (await cli('sentinel', 'master', name)).split('\n');
            const field = (key) => Number(list[list.indexOf(key) + 1]);
            return {
                replicas: field('num-slaves'),
                others: field('num-other-sentinels'),
            };
        },
    };
}
