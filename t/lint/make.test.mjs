// What make installs of Debian's packages, what it compiles with, and what
// "make install" puts where.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { modulePath } from '../lib/nginx.mjs';
import { temporaryFolder } from '../lib/process.mjs';
import { deepEqual, is, like, ok, skip, test } from '../lib/tap.mjs';


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


// What would be compiled if a file of src/ were another one.
const concerned = (file) => run('make', '-n', '-C', join(BUILD, 'nginx'),
    '-f', 'objs/Makefile', '-W', join(TOP, 'src', file), 'modules')
    .match(/ -c [^;]*?-o objs\/addon\/\S+\.o/g)
    .map((command) => /(\w+\/\w+)\.o$/.exec(command)[1]).sort();

test('what a change concerns is compiled, and nothing else', () => {
    const all = readFileSync(join(BUILD, 'nginx/objs/Makefile'), 'utf8')
        .match(/^objs\/addon\/\S+\.o:/gm).length;
    const few = concerned('core/season.h');
    const many = concerned('core/str.h').length;

    deepEqual(few, ['core/forecast', 'core/season']);
    ok(many > 50 && many < all, `${many} of ${all}`);
    deepEqual(concerned('core/median.c'), ['core/median']);
    deepEqual(concerned('store/check.lua'),
        ['store/check']);
    deepEqual(concerned('http/openapi.json'), ['http/api_session']);
});


test('the scripts are whole, and end at the first fault', () => {
    const scripts = run('git', 'ls-files', '-co', '--exclude-standard', 't')
        .trim().split('\n').filter((file) => existsSync(join(TOP, file))
            && /^#!.*\bbash\n/.test(readFileSync(join(TOP, file), 'utf8')));

    ok(scripts.length > 10);
    for (const file of scripts) {
        run('bash', '-n', file);
        like(readFileSync(join(TOP, file), 'utf8'),
            /^set -euo? ?(-o )?pipefail$/m, file);
    }
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
