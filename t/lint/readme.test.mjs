// The README names every directive and variable that the module has.

import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { deepEqual, ok, test } from '../lib/tap.mjs';


const TOP = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const read = (file) => readFileSync(join(TOP, file), 'utf8');
const readme = read('README.md');
const names = (text, pattern) => [...text.matchAll(pattern)]
    .map(([, name]) => name).sort();


test('directives', () => {
    const commands = names(read('src/http/ngx_http_billing_module.c'),
        /\{ ngx_string\("(billing\w*)"\)/g);

    ok(commands.length > 10);
    deepEqual(names(readme, /^### (billing\w*)$/gm), commands);
});


test('variables', () => {
    for (const name of names(read('src/http/ngx_http_billing_variables.c'),
        /\{ ngx_string\("(billing\w*)"\)/g)) {
        ok(readme.includes(`\`$${name}\``), name);
    }
});


test('the commands it names are there', () => {
    const makefile = read('Makefile');

    for (const [, target] of readme.matchAll(/\bmake ([a-z-]+)/g)) {
        ok(new RegExp(`^${target}:`, 'm').test(makefile), target);
    }
    ok(/exec make test\n/.test(read('.ci/run')));
});
