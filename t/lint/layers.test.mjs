// The layers of src/ call one way only, and stay readable.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { deepEqual, test } from '../lib/tap.mjs';


const TOP = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'],
    { cwd: TOP, encoding: 'utf8' }).trim().split('\n');
const sources = files.filter((file) => /^src\/.*\.[ch]$/.test(file));
const read = (file) => readFileSync(join(TOP, file), 'utf8');

// Which layers a layer may include, and which foreign headers.
const MAY = {
    core: { layers: ['core'], foreign: /^(jansson|pcre2|uni\w+|unicode\/uspoof)\.h$/ },
    providers: {
        layers: ['core', 'providers'], foreign: /^(jansson|jwt|openssl\/err)\.h$/,
    },
    event: { layers: ['core', 'event'], foreign: /^(ngx_(config|core|event|sha1|thread_pool)|link|curl\/curl|hiredis\/\w+)\.h$/ },
    store: {
        layers: ['core', 'event', 'store'],
        foreign: /^(ngx_(config|core|event|sha1)|hiredis\/hiredis|jansson|openssl\/\w+)\.h$/,
    },
    fetch: {
        layers: ['core', 'event', 'providers', 'fetch'],
        foreign: /^(ngx_(config|core|event)|hiredis\/hiredis|jansson)\.h$/,
    },
    cost: {
        layers: ['core', 'event', 'providers', 'fetch', 'cost'],
        foreign: /^(ngx_(config|core|event)|hiredis\/hiredis|jansson)\.h$/,
    },
    http: {
        layers: ['core', 'event', 'providers', 'store', 'fetch', 'cost', 'http'],
        foreign: /^(ngx_(config|core|event|http)|hiredis\/hiredis|jansson|openssl\/\w+|zlib|brotli\/encode)\.h$/,
    },
};
const STANDARD = /^(assert|ctype|errno|fcntl|inttypes|limits|malloc|math|netdb|pthread|regex|stdarg|stdbool|stddef|stdint|stdio|stdlib|string|strings|time|sys\/\w+)\.h$/;


test('includes go one way', () => {
    const wrong = [];

    for (const file of sources) {
        const layer = file.split('/')[1];
        const may = MAY[layer];

        for (const [, open, name] of read(file).matchAll(
            /^#include\s+([<"])([^>"]+)[>"]/gm)) {
            const ok = open === '"'
                ? may.layers.includes(dirname(name))
                    || (dirname(name) === '.' && layer === 'core')
                    || (dirname(name) === '.' && read(file) && sources.includes(
                        `src/${layer}/${name}`))
                : may.foreign.test(name) || STANDARD.test(name);

            if (!ok) {
                wrong.push(`${file} includes ${name}`);
            }
        }
    }

    deepEqual(wrong, []);
});


// nginx's headers need what ngx_config.h defines before any header of the system.
test('what faces nginx begins with ngx_config.h', () => {
    const faces = /^src\/(event|store|fetch|cost|http)\//;
    const wrong = sources.filter((file) => faces.test(file)).map((file) => [file,
        read(file).match(/^#include\s+[<"]([^>"]+)[>"]/m)?.[1]])
        .filter(([, first]) => first !== undefined && first !== 'ngx_config.h'
            && !faces.test(`src/${first}`));

    deepEqual(wrong, []);
});


test('the bridges know nothing of billing', () => {
    deepEqual(sources.filter((file) => file.startsWith('src/event/')
        && /\b(account|project|provider|currency)\b/i.test(
            read(file).replace(/\/\*[\s\S]*?\*\//g, ''))), []);
});


test('no two sources share folder name and file name', () => {
    const names = sources.filter((file) => file.endsWith('.c'))
        .map((file) => `${basename(dirname(file))}/${basename(file)}`);

    deepEqual(names.length, new Set(names).size);
});


test('files and functions stay short', () => {
    const long = [];

    for (const file of sources) {
        const lines = read(file).split('\n');
        let name = '';
        let start = 0;

        if (lines.length > 600) {
            long.push(`${file} has ${lines.length} lines`);
        }

        lines.forEach((line, i) => {
            if (/^[a-z_]\w*\(/.test(line)) {
                name = line.slice(0, line.indexOf('('));
            }
            if (line === '{') {
                start = i;
            }
            if (line === '}' && start && i - start > 65) {
                long.push(`${file}: ${name} has ${i - start} lines`);
            }
            if (line === '}') {
                start = 0;
            }
        });
    }

    deepEqual(long, []);
});


test('jansson gets back what is jansson\'s', () => {
    const count = (file, pattern) => [...read(file).matchAll(pattern)].length;

    deepEqual(sources.filter((file) => file.endsWith('.c')
        && file !== 'src/core/json_arena.c'
        && count(file, /\bjson_dumps\(/g)
            !== count(file, /\bbilling_json_text_free\(/g)), []);
});


test('no file names a host that packages come from', () => {
    const hosts = /(registry\.(npmjs|yarnpkg)|deb\.debian|(archive|security)\.(debian|ubuntu)|snapshot\.debian|deb\.nodesource)\.(org|com)|"resolved":/;

    deepEqual(files.filter((file) => file !== 't/lint/layers.test.mjs'
        && !/\.(png|webp|woff2?)$/.test(file) && hosts.test(read(file))), []);
});


// Versions write a few things differently: it is that of Debian 12 that counts.
const FORMAT = 14;
const [, format] = execFileSync('clang-format', ['--version'], { encoding: 'utf8' })
    .match(/version (\d+)/);

test('sources are as clang-format writes them', () => {
    const wrong = [];

    for (const file of files.filter((name) => /^(src|t)\/.*\.[ch]$/.test(name))) {
        const formatted = execFileSync('clang-format', [file],
            { cwd: TOP, encoding: 'utf8' });

        if (formatted !== read(file)) {
            wrong.push(file);
        }
    }

    deepEqual(wrong, []);
}, { skip: Number(format) === FORMAT ? undefined
    : `this is clang-format ${format}, and not ${FORMAT}` });
