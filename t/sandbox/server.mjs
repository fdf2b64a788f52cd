// A stand-in for Hyperbilling's Open-API: GET /v1/search/linkedaccount and
// POST /v1/search/billing, with a control API of its own below /_sandbox/.

import { timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';

import { formatDay, monthLast, monthOf, today } from './calendar.mjs';
import { Calls } from './calls.mjs';
import { Control } from './control.mjs';
import { credentials, focusCredential } from './credentials.mjs';
import { Faults } from './faults.mjs';
import { FocusFile } from './focus.mjs';
import { Generator } from './generator.mjs';
import { Answers, BadRequest, Query, page, pageNumber } from './query.mjs';
import { Restated } from './restated.mjs';
import { json, jsonHeaders, readBody, sendAnswer, sleep } from './send.mjs';
import { defaultSettings } from './settings.mjs';


const KEEP_ALIVE_MS = 75_000;


export class Sandbox {
    constructor(options = {}) {
        this.options = { seed: 1, port: 0, slow_ms: 1500, ...options };
        this.source = new Restated(options.focus
            ? new FocusFile(options.focus)
            : new Generator(this.options.seed));
        this.answers = new Answers(this.source);
        this.faults = new Faults();
        this.calls = new Calls();
        this.control = new Control(this);
        this.sockets = new Set();
        this.reset();
    }

    reset() {
        const known = this.options.focus
            ? { focus: { ...focusCredential, linked: this.source.linked } }
            : structuredClone(credentials);

        this.credentials = new Map(
            Object.values(known).map((entry) => [entry.client, entry]));
        this.settings = { ...defaultSettings, ...this.options.settings };
        this.faults.clear();
        this.calls.clear();
        this.source.clear();
        this.answers.clear();
    }

    today() {
        return this.options.today ?? today();
    }

    // Resolves to the port.
    async listen() {
        const { tlsKey, tlsCert, port } = this.options;

        this.server = tlsKey
            ? http2.createSecureServer({
                key: readFileSync(tlsKey),
                cert: readFileSync(tlsCert),
                allowHTTP1: true,
            })
            : http.createServer({ keepAliveTimeout: KEEP_ALIVE_MS });
        this.server.on('request', (req, res) => this.onRequest(req, res));
        this.server.on(tlsKey ? 'secureConnection' : 'connection',
            (socket) => this.track(socket));

        await new Promise((resolve, reject) => {
            this.server.once('error', reject);
            this.server.listen(port, '127.0.0.1', resolve);
        });

        return this.server.address().port;
    }

    // Open connections are cut.
    async close() {
        const closed = new Promise((resolve) => this.server.close(resolve));

        for (const socket of this.sockets) {
            socket.destroy();
        }

        await closed;
    }

    track(socket) {
        this.sockets.add(socket);
        socket.on('close', () => this.sockets.delete(socket));
        socket.on('error', () => socket.destroy());
    }

    async onRequest(req, res) {
        try {
            const body = await readBody(req);
            const url = new URL(req.url, 'http://sandbox');

            if (url.pathname.startsWith('/_sandbox/')) {
                await sendAnswer(res, {}, this.control.answer(
                    req.method, url, body));
                return;
            }

            await this.onCall(req, res, url.pathname, body);
        } catch (error) {
            if (!res.destroyed && !res.headersSent) {
                await sendAnswer(res, {},
                    json(500, { message: String(error?.stack) }));
            }
        }
    }

    async onCall(req, res, path, body) {
        const call = describe(req, path, body, this.settings);

        this.calls.begin(call);
        res.once('close', () => this.calls.end(call,
            res.writableFinished ? res.statusCode : null));

        const rule = this.faults.take(call) ?? {};
        call.fault = rule.id;

        await sleep(this.delayOf(call, rule), res);
        if (res.destroyed || rule.hang) {
            return;
        }

        // what is replaced need not be worked out
        const answer = rule.status !== undefined || rule.body !== undefined
            ? { status: 200, headers: jsonHeaders, body: '' }
            : this.answer(req, path, rule.endless ? firstPage(body) : body);
        await sendAnswer(res, rule, this.faults.spoil(rule, answer));
    }

    delayOf(call, rule) {
        const slow = this.credentials.get(call.client)?.slow;
        return (rule.delay_ms ?? 0) + (slow ? this.options.slow_ms : 0);
    }

    answer(req, path, body) {
        const credential = this.authenticate(req.headers);

        if (credential === undefined) {
            return json(401, { message: 'unknown client' });
        }
        if (path === '/v1/search/linkedaccount') {
            if (this.settings.list_body && body !== '{}') {
                return json(400, { message: 'a body is missing' });
            }
            return req.method === 'GET'
                ? json(200, { Results: credential.linked })
                : json(405, { message: 'GET only' });
        }
        if (path === '/v1/search/billing') {
            return this.billing(req, credential, body);
        }

        return json(404, { message: 'no such resource' });
    }

    billing(req, credential, body) {
        if (req.method !== 'POST') {
            return json(405, { message: 'POST only' });
        }
        if (!/^application\/json\b/.test(req.headers['content-type'] ?? '')) {
            return json(415, { message: 'Content-Type: application/json' });
        }

        try {
            return this.billingPage(credential, parse(body));
        } catch (error) {
            if (error instanceof BadRequest) {
                return json(400, { message: error.message });
            }
            throw error;
        }
    }

    billingPage(credential, body) {
        const query = new Query(body, this.settings.month_form);

        if (query.linked.some((id) => !credential.linked.includes(id))) {
            return json(403, { message: 'not a linked account of yours' });
        }
        if (this.settings.refuse_future && !this.options.today
            && query.end > today()) {
            return json(400, { message: 'End is in the future' });
        }

        if (monthOf(query.start) !== monthOf(query.end)) {
            switch (this.settings.wide) {
            case 'refused':
                return json(400, { message: 'one month at a time' });
            case 'first':
                query.end = monthLast(monthOf(query.start));
                break;
            case 'empty':
                return { status: 204, headers: {}, body: '' };
            default:
            }
        }

        const groups = this.answers.groups(query, this.today());
        const text = page(query, groups, credential.client, this.settings);

        return text === null
            ? { status: 204, headers: {}, body: '' }
            : { status: 200, headers: jsonHeaders, body: text };
    }

    authenticate(headers) {
        const credential = this.credentials.get(headers['x-client-id'] ?? '');
        const secret = headers['x-client-secret'] ?? '';

        return credential !== undefined && same(credential.secret, secret)
            ? credential
            : undefined;
    }
}


function parse(body) {
    try {
        return JSON.parse(body);
    } catch {
        throw new BadRequest('the body is not JSON');
    }
}


// A token that a fault has made up is not known: the question without it.
function firstPage(body) {
    const question = parse(body);

    delete question.Filter?.NextDataToken;
    return JSON.stringify(question);
}


// An entry of the list of calls; a secret is not kept.
function describe(req, path, body, settings) {
    const headers = { ...req.headers };
    delete headers['x-client-secret'];

    const call = {
        method: req.method,
        path,
        http: req.httpVersion,
        client: headers['x-client-id'] ?? '',
        port: req.socket.remotePort,
        headers,
        body,
    };

    try {
        const query = new Query(JSON.parse(body), settings.month_form);
        call.linked = query.linked;
        call.granularity = query.granularity;
        call.start = formatDay(query.start);
        call.end = formatDay(query.end);
        call.page = pageNumber(query, settings);
    } catch {
        call.page = 1;
    }

    return call;
}


function same(a, b) {
    const [x, y] = [Buffer.from(a), Buffer.from(b)];
    return x.length === y.length && timingSafeEqual(x, y);
}
