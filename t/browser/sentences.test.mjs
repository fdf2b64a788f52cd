// Sentences are made by the pages, in their language: of what the server sends
// they take codes and names.

import { becomes, seen, startWeb } from '../lib/browser.mjs';
import { cloudsConf } from './shots/clouds.mjs';
import { after, is, like, ok } from '../lib/tap.mjs';
import { Wizard } from '../lib/wizard.mjs';


const clouds = await cloudsConf();
after(() => clouds.stop());
const web = await startWeb({ http: clouds.conf });

/* English words in a row that are no name */
const SENTENCE = /[a-z]+ (the|of|your|is|not|to|a|and|for) [a-z]+/;


web.scenario('what went wrong is told by codes, not by the sentences of the server',
    async (visit) => {
        const { page, t } = visit;
        const wizard = new Wizard(visit);
        let problem;
        visit.allow('422 POST service-accounts/verify');
        for (const { id } of (await visit.api.get('providers')).body.providers) {
            if (id !== 'hyperbilling_aws') {
                await visit.api.put(`providers/${id}`, { enabled: false });
            }
        }
        await page.route('**/service-accounts/verify', (route) => route.fulfill({
            status: 422, contentType: 'application/problem+json',
            body: JSON.stringify({ type: 'about:blank', title: 'The title says so',
                status: 422, detail: 'The server says so.', request_id: 'r-1',
                ...problem }),
        }));

        await wizard.start();
        await wizard.fill({ email: 'a@example.com', key: 'k' });
        for (const [given, text] of [
            [{ code: 'provider_rejected', reason: { code: 'role_missing', args: {},
                since: null } }, 'why.role_missing'],
            [{ code: 'invalid', errors: [{ pointer: '/credentials/key',
                code: 'unheard_of', message: 'The message says so.' }] }, 'fault.other'],
            [{ code: 'never_seen' }, 'problem.unexpected'],
        ]) {
            problem = given;
            await visit.button('verify.action').click();
            await seen(page.getByText(t(text), { exact: true }));
            ok(!(await page.locator('body').textContent()).includes('says so'), text);
        }
    });


web.scenario('contacts and hints of providers are Korean in a Korean page',
    async (visit) => {
        const { page } = visit;

        await visit.go('providers');
        const cards = await page.locator('.provider dd').allTextContents();
        is(cards.filter((text) => SENTENCE.test(text)).length, 0, cards.join('\n'));
        like(cards.join('\n'), /AWS 조직 관리자/);

        const { providers } = (await visit.api.get('providers')).body;
        ok(providers.length > 4);
        for (const { id } of providers) {
            await visit.go('service-accounts/new?step=1');
            await page.locator(`input[name=provider][value=${id}]`).check();
            const said = await page.locator('.provider-card-contact').allTextContents();
            is(said.filter((text) => SENTENCE.test(text)).length, 0, said.join('\n'));
            await visit.button('wizard.next').click();
            await seen(visit.part('step-credentials'));
            const hints = await page.locator('.field .hint').allTextContents();
            ok(hints.length > 1);
            is(hints.filter((text) => text !== '' && !/[가-힣]/.test(text)).length, 0,
                `${id}: ${hints.join('\n')}`);
            if (/alibaba|tencent|akamai/.test(id)) {
                is(/Google/.test(hints.join()), false, id);
            }
            await becomes(() => page.locator('main').textContent()
                .then((text) => /[가-힣]/.test(text)), true);
        }
    }, { langs: ['ko'] });
