// Figures as a part of somebody else's page: what the client says about the
// page (codings, entity tags, ranges) says nothing about the part.

import { writeFileSync, mkdirSync } from 'node:fs';
import { get as httpGet } from 'node:http';

import { is, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const world = await startWorld({
    keepAlive: false,
    server: `
        location /parts/ {
            ssi on;
            root .;
        }
        location /asked/ {
            auth_request /billing/api/v1/dashboard;
            root .;
        }`,
});
const { sandbox, redis, nginx, get } = world;

const project = await world.createProject('project');
await sandbox.setCredential(
    { client: 'c', secret: 's', linked: ['300000000003'] });
await world.createAccount('account', project.id, { client: 'c', secret: 's' });

for (const folder of ['parts', 'asked']) {
    mkdirSync(`${nginx.dir}/${folder}`);
}
writeFileSync(`${nginx.dir}/parts/page.html`, '<p>'
    + '<!--# include virtual="/billing/api/v1/dashboard" -->'
    + '<!--# include virtual="/billing/api/v1/costs?group_by=service" --></p>');
writeFileSync(`${nginx.dir}/asked/page.html`, 'the page');

// What a client may say about the page; etag is that of the part.
const said = (etag) => [
    {}, { 'Accept-Encoding': 'gzip, br' }, { 'If-None-Match': etag },
    { Accept: 'text/html' }, { Accept: 'text/csv' },
];

function raw(path, headers = {}) {
    return new Promise((resolve, reject) => {
        httpGet({
            host: '127.0.0.1', port: nginx.port, path, agent: false,
            headers: { 'X-User': 'admin', 'X-Role': 'admin', ...headers },
        }, (res) => {
            const chunks = [];
            res.on('data', (chunk) => chunks.push(chunk));
            res.on('end', () => resolve({
                status: res.statusCode, headers: res.headers,
                body: Buffer.concat(chunks).toString(),
            }));
        }).on('error', reject);
    });
}

const page = async () => `<p>${(await get('dashboard')).text}`
    + `${(await get('costs?group_by=service')).text}</p>`;

// Where the answers are when they are asked for.
const places = {
    'in the zone': () => until(async () => {
        const before = await redis.cli('info', 'commandstats');
        await get('dashboard');
        await get('costs?group_by=service');
        const reads = (text) => /cmdstat_hget:calls=(\d+)/.exec(text)?.[1];
        return reads(before) === reads(await redis.cli('info', 'commandstats'));
    }, 'answers in the zone'),
    'in Redis': () => nginx.reload(),
    'not kept': () => redis.cli('del', 'billing:{default}:answers'),
};


for (const [place, put] of Object.entries(places)) {
    test(`a page has figures in it, ${place}`, async () => {
        const expected = await page();

        const { etag } = (await get('dashboard')).headers;

        for (const headers of said(etag)) {
            await put();
            const { status, body } = await raw('/parts/page.html', headers);

            is(status, 200);
            is(body, expected, JSON.stringify(headers));
        }
    });

    test(`a page may depend on whether there are figures, ${place}`, async () => {
        const { etag } = (await get('dashboard')).headers;

        for (const headers of said(etag)) {
            await put();
            is((await raw('/asked/page.html', headers)).body, 'the page',
                JSON.stringify(headers));
        }
        is((await raw('/asked/page.html', { 'X-User': '' })).status, 401);
    });
}

test('and the requests themselves have what they ask for', async () => {
    await places['in the zone']();
    is((await raw('/billing/api/v1/dashboard', { 'Accept-Encoding': 'gzip' }))
        .headers['content-encoding'], 'gzip');
    is((await raw('/billing/api/v1/dashboard', { 'If-None-Match': '*' }))
        .status, 304);
});
