// How the module's "config" has hiredis linked: from its archive if there is
// one that can be linked, and its names never get out.

import { execFileSync, spawnSync } from 'node:child_process';
import {
    chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync,
    writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { temporaryFolder } from '../lib/process.mjs';
import { is, like, ok, test } from '../lib/tap.mjs';


const TOP = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const BUILD = resolve(process.env.BILLING_BUILD ?? join(TOP, 'build'));

const ARCHIVE = /-Wl,--exclude-libs,libhiredis\.a \S*\/libhiredis\.a/;
const SHARED = /-lhiredis\b/;
const SCRIPT = /-Wl,--version-script=\S*\/src\/exports\.map/;
const WARNING = /warning: .* uses the shared library of hiredis/;

const dir = temporaryFolder('config');
const archive = execFileSync('cc', ['-print-file-name=libhiredis.a'],
    { encoding: 'utf8' }).trim();
const none = !existsSync(archive) && 'there is no libhiredis.a on this machine';


test('a module has the archive and exports what nginx looks up', () => {
    const { text, libs, header } = configure('DYNAMIC');

    like(libs, ARCHIVE);
    like(libs, SCRIPT);
    like(libs, /-lm$/);
    ok(!SHARED.test(libs), libs);
    ok(!WARNING.test(text), text);
    is(header.includes('HIREDIS_SHARED'), false);
}, { skip: none });


test('an executable has the archive and keeps its names', () => {
    const { libs } = configure('ADDON');

    like(libs, ARCHIVE);
    ok(!SHARED.test(libs) && !SCRIPT.test(libs), libs);
}, { skip: none });


for (const linker of ['bfd', 'gold', 'lld']) {
    const lacks = spawnSync(`ld.${linker}`, ['--version']).status !== 0
        && `there is no ld.${linker}`;

    test(`so it is with ld.${linker}`, () => {
        const { libs } = configure('DYNAMIC', {}, `-fuse-ld=${linker}`);
        const file = join(dir, `${linker}.so`);
        const source = join(dir, 'module.c');

        writeFileSync(source, `
            #include <sys/time.h>
            #include <hiredis/hiredis.h>
            #include <hiredis/async.h>
            int ngx_modules, ngx_module_names, ngx_module_order;
            void *billing(void);
            void *billing(void) { return redisAsyncConnect("", 0); }`);
        execFileSync('cc', ['-fPIC', '-shared', `-fuse-ld=${linker}`, '-o', file,
            source, ...libs.split(/\s+/).filter((word) =>
                /hiredis|version-script/.test(word))]);

        const names = execFileSync('nm', ['-D', file], { encoding: 'utf8' });

        is(names.match(/ [A-TV-Z] \S+/g).map((name) => name.slice(3)).sort().join(),
            'ngx_module_names,ngx_module_order,ngx_modules');
        ok(!names.includes('redis'), names);
    }, { skip: none || lacks });
}


test('"shared" is asked for', () => {
    isShared(configure('DYNAMIC', { BILLING_HIREDIS: 'shared' }));
    isShared(configure('ADDON', { BILLING_HIREDIS: 'shared' }));
});


test('without an archive it is the shared library', () => {
    isShared(configure('DYNAMIC', without('nothing')));
    isShared(configure('ADDON', without('nothing')));
});


test('an archive that cannot be linked is none', () => {
    const environment = without('something');

    writeFileSync(join(dir, 'something/libhiredis.a'), 'no archive\n');
    isShared(configure('DYNAMIC', environment));
});


test('nor is one that was compiled for executables', () => {
    const environment = without('executable');
    const folder = join(dir, 'executable');
    const run = (...words) => execFileSync(words[0], words.slice(1), { cwd: folder });

    writeFileSync(join(folder, 'plain.c'), `
        #include <stdio.h>
        FILE *plain(void);
        FILE *plain(void) { return stdin; }`);
    copyFileSync(archive, join(folder, 'libhiredis.a'));
    run('cc', '-fno-pic', '-c', 'plain.c');
    run('ar', 'r', 'libhiredis.a', 'plain.o');
    isShared(configure('DYNAMIC', environment));
}, { skip: none });


test('who wants the archive and has none is told', () => {
    const { status, text } = configure('DYNAMIC',
        { ...without('nothing'), BILLING_HIREDIS: 'static' });

    is(status, 1);
    like(text, /error: .* finds no libhiredis\.a/);
});


function isShared({ status, text, libs, header }) {
    is(status, 0, text);
    like(text, WARNING);
    like(libs, SHARED);
    ok(!ARCHIVE.test(libs), libs);
    like(header, /#define BILLING_HIREDIS_SHARED\s+1/);
}


// The environment of a machine whose hiredis is said to be in this folder, and
// whose compiler knows no archive.
function without(name) {
    const folder = join(dir, name);
    const cc = join(folder, 'cc');

    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'hiredis.pc'), `
libdir=${folder}
Name: hiredis
Description: hiredis
Version: 1.0.0
Libs: -lhiredis
`);
    writeFileSync(cc, `#!/bin/sh
case "$1" in -print-file-name=*) echo "\${1#*=}" ;; *) exec cc "$@" ;; esac
`);
    chmodSync(cc, 0o755);
    return { PKG_CONFIG_PATH: folder, CC: cc };
}


// What "config" answers to nginx's configure, of which only its own tests of
// features are run here.
function configure(link, environment = {}, options = '') {
    const work = temporaryFolder('configure');

    cpSync(join(BUILD, 'nginx/auto'), join(work, 'auto'), { recursive: true });
    writeFileSync(join(work, 'auto/module'), 'echo $ngx_module_libs > libs\n');
    writeFileSync(join(work, 'libs'), '');
    writeFileSync(join(work, 'header'), '');
    writeFileSync(join(work, 'configure'), `
ngx_addon_dir=${TOP}
ngx_module_link=${link}
ngx_n=-n
CC=\${CC:-cc}
NGX_AUTOTEST=./autotest
NGX_AUTOCONF_ERR=errors
NGX_AUTO_CONFIG_H=header
NGX_TEST_LD_OPT="${options}"
. ${TOP}/config
`);

    const result = spawnSync('sh', ['./configure'], {
        cwd: work, encoding: 'utf8',
        env: { ...process.env, BILLING_WEB: join(BUILD, 'web'), ...environment },
    });

    return {
        status: result.status, text: result.stdout + result.stderr,
        libs: readFileSync(join(work, 'libs'), 'utf8').trim(),
        header: readFileSync(join(work, 'header'), 'utf8'),
    };
}
