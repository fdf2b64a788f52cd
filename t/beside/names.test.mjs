// nginx loads modules into one scope, where the first of two equal names
// serves for all: ours has no names but those that nginx looks up, and wants
// none that a module of Debian's has.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { modulePath } from '../lib/nginx.mjs';
import { deepEqual, ok, skip, test } from '../lib/tap.mjs';
import { foldersOf, whyNone } from './modules.mjs';


const TOP = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const BUILD = resolve(process.env.BILLING_BUILD ?? join(TOP, 'build'));
const FOLDER = join(BUILD, 'beside');
const OURS = modulePath('ngx_http_billing_module');
const LIBRARY = /\.so(\.\d+)*$/;
const LOOKED_UP = ['ngx_module_names', 'ngx_module_order', 'ngx_modules'];


// [file, name] of each; "name@version" where it has one
function names(files, ...options) {
    return execFileSync('nm', ['-A', '-P', ...options, ...files],
        { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).split('\n')
        .filter(Boolean).map((line) => line.match(/^(.*?): (\S+)/).slice(1))
        .map(([file, name]) => [file, name.replace('@@', '@')]);
}

const nameOf = ([, name]) => name;


test('only what nginx looks up gets out', () => {
    deepEqual(names([OURS], '-D', '--defined-only').map(nameOf).sort(), LOOKED_UP);
});


// Linked into nginx, whose names are all there for modules, ours have
// beginnings that nobody else has.
test('every name begins as ours do', () => {
    const objects = ['core', 'providers', 'event', 'store', 'cost', 'http', 'web']
        .map((layer) => join(BUILD, 'nginx/objs/addon', layer))
        .flatMap((folder) => readdirSync(folder, { withFileTypes: true })
            .filter((entry) => entry.name.endsWith('.o'))
            .map((entry) => join(folder, entry.name)));

    ok(objects.length > 100, `${objects.length} objects`);
    deepEqual(names(objects, '-g', '--defined-only').map(nameOf)
        .filter((name) => !/^(ngx_http_billing|ngx_billing|billing)_/.test(name))
        // weak and hidden, for the archive of hiredis that is linked with them
        .filter((name) => !/^hi_(calloc|malloc|realloc|strdup)$/.test(name)),
    []);
});


const makefile = readFileSync(join(BUILD, 'nginx/objs/Makefile'), 'utf8');

if (whyNone) {
    skip('no name that is wanted is one of a packaged module', whyNone);
} else if (/libhiredis\.a/.test(makefile)) {
    test('no name that is wanted is one of a packaged module', () => {
        const wanted = names([OURS], '-D', '--undefined-only').map(nameOf);
        const files = foldersOf(FOLDER, LIBRARY).flatMap((folder) =>
            readdirSync(folder).filter((file) => LIBRARY.test(file))
                .map((file) => join(folder, file))).filter(existsSync);
        const found = names(files, '-D', '--defined-only')
            .filter(([, name]) => wanted.some((want) => serves(name, want)))
            .map(([file, name]) => `${file}: ${name}`);

        ok(files.length > 20, `${files.length} files`);
        ok(wanted.includes('jwt_new'), wanted.join(' '));
        deepEqual(found, []);
    });
} else {
    skip('no name that is wanted is one of a packaged module',
        'there is no libhiredis.a; shared.test.mjs has what happens then');
}


// A definition without a version serves for every version, and who wants none
// takes any.
function serves(name, want) {
    return name === want || name === base(want) || base(name) === want;
}


function base(name) {
    return name.replace(/@.*/, '');
}
