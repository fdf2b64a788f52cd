// A company with 400 accounts in 80 projects: lists, the picker and the
// dashboard stay what they are with twelve.

import { linkedAccount } from '../lib/billing.mjs';
import {
    becomes, patience, patient, seen, startWeb,
} from '../lib/browser.mjs';
import { diag, like, ok, test } from '../lib/tap.mjs';
import { Wizard } from '../lib/wizard.mjs';


const web = await startWeb();

const ACCOUNTS = 400;
const PROJECTS = 80;
const AT_ONCE = 8;
/* one in so many has costs: the sandbox is slower at making them up than all
 * else is at reading them */
const SPENDING = 13;
const COLD_MS = 90_000;
/* a small machine is busy with them for a while */
const WAIT_MS = 60_000;


async function furnish(visit) {
    const groups = [];
    const projects = [];
    let next = 0;

    for (let at = 0; at < 8; at++) {
        groups.push(await visit.group(`Division ${at + 1}`));
    }
    for (let at = 0; at < PROJECTS; at++) {
        projects.push(await visit.project(`Project ${at + 1}`, groups[at % 8]));
    }
    await Promise.all(Array.from({ length: AT_ONCE }, async (_, clerk) => {
        const api = web.client({ user: `clerk ${clerk}`, domain: visit.domain });

        while (next < ACCOUNTS) {
            const at = next++;
            const { credentials } = await visit.account(
                `Account ${at + 1}`, projects[at % PROJECTS], 1, {}, api);

            if (at % SPENDING !== 0) {
                await web.sandbox.fault({ client: credentials.email,
                    path: '/v1/search/billing', status: 204, body: '' });
            }
        }
    }));
    return { groups, projects };
}


test('lists by pages, the picker by search, ten lines of a breakdown', async () => {
    const visit = await web.visit({ lang: 'ko' });
    const { page, t } = visit;
    const { projects } = await furnish(visit);
    patient(visit.context, WAIT_MS);

    /* thousands of lookups: how far they are is in sight all the time */
    const from = Date.now();
    await page.goto(web.root);
    await seen(page.getByRole('progressbar', { name: t('progress.lookups') }));
    await visit.part('this-month').waitFor({ timeout: patience(COLD_MS) });
    diag('cold dashboard: %d ms', Date.now() - from);
    await becomes(() => visit.part('accounts').locator('.figure-value').textContent(),
        '400');
    for (const id of ['by-project', 'by-account']) {
        await becomes(() => visit.part(id).locator('tbody tr').count(), 11, id);
    }

    await visit.go('service-accounts');
    await becomes(() => visit.part('account-table').locator('tbody tr').count(), 25);
    like(await page.locator('.lead').textContent(), /400/);
    await page.getByRole('searchbox').fill('Account 399');
    await becomes(() => visit.part('account-table').locator('tbody tr').count(), 1);

    await visit.go('projects');
    await seen(page.getByText('Division 8'));

    const wizard = new Wizard(visit);
    await wizard.upToProject('One more', await web.credentials([linkedAccount()]));
    await becomes(() => visit.part('project-tree').getByRole('treeitem').count(), 8,
        'folded');
    await visit.field('picker.search').fill('project 77');
    await becomes(() => visit.part('project-tree').getByRole('treeitem')
        .allTextContents(), ['Division 5', 'Project 77']);
    await wizard.row('Project 77').click();
    await wizard.save();
    await visit.at(t('success.title'));
    await visit.link('success.project').click();
    await visit.at(projects[76].name);
    ok(await visit.part('project-accounts').locator('tbody tr').count() > 5);
    await visit.check();
    await visit.close();
}, { timeout: 4 * COLD_MS });
