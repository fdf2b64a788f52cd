// From the first visit through the wizard, with what it has to say on the way.

import { linkedAccount } from '../../lib/billing.mjs';
import { seen } from '../../lib/browser.mjs';
import { Wizard } from '../../lib/wizard.mjs';
import { furnish } from './company.mjs';


export async function first({ visit, shot }) {
    for (const [name, path] of [['dashboard', ''], ['projects', 'projects'],
        ['accounts', 'service-accounts'], ['costs', 'costs']]) {
        await visit.go(path);
        await shot(`first-${name}`);
    }
    const project = await visit.project(visit.lang === 'ko' ? '빈 프로젝트' : 'Nothing yet');
    await visit.go(`projects/${project.id}`);
    await shot('first-project');
    await visit.become({ role: 'member' });
    await visit.go();
    await shot('first-member');
}


export async function wizard({ visit, shot, billing }) {
    const { t } = visit;
    const steps = new Wizard(visit);
    const credentials = await billing.credentials(
        Array.from({ length: 3 }, linkedAccount));

    /* no project there yet */
    await steps.upToProject('Alpha', credentials);
    await shot('wizard-no-project');
    await furnish(visit);

    await visit.page.evaluate(() => sessionStorage.clear());
    await steps.start();
    await steps.provider();
    await shot('wizard-1');
    await steps.next();
    await access(steps, visit, shot, { credentials, billing });
    await steps.step('base');
    await base(steps, visit, shot);
    await visit.part('project-tree').getByRole('treeitem').first().click();
    await visit.part('project-tree').getByRole('treeitem').nth(1).click();
    await visit.part('project-tree').getByRole('treeitem').last().click();
    await shot('wizard-3');
    await steps.save();
    await visit.at(t('success.title'));
    await shot('wizard-done');
    await many(visit, shot, billing);
    await visit.api.put('providers/hyperbilling_aws', { enabled: false });
    await visit.go('service-accounts/new');
    await shot('wizard-no-provider');
}


async function many(visit, shot, billing) {
    const { page } = visit;
    const { email, key } = await billing.credentials([linkedAccount()]);

    await visit.go('service-accounts/new?many=1');
    await shot('wizard-many-empty');
    await page.locator('details summary').last().click();
    await visit.field('many.text').fill(`name,project,email,key\n`
        + `Good,Somewhere new,${email},${key}\n,,${email},wrong\nA,,x,`);
    await visit.button('many.test').click();
    await seen(page.locator('[data-testid=many-table] [data-state=faults]').last());
    await shot('wizard-many');
}


async function base(steps, visit, shot) {
    await shot('wizard-3-proposed');
    await steps.base('');
    await steps.save();
    await visit.button('tags.add').click();
    await steps.tag('key', 1).fill('a-b');
    await shot('wizard-3-faults');
    await steps.name.fill(visit.lang === 'ko' ? '새 계정' : 'New account');
    await steps.tag('key', 1).fill('team');
    await steps.tag('value', 1).fill('platform');
}


async function access(steps, visit, shot, { credentials, billing }) {
    const { t } = visit;

    await steps.step('credentials');
    await shot('wizard-2-empty');
    await steps.next();
    await shot('wizard-2-faults');
    await steps.fill({ ...credentials, key: 'wrong' });
    await visit.button('verify.action').click();
    await seen(visit.part('problem'));
    await shot('wizard-2-refused');

    await billing.sandbox.fault({ client: credentials.email, status: 503 });
    await steps.fill(credentials);
    await visit.button('verify.action').click();
    await seen(visit.part('problem'));
    await shot('wizard-2-down');
    await billing.sandbox.clearFaults();

    await visit.button('verify.action').click();
    await seen(visit.part('verified'));
    await shot('wizard-2');
    await visit.page.getByRole('radio', { name: t('scope.one') }).check();
    await shot('wizard-2-one');
    await steps.scope('all');
    await steps.tab('json').click();
    await shot('wizard-2-json');
    await steps.next();
}
