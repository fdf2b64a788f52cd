// Many accounts from a text: what is read, and what is refused to be guessed.

import assert from 'node:assert/strict';

import { test } from '../../t/lib/tap.mjs';
import { load } from './bundle.mjs';


const { credentialsOf, parseRows, proposeName, rowFaults } = await load(
    'wizard/rows', 'wizard/propose');

const PROVIDER = {
    id: 'hyperbilling_aws', name: 'Hyper Billing', cloud: 'aws',
    credentials_schema: {
        properties: {
            account: { type: 'string', minLength: 1, 'x-all': 'all',
                pattern: '^([0-9]{12}|.*[^0-9].*)$' },
            email: { type: 'string', minLength: 1 },
            key: { type: 'string', minLength: 1, writeOnly: true },
        },
        required: ['account', 'email', 'key'],
    },
};
const read = (text) => parseRows(text, [PROVIDER]);


test('CSV as spreadsheets write and copy it', () => {
    const want = { line: 1, provider: '', name: 'A, "1"', project: 'Web',
        tags: { team: 'x', Stage: 'prod' },
        credentials: { account: '012345678901', email: 'a@b', key: 'k;1' } };

    for (const text of [
        '\ufeffName,project,account,email,key,tags,tag:Stage\r\n'
            + '"A, ""1""",Web,012345678901,a@b,k;1,team=x,prod\r\n',
        'name;project;account;email;key;tags;tag:Stage\n'
            + '"A, ""1""";Web;012345678901;a@b;"k;1";team=x;prod',
        'name\tproject\taccount\temail\tkey\ttags\ttag:Stage\n'
            + 'A, "1"\tWeb\t012345678901\ta@b\tk;1\tteam=x\tprod\n\t\t\t\t\t\t\n',
    ]) {
        assert.deepEqual(read(text), { rows: [want], fault: null }, text);
    }
    assert.equal(read('email,key\n"a@b","two\nlines"').rows[0].credentials.key,
        'two\nlines');
});


test('JSON: a list, an answer of the API, fields flat or in credentials', () => {
    const row = { name: 'A', project: 'Web', tags: { team: 'x' },
        credentials: { email: 'a@b', key: 'k' } };

    for (const value of [[row], row, { service_accounts: [row] },
        [{ name: 'A', project: 'Web', tags: 'team=x', email: 'a@b', key: 'k' }]]) {
        assert.deepEqual(read(JSON.stringify(value)).rows, [{ line: 1,
            provider: '', ...row }]);
    }
});


test('what is not understood is said', () => {
    for (const [text, code, about] of [
        ['', 'empty', ''], ['  \n', 'empty', ''], ['email,key', 'empty', ''],
        ['[{', 'form', ''], ['["a"]', 'form', ''], ['email,key\n"a', 'form', ''],
        ['email,password\na,b', 'column', 'password'],
        ['email,key\na,b,c', 'column', '3'],
        ['[{"email":"a","key":true}]', 'column', 'key'],
        [`email,key\n${'a,b\n'.repeat(501)}`, 'limit', '500'],
    ]) {
        assert.deepEqual(read(text).fault, { code, about }, text.slice(0, 40));
    }
});


test('a row is checked without asking anybody', () => {
    const [row, same] = read('name,account,email,key\nAlpha,12345678901,a@b,\n'
        + 'ALPHA,,a@b,k').rows;

    assert.deepEqual(rowFaults(row, PROVIDER, [row, same]), {
        '/credentials/account': 'format', '/credentials/key': 'required',
        '/name': 'duplicate',
    });
    assert.deepEqual(credentialsOf(same, PROVIDER).account, 'all');
    assert.deepEqual(rowFaults(same, undefined, []), { '/provider': 'required' });
    const [dashed] = read('account,email,key\n1234-5678-9012,a@b,k').rows;
    assert.equal(credentialsOf(dashed, PROVIDER).account, '123456789012');
});


test('a name is proposed that nobody has', () => {
    assert.equal(proposeName('AWS', ['123456789012'], []), 'AWS 123456789012');
    assert.equal(proposeName('AWS', ['1', '2', '3'], ['aws 1 +2']), 'AWS 1 +2 (2)');
    assert.equal(proposeName('Azure', ['subscriptions/abc'], []), 'Azure abc');
    assert.equal(proposeName('AWS', [], []), '');
    assert.equal([...proposeName('가'.repeat(80), ['1', '2'], [])].length, 64);
});
