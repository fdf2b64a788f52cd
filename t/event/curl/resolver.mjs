// Name lookups as a test wants them, see resolver.c.

import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { temporaryFolder } from '../../lib/process.mjs';
import { preload } from '../../lib/preload.mjs';


// options are nginx's; lookups wait from close() to open(), and are open at
// first; waiting() tells whether one does.
export function testResolver() {
    const gate = join(temporaryFolder('gate'), 'gate');

    writeFileSync(gate, '');

    return {
        options: {
            main: 'env RESOLVER_GATE;',
            env: { ...preload('event/curl/resolver.c'), RESOLVER_GATE: gate },
        },
        open: () => writeFileSync(gate, ''),
        close: () => {
            rmSync(gate, { force: true });
            rmSync(`${gate}.waiting`, { force: true });
        },
        waiting: () => existsSync(`${gate}.waiting`),
    };
}
