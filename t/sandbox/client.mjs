// The sandbox's tests as a client of it.

import { once } from 'node:events';
import http from 'node:http';

import { after, is } from '../lib/tap.mjs';
import { parseDecimal } from './decimal.mjs';
import { startSandbox } from './index.mjs';


export const TODAY = '2026-11-23';
export const KEYS = ['USAGE_DATE', 'REGION', 'SERVICE_CODE'];

const agent = new http.Agent({ keepAlive: true });

after(() => agent.destroy());


// Ends with the tests.
export async function start(options) {
    const started = await startSandbox(options);
    after(() => started.stop());
    return started;
}


export async function request(base, method, path, credential, body) {
    const headers = {
        'X-Client-Id': credential?.client ?? '',
        'X-Client-Secret': credential?.secret ?? '',
    };
    if (body !== undefined) {
        headers['Content-Type'] = 'application/json';
        headers['Content-Length'] = Buffer.byteLength(body);
    }

    const req = http.request(new URL(path, base), { method, agent, headers });
    req.end(body);
    const [res] = await once(req, 'response');

    let text = '';
    for await (const chunk of res.setEncoding('utf8')) {
        text += chunk;
    }

    return { status: res.statusCode, headers: res.headers, text };
}


export function question(account, start, end, changes = {}) {
    return {
        Filter: {
            LinkedAccount: [].concat(account),
            Granularity: changes.granularity ?? 'DAILY',
            TimePeriod: { Start: start, End: end },
            ...changes.filter,
        },
        GroupBy: changes.groupBy ?? KEYS,
        Result: changes.result ?? ['USAGE_COST'],
    };
}


export function ask(base, credential, body) {
    return request(base, 'POST', '/v1/search/billing', credential,
        JSON.stringify(body));
}


// Amounts as they stand in the text: JSON.parse would make doubles of them.
export function rowsOf(text) {
    return [...text.matchAll(
        /\{"GroupBy":(\{[^}]*\}),"Value":\{"USAGE_COST":"?([^"}]+)"?\}\}/g)]
        .map(([, group, cost]) =>
            ({ ...JSON.parse(group), cost: parseDecimal(cost) }));
}


export async function walk(base, credential, body) {
    const pages = [];
    let token;

    do {
        const filter = { ...body.Filter, NextDataToken: token };
        const answer = await ask(base, credential, { ...body, Filter: filter });
        if (answer.status === 204) {
            break;
        }
        is(answer.status, 200, answer.text.slice(0, 200));
        pages.push(rowsOf(answer.text));
        token = JSON.parse(answer.text).NextDataToken || undefined;
    } while (token !== undefined);

    return pages;
}


export function sum(rows) {
    return rows.reduce((total, row) => total + row.cost, 0n);
}
