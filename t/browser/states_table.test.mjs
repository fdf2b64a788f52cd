// README.md beside this names, for each state of the pages, a test that is
// there.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { deepEqual, ok, test } from '../lib/tap.mjs';


const HERE = dirname(fileURLToPath(import.meta.url));
const read = (name) => readFileSync(join(HERE, name), 'utf8');
const rows = [...read('README.md').matchAll(
    /^\| (.+) \| (\w+) \| (.+) \|$/gm)].filter(([, , file]) => file !== 'Test');

// Titles as they are written, and those of the loop in progress.test.mjs.
function titles(file) {
    const text = read(`${file}.test.mjs`);

    return [...text.matchAll(/(?:scenario|test)\('([^']+)'/g)]
        .map(([, title]) => title)
        .concat([...text.matchAll(/^\s*\['([^']+)', \(/gm)]
            .map(([, name]) => `${name} shows how far it is`));
}


test('each test that the table names is there', () => {
    ok(rows.length > 80, String(rows.length));
    deepEqual(rows.filter(([, , file, title]) =>
        !existsSync(join(HERE, `${file}.test.mjs`)) || !titles(file).includes(title))
        .map(([line]) => line), []);
});


test('no state is there twice', () => {
    const named = rows.map(([, , file, title]) => `${file}: ${title}`);

    deepEqual(named.filter((one, at) => named.indexOf(one) !== at), []);
});
