// What the documents say is there: directives, variables, commands, links, codes.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { deepEqual, is, ok, test } from '../lib/tap.mjs';


const TOP = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const MOST_LINES = 150;
const DOCUMENTS = ['README.md', 'src/http/DIRECTIVES.md', 'src/http/API.md',
    'src/providers/PROVIDERS.md', 'src/store/OPERATING.md', 'src/cost/FIGURES.md',
    'src/CHANGELOG.md', 'src/NOTES.md', 'src/SECURITY.md', 'src/cost/ENGINE.md', 'src/fetch/FETCH.md',
    'src/http/ANSWERS.md', 'src/store/STORE.md', 'src/event/BRIDGES.md',
    'src/providers/ANOTHER.md', 'src/core/FORESIGHT.md', 'html/CHARTS.md',
    't/TESTING.md'];
const read = (file) => readFileSync(join(TOP, file), 'utf8');
const directives = read('src/http/DIRECTIVES.md');
const names = (text, pattern) => [...text.matchAll(pattern)]
    .map(([, name]) => name).sort();

// As GitHub and its like make them.
const anchors = (text) => [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title.toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-'));


test('the README is short', () => {
    const lines = read('README.md').split('\n').length - 1;

    ok(lines <= MOST_LINES, `${lines} lines`);
});


test('directives', () => {
    const commands = [
        ...names(read('src/http/module.c'),
            /\{ ngx_string\("(billing\w*)"\)/g),
        ...names(read('src/http/settings.h'),
            /^ {4}SETTING\((\w+),/gm).map((name) => `billing_${name}`),
    ].sort();

    ok(commands.length > 10);
    deepEqual(names(directives, /^## (billing\w*)$/gm), commands);
    for (const part of ['Syntax: ', 'Example:']) {
        deepEqual([...new Set(names(directives,
            new RegExp(`^ {4}${part} .*?\\b(billing(?!\\.)\\w*)`, 'gm')))], commands);
    }
});


test('variables', () => {
    for (const name of names(read('src/http/variables.c'),
        /\{ ngx_string\("(billing\w*)"\)/g)) {
        ok(directives.includes(`\`$${name}\``), name);
    }
});


test('problem codes', () => {
    const known = names(read('src/http/send.c'),
        /\{ \d+, "(\w+)"/g);

    deepEqual(names(read('src/cost/FIGURES.md'),
        /^\| `(\w+)` \| \d[\d/]* \|/gm), [...new Set(known)]);
});


test('the commands they name are there', () => {
    const makefile = read('Makefile');

    for (const document of DOCUMENTS) {
        for (const [, target] of read(document)
            .matchAll(/(?:`|^ {4}(?:sudo )?)make ([a-z-]+)(?![\w/-])/gm)) {
            ok(new RegExp(`^${target}:`, 'm').test(makefile)
                || new RegExp(`^\\.PHONY:.*\\b${target}\\b`, 'm').test(makefile),
            `${document}: ${target}`);
        }
    }
    ok(/exec make test\n/.test(read('.ci/run')));
});


test('the map leads to files', () => {
    const prefix = { cost: 'billing_cost', http: 'ngx_http_billing',
        store: 'ngx_http_billing' };

    for (const [, text] of read('src/NOTES.md').matchAll(/`(\w+\/_[\w.]+)`/g)) {
        const [folder, file] = text.split('/');

        ok(existsSync(join(TOP, 'src', folder, prefix[folder] + file)), text);
    }
});


test('links lead somewhere', () => {
    for (const document of DOCUMENTS) {
        for (const [, link] of read(document).matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
            const [file, anchor] = link.split('#');
            const path = file === '' ? document : join(dirname(document), file);

            ok(existsSync(join(TOP, path)), `${document}: ${link}`);
            if (anchor !== undefined) {
                is(anchors(read(path)).includes(anchor), true, `${document}: ${link}`);
            }
        }
    }
});
