// What make installs of Debian's packages, what it compiles with, and what
// "make install" puts where.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { modulePath } from '../lib/nginx.mjs';
import { temporaryFolder } from '../lib/process.mjs';
import { is, like, ok, skip, test } from '../lib/tap.mjs';


const TOP = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const BUILD = process.env.BILLING_BUILD ?? join(TOP, 'build');
const MODULE = modulePath('ngx_http_billing_module');
const env = { ...process.env, MAKEFLAGS: '', MAKELEVEL: '' };

const run = (program, ...args) => execFileSync(program, args,
    { cwd: TOP, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const dryRun = (...args) => run('make', '-n', `build=${join(BUILD, 'none')}`, ...args);


test('only the module for Debian\'s nginx needs Debian\'s nginx', () => {
    const nginx = /install\.sh .*\bnginx-dev\b/;

    like(dryRun('deps-build'), nginx);
    ok(!nginx.test(dryRun('web')), 'make web');
    ok(!nginx.test(dryRun('deps-build', 'NGINX_SRC=/nowhere')),
        'make NGINX_SRC=DIR');
});


test('the module is hardened as the distribution\'s programs are', () => {
    const names = run('nm', '-D', MODULE);

    like(run('readelf', '-d', MODULE), /\bBIND_NOW\b|Flags: .*\bNOW\b/);
    like(run('readelf', '-lW', MODULE), /GNU_RELRO/);
    ok(!/GNU_STACK.*E\b/.test(run('readelf', '-lW', MODULE)), 'no stack to execute');
    like(names, /__stack_chk_fail/);
    like(names, /__\w+_chk\b/);
});


test('make install: a stripped module, notices, and a word about reloads', () => {
    const to = temporaryFolder('install');
    const module = join(to, 'modules/ngx_http_billing_module.so');
    const said = run('make', '-o', MODULE, `build=${BUILD}`, `DESTDIR=${to}`,
        'modules=/modules', 'docs=/docs', 'install');

    like(said, /reload/);
    like(said, /SIGUSR2/);
    ok(!/\.symtab/.test(run('readelf', '-SW', module)), 'symbols are cut off');
    like(readFileSync(join(to, 'docs/LICENSE'), 'utf8'), /Redistribution/);
    like(readFileSync(join(to, 'docs/THIRD-PARTY'), 'utf8'), /preact/);
});


// "make test" sees to it; by hand, any node will do.
const NODE = 'the tests run with the Node.js that this Debian has';

if (process.env.BILLING_FAILED && existsSync('/usr/bin/apt-cache')) {
    test(NODE, () => {
        const debian = run('apt-cache', 'show', 'nodejs').split('\n\n')
            .find((one) => /^Maintainer: .*Debian/m.test(one));

        is(process.versions.node.split('.')[0],
            debian.match(/^Version: (\d+)/m)[1]);
    });
} else {
    skip(NODE, 'this is not make test');
}
