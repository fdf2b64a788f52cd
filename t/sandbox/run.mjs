// run.mjs --build DIR [--port N]: the product, ready to click through.  Starts
// a private Redis, the sandboxes of all providers and nginx with only our module,
// all on loopback and below DIR/run, and ends them with itself.

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import {
    canConnect, endProcess, freePort, startProcess,
} from '../lib/process.mjs';
import { program } from '../lib/programs.mjs';
import { until } from '../lib/until.mjs';
import { startCloud } from './clouds/index.mjs';
import { startSandbox } from './index.mjs';


const { values: options } = parseArgs({ options: {
    build: { type: 'string' }, port: { type: 'string', default: '8080' },
    focus: { type: 'string' },
} });
const build = resolve(options.build);
const dir = join(build, 'run');
const credentialsFile = join(dir, 'credentials.json');
const started = [];


const port = await choosePort(Number(options.port));

for (const name of ['redis', 'nginx']) {
    mkdirSync(join(dir, name), { recursive: true });
}
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
process.once('SIGHUP', stop);

try {
    const socket = await startRedis();
    const sandbox = await startSandbox({ focus: options.focus });

    started.push({ stop: () => sandbox.stop() });
    const clouds = await startClouds();
    await startNginx(socket, sandbox, clouds);
    greet(sandbox);
} catch (error) {
    if (!stop.called) {
        console.error(error.message);
    }
    await stop('failed');
}


// The wanted port, or the next one that nobody uses.
async function choosePort(first) {
    for (let candidate = first; candidate < first + 100; candidate++) {
        if (!await canConnect({ port: candidate, host: '127.0.0.1' })) {
            return candidate;
        }
    }
    return freePort();
}


// Starts a program and waits until it takes connections.  An error says why it
// does not, in its own words.
async function start(name, [command, ...args], where) {
    const log = join(dir, `${name}.log`);

    writeFileSync(log, '');
    const state = startProcess([command, ...args], { log });

    started.push({ stop: () => endProcess(state, 'SIGTERM') });
    const ended = state.ended.then((result) => {
        if (!stop.called) {
            throw new Error(`${command} ${reason(result)}\n${lastWords(name)}`);
        }
    });
    ended.catch((error) => {
        console.error(error.message);
        stop('failed');
    });

    await Promise.race([ended, until(
        () => canConnect(where), `${command} to take connections`, 30_000)]);
}


function reason({ code, signal, error }) {
    if (error) {
        return `could not be started: ${error.message}`;
    }
    return signal ? `was ended by ${signal}` : `ended with code ${code}`;
}


// What it has written of late: nginx has a log of its own besides.
function lastWords(name) {
    const files = [join(dir, `${name}.log`), join(dir, name, 'error.log')];

    return files.filter((file) => existsSync(file)).map((file) => {
        const lines = readFileSync(file, 'utf8').trim().split('\n').slice(-10);
        return `${file}:\n    ${lines.join('\n    ')}`;
    }).join('\n');
}


// On a socket of its own: no port that somebody else could use.
async function startRedis() {
    const socket = join(dir, 'redis', 'redis.sock');

    await start('redis', [
        program('redis-server'), '--port', '0', '--unixsocket', socket,
        '--unixsocketperm', '700', '--dir', join(dir, 'redis'),
        '--appendonly', 'yes', '--appendfsync', 'everysec', '--save', '',
    ], { path: socket });
    return socket;
}


// The other providers' sandboxes; whom they know stands in a file.
async function startClouds() {
    const clouds = {};

    for (const name of ['aws', 'azure', 'google', 'summary']) {
        clouds[name] = await startCloud(name);
        started.push(clouds[name]);
    }

    writeFileSync(credentialsFile, JSON.stringify(Object.fromEntries(
        Object.entries(clouds).map(([name, { credentials }]) =>
            [name, credentials])), null, 4), { mode: 0o600 });
    return clouds;
}


async function startNginx(socket, sandbox, clouds) {
    const conf = join(dir, 'nginx.conf');

    writeFileSync(conf, configuration(socket, sandbox, clouds));
    await start('nginx', [
        process.env.BILLING_NGINX ?? program('nginx'), '-p', dir, '-c', conf,
        '-e', join(dir, 'nginx', 'error.log'),
    ], { port, host: '127.0.0.1' });
}


function configuration(socket, sandbox, { aws, azure, google, summary }) {
    const both = ({ url }) => `endpoint=${url} login=${url}`;

    return `# Written by "make run"; for a demonstration only: everybody is an admin.

load_module ${join(build, 'ngx_http_billing_module.so')};

daemon off;
${process.getuid() === 0 ? 'user root;' : ''}
worker_processes 2;
pid ${dir}/nginx.pid;
error_log ${dir}/nginx/error.log info;

events {
    worker_connections 1024;
}

http {
    access_log ${dir}/access.log;
    client_body_temp_path ${dir}/tmp;
    proxy_temp_path ${dir}/tmp;
    fastcgi_temp_path ${dir}/tmp;
    scgi_temp_path ${dir}/tmp;
    uwsgi_temp_path ${dir}/tmp;

    billing_redis unix:${socket};
    billing_zone zone=billing:32m;
    billing_secret_key_file ${keyFile()};

    # plain http on loopback: pages say that this is a sandbox
    billing_provider hyperbilling_aws endpoint=${sandbox.url};
    billing_provider hyperbilling_google_cloud endpoint=${summary.url};
    billing_provider hyperbilling_alibaba_cloud endpoint=${summary.url};
    billing_provider hyperbilling_tencent endpoint=${summary.url};
    billing_provider hyperbilling_akamai endpoint=${summary.url};
    billing_provider aws ${both(aws)};
    billing_provider azure ${both(azure)} pace=off;
    billing_provider google_cloud ${both(google)};

    server {
        listen 127.0.0.1:${port};

        location = / {
            return 302 /billing/;
        }

        location /billing/ {
            billing on;
            billing_user demo;
            billing_role admin;
        }
    }
}
`;
}


function keyFile() {
    const path = join(dir, 'billing.key');

    if (!existsSync(path)) {
        writeFileSync(path, `demo:${randomBytes(32).toString('base64')}\n`,
            { mode: 0o600 });
    }
    return path;
}


function greet(sandbox) {
    const rows = Object.values(sandbox.credentials).map((credential) => [
        '    Account  all',
        `    Email    ${credential.client}`,
        `    Key      ${credential.secret}`,
        `             ${holds(credential)}`,
    ].join('\n'));

    console.log(`
The billing front is at   http://127.0.0.1:${port}/billing/

Costs come from a sandbox of Hyperbilling; its figures are made up.
Register a service account with one of its credentials ("Account" may also be
one of the 12-digit linked accounts):

${rows.join('\n\n')}

The other clouds have sandboxes, too; whom they know stands in
                          ${credentialsFile}

Data is kept in           ${dir}
To start afresh           make clean
To stop                   Ctrl-C
`);
}


function holds({ linked, slow }) {
    if (linked === undefined) {
        return 'every account of the FOCUS file';
    }
    return `${linked.length} linked account${linked.length === 1 ? '' : 's'}`
        + (slow ? ', slow to answer' : '');
}


async function stop(why) {
    if (stop.called) {
        return;
    }
    stop.called = true;

    for (const one of started.reverse()) {
        await one.stop().catch((error) => console.error(error.message));
    }
    process.exit(why === 'failed' ? 1 : 0);
}
