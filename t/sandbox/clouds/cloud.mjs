// What the sandboxes of all clouds share: a server with rules for faults, a
// list of calls, a limit of calls, and made-up costs.  A cloud adds
//
//     credentials()          whom a fresh sandbox knows
//     answer(request)        {status, headers, body} for {method, url, headers,
//                            body}; may set request.call's members
//     throttled()            the same for one call too many
//     sources(args)          whose costs: [{account, scale}], for GET data
//
// A test may listen to requests: cloud.heard = (request) => ...
//
// Below /_sandbox/ a test may ask for (see ../control.mjs for what it is like):
//
//     POST reset, GET calls, DELETE calls, GET counters, GET credentials,
//     GET, POST and DELETE faults, GET and PUT settings,
//     GET data?start=&end=&granularity=&group_by=   exact sums as decimals;
//                            group_by any of date, linked, region, service,
//                            charge (usage, tax, credit, support)

import http from 'node:http';

import { formatDay, formatMonth, monthOf, parseDay, today } from '../calendar.mjs';
import { Calls } from '../calls.mjs';
import { formatDecimal } from '../decimal.mjs';
import { Faults } from '../faults.mjs';
import { Generator, services } from '../generator.mjs';
import { json, readBody, sendAnswer, sleep } from '../send.mjs';


const WINDOW_MS = 60_000;

// The generator's regions as Google names them.
export const googleRegions = {
    APN2: 'asia-northeast3', APN1: 'asia-northeast1', USE1: 'us-east4',
    USW2: 'us-west1', EU: 'europe-west1', EUC1: 'europe-west3',
    APS1: 'asia-southeast1', UGW1: 'global', '': '',
};


export class Cloud {
    // names: {regions: {code: name}, services: [name ...]} as the cloud says
    constructor(options, names, settings) {
        this.options = { port: 0, seed: 1, ...options };
        this.names = names;
        this.defaults = {
            page_size: 500,
            // calls within a minute; more are throttled
            limit: Infinity,
            // a pager without end: "rows", one on each page, or "bare"
            endless: '',
            ...settings,
        };
        this.source = new Generator(this.options.seed);
        this.faults = new Faults();
        this.calls = new Calls();
        this.sockets = new Set();
        this.reset();
    }

    reset() {
        this.settings = { ...this.defaults, ...this.options.settings };
        this.faults.clear();
        this.calls.clear();
        this.tokens = new Map();
        this.added = new Map();
        this.recent = [];
        this.asked = this.ids = this.jobs = undefined;
        this.known = this.credentials();
    }

    today() {
        return this.options.today === undefined
            ? today() : parseDay(this.options.today);
    }

    async listen() {
        this.server = http.createServer({ keepAliveTimeout: 75_000 },
            (req, res) => this.onRequest(req, res));
        this.server.on('connection', (socket) => {
            this.sockets.add(socket);
            socket.on('close', () => this.sockets.delete(socket));
            socket.on('error', () => socket.destroy());
        });

        await new Promise((resolve, reject) => {
            this.server.once('error', reject);
            this.server.listen(this.options.port, '127.0.0.1', resolve);
        });

        this.url = `http://127.0.0.1:${this.server.address().port}`;
        return this.server.address().port;
    }

    async close() {
        const closed = new Promise((resolve) => this.server.close(resolve));

        this.sockets.forEach((socket) => socket.destroy());
        await closed;
    }

    async onRequest(req, res) {
        const request = { method: req.method, url: req.url,
            headers: req.headers, body: await readBody(req) };

        try {
            if (req.url.startsWith('/_sandbox/')) {
                await sendAnswer(res, {}, this.control(request));
            } else {
                await this.onCall(request, res);
            }
        } catch (error) {
            if (!res.destroyed && !res.headersSent) {
                await sendAnswer(res, {},
                    json(500, { message: String(error?.stack) }));
            }
        }
    }

    async onCall(request, res) {
        const call = { method: request.method, client: '',
            path: request.url.split('?')[0], url: request.url };

        request.call = call;
        this.heard?.(request);
        this.calls.begin(call);
        res.once('close', () => this.calls.end(call,
            res.writableFinished ? res.statusCode : null));

        const answer = this.isThrottled()
            ? this.throttled() : await this.answer(request);
        const rule = this.faults.take(call) ?? {};

        call.fault = rule.id;
        await sleep(rule.delay_ms ?? 0, res);

        if (!res.destroyed && !rule.hang) {
            await sendAnswer(res, rule, rule.throttle
                ? this.throttled() : this.faults.spoil(rule, answer));
        }
    }

    isThrottled() {
        const now = Date.now();

        this.recent = this.recent.filter((at) => now - at < WINDOW_MS);
        this.recent.push(now);
        return this.recent.length > this.settings.limit;
    }

    // slice(), unless the pager has no end.
    cut(rows, offset, size) {
        const { endless } = this.settings;

        return endless === '' ? slice(rows, offset, size) : {
            rows: endless === 'bare' ? [] : rows.slice(0, 1),
            next: offset + size,
        };
    }

    // A token that is good for so many seconds.
    issue(token, owner, seconds) {
        this.tokens.set(token, { owner, until: Date.now() + seconds * 1000 });
        return token;
    }

    // Whose token it is; undefined: nobody's, or no longer.
    ownerOf(authorization = '') {
        const entry = this.tokens.get(authorization.replace(/^Bearer /, ''));

        return entry !== undefined && entry.until > Date.now()
            ? entry.owner : undefined;
    }

    // Sums of the sources between two days, by keys: [{<key>, cost}].  They
    // are kept: the pages of an answer ask for the same again.
    sums(sources, first, last, granularity, keys) {
        const name = [JSON.stringify(sources, (_, value) =>
            (typeof value === 'bigint' ? String(value) : value)),
        first, last, this.today(), granularity, keys].join();

        if (!this.added.has(name)) {
            this.added.set(name,
                this.add(sources, first, last, granularity, keys));
        }
        return this.added.get(name);
    }

    add(sources, first, last, granularity, keys) {
        const sums = new Map();

        for (const { account, scale = 1n, linked = account } of sources) {
            this.source.rows(account, first, last, this.today(), (row) => {
                const named = { linked, ...this.named(row, granularity) };
                const key = JSON.stringify(keys.map((name) => named[name]));
                sums.set(key, (sums.get(key) ?? 0n) + row.cost * scale);
            });
        }

        return [...sums].sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, cost]) => ({ cost, ...Object.fromEntries(
                JSON.parse(key).map((value, i) => [keys[i], value])) }));
    }

    named(row, granularity) {
        const service = this.names.services[
            services.indexOf(row.service) % this.names.services.length];

        return {
            charge: chargeOf(service, row.cost),
            date: granularity === 'MONTHLY'
                ? formatMonth(monthOf(row.day)) : formatDay(row.day),
            region: this.names.regions[row.region] ?? '',
            service,
        };
    }

    control({ method, url, body }) {
        const { pathname, searchParams } = new URL(url, 'http://sandbox');
        const args = Object.fromEntries(searchParams);
        const name = `${method} ${pathname.slice('/_sandbox/'.length)}`;
        const routes = {
            'POST reset': () => this.reset(),
            'GET calls': () => this.calls.matching(args),
            'DELETE calls': () => this.calls.clear(),
            'GET counters': () => this.calls.counters(),
            'GET credentials': () => this.known,
            'GET faults': () => this.faults.rules,
            'POST faults': () => this.faults.add(JSON.parse(body)),
            'DELETE faults': () => this.faults.clear(),
            'GET settings': () => this.settings,
            'PUT settings': () => this.set(JSON.parse(body)),
            'GET data': () => this.data(args),
        };

        try {
            return json(200, routes[name]() ?? {});
        } catch (error) {
            return json(400, { message: `${name}: ${error.message}` });
        }
    }

    set(changes) {
        const unknown = Object.keys(changes)
            .find((name) => !(name in this.defaults));

        if (unknown !== undefined) {
            throw new Error(`unknown setting "${unknown}"`);
        }
        return Object.assign(this.settings, changes);
    }

    data({ start, end, granularity = 'DAILY', group_by = '', ...args }) {
        const keys = group_by.split(',').filter((key) => key !== '');
        const rows = this.sums(this.sources(args), parseDay(start),
            parseDay(end), granularity, keys);

        return {
            rows: rows.map((row) => ({ ...row, cost: formatDecimal(row.cost) })),
            sum: formatDecimal(rows.reduce((sum, row) => sum + row.cost, 0n)),
        };
    }
}


// What lowers a bill is a credit; taxes and support are services of their own.
function chargeOf(service, cost) {
    const named = { Tax: 'tax', Support: 'support' }[service];

    return named ?? (cost < 0n ? 'credit' : 'usage');
}


// The rows of a page, and the offset of the next one or undefined.
export function slice(rows, offset, size) {
    const next = offset + size;

    return { rows: rows.slice(offset, next),
        next: next < rows.length ? next : undefined };
}
