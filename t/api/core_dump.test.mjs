// A worker that dies while it uses keys: the core dump does not have them.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { keyLine, linkedAccount } from '../lib/billing.mjs';
import { is, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


// where the kernel writes to, and who is asked for it
const pattern = readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim();
const reason = /^[|/]/.test(pattern) ? `the kernel's core_pattern is ${pattern}`
    : /asan/.test(process.env.BILLING_NGINX ?? '') || process.env.BILLING_WRAP
        ? 'not the memory that nginx has otherwise' : undefined;

const sealing = [keyLine('k1'), keyLine('k2')];


test('a core dump has no key in it', async () => {
    const world = await startWorld({
        provider: 'timeout=30s', key: sealing.join(''),
        nginx: {
            main: ({ dir }) =>
                `worker_processes 1; worker_rlimit_core 1g; working_directory ${dir};`,
            allow: [/exited on signal 11/],
        },
    });
    const { admin, nginx, sandbox } = world;
    const [worker] = nginx.workers();
    const project = await world.createProject('Project');
    const credentials = await world.credentials([linkedAccount()]);
    const cores = () => readdirSync(nginx.dir).filter((name) => /^core/.test(name));

    await sandbox.fault({ hang: true });
    const answer = admin.post('service-accounts', {
        name: 'Hanging account', provider: 'hyperbilling_aws',
        credentials, project_id: project.id,
    }).catch(() => undefined);
    await until(async () => (await sandbox.calls()).length > 0, 'a call');

    process.kill(worker, 'SIGSEGV');
    await nginx.gone([worker]);
    await until(() => nginx.errorLog().includes('(core dumped)'), 'a core');
    await answer;

    is(cores().length, 1, String(cores()));
    const core = readFileSync(join(nginx.dir, cores()[0]));
    ok(core.includes('billing_secret_key_file'), 'what is no secret is there');
    ok(!core.includes(credentials.key), 'the key of the account');
    for (const line of sealing) {
        const text = line.split(':')[1].trim();
        ok(!core.includes(text), 'a line of the key file');
        ok(!core.includes(Buffer.from(text, 'base64')), 'a sealing key');
    }
}, { skip: reason });
