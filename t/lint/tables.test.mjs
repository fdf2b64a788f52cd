// Tables that name tests ("`t/api/zone.test.mjs`: title") name tests that are
// there.

import { existsSync, readFileSync, readdirSync } from 'node:fs';

import { deepEqual, is, ok, test } from '../lib/tap.mjs';


const pages = ['src', 't'].flatMap((top) => readdirSync(top, { recursive: true })
    .filter((path) => path.endsWith('.md') && !path.includes('node_modules'))
    .map((path) => `${top}/${path}`));

// The tests that a page's rows name: [file, title].
function named(text) {
    return text.split('\n').filter((line) => /^\|.*`t\//.test(line))
        .flatMap((row) => [...row.matchAll(
            /`(t\/[^`]+\.(?:test\.mjs|c))`: ([^|]+?)(?=\s*(?:\||;\s*`t\/|<br>))/g)]
            .map(([, file, title]) => [file, title]));
}

// A title as it may stand in a file, between quotes of any kind.
function holds(file, title) {
    const source = readFileSync(file, 'utf8').replace(/\\'/g, "'")
        .replace(/' *\n? *\+ '/g, '');
    return file.endsWith('.c') ? source.includes(`(${title})`)
        : ["'", '`', '"'].some((quote) => source.includes(quote + title + quote));
}

for (const page of pages) {
    const tests = named(readFileSync(page, 'utf8'));

    if (tests.length > 0) {
        test(`${page}: ${tests.length} tests`, () => {
            deepEqual(tests.filter(([file, title]) =>
                !existsSync(file) || !holds(file, title)), []);
        });
    }
}

test('a row without its test would be seen', () => {
    const [first, second] = named(
        '| a | `t/lint/tables.test.mjs`: no such title; `t/x.test.mjs`: a |');

    is(holds(...first), false);
    ok(!existsSync(second[0]));
});
