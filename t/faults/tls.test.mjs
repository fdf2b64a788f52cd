// Redis behind TLS, by nginx's own stream proxy, as OPERATING.md has it: its
// certificate is verified, and commands and messages go through.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { isProblem, startBilling } from '../lib/billing.mjs';
import { freePort, temporaryFolder } from '../lib/process.mjs';
import { startRedis } from '../lib/redis.mjs';
import { startSandbox } from '../sandbox/index.mjs';
import { after, is, like, test, until } from '../lib/tap.mjs';


const STREAM = '/usr/lib/nginx/modules/ngx_stream_module.so';
const operating = readFileSync(new URL('../../src/store/OPERATING.md', import.meta.url), 'utf8');
const [block] = /^ {4}stream \{\n(?: {4}.*\n)+/m.exec(operating);

const sandbox = await startSandbox();
after(() => sandbox.stop());

const dir = temporaryFolder('tls');
const file = (name) => join(dir, name);
const openssl = (...args) => execFileSync('openssl', args,
    { cwd: dir, stdio: 'pipe' });
const without = process.env.BILLING_STATIC || !existsSync(STREAM)
    ? 'this nginx has no stream module' : undefined;


// An authority and a certificate of the name that OPERATING.md has.
function certificates(name) {
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2',
        '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=Test CA');
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'redis.key',
        '-out', 'redis.csr', '-subj', `/CN=${name}`,
        '-addext', `subjectAltName=DNS:${name}`);
    openssl('x509', '-req', '-in', 'redis.csr', '-CA', 'ca.crt', '-CAkey',
        'ca.key', '-CAcreateserial', '-days', '2', '-out', 'redis.crt',
        '-copy_extensions', 'copy');
}


// The document's block with our paths and ports.
function stream({ port, socket, name }) {
    return block
        .replace(/listen\s+\S+;/, `listen unix:${socket};`)
        .replace(/proxy_pass\s+\S+;/, `proxy_pass 127.0.0.1:${port};`)
        .replace(/proxy_ssl_trusted_certificate\s+\S+;/,
            `proxy_ssl_trusted_certificate ${file('ca.crt')};`)
        .replace(/proxy_ssl_name\s+\S+;/, `proxy_ssl_name ${name};`);
}


async function start(name, tls, redis) {
    const socket = file(`${name}.sock`);

    return startBilling({
        redis: { ...redis, stop: async () => {} },
        sandbox,
        redisUrl: `unix:${socket}`,
        nginx: {
            main: `
                load_module ${STREAM};
                worker_processes 1;
                ${stream({ port: tls, socket, name })}`,
            allow: [/certificate/],
        },
    });
}


test('a Redis that speaks TLS, and an impostor', async () => {
    certificates('redis.example.com');

    const tls = await freePort();
    const redis = await startRedis({ args: [
        '--tls-port', tls, '--tls-cert-file', file('redis.crt'),
        '--tls-key-file', file('redis.key'), '--tls-ca-cert-file',
        file('ca.crt'), '--tls-auth-clients', 'no'] });
    after(() => redis.kill());

    const billing = await start('redis.example.com', tls, redis);
    const admin = billing.client();
    await admin.create('projects', { name: 'Through TLS' });
    is((await admin.get('projects')).body.projects[0].name, 'Through TLS');
    await until(async () => await redis.cli('pubsub', 'numsub',
        'billing:changed') === 'billing:changed\n1', 'a listener');
    await billing.nginx.stop();

    // the same server under a name that its certificate does not have
    const wrong = await start('other.example.com', tls, redis);
    isProblem(await wrong.client().get('projects'), 503, 'storage_unavailable');
    like(wrong.nginx.errorLog(), /does not match "other.example.com"/);
    await wrong.nginx.stop();
}, { skip: without });
