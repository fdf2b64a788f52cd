// capture.mjs WORKTREE FILE: what a build of this module leaves in Redis, for
// t/api/schema.test.mjs.  WORKTREE has that build (make) and its own t/; what
// its sandboxes sell is registered, looked up, changed and deleted.
//
// The file: a line of JSON with the key, the credentials and what was answered,
// then the lines of t/lib/dump.mjs.

import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { dumpOf } from '../../lib/dump.mjs';


const [top, file] = process.argv.slice(2).map((path) => resolve(path));
const load = (name) => import(pathToFileURL(join(top, 't/lib', name)));
const { startBilling } = await load('billing.mjs');

const key = `k1:${randomBytes(32).toString('base64')}\n`;
const clouds = existsSync(join(top, 't/lib/clouds.mjs'))
    ? await (await load('clouds.mjs')).startClouds() : undefined;
const billing = await startBilling({
    key, sandbox: { child: true, seed: 7 }, http: clouds?.directives() ?? '',
});
const client = billing.client();
const sold = [];

async function register(name, project_id, linked, account = 'all', headers) {
    const credentials = await billing.credentials(linked, account);

    sold.push({ linked, credentials });
    return client.create('service-accounts', {
        name, project_id, provider: 'hyperbilling_aws', credentials,
        tags: { team: 'Ops' } }, headers);
}

const group = await client.create('project-groups', { name: 'Group' });
const inner = await client.create('project-groups',
    { name: 'Inner', parent_id: group.id });
const alpha = await client.create('projects',
    { name: 'Alpha', group_id: inner.id });
const beta = await client.create('projects', { name: '베타' });

await register('Payer', alpha.id,
    ['100000000001', '100000000002', '100000000003'], 'all',
    { 'Idempotency-Key': 'capture' });
await register('Single', beta.id, ['100000000004', '100000000005'],
    '100000000004');
const changed = await register('Changed', beta.id, ['100000000006']);
const gone = await register('Gone', beta.id, ['100000000007']);

await client.delete(`service-accounts/${gone.id}`, 1);
sold.splice(2, 1);
sold[2] = { linked: ['100000000008'],
    credentials: await billing.credentials(['100000000008']) };
await client.patch(`service-accounts/${changed.id}`,
    { credentials: sold[2].credentials }, 1);
await client.put('providers/hyperbilling_aws', { enabled: true });

for (const provider of ['aws', 'azure', 'google_cloud',
    'hyperbilling_google_cloud'])
{
    const kind = clouds?.kinds.find((one) => one.provider === provider);

    if (kind !== undefined) {
        await client.put(`providers/${provider}`, { enabled: true });
        await client.create('service-accounts', { name: provider, provider,
            project_id: beta.id, credentials: kind.credentials });
    }
}

const answers = {};

for (const path of [
    'costs?start=2026-10&end=2026-10&group_by=account,linked_account',
    'costs?start=2026-10&end=2026-10&group_by=service',
    'costs?granularity=DAILY&start=2026-10-01&end=2026-10-31&group_by=region'
        + `&account=${changed.id}`,
    'service-accounts', 'projects', 'project-groups'])
{
    const { status, body } = await client.get(path);

    if (status !== 200 || body.complete === false) {
        throw new Error(`${path}: ${status} ${JSON.stringify(body.accounts)}`);
    }
    answers[path] = body;
}

writeFileSync(file, `${JSON.stringify({ key, sold, answers })}\n`
    + await dumpOf(billing.redis));
await billing.stop();
process.exit();
