// All data of a Redis as text, and back: types and values as commands see them,
// so that any version of Redis takes them.
//
//     const text = await dumpOf(redis);
//     await loadDump(redis, text);
//
// A line a key, in order: its time to live in milliseconds (-1: none), its type,
// its name and what it holds, as JSON.  What is no ASCII is percent-encoded, byte
// by byte, so that a block of costs is as short as it can be in a text.

import { execFile } from 'node:child_process';
import { createConnection } from 'node:net';
import { promisify } from 'node:util';


const run = promisify(execFile);

// What reads a key, and the command that makes it of the same words.
const TYPES = {
    string: { read: ['GET'], write: 'SET' },
    hash: { read: ['HGETALL'], write: 'HSET' },
    set: { read: ['SMEMBERS'], write: 'SADD' },
    zset: { read: ['ZRANGE', '0', '-1', 'WITHSCORES'], write: 'ZADD' },
    stream: { read: ['XRANGE', '-', '+'], write: 'XADD' },
};


export async function dumpOf(redis) {
    const lines = [];

    for (const key of (await json(redis, 'KEYS', '*')).sort()) {
        const type = await json(redis, 'TYPE', key);
        const [command, ...rest] = TYPES[type].read;
        const value = await json(redis, command, key, ...rest);

        lines.push(JSON.stringify([
            await json(redis, 'PTTL', key), type, key, ordered(type, value)]));
    }
    return `${lines.join('\n')}\n`;
}


// The same without what runs out, and without the mark that says that data are
// there: the same data give the same text.
export async function dataOf(redis) {
    return (await dumpOf(redis)).split('\n')
        .filter((line) => !/^\[\d|:mark"/.test(line)).join('\n');
}


function ordered(type, value) {
    if (type === 'set') {
        return value.sort();
    }
    if (type === 'hash') {
        const pairs = [];

        for (let i = 0; i < value.length; i += 2) {
            pairs.push([value[i], value[i + 1]]);
        }
        return pairs.sort(([a], [b]) => a < b ? -1 : 1).flat();
    }
    return [value].flat();
}


// Into an empty Redis; what has a time to live gets all of it again.
export async function loadDump(redis, text) {
    const commands = [];

    for (const line of text.split('\n').filter(Boolean)) {
        const [ttl, type, key, value] = JSON.parse(line);
        const { write } = TYPES[type];

        if (type === 'stream') {
            for (const [id, fields] of value) {
                commands.push([write, key, id, ...fields]);
            }
        } else {
            // of a ZSET the score comes first
            commands.push([write, key, ...type === 'zset'
                ? value.flatMap((_, i) => i % 2 ? [] : [value[i + 1], value[i]])
                : value]);
        }
        if (ttl >= 0) {
            commands.push(['PEXPIRE', key, String(ttl)]);
        }
    }
    await send(redis, commands);
}


// A reply; names of keys are taken for plain text.
async function json(redis, ...words) {
    const { stdout } = await run('redis-cli',
        ['-p', String(redis.port), '--json', 'EVAL', `
        local function plain(v)
            if type(v) == 'table' and v.ok then return v.ok end
            if type(v) == 'table' then
                for i = 1, #v do v[i] = plain(v[i]) end
            elseif type(v) == 'string' then
                v = v:gsub('[^ !#$&-~]', function (c)
                    return string.format('%%%02x', c:byte())
                end)
            end
            return v
        end
        return cjson.encode(plain(redis.call(unpack(ARGV))))`, '0',
        ...words], { maxBuffer: 64 * 1024 * 1024 });

    return JSON.parse(JSON.parse(stdout));
}


// What the text stands for.
function decoded(text) {
    const parts = String(text).split(/%([0-9a-f]{2})/);

    return Buffer.concat(parts.map((part, i) => i % 2
        ? Buffer.from(part, 'hex') : Buffer.from(part)));
}


// By the protocol itself, for redis-cli takes no bytes that are no text.
export function send({ port }, commands) {
    return new Promise((resolve, reject) => {
        const socket = createConnection({ port, host: '127.0.0.1' });
        let replies = '';

        socket.on('error', reject);
        socket.on('data', (data) => {
            replies += data.toString('latin1');
            if (/^-/m.test(replies)) {
                reject(new Error(replies.match(/^-.*/m)[0]));
                socket.destroy();
            } else if (/\+PONG\r\n$/.test(replies)) {
                socket.end();
                resolve();
            }
        });
        for (const words of [...commands, ['PING']]) {
            const bytes = words.map(decoded);

            socket.write(`*${bytes.length}\r\n`);
            for (const one of bytes) {
                socket.write(`$${one.length}\r\n`);
                socket.write(one);
                socket.write('\r\n');
            }
        }
    });
}
