// billing_proxy: everything that goes to a provider goes through it.

import { awsKey, googleKey, startClouds } from '../lib/clouds.mjs';
import { isProblem, startBilling } from '../lib/billing.mjs';
import { checkConfiguration, ownModules } from '../lib/nginx.mjs';
import { temporaryFolder } from '../lib/process.mjs';
import { startProxy } from '../lib/proxy.mjs';
import { startWorld } from '../lib/world.mjs';
import { after, deepEqual, is, like, ok, test } from '../lib/tap.mjs';


const proxy = await startProxy({ user: 'kim', password: 's3cr3t/of the proxy' });
const clouds = await startClouds();
const { aws, google } = clouds;
const address = (password) =>
    `http://kim:${encodeURIComponent(password)}@127.0.0.1:${proxy.port}`;

// hyperbilling's sandbox has the same address, and other names
const world = await startWorld({ http: `
    billing_proxy ${address('s3cr3t/of the proxy')} no_proxy=localhost;
    ${clouds.directives()}` });

const targets = () => [...new Set(proxy.seen.map(({ target }) =>
    new URL(target).origin))].sort();


test('verification, tokens and costs', async () => {
    const project = await world.createProject('Proxied');

    proxy.seen.length = 0;
    for (const [provider, credentials] of [
        ['aws', awsKey(aws.credentials.main)],
        ['google_cloud', googleKey(google.credentials.main)],
    ]) {
        await world.admin.create('service-accounts', { name: provider, provider,
            project_id: project.id, credentials });
    }
    deepEqual(targets(), [aws.url, google.url].sort());

    proxy.seen.length = 0;
    is((await world.get('costs')).json.complete, true);
    deepEqual(targets(), [aws.url, google.url].sort());
    ok(proxy.seen.every(({ headers }) =>
        headers['proxy-authorization'].startsWith('Basic ')));
    ok((await aws.calls()).length > 0);
});


test('a proxy that refuses is not a provider that does', async () => {
    const wrong = await startBilling({ http: `
        billing_proxy ${address('s3cr3t/of another')};
        ${clouds.directives()}` });
    after(() => wrong.stop());

    const answer = await wrong.client().post('service-accounts/verify',
        { provider: 'aws', credentials: awsKey(aws.credentials.main) });

    isProblem(answer, 502, 'provider_unavailable');
    like(answer.body.detail, /^The outgoing proxy.*407/);
    ok(!/s3cr3t/.test(answer.text + wrong.nginx.errorLog()));
});


test('nobody finds the password in the log', () => {
    ok(!/s3cr3t/.test(world.nginx.errorLog()));
});


test('what nginx -t says', () => {
    const dir = temporaryFolder('conf');
    const check = (line) => checkConfiguration(dir,
        { modules: ownModules(), http: `billing_proxy ${line};` });

    for (const line of ['off', 'http://proxy.example:3128',
        'http://a:b%40c@[::1]:3128/', 'http://p:1 no_proxy=a,.b,127.0.0.1,[::1]']) {
        const { status, text } = check(line);
        is(status, 0, text);
    }
    for (const [line, pattern] of [
        ['https://p:1', /starts with "http:\/\/"/],
        ['socks5://p:1', /starts with/],
        ['http://p', /"host:port"/],
        ['http://p:0', /"host:port"/],
        ['http://:3128', /"host:port"/],
        ['http://s3cr3t@p:1', /user:password@/],
        ['http://a:s3cr3t@p', /"host:port"/],
        ['http://a:s3cr3t@p:1/path', /"host:port"/],
        ['http://a:s3cr3t@p:1 proxy=x', /no_proxy=/],
        ['http://a:s3cr3t@p:1 no_proxy=', /needs hosts/],
        ['http://a:s3cr3t@p:1 no_proxy=a,,b', /needs hosts/],
        ['http://a:s3cr3t@p:1 no_proxy=10.0.0.0/8', /needs hosts/],
    ]) {
        const { status, text } = check(line);

        is(status, 1, line);
        like(text, pattern, line);
        ok(!text.includes('s3cr3t'), text);
    }
    like(check('http://p:1; billing_proxy http://q:1').text, /is duplicate/);
});
