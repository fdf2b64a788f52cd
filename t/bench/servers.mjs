// The servers of the contestants, each on a free port of loopback, pinned to
// its core; stop() ends them, the last one first.

import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { startNginx } from '../lib/nginx.mjs';
import {
    canConnect, endProcess, freePort, startProcess, temporaryFolder,
} from '../lib/process.mjs';
import { startRedis } from '../lib/redis.mjs';
import { until } from '../lib/until.mjs';
import { startSandbox } from '../sandbox/index.mjs';
import { BUILD, MEASURED, OTHERS, pin } from './harness.mjs';


const program = (name) => fileURLToPath(new URL(name, import.meta.url));
const running = [];


export function atEnd(stop) {
    running.push(stop);
}


export async function stopAll() {
    while (running.length > 0) {
        await running.pop()();
    }
}


export async function redisServer() {
    const redis = await startRedis();

    atEnd(() => redis.stop());
    pin(redis.pid, OTHERS);
    return redis;
}


export async function sandboxServer(options) {
    const sandbox = await startSandbox({ child: true, seed: 7, ...options });

    atEnd(() => sandbox.stop());
    return sandbox;
}


// An nginx with one worker.  Directives of the one server are the same for
// all; location is what differs.
//
// Returns { url, pid, key, errorLog }: url without a last slash, pid of the
// worker.
export async function nginxServer({ http = '', locations, ...options }) {
    const nginx = await startNginx({
        level: 'warn',
        ...options,
        conf: (info) => `
            ${http}
            server {
                listen 127.0.0.1:${info.port};
                access_log off;
                keepalive_requests 100000000;
                default_type application/json;
                ${typeof locations === 'function' ? locations(info) : locations}
            }`,
    });
    atEnd(() => nginx.stop());

    const [pid] = nginx.workers();
    pin(pid, MEASURED);

    return {
        pid, url: `http://127.0.0.1:${nginx.port}`, errorLog: nginx.errorLog,
    };
}


// nginx with the module, below /billing/ in the domain "default", and below
// /domains/ in that of the header X-Domain; build is the folder of another one.
export async function moduleServer({ redis, sandbox, zone, key, http = '',
    locations = '', provider = 'timeout=20s', env, build = BUILD }) {
    const file = join(temporaryFolder('key'), 'key');
    const text = key ?? `k1:${randomBytes(32).toString('base64')}\n`;

    writeFileSync(file, text, { mode: 0o600 });

    const server = await nginxServer({
        modules: [join(build, 'ngx_http_billing_module')],
        env,
        http: `
            billing_redis redis://127.0.0.1:${redis.port} timeout=30s;
            ${zone ? `billing_zone zone=billing:${zone};` : ''}
            billing_secret_key_file ${file};
            billing_provider hyperbilling_aws endpoint=${sandbox.url}
                ${provider};
            ${http}`,
        locations: (info) => `
            location /billing/ {
                billing on;
                billing_user bench;
                billing_role admin;
            }
            location /domains/ {
                billing on;
                billing_user bench;
                billing_role admin;
                billing_domain $http_x_domain;
            }
            ${typeof locations === 'function' ? locations(info) : locations}`,
    });

    return { ...server, key: text, api: `${server.url}/billing/api/v1` };
}


// OpenResty's module and its client of Redis, from Debian's packages.
export function luaServer({ redis, name }) {
    const modules = '/usr/lib/nginx/modules';
    const client = join(BUILD, 'bench/lua/usr/share/lua/5.1');

    return nginxServer({
        main: `
            load_module ${modules}/ndk_http_module.so;
            load_module ${modules}/ngx_http_lua_module.so;`,
        http: `lua_package_path "${client}/?.lua;/usr/share/lua/5.1/?.lua;;";`,
        locations: `
            location = /answer {
                content_by_lua_block {
                    local client = require "nginx.redis"
                    local redis = client:new()
                    local body, fault

                    redis:set_timeout(5000)
                    local ok
                    ok, fault = redis:connect("127.0.0.1", ${redis.port})
                    if ok then
                        body, fault = redis:get("${name}")
                    end
                    if type(body) ~= "string" then
                        ngx.log(ngx.ERR, fault)
                        return ngx.exit(502)
                    end
                    redis:set_keepalive(10000, 128)
                    ngx.header.content_length = #body
                    ngx.print(body)
                }
            }`,
    });
}


export async function expressServer({ redis, name }) {
    const port = await freePort();
    const state = startProcess(
        [process.execPath, program('express.mjs'), port, redis.port, name]
            .map(String),
        {
            log: join(temporaryFolder('express'), 'log'),
            env: { NODE_ENV: 'production', BENCH_PACKAGES: packages() },
        });
    atEnd(() => endProcess(state, 'SIGTERM'));

    await until(() => state.over || canConnect({ port, host: '127.0.0.1' }),
        'express to listen', 20_000);
    if (state.over) {
        throw new Error('express did not start');
    }
    pin(state.pid, MEASURED);

    return { url: `http://127.0.0.1:${port}`, pid: state.pid };
}


export const packages = () => join(BUILD, 'bench/package.json');

export const versionOf = (name) => createRequire(packages())(
    `${name}/package.json`).version;


// Credentials that the sandbox knows from now on.
export async function credentials(sandbox, linked) {
    const entry = {
        client: `${randomBytes(6).toString('hex')}@example.com`,
        secret: randomBytes(12).toString('hex'),
        linked,
    };

    await sandbox.setCredential(entry);
    return entry;
}


// POST to the API; what it answers, which must be a 201.
export async function create(api, path, body, headers = {}) {
    const answer = await fetch(`${api}/${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify(body),
    });

    // a user has 300 verifications a minute
    if (answer.status === 429) {
        await new Promise((resolve) => setTimeout(resolve,
            1000 * Number(answer.headers.get('retry-after'))));
        return create(api, path, body, headers);
    }
    if (answer.status !== 201) {
        throw new Error(`POST ${path}: ${await answer.text()}`);
    }
    return answer.json();
}


export function createAccount(api, name, project, { client, secret }, account,
    headers) {
    return create(api, 'service-accounts', {
        name,
        project_id: project.id,
        provider: 'hyperbilling_aws',
        credentials: { account, email: client, key: secret },
    }, headers);
}
