// Memory that is not there: t/faults/nomem.c, preloaded, makes allocations of
// one worker fail.
//
//     const nomem = startNomem();
//     ... startBilling({ nginx: { env: nomem.env } })
//     nomem.arm(pid, 7)         its 7th allocation from now on fails
//     nomem.arm(pid, 7, 3)      and the two behind it
//     nomem.disarm()
//     nomem.seen, nomem.failed  how many there were, and failed
//     nomem.where()             whence the first that failed was asked for

import { execFileSync } from 'node:child_process';
import { openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { preload } from './preload.mjs';
import { temporaryFolder } from './process.mjs';


const FIELDS = ['pid', 'at', 'times', 'seen', 'failed'];
const HEAD = 8 * FIELDS.length;
const TEXT = 4096;


export function startNomem() {
    const file = join(temporaryFolder('nomem'), 'state');
    const fd = openSync(file, 'w+');

    function get(name) {
        const bytes = Buffer.alloc(8);

        readSync(fd, bytes, 0, 8, 8 * FIELDS.indexOf(name));
        return Number(bytes.readBigInt64LE());
    }

    function set(name, value) {
        const bytes = Buffer.alloc(8);

        bytes.writeBigInt64LE(BigInt(value));
        writeSync(fd, bytes, 0, 8, 8 * FIELDS.indexOf(name));
    }

    return {
        env: { ...preload('faults/nomem.c'), NOMEM_FILE: file },
        get seen() { return get('seen'); },
        get failed() { return get('failed'); },
        disarm: () => set('at', 0),

        arm(pid, n, times = 1) {
            set('at', 0);
            writeSync(fd, Buffer.alloc(TEXT), 0, TEXT, HEAD);
            Object.entries({ pid, times, seen: 0, failed: 0, at: n })
                .forEach(([name, value]) => set(name, value));
        },

        where() {
            const bytes = Buffer.alloc(TEXT);

            readSync(fd, bytes, 0, TEXT, HEAD);
            return bytes.toString('latin1').replace(/\0.*$/s, '').split('\n')
                .filter(Boolean).map(named).join('\n');
        },
    };
}


// A place in a file, by its name in the source if that can be had.
function named(line) {
    const [, file, place] = /^(.*) (0x[0-9a-f]+)$/.exec(line) ?? [];

    try {
        // the address is where the call returns to
        return execFileSync('addr2line', ['-spfe', file,
            `0x${(BigInt(place) - 1n).toString(16)}`],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch {
        return line;
    }
}
