#!/usr/bin/env node
// The sandbox as a program.  See server.mjs for what it serves, control.mjs
// for how to steer it, credentials.mjs for whom it knows.

import { parseArgs } from 'node:util';

import { parseDay } from './calendar.mjs';
import { Sandbox } from './server.mjs';


const USAGE = `usage: hyperbilling.mjs [--port N] [--seed S]
    [--today yyyy-mm-dd]
    [--focus FILE.csv] [--slow-ms MS] [--settings JSON]
    [--tls-key FILE --tls-cert FILE]`;


function options() {
    const names = ['port', 'seed', 'today', 'focus', 'slow-ms', 'settings',
        'tls-key', 'tls-cert'];
    const { values } = parseArgs({
        options: Object.fromEntries(
            names.map((name) => [name, { type: 'string' }])),
    });
    const today = values.today && parseDay(values.today);

    if (Number.isNaN(today)) {
        throw new Error('--today is not a day');
    }

    return {
        port: number(values.port ?? '0', 'port'),
        seed: number(values.seed ?? '1', 'seed'),
        slow_ms: number(values['slow-ms'] ?? '1500', 'slow-ms'),
        settings: JSON.parse(values.settings ?? '{}'),
        focus: values.focus,
        tlsKey: values['tls-key'],
        tlsCert: values['tls-cert'],
        today,
    };
}


function number(text, name) {
    if (!/^\d{1,9}$/.test(text)) {
        throw new Error(`--${name} is not a number`);
    }
    return Number(text);
}


let sandbox;

try {
    sandbox = new Sandbox(options());
} catch (error) {
    process.stderr.write(`${error.message}\n${USAGE}\n`);
    process.exit(2);
}

const port = await sandbox.listen();
const scheme = sandbox.options.tlsKey ? 'https' : 'http';
process.stdout.write(`listening on ${scheme}://127.0.0.1:${port}\n`);

for (const signal of ['SIGTERM', 'SIGINT']) {
    process.once(signal, () => sandbox.close());
}
