// Name lookups as a test wants them, see resolver.c.

import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { temporaryFolder } from '../../lib/process.mjs';


const HERE = dirname(fileURLToPath(import.meta.url));


// options are nginx's; lookups wait from close() to open(), and are open at
// first; waiting() tells whether one does.
export function testResolver() {
    const dir = temporaryFolder('resolver');
    const library = join(dir, 'resolver.so');
    const gate = join(dir, 'gate');

    execFileSync(process.env.CC ?? 'cc', ['-Wall', '-Wextra', '-shared',
        '-fPIC', '-o', library, join(HERE, 'resolver.c'), '-ldl']);
    writeFileSync(gate, '');

    return {
        options: {
            main: 'env RESOLVER_GATE;',
            env: {
                RESOLVER_GATE: gate,
                LD_PRELOAD: library,
                ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}`
                    + ':verify_asan_link_order=0',
            },
        },
        open: () => writeFileSync(gate, ''),
        close: () => {
            rmSync(gate, { force: true });
            rmSync(`${gate}.waiting`, { force: true });
        },
        waiting: () => existsSync(`${gate}.waiting`),
    };
}
