// t/faults/README.md says which test is behind each promise: they are there,
// under these titles, and none is left out for good.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { deepEqual, ok, test } from '../lib/tap.mjs';


const TOP = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const read = (file) => readFileSync(join(TOP, file), 'utf8');

// [fault, promise, file, title] of each line; a cell may repeat the one above
const lines = read('t/faults/README.md').split('\n')
    .filter((line) => /^\| .*\|$/.test(line) && !/^\| (Fault|---) /.test(line))
    .map((line) => line.slice(1, -1).split(' | ').map((cell) => cell.trim()));

// Which titles a file has: those that its text gives to test(); where it gives
// a variable, what its tables of cases may hold; in C, functions.  A template fits whatever has its parts, if what fills
// its holes stands in the file, too.
function titles(text) {
    const calls = [...text.matchAll(
        /\b(?:test|fault)\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g)];
    const cases = /\b(?:test|fault)\([a-z]+,/.test(text)
        ? [...text.matchAll(/'([^'\n]+)'|^\s+(\w+): /gm)]
            .map(([, quoted, plain]) => quoted ?? plain) : [];
    const units = [...text.matchAll(/cmocka_unit_test\((\w+)\)/g)]
        .map(([, name]) => name);
    const plain = new Set([...cases, ...units, ...calls
        .filter(([, quote]) => quote !== '`')
        .map(([, , title]) => title.replace(/\\(.)/g, '$1'))]);
    const patterns = calls.filter(([, quote]) => quote === '`')
        .map(([, , title]) => new RegExp(`^${title.split(/\$\{.*?\}/)
            .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
            .join('(.+)')}$`));

    return (title) => plain.has(title) || patterns.some((pattern) =>
        pattern.exec(title)?.slice(1).every((part) => text.includes(part)));
}


// The table of them is a file of its own.
const endpoints = (text) => text.includes('./endpoints.mjs')
    ? read('t/faults/endpoints.mjs') : '';


test('every line has a fault, a promise, a file and a title', () => {
    ok(lines.length > 100, `${lines.length} lines`);
    deepEqual(lines.filter((cells) => cells.length !== 4
        || cells.some((cell) => cell === '')), []);
});


test('every test that is named is there', () => {
    const known = new Map();
    const missing = lines.filter(([, , name, title]) => {
        const file = name.replaceAll('`', '');
        const path = file.startsWith('unit/') ? `t/${file}.c`
            : `t/${file}.test.mjs`;

        if (!known.has(path)) {
            known.set(path, existsSync(join(TOP, path))
                ? titles(read(path) + endpoints(read(path))) : () => false);
        }
        return !known.get(path)(title);
    });

    deepEqual(missing.map(([, , file, title]) => `${file}: ${title}`), []);
});


test('no test is said to prove the same twice', () => {
    const seen = lines.map(([fault, , file, title]) =>
        `${fault} ${file} ${title}`);

    deepEqual(seen.filter((line, i) => seen.indexOf(line) !== i), []);
});
