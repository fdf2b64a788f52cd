// The scripts that the module has in it, each put together of its files: Lua 5.1
// without globals, which Redis forbids, and asking for the right to all that
// they do.

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { deepEqual, is, ok, test } from '../lib/tap.mjs';


const TOP = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const BUILD = process.env.BILLING_BUILD ?? join(TOP, 'build');
const MODULE = join(BUILD, 'ngx_http_billing_module.so');
const GIVEN = new Set(('redis cjson KEYS ARGV string table math type pairs ipairs next '
    + 'select unpack tonumber tostring pcall error').split(' '));

const run = (...args) => execFileSync(args.shift(), args, { encoding: 'utf8' });

// name -> text, as it is sent
function scripts() {
    const bytes = readFileSync(MODULE);
    const [, address, offset] = run('readelf', '-SW', MODULE)
        .match(/ \.rodata +PROGBITS +([0-9a-f]+) ([0-9a-f]+)/)
        .map((hex) => parseInt(hex, 16));

    return new Map([...run('nm', MODULE).matchAll(/^([0-9a-f]+) r (\w+_lua)$/gm)]
        .map(([, at, name]) => {
            const start = parseInt(at, 16) - address + offset;
            return [name, bytes.toString('utf8', start, bytes.indexOf(0, start))];
        }));
}

// What the compiler says of a text, and the globals that it finds in it.
function compile(text) {
    const { status, stdout, stderr } = spawnSync('luac5.1', ['-l', '-p', '-'],
        { input: text, encoding: 'utf8' });

    return {
        wrong: status === 0 ? '' : stderr,
        globals: [...stdout.matchAll(/(GET|SET)GLOBAL\s.*; (\w+)$/gm)]
            .filter(([, how, name]) => how === 'SET' || !GIVEN.has(name))
            .map(([, , name]) => name),
    };
}

// Commands that a text has in it without asking for the right, where it asks.
function unasked(text) {
    const code = text.replace(/--.*$/gm, '');
    const asked = new Set([...code.matchAll(/\bdenied\(('[^)]*')\)/g)]
        .flatMap(([, words]) => words.match(/[A-Z]+/g)));

    return asked.size === 0 ? [] : [...code.matchAll(/\bcall\('([A-Z]+)'/g)]
        .filter(([all, word], i, list) => !asked.has(word)).map(([, word]) => word);
}

const all = scripts();
const files = readdirSync(join(TOP, 'src'), { recursive: true })
    .filter((file) => /\.(c|h|lua)$/.test(file))
    .map((file) => [file, readFileSync(join(TOP, 'src', file), 'utf8')]);


test('scripts are Lua without globals', () => {
    ok(all.size > 10, `${all.size} scripts`);

    for (const [name, text] of all) {
        deepEqual(compile(text), { wrong: '', globals: [] }, name);
    }
});


test('what is no script is found', () => {
    ok(compile('local a = = 1').wrong);
    deepEqual(compile('local function f() n = 1 end f()').globals, ['n']);
    deepEqual(compile('return denied(KEYS[1])').globals, ['denied']);
});


test('each file is in a script', () => {
    const texts = [...all.values()];

    deepEqual(files.filter(([file, text]) => file.endsWith('.lua')
        && !texts.some((script) => script.includes(text))).map(([file]) => file), []);
});


test('scripts ask for the right to all that they do', () => {
    for (const [name, text] of all) {
        deepEqual(unasked(text), [], name);
    }
    deepEqual(unasked("denied('GET SET2') redis.call('GET', k) call('DEL', k)"), ['DEL']);
});


// The bridge's own lines stand before all others.
// But the bridge's own lines, which stand before all others in a cluster.
test('no script is a string in C', () => {
    deepEqual(files.filter(([file, text]) => /\.[ch]$/.test(file)
        && /^[^/*]*"[^"]*\b(redis\.p?)?call\('/m.test(text)).map(([file]) => file)
        .filter((file) => file !== 'event/redis_script.c'), []);
    is(files.length > 100, true);
});
