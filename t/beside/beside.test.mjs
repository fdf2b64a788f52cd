// The module beside each module that Debian has for this nginx, loaded before
// it and behind it, and beside all at once: both do their work.

import { request } from 'node:http';
import { connect } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { linkedAccount, startBilling } from '../lib/billing.mjs';
import { modulePath } from '../lib/nginx.mjs';
import { temporaryFolder } from '../lib/process.mjs';
import { startRedis } from '../lib/redis.mjs';
import { after, is, like, ok, skip, test, until } from '../lib/tap.mjs';
import { startSandbox } from '../sandbox/index.mjs';
import {
    configurationOf, foldersOf, packagedModules, pathOf, whyNone,
} from './modules.mjs';


const TOP = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const FOLDER = join(process.env.BILLING_BUILD ?? join(TOP, 'build'), 'beside');
const OURS = modulePath('ngx_http_billing_module');

let modules, env, perl, redis, sandbox;
let count = 0;

if (whyNone) {
    skip('beside Debian\'s modules', whyNone);
} else {
    await main();
}


async function main() {
    const { missing, ...packages } = packagedModules(FOLDER);

    modules = packages.modules;
    env = { LD_LIBRARY_PATH: foldersOf(FOLDER, /\.so\.\d/).join(':') };
    perl = foldersOf(FOLDER, /^nginx\.pm$/);
    redis = await startRedis();
    sandbox = await startSandbox();

    after(() => redis.stop());
    after(() => sandbox.stop());

    test('there are modules, each with a file', () => {
        ok(modules.length > 20, `${modules.length} modules`);
        is(modules.filter(({ files }) => files.length === 0)
            .map(({ name }) => name).join(), '');
    });

    missing.forEach(({ name, why }) => skip(name, why));

    for (const module of modules) {
        test(`before ${module.name}`, () => together([module], 'before'));
        test(`behind ${module.name}`, () => together([module], 'behind'));
    }

    test('before all', () => together(modules, 'before'));
    test('behind all', () => together(modules, 'behind'));
}


// Fails unless ours works beside them, and they beside ours.
async function together(these, order) {
    const names = new Set(these.flatMap(({ name, needs }) => [...needs, name]));
    const files = modules.filter(({ name }) => names.has(name))
        .flatMap((module) => module.files);
    const loaded = order === 'before' ? [OURS, ...files] : [...files, OURS];

    const dir = temporaryFolder('beside');
    const conf = configurationOf(these,
        { root: join(FOLDER, 'root'), perl, dir, redis });

    const billing = await startBilling({
        redis, sandbox, keepAlive: false, http: conf.http,
        server: conf.server,
        nginx: {
            dir, modules: [], env,
            main: loaded.map((file) => `load_module ${file};\n`).join('')
                + conf.main,
        },
    });

    try {
        await ourWork(billing);

        for (const module of these) {
            await itsWork(module, billing.nginx);
        }
    } finally {
        await billing.nginx.stop();
    }
}


// An account goes through Redis and the sandbox, its costs, too.
async function ourWork(billing) {
    const admin = billing.client({ domain: `beside-${++count}` });
    const project = await admin.create('projects', { name: 'Project' });

    await admin.create('service-accounts', {
        name: 'Account', provider: 'hyperbilling_aws', project_id: project.id,
        credentials: await billing.credentials([linkedAccount()]),
    });

    const costs = await admin.get('costs');

    is(`${costs.status} ${costs.body?.complete}`, '200 true', costs.text);
}


async function itsWork({ name, use }, { port, dir }) {
    const path = pathOf(name);

    if (use.publish) {
        // it connects to Redis in its own time, and says 503 till then
        await until(async () => /^20[12] /.test(await ask(port, path,
            { method: 'POST', body: 'from nchan' })), `${name} to publish`);
    }

    const answer = use.socket
        ? await readAll(join(dir, use.socket))
        : await ask(port, path, use.request);

    like(answer, use.like ?? /^/, `${name}: ${answer}`);
}


// "status headers body"
function ask(port, path, { method = 'GET', headers, path: rest = '', body } = {}) {
    return new Promise((done, failed) => {
        const req = request({
            host: '127.0.0.1', port, path: path + rest, method, headers,
            agent: false,
        }, (res) => {
            let text = '';

            res.setEncoding('latin1');
            res.on('data', (chunk) => { text += chunk; });
            res.on('error', failed);
            res.on('end', () => done(
                `${res.statusCode} ${JSON.stringify(res.headers)} ${text}`));
        });

        req.setTimeout(10_000, () => req.destroy(new Error(`no answer to ${path}`)));
        req.on('error', failed);
        req.end(body);
    });
}


function readAll(path) {
    return new Promise((done, failed) => {
        const socket = connect(path);
        let text = '';

        socket.setEncoding('utf8');
        socket.on('data', (chunk) => { text += chunk; });
        socket.on('end', () => done(text));
        socket.on('error', failed);
    });
}
