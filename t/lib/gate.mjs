// Redis and the provider behind gates: what nginx asks of them goes through
// one by one, and stands still where a test wants it to.
//
//     const gate = await startGate({ redis, sandbox });
//     gate.hold(/^HMGET/)     the first question of this kind from now on is
//                             not passed on, nor any that follows
//     await gate.held()       until it has come
//     gate.steps              questions since hold() or reset(), as texts
//     gate.instead(/^HMGET/, 'return {}')
//                             Redis is asked to run this script instead of
//                             the first command of this kind
//     gate.open()             passes on what was held, and all that follows
//
// A question is a command to Redis or a request to the provider.  What a
// connection to Redis begins with, up to SELECT, is not counted, nor is one
// that only listens, nor the look for the mark of all data (SETNX) and what is
// told when it was not there (PUBLISH), which stand in line like the others.

import { createServer as createHttpServer, request } from 'node:http';
import { connect, createServer } from 'node:net';

import { readCommands } from './fake_redis.mjs';
import { until } from './tap.mjs';


// Returns what startBilling() takes for redis and sandbox, too.
export async function startGate({ redis, sandbox }) {
    const gate = new Gate();
    const servers = [
        createServer((socket) => gate.onRedis(socket, redis.port)),
        createHttpServer((req, res) => gate.onProvider(req, res, sandbox.port)),
    ];
    const [redisPort, providerPort] = await Promise.all(servers.map(listen));

    gate.redis = { ...redis, port: redisPort };
    gate.sandbox = { ...sandbox, url: `http://127.0.0.1:${providerPort}` };
    gate.close = async () => {
        gate.open();
        gate.sockets.forEach((socket) => socket.destroy());
        await Promise.all(servers.map((server) => new Promise((resolve) => {
            server.close(resolve);
            server.closeAllConnections?.();
        })));
    };
    return gate;
}


class Gate {
    constructor() {
        this.sockets = new Set();
        this.queue = [];
        this.reset();
    }

    reset() {
        this.hold(null);
    }

    hold(pattern) {
        this.steps = [];
        this.pattern = pattern;
        this.holding = false;
        this.script = null;
    }

    instead(pattern, script) {
        this.hold(pattern);
        this.script = script;
    }

    open() {
        this.pattern = null;
        this.holding = false;
        this.script = null;
        this.queue.splice(0).forEach((pass) => pass());
    }

    // the one that is held, and whatever else was asked with it
    held() {
        return until(() => this.queue.length > 0, 'a question to be held');
    }

    // pass() is called now or later, in the order of the questions.
    ask(text, pass) {
        if (/^(SETNX|PUBLISH) /.test(text)) {
            this.wait(pass);
            return;
        }

        this.steps.push(text);

        if (this.script !== null) {
            pass();
            return;
        }

        this.holding ||= this.pattern?.test(text) ?? false;
        this.wait(pass);
    }

    wait(pass) {
        if (this.holding) {
            this.queue.push(pass);
        } else {
            pass();
        }
    }

    onRedis(socket, port) {
        const upstream = connect(port, '127.0.0.1');

        for (const [one, other] of [[socket, upstream], [upstream, socket]]) {
            this.sockets.add(one);
            one.setNoDelay(true);
            one.on('error', () => {});
            one.on('close', () => {
                this.sockets.delete(one);
                other.destroy();
            });
        }

        upstream.pipe(socket);

        let begun = false;

        readCommands(socket, (words, bytes) => {
            if (begun && words[0] !== 'SUBSCRIBE') {
                const text = describe(words);
                const other = this.other(text);

                this.ask(text, () => upstream.write(other ?? bytes));
            } else {
                upstream.write(bytes);
                begun ||= words[0] === 'SELECT';
            }
        });
    }

    // The command to give in the place of this one, if there is one.
    other(text) {
        if (this.script === null || !this.pattern?.test(text)) {
            return undefined;
        }
        this.pattern = null;
        return ['*3', '$4', 'EVAL', `$${this.script.length}`, this.script,
            '$1', '0', ''].join('\r\n');
    }

    onProvider(req, res, port) {
        this.ask(`${req.method} ${req.url}`, () => {
            if (res.destroyed) {
                return;
            }
            const upstream = request({
                port, host: '127.0.0.1', method: req.method, path: req.url,
                headers: req.headers, agent: false,
            }, (answer) => {
                res.writeHead(answer.statusCode, answer.headers);
                answer.pipe(res);
            });

            upstream.on('error', () => res.destroy());
            res.on('close', () => upstream.destroy());
            req.pipe(upstream);
        });
    }
}


// The command, which script it is, and what kind of key it is about: enough
// to tell the questions of an endpoint apart.
function describe([name, ...args]) {
    const script = name === 'EVALSHA' ? ` ${args[0].slice(0, 8)}` : '';
    const key = args[script ? 2 : 0] ?? '';

    return `${name}${script} ${/\}:(\w+)/.exec(key)?.[1] ?? ''}`;
}


async function listen(server) {
    await new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
    });
    return server.address().port;
}
