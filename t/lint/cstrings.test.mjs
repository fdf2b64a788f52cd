// An ngx_str_t does not end with NUL: C-string functions read on, into whatever
// lies behind it.  In all that faces nginx they are for texts that do end so,
// and each such place stands here.

import { readFileSync, readdirSync } from 'node:fs';

import { deepEqual, is, ok, test } from '../lib/tap.mjs';


const SRC = new URL('../../src/', import.meta.url);
const FOLDERS = ['http', 'store', 'cost', 'fetch', 'event'];

const CALL = new RegExp('\\b(?:ngx_)?(str(?:spn|cspn|pbrk|tok|tok_r|chr|rchr|str'
    + '|casestr|cmp|casecmp|coll|cpy|cat|dup|tol|toll|toul|toull|tod|tof)'
    + '|sscanf|ato[ilf])\\s*\\(([^;{]*)', 'g');
// nginx's own of that name take a length
const SIZED = /\bngx_ato[a-z]*\s*\($/;
const LENGTH = /\b(?:ngx_)?strlen\s*\(([^;{]*?)\)/g;

// What ends with NUL, and who says so.
const ENDED = [
    [/.*/, /^\(?\s*reply\b.*->str\b|^\(?\s*\w+->str\b|^e\[\d\]->str\b|->element\[[^\]]*\]->str\b/,
        'hiredis'],
    [/^http\/directives/, /.*/, 'arguments of directives'],
    [/^http\/host\.c/, /^(url|\(u_char \*\) (off|mode))\b/, 'the environment'],
    [/^http\/figures_accounts\.c/, /^one, two/, 'names of clouds'],
    [/^http\/overlap\.c/, /^pc->provider->cloud, cloud/, 'names of clouds'],
    [/^store\/object\.c/, /^s, ""/, 'jansson'],
    [/^fetch\//, /^(flight->)?fault->code|^state, flight->state|^what\b|^behind\b|^provider\b/, 'texts of our own'],
    [/^store\/zone_memory\.c/, /^(at|file|colon \+ 1)\b/, 'the environment'],
    [/^event\/curl_transfer/, /^(value|name)\b|header->name/, 'libcurl'],
    [/^event\/curl_proxy/, /^"", \*p|^url, ""|^\(char \*\) host\.data/, 'the directive'],
    [/^event\/hiredis/, /^first, owner/, 'the dynamic linker'],
    [/^event\/redis_url_parts\.c/, /^u\.err/, 'nginx'],
    [/^store\/object\.c/, /^name, field->name/, 'hiredis'],
];

// Lengths of what has just been set to a C string.
const LENGTHS = new Set([
    'http/account.c: id.data',
    'http/account.c: text.data',
    'http/api_account_write.c: op->audit.name.data',
    'store/check.c: name->data',
    'store/write.c: arg->data',
    'fetch/permit.c: argv[4].data',
    'cost/kept.c: argv[2].data',
    'fetch/usage.c: argv[3 + i].data',
    'http/account.c: ask.provider.data',
]);


function* sources() {
    for (const folder of FOLDERS) {
        for (const name of readdirSync(new URL(`${folder}/`, SRC))) {
            if (name.endsWith('.c') || name.endsWith('.h')) {
                yield [`${folder}/${name}`, readFileSync(
                    new URL(`${folder}/${name}`, SRC), 'utf8')];
            }
        }
    }
}

// Calls of C-string functions in a text that nobody answers for.
function unended(file, text) {
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/"(?:\\.|[^"\\])*"/g, '""');

    return [
        ...[...code.matchAll(CALL)]
            .filter(({ 0: call }) => !SIZED.test(call.slice(0, call.indexOf('(') + 1)))
            .filter(({ 2: args }) => !ENDED.some(([where, what]) =>
                where.test(file) && what.test(args.trim())))
            .map(({ 0: call }) => `${file}: ${call.split('\n')[0]}`),
        ...[...code.matchAll(LENGTH)]
            .filter(({ 1: arg }) => /data\b/.test(arg)
                && !LENGTHS.has(`${file}: ${arg.trim()}`))
            .map(({ 0: call }) => `${file}: ${call}`),
    ];
}


test('C-string functions are for C strings', () => {
    let files = 0;

    deepEqual([...sources()].flatMap(([file, text]) => {
        files++;
        return unended(file, text);
    }), []);
    ok(files > 100, `${files} files`);
});


test('what would read on is found', () => {
    const file = 'http/handler.c';

    for (const code of [
        'n = strspn((char *) q + 2, "0123456789.");',
        'p = ngx_strchr(accept.data, 44);',
        'if (ngx_strcmp(value->data, "on") == 0) {',
        'sscanf((char *) s.data, "%d", &n);',
        'n = strtol((char *) r->args.data, NULL, 10);',
        'len = ngx_strlen(host.data);',
    ]) {
        is(unended(file, code).length, 1, code);
    }
    for (const code of ['n = ngx_atoi(p, len);', 'ngx_strncmp(a, b, 3);',
        'p = ngx_strlchr(p, last, 44);', '/* strchr(s.data, 1) */',
        'ngx_strcmp(name->str, "linked")']) {
        deepEqual(unended(file, code), [], code);
    }
});
