// Behind a proxy that shows the app elsewhere: it works, and no request
// leaves its folder (watch.mjs fails the scenario for any that does).

import { linkedAccount } from '../lib/billing.mjs';
import { becomes, seen, startWeb } from '../lib/browser.mjs';
import { startNginx } from '../lib/nginx.mjs';
import { after, is, like, ok } from '../lib/tap.mjs';
import { Wizard } from '../lib/wizard.mjs';


const BASE = '/cloud/our.costs/';

let proxy;
const web = await startWeb({
    server: `
        location /inner/ {
            billing on;
            billing_base_path ${BASE};
            billing_user $cookie_x_user;
            billing_role $cookie_x_role;
            billing_domain $test_domain;
        }`,
    async root(billing) {
        proxy = await startProxy(billing.nginx.port);
        return `http://127.0.0.1:${proxy.port}${BASE}`;
    },
});


// Everything else on this host is not ours.
function startProxy(port) {
    return startNginx({
        conf: (own) => `
            server {
                listen 127.0.0.1:${own.port};
                location ${BASE} {
                    proxy_pass http://127.0.0.1:${port}/inner/;
                    proxy_set_header Host $http_host;
                }
                location / { return 418; }
            }`,
    });
}

after(() => proxy.stop());


web.scenario('from the empty dashboard to the first figures', async (visit) => {
    const { page, t } = visit;
    const wizard = new Wizard(visit);

    await page.goto(web.root.slice(0, -1));
    await visit.at(t('dash.title'));
    is(page.url(), web.root);
    await visit.link('first.start').click();
    await wizard.credentials(await web.credentials([linkedAccount()]));
    await wizard.base('Alpha');
    await visit.field('picker.new').fill('쇼핑몰');
    await wizard.save();
    await visit.at(t('success.title'));

    await visit.link('success.project').click();
    await visit.at('쇼핑몰');
    await seen(visit.part('figure-now'));
    like(visit.address, /^projects\/project-[0-9a-f]{12}$/);
});


web.scenario('every page, by its address and by its link', async (visit) => {
    const { page, t } = visit;
    const project = await visit.project('Shop');
    const account = await visit.account('Alpha', project);

    for (const [path, title] of [
        ['', t('dash.title')],
        ['costs?service=AmazonEC2', 'AmazonEC2'],
        ['projects', t('projects.title')],
        [`projects/${project.id}?by=day`, 'Shop'],
        ['service-accounts', t('accounts.title')],
        [`service-accounts/${account.id}`, 'Alpha'],
        ['service-accounts/new', t('wizard.title')],
        ['providers', t('providers.title')],
        ['no/such/page', t('missing.title')],
    ]) {
        await visit.go(path);
        await visit.at(title);
        is(visit.address, path);
        const outside = await page.locator('a[href]').evaluateAll((all, root) =>
            all.map((one) => one.href).filter((href) => !href.startsWith(root)),
        web.root);
        is(outside.join(' '), '', path);
    }

    await visit.link('nav.accounts').click();
    await visit.at(t('accounts.title'));
    await page.getByRole('link', { name: 'Alpha' }).click();
    await visit.at('Alpha');
    await page.goBack();
    await visit.at(t('accounts.title'));
    await page.reload();
    await visit.at(t('accounts.title'));
});


web.scenario('CSV comes from below it', async (visit) => {
    const { page } = visit;
    const project = await visit.project('Shop');
    await visit.account('Alpha', project);

    await visit.go(`projects/${project.id}`);
    const [download] = await Promise.all([
        page.waitForEvent('download'),
        visit.part('costs').getByRole('link', { name: 'CSV' }).click(),
    ]);
    ok(download.url().startsWith(`${web.root}api/v1/costs?`), download.url());
    is(await download.failure(), null);
});


web.scenario('the choice of language and theme holds', async (visit) => {
    const { page } = visit;
    const other = visit.lang === 'en' ? 'ko' : 'en';

    await visit.go('projects');
    await visit.part('language').click();
    await visit.part('theme').click();
    await page.reload();
    await becomes(() => page.evaluate(() => [
        document.documentElement.lang, document.documentElement.dataset.theme,
    ]), [other, 'light']);
});
