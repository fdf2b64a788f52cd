// Answers held against openapi.json: status, media type, headers, body.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { parseEvents } from './events.mjs';

const require = createRequire(
    new URL('../../html/package.json', import.meta.url));
const { Ajv2020 } = require('ajv/dist/2020.js');
const addFormats = require('ajv-formats').default;


export const openapi = JSON.parse(readFileSync(
    new URL('../../src/http/openapi.json', import.meta.url), 'utf8'));

const PROBLEM = 'application/problem+json';
const METHODS = ['get', 'put', 'post', 'patch', 'delete'];
const validators = new Map();

const ajv = new Ajv2020({ allErrors: true, strict: false });
addFormats(ajv);
ajv.addSchema({ $id: 'openapi', components: openapi.components });


// [path, method, operation] of all.
export const operations = Object.entries(openapi.paths).flatMap(
    ([path, item]) => METHODS.filter((method) => item[method])
        .map((method) => [path, method.toUpperCase(), item[method]]));


// What Allow says for a path of the document.
export function allowed(path) {
    return METHODS.filter((method) => openapi.paths[path][method])
        .flatMap((method) => method === 'get' ? ['GET', 'HEAD']
            : [method.toUpperCase()]);
}


// The document's path for one relative to "api/v1/"; undefined: none.
export function pathOf(target) {
    const path = `/${target.replace(/\?.*$/s, '')}`;

    if (openapi.paths[path] !== undefined) {
        return path;
    }
    return Object.keys(openapi.paths).find((template) =>
        new RegExp(`^${template.replace(/[.]/g, '\\$&')
            .replace(/\{id\}/g, '[^/]+')}$`).test(path));
}


// Throws unless the answer { status, headers, body (Buffer) } to the method
// and target (relative to "api/v1/") is one that the document promises.
export function checkAnswer(method, target, answer) {
    const what = `${method} ${target.slice(0, 100)}: ${answer.status}`;
    const path = pathOf(target);
    const verb = method === 'HEAD' ? 'GET' : method;
    const operation = openapi.paths[path]?.[verb.toLowerCase()];
    const response = operation === undefined
        ? unknown(what, path, answer)
        : operation.responses[answer.status];

    if (response === undefined) {
        throw new Error(`${what} is not in openapi.json: ${answer.body}`);
    }

    checkHeaders(what, resolve(response), answer);
    checkBody(what, method, resolve(response), answer);
}


// There is no such path, or no such method; but first who asks, and from
// where.
function unknown(what, path, answer) {
    const names = {
        401: 'Unauthenticated', 403: 'Forbidden',
        ...path === undefined ? { 404: 'NotFound' }
            : { 405: 'MethodNotAllowed' },
    };
    const name = names[answer.status];

    if (answer.status === 405
        && answer.headers.allow !== allowed(path).join(', ')) {
        throw new Error(`${what} with Allow: ${answer.headers.allow}`);
    }
    return name && openapi.components.responses[name];
}


function resolve(node) {
    return node.$ref === undefined ? node : node.$ref.split('/').slice(1)
        .reduce((at, name) => at[name], openapi);
}


// What every answer has, whatever the operation: a type that nobody guesses,
// and no place in anybody's cache without asking us.
function checkSafe(what, headers) {
    if (headers['x-content-type-options'] !== 'nosniff'
        || headers['cross-origin-resource-policy'] !== 'same-origin'
        || !/no-store|private, no-cache/.test(headers['cache-control'])) {
        throw new Error(`${what} with ${JSON.stringify(headers)}`);
    }
}


function checkHeaders(what, response, answer) {
    checkSafe(what, answer.headers);

    for (const [name, header] of Object.entries(response.headers ?? {})) {
        const { required, schema } = resolve(header);
        const value = answer.headers[name.toLowerCase()];

        if (value !== undefined) {
            validate(`${what}, ${name}`, schema, value);
        } else if (required) {
            throw new Error(`${what} has no ${name}`);
        }
    }
}


function checkBody(what, method, response, { headers, body }) {
    const type = headers['content-type']?.replace(/;.*$/, '');

    if (response.content === undefined) {
        if (body.length > 0 || type !== undefined) {
            throw new Error(`${what} has a body of type ${type}: ${body}`);
        }
        return;
    }

    const content = response.content[type];

    if (content === undefined) {
        throw new Error(`${what} is of type ${type}: ${body}`);
    }
    if (method === 'HEAD') {
        if (body.length > 0) {
            throw new Error(`${what} has a body: ${body}`);
        }
        return;
    }

    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    const value = /json$/.test(type) ? JSON.parse(text) : text;

    validate(what, content.schema, value);
    if (content['x-events'] !== undefined) {
        checkEvents(what, content['x-events'], value);
    }
    if (type === PROBLEM) {
        checkProblem(what, value);
    }
}


// Progress that does not fall, then one answer.
export function checkEvents(what, schemas, text) {
    const { events } = parseEvents(text);
    let last = { done: 0, total: 0 };

    events.forEach(({ name, data, id }, i) => {
        if (schemas[name] === undefined) {
            throw new Error(`${what} has an event ${name}`);
        }
        validate(`${what}, ${name}`, schemas[name], data);

        if (name !== 'progress') {
            if (i !== events.length - 1 || id === undefined) {
                throw new Error(`${what}: ${name} is not the end`);
            }
            return;
        }
        if (data.done > data.total || data.done < last.done
            || data.total < last.total) {
            throw new Error(`${what}: ${JSON.stringify(data)} after ${
                JSON.stringify(last)}`);
        }
        last = data;
    });
}


function checkProblem(what, problem) {
    if (Number(/(\d+)$/.exec(what)[1]) !== problem.status) {
        throw new Error(`${what} says status ${problem.status}`);
    }
    if (!/^[0-9a-f]{32}$/.test(problem.request_id)) {
        throw new Error(`${what} has request_id ${problem.request_id}`);
    }
}


function validate(what, schema, value) {
    const check = compile(schema);

    if (!check(value)) {
        throw new Error(`${what}: ${ajv.errorsText(check.errors)} in ${
            JSON.stringify(value).slice(0, 2000)}`);
    }
}


// The validator of a schema of the document.
export function compile(schema) {
    const key = JSON.stringify(schema);

    if (!validators.has(key)) {
        validators.set(key, ajv.compile(JSON.parse(
            key.replaceAll('"#/components', '"openapi#/components'))));
    }
    return validators.get(key);
}
