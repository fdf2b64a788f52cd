// Writes from pages of other sites: Sec-Fetch-Site, and Origin where a
// browser is too old for that.

import { startContract } from '../lib/contract.mjs';
import { is, test } from '../lib/tap.mjs';


const { call, nginx } = await startContract();
const port = nginx.port;
const HOST = `127.0.0.1:${port}`;
const id = 'ffffffffffff';

// What each write answers when it is let in, and nothing is changed.
const WRITES = [
    ['POST', 'projects', 422, {}],
    ['POST', 'service-accounts/verify', 422, {}],
    ['PUT', 'providers/none', 404, { enabled: true }],
    ['PATCH', `projects/project-${id}`, 404, {}],
    ['DELETE', `projects/project-${id}`, 404],
];

// Sec-Fetch-Site, Origin, whether it is let in
const TABLE = [
    [undefined, undefined, true],
    ['same-origin', undefined, true],
    ['same-origin', `http://${HOST}`, true],
    ['none', undefined, true],
    // what the browser says itself counts
    ['same-origin', 'https://evil.example', true],
    ['none', 'null', true],
    ['same-site', undefined, false],
    ['same-site', `http://${HOST}`, false],
    ['cross-site', undefined, false],
    ['cross-site', `http://${HOST}`, false],
    ['Same-Origin', undefined, false],
    ['same-origin, cross-site', undefined, false],
    ['anything', undefined, false],
    // without it, Origin does; the scheme is not known behind a proxy
    [undefined, `http://${HOST}`, true],
    [undefined, `https://${HOST}`, true],
    [undefined, `HTTPS://${HOST}`, true],
    [undefined, 'null', false],
    [undefined, '*', false],
    [undefined, HOST, false],
    [undefined, 'https://127.0.0.1', false],
    [undefined, `https://127.0.0.1:${port + 1}`, false],
    [undefined, `https://127.0.0.1:${port}0`, false],
    [undefined, `https://localhost:${port}`, false],
    [undefined, `https://evil.example:${port}`, false],
    [undefined, `https://${HOST}.evil.example`, false],
    [undefined, `https://evil.example/${HOST}`, false],
    [undefined, `https://evil.example#://${HOST}`, false],
    [undefined, `https://evil.example@${HOST}`, false],
    [undefined, `https://${HOST} https://evil.example`, false],
    [undefined, `https://evil.example https://${HOST}`, false],
];


for (const [method, target, status, body] of WRITES) {
    test(`${method} ${target} from everywhere`, async () => {
        for (const [site, origin, allowed] of TABLE) {
            const answer = await call(method, target, { body,
                headers: { 'sec-fetch-site': site, origin } });

            is(answer.status, allowed ? status : 403, `${site}, ${origin}`);
            is(answer.code === 'cross_site', !allowed);
        }
    });
}


test('reads from everywhere are let in', async () => {
    for (const [site, origin] of TABLE) {
        for (const method of ['GET', 'HEAD']) {
            is((await call(method, 'projects', {
                headers: { 'sec-fetch-site': site, origin } })).status, 200);
        }
    }
});


test('the host counts as it was written, with or without a port', async () => {
    const from = async (host, origin) => (await call('POST', 'projects',
        { body: {}, headers: { host, origin } })).status;

    is(await from('billing.example', 'https://billing.example'), 422);
    is(await from('Billing.Example', 'https://billing.example'), 422);
    is(await from('billing.example:8443', 'https://billing.example:8443'), 422);
    is(await from('billing.example:8443', 'https://billing.example'), 403);
    is(await from('billing.example', 'https://billing.example:8443'), 403);
    is(await from('[::1]:80', 'http://[::1]:80'), 422);
});


test('several headers of the same name do not add up to a yes', async () => {
    const from = async (headers) => (await call('POST', 'projects',
        { body: {}, headers })).status;

    is(await from({ origin: ['https://evil.example', `http://${HOST}`] }), 403);
    is(await from({ origin: [`http://${HOST}`, 'https://evil.example'] }), 403);
    is(await from({ 'sec-fetch-site': ['same-origin', 'cross-site'] }), 403);
    is(await from({ 'sec-fetch-site': ['cross-site', 'same-origin'] }), 403);
});
