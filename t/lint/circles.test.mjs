// The files of a folder of src/ call one way, too: no two need each other, but
// for those that are listed here.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { circles, references } from '../lib/circles.mjs';
import { temporaryFolder } from '../lib/process.mjs';
import { deepEqual, ok, test } from '../lib/tap.mjs';


const TOP = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const BUILD = resolve(process.env.BILLING_BUILD ?? join(TOP, 'build'));

// Its address is the key of what nginx keeps for the module: who names it asks
// nginx, and calls nothing of the file that it stands in.
const KEYS = ['ngx_http_billing_module'];

// Folder, reason, files that may be in one circle: none are.
const MAY = [].map(([folder, why, files]) => ({ folder, why, files: files.trim().split(/\s+/) }));

const folders = new Map();

for (const file of execFileSync('git', ['ls-files', '-co', '--exclude-standard',
    'src/*/*.c'], { cwd: TOP, encoding: 'utf8' }).trim().split('\n')) {
    const folder = basename(dirname(file));

    folders.set(folder, [...folders.get(folder) ?? [], join(BUILD,
        'nginx/objs/addon', folder, `${basename(file, '.c')}.o`)]);
}

const graphs = new Map([...folders].map(([folder, objects]) =>
    [folder, references(objects, KEYS)]));
const found = [...graphs].flatMap(([folder, graph]) =>
    circles(graph).map((files) => ({ folder, files })));


// "a -> b: symbols" of each step in the circle.
function steps({ folder, files }) {
    return files.flatMap((file) => [...graphs.get(folder).get(file)]
        .filter(([other]) => files.includes(other))
        .map(([other, symbols]) => `${file} -> ${other}: ${[...symbols].join(', ')}`))
        .join('\n    ');
}


test('no files of a folder need each other, but for those that are listed', () => {
    const wrong = found.filter(({ folder, files }) => !MAY.some((may) =>
        may.folder === folder && files.every((file) => may.files.includes(file))));

    ok(wrong.length === 0, wrong.map((circle) =>
        `a circle in src/${circle.folder}:\n    ${steps(circle)}`).join('\n'));
});


test('nothing is listed that is in no circle any more', () => {
    deepEqual(MAY.flatMap(({ folder, files }) => files.filter((file) =>
        !found.some((circle) => circle.folder === folder
            && circle.files.includes(file)))), []);
});


// Compiled from { name: text }.
function compiled(folder, texts) {
    const dir = join(temporaryFolder('circles'), folder);

    mkdirSync(dir);

    return Object.entries(texts).map(([name, text]) => {
        writeFileSync(join(dir, `${name}.c`), text);
        execFileSync('gcc', ['-c', '-O2', '-fPIC', `${name}.c`], { cwd: dir });
        return join(dir, `${name}.o`);
    });
}


test('a call, a table and a variable count, an address that was given does not', () => {
    const graph = references(compiled('steps', {
        call: 'void low(void); void call(void) { low(); }',
        low: 'void (*given)(void); void low(void) { given(); }',
        gives: 'extern void (*given)(void); static void f(void) {}\n'
            + 'void gives(void) { given = f; }',
        table: 'void call(void); void (*const table[])(void) = { call };',
        key: 'extern int module; int *key(void) { return &module; }',
        module: 'int *key(void); int module; int *see(void) { return key(); }',
    }), ['module']);

    deepEqual([...graph].map(([name, edges]) => [name, [...edges.keys()]]), [
        ['call', ['low']], ['low', []], ['gives', ['low']], ['table', ['call']],
        ['key', []], ['module', ['key']],
    ]);
    deepEqual(circles(graph), []);
});


test('circles are found, each with all that is in it and nothing else', () => {
    const graph = references(compiled('circles', {
        a: 'void b(void); void a(void) { b(); }',
        b: 'extern void (*const c[])(void); void b(void) { c[0](); }',
        c: 'void a(void); void (*const c[])(void) = { a };',
        d: 'void a(void); int e; void d(void) { a(); e = 1; }',
        x: 'void y(void); void x(void) { y(); }',
        y: 'void x(void); void y(void) { x(); }',
    }));

    deepEqual(circles(graph), [['a', 'b', 'c'], ['x', 'y']]);
});
