// The debug log tells what becomes of a request, and nothing of its body.

import { spawnSync } from 'node:child_process';

import { startBilling } from '../lib/billing.mjs';
import { NGINX } from '../lib/nginx.mjs';
import { after, deepEqual, is, ok, test } from '../lib/tap.mjs';


const skip = spawnSync(NGINX, ['-V'], { encoding: 'utf8' }).stderr
    .includes('--with-debug') ? undefined : `${NGINX} has no debug log`;

const billing = await startBilling({ nginx: { level: 'debug' } });
const admin = billing.client({ domain: 'one' });
const member = billing.client({ domain: 'one', role: 'member', user: 'kim' });
let seen = 0;

after(() => billing.stop());

// What is told since the last time of the hand-overs of a request.
async function told(request) {
    await request;

    const log = billing.nginx.errorLog();
    const lines = [...log.slice(seen).matchAll(
        /\[(?:debug|error)\] .*?: (?:\*\d+ )?billing: (.*)/g)]
        .map(([, text]) => text.replace(/, (client|server): .*/, '')
            .replace(/operation [0-9A-F]+/, 'operation N')
            .replace(/"[0-9a-f]{32}"/, 'ID')
            // Redis has not told of changes for long enough
            .replace('it may have missed a change', 'there is none'))
        .filter((text) => /^(request|operation|waits|no kept|(the )?kept|an answer)/
            .test(text));

    seen = log.length;
    return lines;
}

const read = (path, route, domain, user) => `request for "api/v1/${path}", `
    + `route "${route}", domain "${domain}", user "${user}", known: 0`;


test('an answer is made, then served, then asked for anew', async () => {
    const costs = read('costs', 'costs', 'one', 'admin');

    deepEqual(await told(admin.get('costs')), [
        costs, 'no kept answer from the zone: there is none', 'waits for Redis',
        'no kept answer from Redis', 'operation N of request ID is admitted',
    ]);
    deepEqual(await told(admin.get('costs')), [costs, 'kept answer, HIT, sent']);

    const { headers: { etag } } = await admin.get('costs');
    seen = billing.nginx.errorLog().length;
    deepEqual(await told(admin.get('costs', { 'if-none-match': etag })),
        [costs, 'kept answer, HIT, which the client has']);

    await admin.create('projects', { name: 'Project' });
    seen = billing.nginx.errorLog().length;
    deepEqual((await told(admin.get('costs')))[1],
        'no kept answer from the zone: its domain has changed');

    deepEqual(await told(admin.get('costs?refresh=true')), [
        costs, 'no kept answer from the zone: there is none',
        'no kept answer will do: a refresh',
        'operation N of request ID is admitted']);
}, { skip });


test('whoever is refused, and why', async () => {
    deepEqual(await told(member.get('audit')), [
        read('audit', 'audit', 'one', 'kim'),
        'request ID of "one" is told: forbidden',
        'operation N of request ID is refused']);
    deepEqual(await told(member.get('costs?limit=0')), [
        read('costs', 'costs', 'one', 'kim'),
        'no kept answer from the zone: there is none',
        'no kept answer will do: an invalid query',
        'operation N of request ID is admitted',
        'request ID of "one" is told: invalid']);
}, { skip });


test('what a body holds is in no line', async () => {
    const { status } = await admin.call('POST', 'projects',
        '{"name": "told-to-nobody", "key": "told-to-nobody" "');

    is(status, 400);
    ok(!billing.nginx.errorLog().includes('told-to-nobody'));
}, { skip });
