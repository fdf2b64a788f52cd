// The pages over HTTP/1.1, 2 and 3, in a browser: what it loads, what a person
// changes, and costs.

import { linkedAccount } from '../lib/billing.mjs';
import { gone, launch, openVisit, seen, startWeb } from '../lib/browser.mjs';
import { freePort } from '../lib/process.mjs';
import { after, deepEqual, is, skip, test } from '../lib/tap.mjs';
import { HTTP3, keyHash, listenWithTls } from '../lib/versions.mjs';


const port = await freePort();
const origin = `https://127.0.0.1:${port}`;
const web = await startWeb({ server: listenWithTls(port) });

// What the browser is told for a version, and what it calls it then.
const VERSIONS = [
    { version: '1.1', name: 'http/1.1', args: ['--disable-http2'] },
    { version: '2', name: 'h2', args: [] },
    { version: '3', name: 'h3', args: ['--enable-quic',
        `--origin-to-force-quic-on=127.0.0.1:${port}`,
        `--ignore-certificate-errors-spki-list=${keyHash()}`],
    without: !HTTP3 && 'this nginx has no HTTP/3' },
];


for (const { version, name, args, without } of VERSIONS) {
    const title = `HTTP/${version}: a project is made and its costs are read`;

    if (without) {
        skip(title, without);
        continue;
    }
    test(title, async () => {
        const browser = await launch(args);
        after(() => browser.close());
        const visit = await openVisit({ ...web, browser, root: `${origin}/billing/` },
            { insecure: true, domain: `version-${version}` });

        await makeProject(visit);
        await readCosts(visit);

        const spoken = await visit.page.evaluate(() => [...new Set(
            performance.getEntries().map((entry) => entry.nextHopProtocol)
                .filter(Boolean))]);
        deepEqual(spoken, [name]);
        await visit.check();
        await visit.close();
    });
}


async function makeProject(visit) {
    await visit.go('projects');
    await visit.button('projects.new_project').click();
    await visit.dialog.getByLabel(visit.t('table.name')).fill('Over the wire');
    await visit.button('action.create', {}, visit.dialog).click();
    await gone(visit.dialog);
}


async function readCosts(visit) {
    const { projects: [project] } = (await visit.api.get('projects')).body;
    const linked = linkedAccount();

    is(project.name, 'Over the wire');
    await visit.api.create('service-accounts', {
        name: 'Account', project_id: project.id, provider: 'hyperbilling_aws',
        credentials: await web.credentials([linked], linked),
    });
    await visit.go(`projects/${project.id}`);
    await seen(visit.page.getByText(/\$[\d,]+/));
}
