// nginx with the Redis bridge behind HTTP; see ngx_http_redis_test_module.c
// for what a request may ask for.

import http from 'node:http';

import { startNginx } from '../../lib/nginx.mjs';


// redis is a URL or { port }; timeout and connectTimeout in nginx's notation.
// Returns startNginx()'s result and ask(), which resolves to the parsed
// answer and has the property request.
export async function startBridge(redis, options = {}) {
    const { timeout = '60s', connectTimeout = '10s', ...more } = options;
    const url = redis.port ? `redis://127.0.0.1:${redis.port}` : redis;

    const nginx = await startNginx({
        modules: ['ngx_http_redis_test_module'],
        conf: ({ port }) => `
            redis_test_server "${url}" ${timeout} ${connectTimeout};
            server {
                listen 127.0.0.1:${port};
                location / { redis_test; }
                location = /static { return 200 "static"; }
            }`,
        ...more,
    });

    return Object.assign(nginx, {
        ask: (query) => ask(nginx.port, query),
        ready: async () => (await ask(nginx.port, {})).ready === 1,
    });
}


// URLSearchParams writes "+" for a space, which nginx leaves as it is.
function ask(port, query) {
    const args = Object.entries(query)
        .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    let request;
    const answer = new Promise((resolve, reject) => {
        request = http.get({
            port, host: '127.0.0.1', agent: false,
            path: `/?${args.join('&')}`,
        }, async (response) => {
            let text = '';
            try {
                for await (const part of response) {
                    text += part;
                }
                resolve(response.statusCode === 200
                    ? JSON.parse(text) : { status: response.statusCode });
            } catch (error) {
                reject(error);
            }
        });
        request.on('error', reject);
    });

    answer.request = request;
    return answer;
}
