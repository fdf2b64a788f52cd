// Every error code of the API, with its status and its document.

import { people, registration as registrationOf, startContract } from '../lib/contract.mjs';
import { openapi } from '../lib/openapi.mjs';
import { deepEqual, is, like, ok, test } from '../lib/tap.mjs';


const { call, get, sandbox, redis, createGroup, createProject, createAccount }
    = await startContract({ provider: 'timeout=5s' });
const { main, single, overlap } = sandbox.credentials;

const group = await createGroup('group');
const project = await createProject('project', group.id);
const account = await createAccount('account', project.id, main);
const seen = new Set();

const registration = (credential, name = 'another') =>
    registrationOf(name, project.id, credential);
const credentials = (credential) => registration(credential).credentials;
const wrong = { ...single, secret: 'wrong' };


// Asks, and checks what every problem document has.
async function problem(status, code, title, method, target, options) {
    const answer = await call(method, target, options);
    const { json } = answer;

    is(`${answer.status} ${answer.code}`, `${status} ${code}`,
        `${method} ${target}`);
    is(json.type, 'about:blank');
    is(json.title, title);
    ok(json.detail.length > 10);
    is(Object.keys(json).filter((name) => !['type', 'title', 'status', 'code',
        'reason', 'detail', 'request_id', 'errors'].includes(name)).length, 0);
    seen.add(code);
    return answer;
}

const pointers = ({ json }) =>
    json.errors.map(({ pointer, code }) => `${pointer} ${code}`).sort();


test('400 malformed', async () => {
    await problem(400, 'malformed', 'Bad Request', 'POST', 'projects',
        { body: '{"name":' });
});


test('401 unauthenticated', async () => {
    await problem(401, 'unauthenticated', 'Unauthorized', 'GET', 'projects',
        { who: people.nobody });
});


test('403 forbidden and cross_site', async () => {
    await problem(403, 'forbidden', 'Forbidden', 'POST', 'projects',
        { who: people.all, body: { name: 'mine' } });
    await problem(403, 'cross_site', 'Forbidden', 'POST', 'projects',
        { headers: { 'sec-fetch-site': 'cross-site' }, body: { name: 'mine' } });
});


test('404 not_found', async () => {
    for (const target of ['none', 'projects/', 'projects/project-ffffffffffff',
        'projects/..', `projects/${project.id}/`, 'projects/project-FFFFFFFFFFFF',
        `service-accounts/${project.id}`, `projects/${account.id}`,
        'costs/none', 'service-accounts//', 'health/x', 'HEALTH']) {
        await problem(404, 'not_found', 'Not Found', 'GET', target,
            { check: () => {} });
    }
    for (const path of ['', '../v2/session', '../', '../v1']) {
        await problem(404, 'not_found', 'Not Found', 'GET', path,
            { check: () => {} });
    }
});


test('405 method_not_allowed', async () => {
    await problem(405, 'method_not_allowed', 'Method Not Allowed', 'PUT',
        'projects', { body: {} });
});


test('406 not_acceptable', async () => {
    await problem(406, 'not_acceptable', 'Not Acceptable', 'GET', 'projects',
        { headers: { accept: 'text/html' } });
});


test('409 conflict: a name is taken, something is not empty', async () => {
    const taken = (kind, body) => problem(409, 'conflict', 'Conflict', 'POST',
        kind, { body });

    await taken('project-groups', { name: ' GROUP ' });
    await taken('projects', { name: 'Project', group_id: group.id });
    await taken('service-accounts', { ...registration(single, 'ACCOUNT') });

    for (const [kind, { id }] of [['project-groups', group],
        ['projects', project]]) {
        await problem(409, 'conflict', 'Conflict', 'DELETE', `${kind}/${id}`,
            { headers: { 'if-match': '*' } });
    }

    const { json } = await call('POST', 'projects', { body: { name: 'second',
        group_id: group.id } });
    await problem(409, 'conflict', 'Conflict', 'PATCH', `projects/${json.id}`,
        { headers: { 'if-match': '"1"' }, body: { name: 'project' } });
});


test('409 overlap, naming the other account', async () => {
    const answer = await problem(409, 'overlap', 'Conflict', 'POST',
        'service-accounts', { body: registration(overlap) });

    like(answer.json.detail, /"account"/);
    deepEqual(pointers(answer), ['/credentials/account duplicate',
        '/credentials/account duplicate']);
    like(JSON.stringify(answer.json.errors), /012345678901/);
    like(JSON.stringify(answer.json.errors), /123456789012/);
});


test('412 precondition_failed and 428 precondition_required', async () => {
    for (const [kind, { id }] of [['project-groups', group],
        ['projects', project], ['service-accounts', account]]) {
        for (const [method, body] of [['PATCH', { name: 'new' }], ['DELETE']]) {
            const target = `${kind}/${id}`;

            await problem(428, 'precondition_required', 'Precondition Required',
                method, target, { body });
            await problem(412, 'precondition_failed', 'Precondition Failed',
                method, target, { body, headers: { 'if-match': '"7"' } });
        }
    }
});


test('415 unsupported_media_type', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x', 'application/jsonx', 'application',
        'application/json, text/plain', '', undefined,
        'application/merge-patch+json']) {
        await problem(415, 'unsupported_media_type', 'Unsupported Media Type',
            'POST', 'projects',
            { body: '{}', headers: { 'content-type': type } });
    }
    for (const type of ['application/json; charset=utf-8', 'Application/JSON',
        'application/json;charset=UTF-8']) {
        is((await call('POST', 'projects',
            { body: '{}', headers: { 'content-type': type } })).status, 422);
    }
    is((await call('PATCH', `projects/${project.id}`, { body: {}, headers: {
        'content-type': 'application/merge-patch+json', 'if-match': '"7"',
    } })).status, 412);
});


test('422 invalid says where, all of it at once', async () => {
    const title = 'Unprocessable Content';
    const invalid = async (method, target, body) => pointers(await problem(
        422, 'invalid', title, method, target, { body }));

    deepEqual(await invalid('POST', 'service-accounts', {
        ...registration(single), project_id: undefined }),
    ['/project_id required']);
    deepEqual(await invalid('POST', 'service-accounts', {
        name: 'x', provider: 'none', project_id: 'p', tags: [], 'a/b~': 1 }),
    ['/a~1b~0 unknown', '/credentials required', '/name length',
        '/project_id format', '/provider not_found', '/tags type']);
    deepEqual(await invalid('POST', 'service-accounts', {
        ...registration(single), project_id: 'project-ffffffffffff' }),
    ['/project_id not_found']);
    deepEqual(await invalid('POST', 'projects', {
        name: 'new', group_id: 'pg-ffffffffffff' }), ['/group_id not_found']);
    deepEqual(await invalid('GET', 'projects?limit=1001&cursor=x&none=1'),
        ['/cursor format', '/limit range', '/none unknown']);
    deepEqual(await invalid('GET', 'costs?start=2026-01&end=2028-01'),
        ['/end limit']);
    deepEqual(await invalid('GET', 'costs?limit=0&group_by=x&sort=y'),
        ['/group_by enum', '/limit range', '/sort format']);
});


test('422 provider_rejected, and nothing is stored', async () => {
    const before = (await get('service-accounts')).json.total;

    await problem(422, 'provider_rejected', 'Unprocessable Content', 'POST',
        'service-accounts', { body: registration(wrong) });
    await problem(422, 'provider_rejected', 'Unprocessable Content', 'POST',
        'service-accounts?verify=later', { body: registration(wrong) });
    await problem(422, 'provider_rejected', 'Unprocessable Content', 'PATCH',
        `service-accounts/${account.id}`, { headers: { 'if-match': '"1"' },
            body: { credentials: { key: 'wrong' } } });
    is((await get('service-accounts')).json.total, before);
});


test('502 and 504 provider_unavailable', async () => {
    const body = { provider: 'hyperbilling_aws',
        credentials: credentials(single) };
    const ask = (status, title) => problem(status, 'provider_unavailable',
        title, 'POST', 'service-accounts/verify', { body });

    for (const rule of [{ status: 503 }, { cut: 'before' }, { cut: 'body' },
        { garbage: true }]) {
        await sandbox.fault(rule);
        await ask(502, 'Bad Gateway');
        await sandbox.clearFaults();
    }

    await sandbox.fault({ hang: true });
    await ask(504, 'Gateway Timeout');
    await problem(504, 'provider_unavailable', 'Gateway Timeout', 'POST',
        'service-accounts', { body: registration(single) });
    await sandbox.clearFaults();
});


test('429 too_many_requests: refused verifications, of one user', async () => {
    const verify = (credential, who) => call('POST', 'service-accounts/verify', {
        who, body: { provider: 'hyperbilling_aws',
            credentials: credentials(credential) },
    });
    const who = { ...people.admin, 'x-user': 'guesser' };

    for (let i = 0; i < 60; i++) {
        is((await verify(wrong, who)).code, 'provider_rejected');
        is((await verify(single, i % 10 ? people.admin : who)).status, 200);
    }

    const { headers } = await problem(429, 'too_many_requests',
        'Too Many Requests', 'POST', 'service-accounts/verify', { who,
            body: { provider: 'hyperbilling_aws',
                credentials: credentials(single) } });
    const seconds = Number(headers['retry-after']);

    ok(seconds >= 1 && seconds <= 60, `Retry-After: ${seconds}`);
    is((await verify(single)).status, 200, 'another user');
});


test('413 too_large', async () => {
    await problem(413, 'too_large', 'Content Too Large', 'POST', 'projects',
        { body: ' '.repeat(256 * 1024 + 1) });
});


test('503 storage_unavailable, with Retry-After', async () => {
    await redis.stop();

    for (const [method, target, body] of [
        ['GET', 'health'], ['GET', 'providers'], ['GET', 'projects'],
        ['GET', `projects/${project.id}`], ['GET', 'service-accounts'],
        ['GET', 'costs?start=2020-01&end=2020-02'],
        ['POST', 'projects', { name: 'new' }],
        ['PUT', 'providers/hyperbilling_aws', { enabled: false }],
        ['PATCH', `projects/${project.id}`, { name: 'new' }],
        ['DELETE', `service-accounts/${account.id}`],
        ['POST', 'service-accounts', registration(single)],
    ]) {
        const { headers } = await problem(503, 'storage_unavailable',
            'Service Unavailable', method, target,
            { body, headers: { 'if-match': '*' } });
        like(headers['retry-after'], /^[1-9]\d*$/);
    }
});


test('no code was forgotten', () => {
    const all = openapi.components.schemas.Problem.properties.code.enum;

    deepEqual([...seen, 'internal'].sort(), [...all].sort());
});
