// The first visit: nothing is there yet, and the app says what to do;
// language, theme, ways around.

import { becomes, focused, seen, startWeb } from '../lib/browser.mjs';
import { is, like } from '../lib/tap.mjs';
import { texts } from '../lib/texts.mjs';


const web = await startWeb();

const OTHER = { en: 'ko', ko: 'en' };


web.scenario('the empty dashboard explains three steps and leads on',
    async (visit) => {
        const { page, t } = visit;

        await visit.go();
        await visit.at(t('dash.title'));
        await seen(page.getByRole('heading', { name: t('first.title') }));

        const steps = visit.part('first-steps').getByRole('listitem');
        await becomes(() => steps.count(), 3);
        for (const [at, step] of ['ask', 'key', 'register'].entries()) {
            await becomes(() => steps.nth(at).getByRole('heading').textContent(),
                t(`first.${step}.title`));
            await seen(steps.nth(at).getByText(t(`first.${step}.text`)));
        }

        await visit.link('first.start').click();
        await visit.at(t('wizard.title'));
        is(visit.address, 'service-accounts/new');
    });


web.scenario('a member is told who can register one', async (visit) => {
    const { page, t } = visit;

    await visit.go();
    await seen(visit.text('first.member'));
    is(await visit.link('first.start').count(), 0);
    is(await visit.link('nav.providers').count(), 0);
    await visit.go('projects');
    await seen(visit.text('projects.none_member'));
    await visit.go('service-accounts/new');
    await seen(page.getByText(t('problem.forbidden')));
    is(await page.getByRole('radio').count(), 0);
}, { role: 'member' });


web.scenario('the language follows the browser, then the choice', async (visit) => {
    const { page } = visit;
    const other = await texts(OTHER[visit.lang]);
    const title = () => page.getByRole('heading', { level: 1 }).textContent();
    const lang = () => page.evaluate(() => document.documentElement.lang);

    await visit.go('projects');
    await visit.at(visit.t('projects.title'));
    is(await lang(), visit.lang);

    await visit.part('language').click();
    await becomes(title, other.t('projects.title'));
    is(await lang(), OTHER[visit.lang]);
    await focused(visit.part('language'));
    like(await page.title(), new RegExp(other.t('app.name')));

    await page.reload();
    await becomes(title, other.t('projects.title'));
    await visit.go();
    await becomes(title, other.t('dash.title'));
});


web.scenario('the theme follows the system, then the choice', async (visit) => {
    const { page, t } = visit;
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    const light = () => page.evaluate(() => {
        const colour = getComputedStyle(document.documentElement).backgroundColor;
        return Number(colour.match(/\d+/)[0]) > 128;
    });
    const choose = (name) => page.getByRole('button', {
        name: t('theme.label', { theme: t(`theme.${name}`) }),
    }).click();

    await page.emulateMedia({ colorScheme: 'dark' });
    await visit.go();
    is(await theme(), 'dark');
    await becomes(light, false);
    await page.emulateMedia({ colorScheme: 'light' });
    await becomes(theme, 'light');
    await becomes(light, true);

    await choose('system');
    await choose('light');
    await becomes(theme, 'dark');
    await becomes(light, false);
    await page.reload();
    is(await theme(), 'dark');

    /* back to the system */
    await choose('dark');
    await becomes(theme, 'light');
    await seen(page.getByRole('button', {
        name: t('theme.label', { theme: t('theme.system') }),
    }));
});


web.scenario('an address that leads nowhere leads home', async (visit) => {
    const { t } = visit;

    await visit.go('no/such/page?x=1');
    await visit.at(t('missing.title'));
    await visit.link('action.main_dashboard').click();
    await visit.at(t('dash.title'));
    is(visit.address, '');
});


web.scenario('the content can be reached past the navigation', async (visit) => {
    const { page, t } = visit;

    await visit.go('projects?q=x');
    await page.keyboard.press('Tab');
    await focused(page.getByRole('link', { name: t('frame.skip') }));
    await page.keyboard.press('Enter');
    await focused(page.getByRole('main'));
    is(visit.address, 'projects?q=x');
});
