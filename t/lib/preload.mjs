// A library of ours that takes the place of functions of libc.

import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';

import { temporaryFolder } from './process.mjs';


// Builds a C file, a path below t/; returns the environment that has it
// preloaded.
export function preload(path) {
    const name = basename(path, '.c');
    const library = join(temporaryFolder(name), `${name}.so`);

    execFileSync(process.env.CC ?? 'cc', ['-Wall', '-Wextra', '-shared',
        '-fPIC', '-o', library, new URL(`../${path}`, import.meta.url).pathname, '-ldl']);

    return {
        LD_PRELOAD: library,
        ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}`
            + ':verify_asan_link_order=0',
    };
}
