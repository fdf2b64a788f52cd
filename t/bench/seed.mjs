// Domains of many service accounts with all their blocks in Redis, written as
// the module writes them.

import { spawn } from 'node:child_process';
import { createCipheriv, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';

import { formatDay, today } from '../sandbox/calendar.mjs';
import { BUILD } from './harness.mjs';


const PREFIX = 'billing:';
const PROJECTS = 10;
const AT_ONCE = 500;
const SERVICES = 30;
const FAR = 4_000_000_000; // when the linked accounts were listed

export const accountId = (i) => `sa-${i.toString(16).padStart(12, '0')}`;
const linkedId = (i) => String(i).padStart(12, '0');


// Returns { months }: the exact totals of the last twelve months.
export async function seed({ redis, domain, accounts, key }) {
    const base = `${PREFIX}{${domain}}:`;

    await redis.cli('eval', projects, 0, base, PROJECTS);
    for (let from = 0; from < accounts; from += AT_ONCE) {
        const args = [];

        for (let i = from; i < Math.min(from + AT_ONCE, accounts); i++) {
            args.push(i, accountId(i), linkedId(i),
                seal(key, domain, accountId(i)));
        }
        await redis.cli('eval', objects, 0, base, PROJECTS, FAR, ...args);
    }
    return blocks(redis, domain, accounts);
}


const projects = `
    local base, call = ARGV[1], redis.call
    call('HSET', base .. 'meta', 'history', 'bench', 'created_at', 1)
    for i = 0, ARGV[2] - 1 do
        local id = string.format('project-%012x', i)
        call('HSET', base .. 'project:' .. id, 'group_id', '',
            'name', 'Project ' .. i, 'fold', 'project ' .. i, 'version', 1,
            'revision', 0, 'created_at', '2026-01-01T00:00:00Z',
            'updated_at', '2026-01-01T00:00:00Z', 'tags', '{}',
            'seq', call('HINCRBY', base .. 'meta', 'seq', 1))
        call('ZADD', base .. 'changes',
            call('HINCRBY', base .. 'meta', 'generation', 1), 'project:' .. id)
    end`;


const objects = `
    local base, call = ARGV[1], redis.call
    for at = 4, #ARGV, 4 do
        local i, id, linked, sealed = unpack(ARGV, at, at + 3)
        call('HSET', base .. 'account:' .. id,
            'project_id', string.format('project-%012x', i % ARGV[2]),
            'name', 'Account ' .. i, 'fold', 'account ' .. i, 'version', 1,
            'revision', 0, 'created_at', '2026-01-01T00:00:00Z',
            'updated_at', '2026-01-01T00:00:00Z', 'tags', '{}',
            'seq', call('HINCRBY', base .. 'meta', 'seq', 1),
            'provider', 'hyperbilling_aws', 'credential', sealed,
            'credential_version', 1, 'state', 'ok',
            'linked', '["' .. linked .. '"]', 'linked_at', ARGV[3],
            'shown',
            '{"account":"all","email":"bench@example.com","key":null}')
        call('ZADD', base .. 'changes',
            call('HINCRBY', base .. 'meta', 'generation', 1), 'account:' .. id)
    end
    call('HSET', base .. 'meta', 'schema', 4, 'schema_min', 4,
        'schema_4', call('HGET', base .. 'meta', 'generation'))`;


// The account's id is associated data.
function seal(line, domain, id) {
    const [name, key] = line.trim().split(':');
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', Buffer.from(key, 'base64'),
        nonce);

    cipher.setAAD(Buffer.from(`v1/${domain}/${id}`));
    const text = Buffer.concat([nonce, cipher.update(JSON.stringify({
        account: 'all', email: 'bench@example.com', key: 'none',
    })), cipher.final(), cipher.getAuthTag()]);

    return `v1:${name}:${text.toString('base64')}`;
}


async function blocks(redis, domain, accounts) {
    const maker = spawn(join(BUILD, 'bench/blocks'), [
        PREFIX, domain, formatDay(today()), accounts, SERVICES,
        Math.floor(Date.now() / 1000),
    ].map(String), { stdio: ['ignore', 'pipe', 'pipe'] });
    const pipe = spawn('redis-cli', ['-p', String(redis.port), '--pipe'],
        { stdio: ['pipe', 'pipe', 'inherit'] });
    const said = { maker: '', pipe: '' };

    maker.stderr.on('data', (chunk) => { said.maker += chunk; });
    pipe.stdout.on('data', (chunk) => { said.pipe += chunk; });
    pipe.stdin.on('error', () => {});
    maker.stdout.pipe(pipe.stdin);

    await Promise.all([once(maker, 'close'), once(pipe, 'close')]);
    if (maker.exitCode !== 0 || !/errors: 0,/.test(said.pipe)) {
        throw new Error(`seeding failed: ${said.maker} ${said.pipe}`);
    }
    return JSON.parse(said.maker);
}
