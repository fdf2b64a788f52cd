// The debug log tells the way of a write, of a sync and of a credential, each by
// its domain, and nothing of what they carry; an error names domain and request.

import { spawnSync } from 'node:child_process';

import { linkedAccount, startBilling } from '../lib/billing.mjs';
import { NGINX } from '../lib/nginx.mjs';
import { after, deepEqual, is, ok, test } from '../lib/tap.mjs';


const skip = spawnSync(NGINX, ['-V'], { encoding: 'utf8' }).stderr
    .includes('--with-debug') ? undefined : `${NGINX} has no debug log`;

const billing = await startBilling({ nginx: { level: 'debug' } });
const admin = billing.client({ domain: 'tenant' });

after(() => billing.stop());

// What is told of the last thing of a kind that begins so, in order; what
// differs from run to run is "N".
function way(kind, first) {
    const lines = [...billing.nginx.errorLog().matchAll(
        new RegExp(`: (?:\\*\\d+ )?billing ${kind} ([0-9A-F]+): (.*)`, 'g'))];
    const begin = lines.findLastIndex(([, , text]) => first.test(text));

    return begin < 0 ? [] : lines.slice(begin)
        .filter(([, address]) => address === lines[begin][1])
        .map(([, , text]) => text.replace(/\b[0-9a-f]{32}\b|\b\d+\b/g, 'N'));
}


test('a write: what it is, of whom, and what came of it', async () => {
    await admin.create('projects', { name: 'carried' });

    deepEqual(way('write', /^"create"/), [
        '"create" in domain "tenant", request "N"',
        'done: ok, N values',
    ]);
    ok(/billing store: domain "tenant" has changed/.test(billing.nginx.errorLog()));
    ok(!/: billing (write|sync|store|schema).*carried/.test(billing.nginx.errorLog()));
}, { skip });


test('a write to data of another schema: why it is sent again', async () => {
    await billing.redis.cli('hincrby', 'billing:{tenant}:meta', 'generation', 1);
    await admin.post('project-groups', { name: 'carried' });

    deepEqual(way('write', /^"create"/), [
        '"create" in domain "tenant", request "N"',
        'the data are to be settled first, try N',
        'done: ok, N values',
    ]);
    ok(/billing schema: domain "tenant" is settled, mode ""/.test(billing.nginx.errorLog()));
}, { skip });


test('a sync: from where, and how far the mirror has come', async () => {
    is((await admin.get('projects')).status, 200);

    deepEqual(way('sync', /^domain "tenant"/), [
        'domain "tenant" from generation N, epoch N, settled',
        'mirror of "tenant" at generation N, N objects',
        'done',
    ]);
}, { skip });


test('a credential: with which key it opens', async () => {
    const [project] = (await admin.get('projects')).body.projects;
    const { id } = await admin.create('service-accounts', {
        name: 'carried', provider: 'hyperbilling_aws', project_id: project.id,
        credentials: await billing.credentials([linkedAccount()]),
    });

    await admin.get('costs');
    ok(new RegExp(`billing credential of account "${id}" `
        + 'in domain "tenant", version 1: form \\d, key "k1": 0').test(billing.nginx.errorLog()));
    ok(/billing catalog [0-9A-F]+: of "tenant" at generation \d+/
        .test(billing.nginx.errorLog()));
}, { skip });


test('an error names domain and request', async () => {
    await billing.redis.cli('config', 'set', 'maxmemory', '1');
    const answer = await admin.call('POST', 'projects', '{"name":"No room"}');
    await billing.redis.cli('config', 'set', 'maxmemory', '0');

    is(answer.status, 503);
    ok(/redis refuses "create" in domain "tenant": "OOM[^"]*".*, request [0-9a-f]{32}/
        .test(billing.nginx.errorLog()));
});
