// A page that stayed open while another version was installed: parts of it
// that it has not fetched yet are gone.

import { becomes, seen, startWeb } from '../lib/browser.mjs';
import { is } from '../lib/tap.mjs';


const web = await startWeb();

// From now on the server has other files than those that the page knows.
async function install(visit, name) {
    await visit.page.route(`**/assets/${name}-*.js`, (route) =>
        route.fulfill({ status: 404, contentType: 'text/html', body: '' }));
    visit.allow(new RegExp(`^404 GET assets/${name}-\\w+\\.js$`));
}


web.scenario('without its chart a page has the figures, and offers a reload',
    async (visit) => {
        const { page } = visit;
        const shop = await visit.project('Shop');
        await visit.account('Alpha', shop);
        const reload = visit.button('outdated.reload');

        await visit.go('projects');
        is(await reload.count(), 0);
        await install(visit, 'BarChart');
        await page.getByRole('link', { name: 'Shop' }).click();
        await visit.at('Shop');
        await seen(visit.part('outdated').getByText(visit.t('outdated.text')));
        await seen(visit.part('trend').getByRole('table'));
        is(await visit.part('trend').locator('.skeleton').count(), 0);

        await page.unrouteAll();
        await reload.click();
        await seen(visit.part('chart'));
        is(await reload.count(), 0);
        is(visit.address, `projects/${shop.id}`);
    });


web.scenario('without its texts a language is there after the reload',
    async (visit) => {
        const { page, lang } = visit;
        const other = lang === 'en' ? 'ko' : 'en';

        await visit.go('projects');
        await install(visit, other);
        await visit.part('language').click();
        await seen(visit.part('outdated'));
        await visit.at(visit.t('projects.title'));

        await page.unrouteAll();
        await visit.button('outdated.reload').click();
        await becomes(() => page.evaluate(() => document.documentElement.lang), other);
        await seen(page.getByRole('heading', { level: 1 }));
        is(await visit.part('outdated').count(), 0);
    });
