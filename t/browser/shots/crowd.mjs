// A company with 400 accounts in 80 projects, in two currencies.

import { patience, seen } from '../../lib/browser.mjs';


const ACCOUNTS = 400;
const PROJECTS = 80;
const GROUPS = 8;
const AT_ONCE = 8;
const COLD_MS = 120_000;


export async function crowd({ visit, shot, clouds: { known } }) {
    const { page, lang } = visit;
    const [division, project, account] = lang === 'ko'
        ? ['사업부', '프로젝트', '계정'] : ['Division', 'Project', 'Account'];
    const groups = [];
    const projects = [];
    let next = 0;

    for (let at = 1; at <= GROUPS; at++) {
        groups.push(await visit.group(`${division} ${at}`));
    }
    for (let at = 1; at <= PROJECTS; at++) {
        projects.push(await visit.project(`${project} ${at}`, groups[at % GROUPS]));
    }
    /* of verifications each user has 300 a minute */
    await Promise.all(Array.from({ length: AT_ONCE }, async (_, clerk) => {
        const api = visit.web.client({ user: `clerk ${clerk}`, domain: visit.domain });

        while (next < ACCOUNTS) {
            const at = next++;
            await visit.account(`${account} ${at + 1}`, projects[at % PROJECTS], 1, {}, api);
        }
    }));

    const [provider, name, credentials] = known.find(([id]) => id === 'azure');
    await visit.api.put(`providers/${provider}`, { enabled: true });
    await visit.api.create('service-accounts',
        { name, provider, credentials, project_id: projects[0].id });

    await page.goto(visit.web.root);
    await visit.part('this-month').first().waitFor({ timeout: patience(COLD_MS) });
    await shot('crowd-dashboard');
    await visit.go('?currency=USD');
    await shot('crowd-dashboard-usd');
    await visit.go(`projects/${projects[0].id}`);
    await shot('crowd-project');
    await visit.go('service-accounts');
    await seen(visit.part('account-table'));
    await shot('crowd-accounts');
    await visit.go('projects');
    await shot('crowd-projects');
    await visit.go('costs?group=account');
    await page.locator('button.fold').click();
    await shot('crowd-costs');
}
