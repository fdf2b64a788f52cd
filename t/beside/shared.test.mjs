// The module with the shared library of hiredis, as where there is no archive:
// beside a module that has a copy of hiredis nginx says so and does not start.

import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { startBilling } from '../lib/billing.mjs';
import { checkConfiguration, modulePath } from '../lib/nginx.mjs';
import { freePort, temporaryFolder } from '../lib/process.mjs';
import { is, like, skip, test } from '../lib/tap.mjs';
import { packagedModules, whyNone } from './modules.mjs';


const TOP = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const BUILD = resolve(process.env.BILLING_BUILD ?? join(TOP, 'build'));
const MODULE = 'ngx_http_billing_module.so';

const dir = temporaryFolder('shared');
const port = await freePort();
const ours = sharedVariant();
const nchan = whyNone ? undefined : packagedModules(join(BUILD, 'beside')).modules
    .find(({ name }) => name === 'libnginx-mod-nchan')?.files[0];


if (nchan === undefined) {
    skip('beside another copy', whyNone || 'libnginx-mod-nchan cannot be had');
} else {
    const copies = (one, other) => new RegExp(`\\[emerg\\] .*"[^"]*${one}[^"]*" and `
        + `"[^"]*${other}[^"]*" each have a copy of hiredis.*`
        + 'build ngx_http_billing_module where there is libhiredis.a');

    test('before another copy it refuses to start', () => {
        like(check(ours, nchan), copies('libhiredis', 'nchan'));
    });

    test('behind another copy it refuses to start', () => {
        like(check(nchan, ours), copies('nchan', 'libhiredis'));
    });
}


test('beside one that uses the same library it starts', () => {
    const other = modulePath('ngx_http_redis_test_module');

    like(execFileSync('readelf', ['-d', other], { encoding: 'utf8' }),
        /NEEDED.*libhiredis/);
    like(check(ours, other), /test is successful/);
    like(check(other, ours), /test is successful/);
});


test('alone it works', async () => {
    const billing = await startBilling({
        keepAlive: false,
        nginx: {
            modules: [],
            main: `load_module ${ours};`,
        },
    });

    try {
        await billing.client().create('projects', { name: 'Project' });
    } finally {
        await billing.stop();
    }
});


// The same objects linked anew, which takes a second and not a minute.  One
// file is compiled otherwise.
function sharedVariant() {
    const path = join(dir, MODULE);
    const object = 'objs/addon/event/hiredis.o';
    const source = join(TOP, 'src/event/hiredis.c');
    const archive = /-Wl,--exclude-libs,libhiredis\.a \S+\/libhiredis\.a/;
    const commands = execFileSync('make', ['-n', '-s', '--no-print-directory',
        '-C', join(BUILD, 'nginx'), '-f', 'objs/Makefile', '-W', source,
        `objs/${MODULE}`], { encoding: 'utf8' });

    if (!archive.test(commands)) {
        copyFileSync(modulePath('ngx_http_billing_module'), path);
        return path;
    }

    execFileSync('sh', ['-e', '-c', commands
        .replaceAll(object, join(dir, 'hiredis.o'))
        .replace(source, `-DBILLING_HIREDIS_SHARED=1 ${source}`)
        .replace(archive, '-lhiredis')
        .replace(`-o objs/${MODULE}`, `-o ${path}`)],
    { cwd: join(BUILD, 'nginx') });
    return path;
}


// What "nginx -t" prints when these files are loaded in this order.
function check(...files) {
    return checkConfiguration(dir, { modules: files,
        http: `server { listen 127.0.0.1:${port}; }` }).text;
}
