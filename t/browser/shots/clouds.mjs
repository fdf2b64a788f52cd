// All providers there are, in two currencies.

import { becomes } from '../../lib/browser.mjs';
import { awsKey, azureKey, googleKey, summaryKey } from '../../lib/clouds.mjs';
import { startCloud } from '../../sandbox/clouds/index.mjs';
import { Wizard } from '../../lib/wizard.mjs';


// Returns { conf, ids, known, stop }: conf are directives of the http block.
export async function cloudsConf() {
    const [aws, azure, google, summary] = await Promise.all(
        ['aws', 'azure', 'google', 'summary'].map((name) => startCloud(name)));
    const both = ({ url }) => `endpoint=${url} login=${url}`;
    const summaries = ['google_cloud', 'alibaba_cloud', 'tencent', 'akamai']
        .map((name) => `hyperbilling_${name}`);

    return {
        ids: ['aws', 'azure', 'google_cloud', ...summaries],
        conf: `billing_provider aws ${both(aws)};
            billing_provider azure ${both(azure)} pace=off;
            billing_provider google_cloud ${both(google)};
            ${summaries.map((id) => `billing_provider ${id} endpoint=${summary.url};`)
        .join('\n')}`,
        known: [
            ['aws', 'AWS', awsKey(aws.credentials.main)],
            ['azure', 'Azure', azureKey(azure.credentials.won)],
            ['google_cloud', 'Google Cloud', googleKey(google.credentials.main)],
            ['hyperbilling_google_cloud', 'Hyper Google',
                summaryKey(summary.credentials.gcp, 'USD')],
        ],
        stop: () => Promise.all([aws, azure, google, summary].map((one) => one.stop())),
    };
}


export async function clouds({ visit, shot, clouds: { known } }) {
    const { page } = visit;
    const project = await visit.project(visit.lang === 'ko' ? '클라우드' : 'Clouds');
    const accounts = [];

    for (const [provider, name, credentials] of known) {
        accounts.push(await visit.api.create('service-accounts',
            { name, provider, credentials, project_id: project.id }));
    }
    for (const [name, path] of [['dashboard', ''], ['dashboard-usd', '?currency=USD'],
        ['project', `projects/${project.id}`], ['accounts', 'service-accounts'],
        ['providers', 'providers'], ['costs', 'costs?group=provider'],
        ['account', `service-accounts/${accounts[2].id}`]]) {
        await visit.go(path);
        await shot(`clouds-${name}`);
    }

    const wizard = new Wizard(visit);
    await wizard.start();
    await shot('clouds-wizard-1');
    for (const [provider] of known) {
        await wizard.start();
        await page.locator(`input[value=${provider}]`).check();
        await wizard.next();
        await wizard.step('credentials');
        await shot(`clouds-wizard-${provider}`);
        await page.evaluate(() => sessionStorage.clear());
        await page.goto('about:blank');
        await becomes(() => page.url(), 'about:blank');
    }
}
