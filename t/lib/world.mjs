// All that a test of the API needs: a Redis, a sandbox of the provider and an
// nginx with the module between them.

import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { startSandbox } from '../sandbox/index.mjs';
import { startNginx } from './nginx.mjs';
import { temporaryFolder } from './process.mjs';
import { startRedis } from './redis.mjs';
import { after } from './tap.mjs';


// Options, all optional:
//
//   workers    how many; 1
//   provider   words for billing_provider: "timeout=1s"
//   location   directives for the location
//   server     text for the server block: other locations
//   http       directives for the http block
//   redis      options of startRedis()
//   sandbox    options of startSandbox()
//   allow      log lines that may be there, level of the log; see startNginx()
//
// Everything is ended after the tests; nginx's log is checked then.
//
// Callers say who they are by headers: X-User (default "kim"), X-Role
// ("admin"), X-Projects ("*"), X-Domain ("default").
export async function startWorld(options = {}) {
    const redis = await startRedis(options.redis);
    after(() => redis.stop());

    const sandbox = await startSandbox({
        child: true, seed: 7, ...options.sandbox,
    });
    after(() => sandbox.stop());

    const nginx = await startNginx({
        modules: ['ngx_http_billing_module'],
        main: `worker_processes ${options.workers ?? 1};`,
        conf: ({ port }) => configuration(options, { port, redis, sandbox }),
        allow: options.allow,
        level: options.level,
    });
    after(() => nginx.stop());

    return { redis, sandbox, nginx, ...calls(nginx, sandbox) };
}


function configuration(options, { port, redis, sandbox }) {
    const key = join(temporaryFolder('key'), 'billing.key');

    writeFileSync(key, `test:${randomBytes(32).toString('base64')}\n`,
        { mode: 0o600 });

    return `
    map $http_x_user $user { default $http_x_user; '' kim; }
    map $http_x_role $role { default $http_x_role; '' admin; }
    map $http_x_projects $projects { default $http_x_projects; '' *; }
    map $http_x_domain $domain { default $http_x_domain; '' default; }

    log_format billing '$request $status $billing_cache_status '
                       '$billing_upstream_calls';
    access_log billing.log billing;

    billing_redis redis://127.0.0.1:${redis.port};
    billing_zone zone=billing:8m;
    billing_secret_key_file ${key};
    billing_provider hyperbilling_aws endpoint=${sandbox.url}
        ${options.provider ?? ''};
    ${options.http ?? ''}

    server {
        listen 127.0.0.1:${port};

        location /billing/ {
            billing on;
            billing_user $user;
            billing_role $role;
            billing_projects $projects;
            billing_domain $domain;
            ${options.location ?? ''}
        }

        ${options.server ?? ''}
    }`;
}


function calls(nginx, sandbox) {
    const base = `http://127.0.0.1:${nginx.port}/billing/api/v1/`;

    // { status, headers, text, json, cache } of an answer
    async function api(method, path, { headers = {}, body, signal } = {}) {
        const response = await fetch(base + path, {
            method,
            signal,
            headers: body === undefined ? headers
                : { 'content-type': 'application/json', ...headers },
            body: body === undefined ? undefined : JSON.stringify(body),
        });
        const text = await response.text();
        const type = response.headers.get('content-type') ?? '';

        return {
            status: response.status,
            headers: response.headers,
            cache: response.headers.get('x-billing-cache'),
            text,
            json: /json/.test(type) && text !== '' ? JSON.parse(text)
                : undefined,
        };
    }

    async function create(path, body) {
        const answer = await api('POST', path, { body });

        if (answer.status !== 201) {
            throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
        }
        return answer.json;
    }

    return {
        base,
        api,
        get: (path, headers) => api('GET', path, { headers }),
        createGroup: (name, parent_id = null) =>
            create('project-groups', { name, parent_id }),
        createProject: (name, group_id = null) =>
            create('projects', { name, group_id }),

        // credential is one of sandbox.credentials; account a linked account
        // of it, or "all"
        createAccount: (name, project_id, credential, account = 'all') =>
            create('service-accounts', {
                name,
                project_id,
                provider: 'hyperbilling_aws',
                credentials: {
                    account, email: credential.client, key: credential.secret,
                },
            }),

        // how often the provider was asked for costs
        billingCalls: async () =>
            (await sandbox.counters()).by_path['/v1/search/billing'] ?? 0,
    };
}
