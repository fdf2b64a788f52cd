// openapi.json says of each endpoint what the module's own list has of it.

import { execFileSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { openapi } from '../lib/openapi.mjs';
import { deepEqual, ok, test } from '../lib/tap.mjs';


const TOP = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

// The list as the compiler reads it.
const LIST = `
#include "http/endpoints.h"
#define ROW(path, method, who, what, name, action) \\
    [path, #method, BILLING_FOR_##who, BILLING_IS_##what, \\
     #name, action],
BILLING_ENDPOINTS(ROW)
`;

const METHODS = ['get', 'put', 'post', 'patch', 'delete'];
const JSON_TYPE = 'application/json';

const resolved = (part) => part.$ref === undefined ? part
    : part.$ref.split('/').slice(1).reduce((at, name) => at[name], openapi);


// What the module does: "METHOD path", and a description of it.
function listed() {
    const text = execFileSync('gcc', ['-E', '-P', '-x', 'c', '-I',
        join(TOP, 'src'), '-'], { input: LIST, encoding: 'utf8' });
    const rows = JSON.parse(`[${text.replace(/\bNULL\b/g, 'null').trim()
        .replace(/,$/, '')}]`);

    return rows.map(([path, method, open, admin, body, csv, stream, kept, query]) =>
        [`${method} /${path}`, {
            role: open ? 'anyone' : admin === null ? 'member' : 'admin',
            takes: !body ? [] : method === 'PATCH'
                ? [JSON_TYPE, 'application/merge-patch+json'] : [JSON_TYPE],
            gives: method === 'DELETE' ? [] : stream ? ['text/event-stream']
                : csv ? [JSON_TYPE, 'text/csv'] : [JSON_TYPE],
            kept: Boolean(kept),
            query: Boolean(query),
        }]);
}


// The same of an operation in openapi.json.
function described(path, method, operation) {
    const { parameters = [], requestBody, responses } = operation;
    const names = [...parameters, ...openapi.paths[path].parameters ?? []]
        .map((parameter) => resolved(parameter).name);
    const good = Object.entries(responses).filter(([status]) => /^2/.test(status));

    return [`${method.toUpperCase()} ${path}`, {
        role: operation.security?.length === 0 ? 'anyone'
            : operation['x-role'] ?? 'member',
        takes: Object.keys(resolved(requestBody ?? {}).content ?? {}).sort(),
        gives: [...new Set(good.flatMap(([, answer]) =>
            Object.keys(resolved(answer).content ?? {})))].sort(),
        kept: names.includes('If-None-Match') && names.includes('Prefer'),
        query: names.includes('granularity'),
    }];
}

const operations = () => Object.entries(openapi.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method])
        .map((method) => described(path, method, item[method])));

const sorted = (entries) => [...entries].sort(([a], [b]) => a < b ? -1 : 1);


test('each endpoint is described as it is, and no other', () => {
    const rows = listed();

    ok(rows.length >= 20, `${rows.length} endpoints`);
    deepEqual(sorted(operations()), sorted(rows));
});


test('a path has "{id}" where openapi.json has the parameter', () => {
    for (const [path, item] of Object.entries(openapi.paths)) {
        const names = (item.parameters ?? []).map((part) => resolved(part))
            .filter((part) => part.in === 'path').map(({ name }) => `{${name}}`);

        deepEqual(path.match(/\{\w+\}/g) ?? [], names, path);
    }
});


test('an endpoint that is described otherwise would be seen', () => {
    const { get } = openapi.paths['/audit'];
    const as = (change) => described('/audit', 'get', { ...get, ...change })[1];
    const known = JSON.stringify(as({}));

    for (const change of [{ 'x-role': undefined }, { security: [] },
        { requestBody: { content: { [JSON_TYPE]: {} } } },
        { responses: { 200: { content: { 'text/csv': {} } } } },
        { parameters: [{ name: 'granularity' }] },
        { parameters: [{ name: 'Prefer' }, { name: 'If-None-Match' }] }]) {
        ok(JSON.stringify(as(change)) !== known, JSON.stringify(change));
    }
});
