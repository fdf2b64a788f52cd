// Redis for tests: a folder, a port and a process of its own.

import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import {
    canConnect, endProcess, freePort, startProcess, temporaryFolder,
} from './process.mjs';
import { redisProgram } from './programs.mjs';
import { until } from './until.mjs';


const run = promisify(execFile);
const START_TIMEOUT_MS = 20_000;
const WRITES = /^(set|del|hset|hdel|hincrby|rename|sadd|srem|zadd|zrem|flush\w+|eval)$/i;


// Starts a redis-server and waits until it listens.  args are added to its
// command line; port and dir are for one that comes back in the place of
// another.
//
// Returns { port, dir, socket, pid, cli(), stop(), kill(), pause(), resume(),
// log() }: stop() ends it decently, kill() by SIGKILL; cli('get', 'key')
// returns what redis-cli prints.
export async function startRedis({ args = [], port, dir } = {}) {
    for (let attempt = 1; ; attempt++) {
        try {
            return await startOnce(args, port ?? await freePort(),
                dir ?? temporaryFolder('redis'));
        } catch (error) {
            if (attempt === 3) {
                throw error;
            }
        }
    }
}


async function startOnce(args, port, dir) {
    const socket = join(dir, 'redis.sock');
    const log = join(dir, 'redis.log');

    await mend(dir);
    const state = startProcess([
        redisProgram('redis-server'), '--port', String(port), '--bind', '127.0.0.1',
        '--dir', dir, '--unixsocket', socket, '--save', '', '--appendonly',
        'no', ...args.map(String),
    ], { log });

    await until(async () => state.over
        || await canConnect({ port, host: '127.0.0.1' }),
        'redis to listen', START_TIMEOUT_MS);
    if (state.over) {
        throw new Error(`redis did not start: ${readFileSync(log, 'utf8')}`);
    }

    return {
        port, dir, socket, pid: state.pid,
        log: () => readFileSync(log, 'utf8'),
        stop: () => endProcess(state, 'SIGTERM'),
        kill: () => endProcess(state, 'SIGKILL'),
        pause: () => process.kill(state.pid, 'SIGSTOP'),
        resume: () => process.kill(state.pid, 'SIGCONT'),

        async cli(...words) {
            const text = await command(port, words);

            if (WRITES.test(words[0])) {
                await announce(port, words);
            }
            return text;
        },
    };
}


// A Redis that was killed in the middle of writing a transaction cuts its file
// within it when it loads, and what is left before the cut takes effect at the
// next start, behind what came since (seen with 7.0.15).  Its own tool cuts off
// the whole transaction; OPERATING.md.
async function mend(dir) {
    const manifest = join(dir, 'appendonlydir', 'appendonly.aof.manifest');

    if (existsSync(manifest)) {
        const mending = run(redisProgram('redis-check-aof'), ['--fix', manifest]);

        mending.child.stdin.on('error', () => {}); // it may not ask
        mending.child.stdin.end('y\n'.repeat(10));
        await mending;
    }
}


async function command(port, words) {
    const { stdout } = await run('redis-cli',
        ['-p', String(port), ...words.map(String)],
        { maxBuffer: 256 * 1024 * 1024, encoding: 'utf8' });
    return stdout.replace(/\n$/, '');
}


// A write behind the module's back: kept answers must not hide it.
async function announce(port, words) {
    const [, prefix, domain] = words.map(String).join(' ')
        .match(/(\S*)\{([^}]+)\}:/) ?? [undefined, 'billing:', 'default'];

    await command(port, ['eval', `
        redis.call('DEL', KEYS[1])
        redis.call('PUBLISH', ARGV[1], ARGV[2])`, 1,
        `${prefix}{${domain}}:answers`, `${prefix}changed`, domain]);
}
