// nginx for tests: a folder, a port and a process of its own, and a log that
// must not hold what should never happen.
//
// Environment: BILLING_NGINX, the program (default Debian's); BILLING_BUILD,
// where the modules are (default build/); BILLING_STATIC=1, when they are
// linked into the program; BILLING_WRAP, words to put before it ("valgrind
// --quiet").

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
    alive, canConnect, childrenOf, endProcess, freePort, startProcess,
    temporaryFolder,
} from './process.mjs';
import { program } from './programs.mjs';
import { until } from './until.mjs';


const TOP = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const BUILD = resolve(process.env.BILLING_BUILD ?? join(TOP, 'build'));

// The program: Debian's, unless the environment names another.
export const NGINX = process.env.BILLING_NGINX ?? program('nginx');

const NEVER = /\[(alert|emerg)\]|Sanitizer|runtime error:|^==\d+==/;
const START_TIMEOUT_MS = process.env.BILLING_WRAP ? 240_000 : 30_000;


// Where a module of this project is: "ngx_http_billing_module" or one of the
// test modules of t/event/; a path is that of another build.
export function modulePath(name) {
    const places = [resolve(BUILD, `${name}.so`), join(BUILD, 'event', `${name}.so`)];

    return places.find((path) => existsSync(path)) ?? places[0];
}


// Starts nginx and waits until it listens.
//
//   conf     text, or a function of { port, dir } that returns the text, for
//            the http block
//   main     the same for the top level ("worker_processes" is 1 without it)
//   modules  names for modulePath(), loaded unless linked in
//   level    of the error log, "info" by default; reload() needs "notice"
//   allow    patterns of log lines that may be there in spite of NEVER
//   env      environment of the process
//
// Returns { port, dir, pid, workers(), reload(), gone(), quit(), stop(),
// errorLog(), waitForLog() }.
export async function startNginx(options) {
    for (let attempt = 1; ; attempt++) {
        try {
            return await startOnce(options, await freePort());
        } catch (error) {
            // somebody was faster than we to take the port
            if (attempt === 3 || !/Address already in use/.test(error.message)) {
                throw error;
            }
        }
    }
}


async function startOnce(options, port) {
    const dir = options.dir ?? temporaryFolder('nginx');
    const info = { port, dir };
    const conf = join(dir, 'nginx.conf');

    mkdirSync(join(dir, 'logs'), { recursive: true });
    writeFileSync(conf, configuration(options, info));

    const argv = [
        ...(process.env.BILLING_WRAP ?? '').split(' ').filter(Boolean),
        NGINX,
        '-p', dir, '-c', conf, '-e', join(dir, 'error.log'),
    ];
    const state = startProcess(argv, {
        log: join(dir, 'stderr.log'), env: options.env,
    });
    const server = methods(state, options, info);

    await until(
        async () => state.over || await canConnect({ port, host: '127.0.0.1' }),
        'nginx to listen', START_TIMEOUT_MS,
    );
    // it listens before it has workers
    if (!/master_process\s+off/.test(readFileSync(conf, 'utf8'))) {
        await until(() => state.over || server.workers().length > 0,
            'a worker', START_TIMEOUT_MS);
    }
    if (state.over) {
        throw new Error(`nginx did not start:\n${server.errorLog()}`);
    }
    return server;
}


function configuration(options, info) {
    const { modules = [], main = '', conf, level = 'info' } = options;
    const text = (value) => typeof value === 'function' ? value(info) : value;
    const load = process.env.BILLING_STATIC ? [] : modules;

    return `
${load.map((name) => `load_module ${modulePath(name)};`).join('\n')}
daemon off;
${process.getuid() === 0 ? 'user root;' : ''}
pid ${info.dir}/nginx.pid;
error_log ${info.dir}/error.log ${level};
${/worker_processes/.test(text(main)) ? '' : 'worker_processes 1;'}
${text(main)}
${/^\s*events\b/m.test(text(main)) ? '' : 'events { worker_connections 1024; }'}
http {
    access_log ${info.dir}/access.log;
    client_body_temp_path ${info.dir}/body;
    proxy_temp_path ${info.dir}/proxy;
    fastcgi_temp_path ${info.dir}/fastcgi;
    scgi_temp_path ${info.dir}/scgi;
    uwsgi_temp_path ${info.dir}/uwsgi;
${text(conf)}
}
`;
}


function methods(state, options, { port, dir }) {
    const read = (name) => existsSync(join(dir, name))
        ? readFileSync(join(dir, name), 'utf8') : '';
    const errorLog = () => read('stderr.log') + read('error.log');
    const workers = () => childrenOf(state.pid).filter(alive);

    // accepts no connection any more; the log tells from level "notice" on
    const isLeaving = (pid) => !alive(pid) || errorLog().includes(
        `${pid}#${pid}: gracefully shutting down`);

    // Ends the process and fails for what its log should not hold.
    async function end(signal) {
        const result = await endProcess(state, signal);

        // a master that is to stop waits 1.5 s for its workers, then kills
        checkLog(errorLog(), [...options.allow ?? [],
            ...signal === 'SIGTERM' ? [/exited on signal 9/] : []]);
        if (result.code !== 0) {
            throw new Error(`nginx ended with ${JSON.stringify(result)}`);
        }
    }

    return {
        port, dir, pid: state.pid, workers, errorLog,
        accessLog: () => read('access.log'),
        stop: () => end('SIGTERM'),
        quit: () => end('SIGQUIT'),

        // New workers from the same or a new configuration; returns the pids
        // of the old ones, which may live on: see gone().
        async reload(changes = {}) {
            const old = workers();
            writeFileSync(join(dir, 'nginx.conf'),
                configuration({ ...options, ...changes }, { port, dir }));
            state.child.kill('SIGHUP');
            await until(() => workers().some((pid) => !old.includes(pid)),
                'new workers');
            await until(() => old.every(isLeaving), 'old workers to leave');
            return old;
        },

        gone: (pids, timeout = 10_000) => until(
            () => !pids.some(alive), `the end of workers ${pids}`, timeout),

        waitForLog: (pattern, timeout = 10_000) => until(
            () => errorLog().match(pattern), `${pattern} in the log`, timeout),
    };
}


// What "nginx -t" says, run in dir, of modules (paths) and of text for the http
// block: { status, text }.
export function checkConfiguration(dir, { modules, http }) {
    const conf = join(dir, 'nginx.conf');

    writeFileSync(conf, `
${modules.map((path) => `load_module ${path};`).join('\n')}
pid ${dir}/nginx.pid;
error_log stderr;
events { }
http {
    access_log off;
    client_body_temp_path ${dir}/tmp;
    proxy_temp_path ${dir}/tmp;
    fastcgi_temp_path ${dir}/tmp;
    scgi_temp_path ${dir}/tmp;
    uwsgi_temp_path ${dir}/tmp;
    ${http}
}
`);
    const { status, stderr } = spawnSync(NGINX,
        ['-t', '-p', dir, '-c', conf, '-e', 'stderr'], { encoding: 'utf8' });

    return { status, text: stderr };
}


// The product, where it is not linked in.
export const ownModules = () => process.env.BILLING_STATIC
    ? [] : [modulePath('ngx_http_billing_module')];


export function checkLog(text, allow = []) {
    const bad = text.split('\n').filter((line) => NEVER.test(line)
        && !allow.some((pattern) => pattern.test(line)));

    if (bad.length > 0) {
        throw new Error(`in nginx's log:\n${bad.slice(0, 10).join('\n')}`);
    }
}
