// A small disk for tests that fill it: a tmpfs, where mounting is permitted.

import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { temporaryFolder } from './process.mjs';


// Returns { dir, fill(), free(), close() }: fill() leaves no byte of it, free()
// gives back what fill() took.  undefined: not permitted.
export function smallDisk(name, kilobytes) {
    const dir = temporaryFolder(name);

    if (!run(['mount', '-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'none', dir])) {
        return undefined;
    }

    const filler = join(dir, 'filler');
    const close = () => run(['umount', '-l', dir]);

    process.once('exit', close);
    return {
        dir,

        fill() {
            let size = 64 * 1024;

            while (size > 0) {
                try {
                    writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
                } catch (error) {
                    if (error.code !== 'ENOSPC') {
                        throw error;
                    }
                    size >>= 1;
                }
            }
        },

        free: () => rmSync(filler, { force: true }),

        close() {
            process.off('exit', close);
            return close();
        },
    };
}


function run(argv) {
    const sudo = process.getuid() === 0 ? [] : ['sudo', '-n'];
    const [program, ...args] = [...sudo, ...argv];

    try {
        execFileSync(program, args, { stdio: 'ignore' });
        return true;
    } catch {
        return false;
    }
}
