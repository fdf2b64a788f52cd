// What is missing, old, changed or on its way, and how the pages say so.

import { seen } from '../../lib/browser.mjs';
import { months } from '../../lib/figures.mjs';
import { until } from '../../lib/tap.mjs';
import { furnish } from './company.mjs';


const COSTS = '/v1/search/billing';
const LONG_MS = 45_000;


export async function faults({ visit, shot, billing }) {
    const { sandbox } = billing;

    await waiting(visit, shot, sandbox);
    const { projects, accounts } = await furnish(visit);
    await visit.api.get('dashboard');

    await restated(visit, shot, { sandbox, projects, accounts });
    await missing(visit, shot, { sandbox, projects, accounts });
    await down(visit, shot, { sandbox, projects });
    await off(visit, shot, accounts);
}


// Two accounts, one of which the provider is slow to answer for.
async function waiting(visit, shot, sandbox) {
    const { page } = visit;
    const project = await visit.project(visit.lang === 'ko' ? '웹사이트' : 'Website');

    /* what is there before the page asks how far it is does not count */
    const rules = [];
    for (const [name, delay_ms] of [['Quick', 3000], ['Slow', LONG_MS]]) {
        const { credentials } = await visit.account(name, project);

        rules.push((await sandbox.fault({ client: credentials.email, path: COSTS,
            delay_ms })).id);
    }

    await page.goto(visit.web.root);
    await until(() => visit.part('progress').locator('progress')
        .evaluate(({ value }) => value > 0), 'something to be done', LONG_MS);
    await shot('progress', { window: true, busy: true });
    for (const id of rules) {
        await sandbox.control('DELETE', `faults?id=${id}`);
    }
    await page.goto('about:blank');
    for (const { id: account } of (await visit.api.get('service-accounts'))
        .body.service_accounts) {
        const { version } = (await visit.api.get(`service-accounts/${account}`)).body;
        await visit.api.delete(`service-accounts/${account}`, version);
    }
}


// One that never answered, one whose key is refused, one with old figures.
async function missing(visit, shot, { sandbox, projects, accounts }) {
    const never = await visit.account(visit.lang === 'ko' ? '신규' : 'New one', projects[0]);

    await sandbox.setCredential({ client: accounts[4].credentials.email,
        secret: 'changed since' });
    for (const { credentials } of [never, accounts[1]]) {
        await sandbox.fault({ client: credentials.email, path: COSTS, status: 503 });
    }
    await until(async () => (await visit.api.get('dashboard')).body.accounts
        .filter(({ code }) => code !== null).length === 3, 'three to fail', LONG_MS);
    await visit.go();
    await visit.part('coverage').locator('summary').click();
    await shot('partial-dashboard');
    await visit.go(`projects/${projects[0].id}`);
    await visit.part('coverage').locator('summary').click();
    await shot('partial-project');
    await visit.go(`service-accounts/${never.id}`);
    await shot('account-never-read');
    await visit.go(`service-accounts/${accounts[4].id}`);
    await shot('account-rejected');
    await visit.go('service-accounts');
    await shot('accounts-states');
    await sandbox.clearFaults();
}


async function restated(visit, shot, { sandbox, projects, accounts }) {
    const [month] = months(-4, -4);
    const [linked] = accounts[0].ids;

    await sandbox.restate({ account: linked, date: `${month}-10`, cost: '112.4' });
    await visit.api.get('costs?refresh=true');
    await visit.go();
    await visit.part('restated').locator('summary').click();
    await shot('restated');
    await visit.go(`projects/${projects[0].id}`);
    await shot('restated-project');
}


// No account of a company has ever been read.
async function down(visit, shot, { sandbox }) {
    const project = await visit.project(visit.lang === 'ko' ? '신규 사업' : 'Venture');
    const { credentials } = await visit.account(
        visit.lang === 'ko' ? '준비 중' : 'Early', project);

    await sandbox.fault({ client: credentials.email, path: COSTS, cut: 'before' });
    await visit.go(`projects/${project.id}`);
    await seen(visit.part('no-data'));
    await visit.part('coverage').locator('summary').click();
    await shot('provider-down');
    await sandbox.clearFaults();
}


async function off(visit, shot, accounts) {
    await visit.api.put('providers/hyperbilling_aws', { enabled: false });
    await visit.go();
    await shot('provider-off-dashboard');
    await visit.go(`service-accounts/${accounts[0].id}`);
    await shot('provider-off-account');
    await visit.api.put('providers/hyperbilling_aws', { enabled: true });
}


// Neither the server nor its storage can be reached.
export async function outage({ visit, shot, billing }) {
    await visit.go('projects');
    await visit.context.setOffline(true);
    await visit.link('nav.accounts').click();
    await seen(visit.part('problem'));
    await shot('no-server', { window: true });
    await visit.context.setOffline(false);
    if (visit.lang === 'en') {
        return;
    }
    await billing.redis.kill();
    await visit.link('nav.dashboard').click();
    await seen(visit.part('problem'));
    await shot('no-storage', { window: true });
}
