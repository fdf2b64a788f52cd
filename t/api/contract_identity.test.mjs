// Who is calling: from the directives, never from the request's body; hostile
// values of them.

import { people, startContract } from '../lib/contract.mjs';
import { deepEqual, is, ok, test } from '../lib/tap.mjs';


const who = 'billing_user $http_x_user; billing_role $http_x_role;';
const { call, get, raw } = await startContract({
    server: `
        location /domain/ {
            billing on; ${who} billing_domain $http_x_raw_domain;
        }
        location /plain/ { billing on; ${who} }`,
});

const session = (headers, at = '/wire/') =>
    get('session', { who: { ...people.admin, ...headers }, at });


test('a session says who calls', async () => {
    const admin = (await session({})).json;

    is(admin.user, 'kim');
    is(admin.role, 'admin');
    is(admin.domain, 'default');
    is(admin.projects, null);
    deepEqual(admin.languages, ['ko', 'en']);
    is(admin.sandbox, true);
    is((await session({ 'x-user': encodeUtf8('김 & <b>"\\') })).json.user,
        '김 & <b>"\\');
});


test('projects are for members only', async () => {
    const projects = async (headers, at) =>
        (await session({ 'x-role': 'member', ...headers }, at)).json.projects;

    deepEqual(await projects({}), []);
    is(await projects({ 'x-projects': '*' }), null);
    deepEqual(await projects({ 'x-projects': ' a , b,,c ' }), ['a', 'b', 'c']);
    deepEqual(await projects({ 'x-projects': ',' }), []);
    deepEqual(await projects({ 'x-projects': '*,a' }), ['*', 'a']);
    is(await projects({ 'x-role': 'admin', 'x-projects': 'a' }), null);
    is(await projects({}, '/plain/'), null, 'no billing_projects');
});


test('roles are exactly two words', async () => {
    for (const role of ['', 'Admin', 'ADMIN', 'admin ,member', 'admin,member',
        'admi', 'adminn', 'members', 'root', 'true', '*']) {
        const { status, code } = await session({ 'x-role': role });

        is(`${status} ${code}`, '403 forbidden', role);
    }
});


test('a domain is 1 to 64 letters, digits, dots, dashes', async () => {
    const domain = (value) => session({ 'x-raw-domain': value }, '/domain/');

    for (const value of ['a', 'A.b_c-9', '..', 'd'.repeat(64)]) {
        const { status, json } = await domain(value);

        is(status, 200, value);
        is(json.domain, value);
    }

    for (const value of ['a b', '{x}', '', 'd'.repeat(65), '../', 'a/b', 'a:b',
        'a*', 'a?b', 'a\tb', 'a%20b', encodeUtf8('도'), 'a\u00e9', 'a"b', 'a\\']) {
        const { status, code } = await domain(value);

        is(`${status} ${code}`, '403 forbidden', value);
    }
});


test('no user, or one that is not text: 401', async () => {
    const raws = ['', '\x01', 'a\x1fb', 'a\tb', '\x7f', 'a\xff', '\xc3',
        '\xed\xa0\x80', 'u'.repeat(257)];

    for (const user of raws) {
        const [{ status, code }] = await raw(Buffer.from(
            'GET /wire/api/v1/session HTTP/1.1\r\nHost: a\r\nConnection: close'
            + `\r\nX-Role: admin\r\nX-User: ${user}\r\n\r\n`, 'latin1'));

        is(`${status} ${code}`, '401 unauthenticated', JSON.stringify(user));
    }
    is((await session({ 'x-user': 'u'.repeat(256) })).status, 200);
});


test('nothing in a body or a query makes somebody else of the caller',
    async () => {
        const lies = { user: 'root', role: 'admin', domain: 'other',
            projects: '*' };
        const body = { name: 'project', ...lies };

        is((await call('POST', 'projects', { who: people.none, body })).status,
            403);

        const { status, json } = await call('POST', 'projects', { body });
        is(status, 422);
        deepEqual(json.errors.map(({ pointer, code }) => `${pointer} ${code}`)
            .sort(), Object.keys(lies).map((name) => `/${name} unknown`).sort());

        const query = new URLSearchParams(lies);
        const answer = await get(`session?${query}`, { who: people.none,
            check: () => {} });
        ok([200, 422].includes(answer.status));
        if (answer.status === 200) {
            is(answer.json.role, 'member');
            is(answer.json.domain, 'default');
        }
    });


// A header value as node:http wants it: one character a byte.
function encodeUtf8(text) {
    return Buffer.from(text).toString('latin1');
}
