// The first visit: nothing is there yet, and the app says what to do.

import { seen, startWeb } from '../lib/browser.mjs';
import { is } from '../lib/tap.mjs';


const web = await startWeb();


web.scenario('the empty dashboard explains three steps and leads on',
    async (visit) => {
        const { page, t } = visit;

        await visit.go();
        await visit.at(t('dash.title'));
        await seen(page.getByRole('heading', { name: t('first.title') }));

        const steps = visit.part('first-steps').getByRole('listitem');
        is(await steps.count(), 3);
        for (const [at, step] of ['ask', 'key', 'register'].entries()) {
            is(await steps.nth(at).getByRole('heading').textContent(),
                t(`first.${step}.title`));
            await seen(steps.nth(at).getByText(t(`first.${step}.text`)));
        }

        await visit.link('first.start').click();
        await visit.at(t('wizard.title'));
        is(visit.address, 'service-accounts/new');
    });
