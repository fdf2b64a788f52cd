// Bodies that are not what they should be.

import { startContract } from '../lib/contract.mjs';
import { deepEqual, is, ok, test } from '../lib/tap.mjs';


const { call, get, createProject } = await startContract();
const project = await createProject('project');

const MAX = 256 * 1024;
let count = 0;

const post = (body, headers) => call('POST', 'projects', { body, headers });
const verdict = async (body) => {
    const { status, code } = await post(body);
    return `${status} ${code}`;
};


const MALFORMED = {
    'nothing': '',
    'white space': ' \n\t ',
    'cut off': '{"name":"a',
    'trailing garbage': '{"name":"new"} x',
    'two values': '{"name":"new"}{}',
    'a trailing comma': '{"name":"new",}',
    'single quotes': "{'name':'new'}",
    'a comment': '{"name":"new"/**/}',
    'a byte order mark': '\ufeff{"name":"new"}',
    'UTF-16': Buffer.from('{"name":"new"}', 'utf16le'),
    'a member twice': '{"name":"new","name":"other"}',
    'a member twice, escaped': '{"name":"new","n\\u0061me":"other"}',
    'a member twice, below': '{"name":"new","tags":{"a":"1","a":"2"}}',
    'a bad escape': '{"name":"new\\x"}',
    'half a surrogate pair': '{"name":"new\\ud800"}',
    'the wrong half': '{"name":"new\\udc00"}',
    'a control character': '{"name":"ne\nw"}',
    'a NUL': '{"name":"ne\0w"}',
    'a NUL, escaped': '{"name":"ne\\u0000w"}',
    'a NUL behind': '{"name":"new"}\0',
    'Latin-1': Buffer.from('{"name":"n\xe9w"}', 'latin1'),
    'overlong UTF-8': Buffer.from('{"name":"n\xc0\xafw"}', 'latin1'),
    'a surrogate in UTF-8': Buffer.from('{"name":"n\xed\xa0\x80w"}', 'latin1'),
    'UTF-8 past U+10FFFF': Buffer.from('{"name":"\xf4\x90\x80\x80"}', 'latin1'),
    'NaN': '{"name":NaN}',
    'a number with a plus': '{"name":+1}',
    'a leading zero': '{"name":01}',
    'a number past all limits': `{"name":1${'0'.repeat(400)}}`,
    'an exponent past all limits': '{"name":1e999}',
    'arrays in arrays': '['.repeat(100_000),
    'objects in objects': '{"a":'.repeat(50_000),
    'closed, but deep': `{"tags":${'['.repeat(20)}${']'.repeat(20)}}`,
};

test('what is not JSON is 400, and the connection is fine', async () => {
    for (const [name, body] of Object.entries(MALFORMED)) {
        is(await verdict(body), '400 malformed', name);
    }
    is((await get('projects')).json.total, 1);
});


test('JSON that is no object is 422', async () => {
    for (const body of ['[]', '[{"name":"new"}]', 'null', 'true', '"new"', '1',
        '-0', '1e5', '99999999999999999999.5']) {
        is(await verdict(body), '422 invalid', body);
    }
});


test('members of another type, or that are not known', async () => {
    const errors = async (body) => (await post(body)).json.errors
        .map(({ pointer, code }) => `${pointer} ${code}`).sort();

    for (const value of ['[]', '{}', '1', '9007199254740993', 'true',
        '123456789012345678']) {
        deepEqual(await errors(`{"name":${value}}`), ['/name type'], value);
    }
    deepEqual(await errors('{"name":null}'), ['/name required']);
    deepEqual(await errors('{"name":"new","id":"project-000000000000"}'),
        ['/id unknown']);
    deepEqual(await errors('{"name":"new","":1,"a/b":2,"c~d":3,"__proto__":4}'),
        ['/ unknown', '/__proto__ unknown', '/a~1b unknown', '/c~0d unknown']);
    deepEqual(await errors('{"name":"n\\u0007w"}'), ['/name format']);
    deepEqual(await errors(`{"name":"new","tags":{"a":1,"b c":"x","${
        'k'.repeat(129)}":"x","v":"${'v'.repeat(257)}"}}`),
    ['/tags/a type', '/tags/b c format', `/tags/${'k'.repeat(129)} length`,
        '/tags/v length']);
});


test('many errors are cut, not endless', async () => {
    const body = Object.fromEntries(
        Array.from({ length: 10_000 }, (_, i) => [`unknown${i}`, i]));
    const { status, json, text } = await post(body);

    is(status, 422);
    ok(json.errors.length >= 10);
    ok(text.length < 64 * 1024, `${text.length} bytes`);
});


test('256 KB fit, one byte more does not', async () => {
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
        const body = JSON.stringify({ name: `exactly ${++count}` });

        is((await post(body.padEnd(MAX), headers)).status, 201);
        is((await post(body.padEnd(MAX + 1), headers)).status, 413);
        is((await post(body.padEnd(8 * MAX), headers)).status, 413);
    }
});


test('a body where none is wanted is passed over', async () => {
    for (const body of ['{}', 'x'.repeat(2 * MAX)]) {
        is((await get('projects', { body })).status, 200);
        is((await call('DELETE', `projects/${project.id}`,
            { body, headers: { 'if-match': '"9"' } })).status, 412);
    }
});


test('text comes back as it went in, trimmed and composed', async () => {
    const tags = { 키: '값 "\\/<b>', emoji: '\u{1f600}', e: 'e\u0301' };
    const { status, json } = await post(
        { name: '  \u1112\u1161\u11ab\u{1f680}  ', tags });

    is(status, 201);
    is(json.name, '\ud55c\u{1f680}');
    is(json.tags['키'], tags['키']);
    is(json.tags.emoji, tags.emoji);
    is(json.tags.e, '\u00e9');
    deepEqual((await get(`projects/${json.id}`)).json, json);
});
