// Forms: what they refuse before the server has to.

import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';

import { test } from '../../t/lib/tap.mjs';
import { load } from './bundle.mjs';


const {
    credentialFaults, credentialsText, nameFault, parseCredentials, sameName, stepOf, tagFaults,
    tagRow, tagsOf, uuid,
} = await load('lib/validate', 'lib/uuid', 'wizard/steps',
    'accounts/credentials');

const SCHEMA = {
    properties: {
        account: { type: 'string', minLength: 1 },
        email: { type: 'string', pattern: '^[^@]+@[^@]+$' },
        key: { type: 'string', minLength: 4, maxLength: 8, writeOnly: true },
        zone: { type: 'string', pattern: '^[a-z]+$' },
    },
    required: ['account', 'email', 'key'],
};


test('names have 2 to 64 characters, not bytes or code units', () => {
    assert.equal(nameFault('  '), 'required');
    assert.equal(nameFault('결'), 'length');
    assert.equal(nameFault('결제'), null);
    assert.equal(nameFault('😀'.repeat(64)), null);
    assert.equal(nameFault('😀'.repeat(65)), 'length');
    for (const text of ['a\u0007b', 'a\u200bb', 'a\u202eb', 'a\u2028b', 'a\u00adb']) {
        assert.equal(nameFault(text), 'hidden', escape(text));
    }
    // whether these are needed where they stand is the server's word
    for (const text of ['क\u200dष', '❤\ufe0f ok', '👩\u200d💻']) {
        assert.equal(nameFault(text), null, escape(text));
    }
});


test('names are the same whatever their case and composition', () => {
    assert.ok(sameName(' Prod ', 'prod'));
    assert.ok(sameName('결제', '결제'.normalize('NFD')));
    assert.ok(!sameName('prod', 'prod2'));
});


test('each tag row has messages of its own', () => {
    const rows = [
        tagRow('a', '1'), tagRow('', '2'), tagRow('a', '3'), tagRow('te am'),
        tagRow('비용_1'), tagRow('k', 'v'.repeat(257)),
    ];

    assert.deepEqual(tagFaults(rows).map(({ key, value }) => key ?? value),
        [null, 'tag_key', 'tag_twice', 'tag_format', null, 'length']);
    assert.deepEqual(tagsOf([tagRow(' a ', ' 1 ')]), { a: '1' });
});


test('credentials are held against the schema, by JSON pointer', () => {
    const wrong = { email: 'nobody', key: 'abc', zone: 'A' };
    const right = { account: '1', email: 'a@b', key: 'abcd' };

    assert.deepEqual(credentialFaults(wrong, SCHEMA), {
        '/credentials/account': 'required',
        '/credentials/email': 'format',
        '/credentials/key': 'length',
        '/credentials/zone': 'format',
    });
    assert.deepEqual(credentialFaults(right, SCHEMA), {});
});


test('JSON is taken only as an object of known texts', () => {
    for (const text of [
        '', '{', '[]', 'null', '{"key":1}', '{"other":"x"}',
    ]) {
        assert.equal(parseCredentials(SCHEMA, text), null, text);
    }
    assert.deepEqual(parseCredentials(SCHEMA, '{"key":"x"}'), { key: 'x' });
});


test('a server error leads to the step that can mend it', () => {
    const pointers = [
        '/name', '/tags/a', '/credentials/key', '/project_id', '/provider',
    ];

    assert.deepEqual(pointers.map(stepOf),
        ['base', 'base', 'credentials', 'base', 'provider']);
});


test('an Idempotency-Key is a random UUID', () => {
    /* Node 18 has it, but not where browsers have it */
    globalThis.crypto ??= webcrypto;

    assert.match(uuid(),
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.notEqual(uuid(), uuid());
});


test('what the server gives is neither written into JSON nor taken from it', () => {
    const schema = { ...SCHEMA, properties: { ...SCHEMA.properties,
        given: { type: 'string', readOnly: true, const: 'ours' } } };

    assert.deepEqual(Object.keys(JSON.parse(credentialsText(schema, {}))),
        ['account', 'email', 'key', 'zone']);
    assert.equal(parseCredentials(schema, '{"given":"mine"}'), null);
    assert.deepEqual(parseCredentials(schema, '{"zone":"a"}'), { zone: 'a' });
});
