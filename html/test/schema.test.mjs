// The client's types are those of the API's description: schema.ts is made
// from openapi.json, and what the pages do with it must fit.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { temporaryFolder } from '../../t/lib/process.mjs';
import { test } from '../../t/lib/tap.mjs';
import { declarations } from '../tools/schema.mjs';


const HTML = fileURLToPath(new URL('..', import.meta.url));
const OPENAPI = readFileSync(join(HTML, '../src/http/openapi.json'), 'utf8');


// What tsc says of the app, were the API's description another one.
async function complaints(change) {
    const dir = temporaryFolder('types');
    const document = JSON.parse(OPENAPI);

    change(document.components.schemas, document);
    mkdirSync(dir, { recursive: true });
    cpSync(join(HTML, 'src'), join(dir, 'src'), { recursive: true });
    cpSync(join(HTML, 'tsconfig.json'), join(dir, 'tsconfig.json'));
    symlinkSync(join(HTML, 'node_modules'), join(dir, 'node_modules'));
    writeFileSync(join(dir, 'src/api/schema.ts'), declarations(document));

    const tsc = spawn(join(HTML, 'node_modules/.bin/tsc'), ['-p', dir, '--noEmit']);
    let text = '';

    tsc.stdout.on('data', (part) => { text += part; });
    await new Promise((resolve) => tsc.on('close', resolve));
    return text;
}


function rename(object, from, to) {
    assert.ok(from in object, from);
    object[to] = object[from];
    delete object[from];
}


test('schema.ts is made from openapi.json', () => {
    assert.equal(readFileSync(join(HTML, 'src/api/schema.ts'), 'utf8'),
        declarations(JSON.parse(OPENAPI)), 'run "npm run types" in html/');
});


const CHANGES = {
    'a member that is gone': [({ Session }) => {
        delete Session.properties.sandbox;
    }, /TopBar\.tsx.*'sandbox'/],

    'a member with another name': [({ Project }) => {
        rename(Project.properties, 'accounts', 'account_count');
    }, /types\.ts.*"accounts"/],

    'a member that may be missing': [({ ServiceAccount }) => {
        ServiceAccount.required = ServiceAccount.required.filter(
            (name) => name !== 'name');
    }, /'string \| undefined' is not assignable/],

    'a member that may be null': [({ Provider }) => {
        Provider.properties.contact.type = ['string', 'null'];
    }, /credentials\.ts.*'string \| null' is not assignable/],

    'a value that is new': [({ AccountState }) => {
        AccountState.properties.state.enum.push('paused');
    }, /Status\.tsx.*'paused'/],

    'a member that has to be sent': [({ ServiceAccountCreate }) => {
        ServiceAccountCreate.properties.region = { type: 'string' };
        ServiceAccountCreate.required.push('region');
    }, /useWizard\.ts.*'region'/],

    'a member that is not taken any more': [({ ProjectGroupCreate }) => {
        delete ProjectGroupCreate.properties.parent_id;
    }, /endpoints\.ts.*'parent_id'/],

    'a parameter with another name': [(_, { components }) => {
        components.parameters.CostsRegion.name = 'area';
    }, /Costs\.tsx.*"region"/],

    'a header with another name': [(_, { components }) => {
        components.parameters.IdempotencyKey.name = 'Request-Id';
    }, /endpoints\.ts.*"?Idempotency-Key/],

    'an operation at another path': [(_, { paths }) => {
        rename(paths, '/dashboard', '/board');
    }, /endpoints\.ts.*"GET \/dashboard"/],
};

/* all at once: each run of tsc takes a second */
const found = complaints((...document) =>
    Object.values(CHANGES).forEach(([change]) => change(...document)));

for (const [what, [, expected]] of Object.entries(CHANGES)) {
    test(`tsc refuses ${what}`, async () => {
        assert.match(await found, expected);
    });
}
