// A library of ours that takes the place of functions of libc.

import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { temporaryFolder } from '../../lib/process.mjs';


const HERE = dirname(fileURLToPath(import.meta.url));


// Builds name.c; returns the environment that has it preloaded.
export function preload(name) {
    const library = join(temporaryFolder(name), `${name}.so`);

    execFileSync(process.env.CC ?? 'cc', ['-Wall', '-Wextra', '-shared',
        '-fPIC', '-o', library, join(HERE, `${name}.c`), '-ldl']);

    return {
        LD_PRELOAD: library,
        ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}`
            + ':verify_asan_link_order=0',
    };
}
