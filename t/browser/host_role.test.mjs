// An account at AWS without an access key, in the wizard: the external ID is
// shown, the role is typed, nothing else.

import { seen, startWeb } from '../lib/browser.mjs';
import { after, is, like } from '../lib/tap.mjs';
import { Wizard } from '../lib/wizard.mjs';
import { startCloud } from '../sandbox/clouds/index.mjs';
import { startHost } from '../sandbox/clouds/host.mjs';


const aws = await startCloud('aws');
const host = await startHost(aws.cloud);
after(() => aws.stop());
after(() => host.stop());

// as browser.mjs names those of this process
const domains = [1, 2, 3, 4].map((n) => `domain-${process.pid}-${n}`);

const ids = [];
const web = await startWeb({
    http: `billing_provider aws endpoint=${aws.url} login=${aws.url}
               host_role=${domains.join()};`,
    nginx: { env: { AWS_EC2_METADATA_SERVICE_ENDPOINT: host.url } },
});

web.scenario('an account without a key', async (visit) => {
    const wizard = new Wizard(visit);
    const { providers } = (await visit.api.get('providers')).body;
    const { credentials_schema: { properties } }
        = providers.find(({ id }) => id === 'aws');
    const input = (name) => visit.part('step-credentials')
        .locator(`[data-pointer="/credentials/${name}"]`);

    await visit.project('Keyless');
    await wizard.start();
    await wizard.step('provider');
    await visit.page.locator('label').filter({ hasText: 'AWS Cost Explorer' })
        .click();
    await wizard.next();
    await wizard.step('credentials');

    // to be copied into the role's trust policy
    const given = input('host_external_id');
    const id = await given.inputValue();
    like(id, /^[0-9a-f]{64}$/);
    is(id, properties.host_external_id.const);
    is(await given.isEditable(), false);
    ids.push(id);
    await aws.settings({ external_id: ids });

    await input('role_arn').fill(aws.credentials.customer.role_arn);
    await visit.button('verify.action').click();
    await seen(visit.part('verified'));
    await wizard.next();
    await wizard.base('Customer');
    await wizard.project('Keyless');
    await wizard.save();
    await visit.at(visit.t('success.title'));

    const [account] = (await visit.api.get('service-accounts?limit=10')).body
        .service_accounts.filter(({ name }) => name === 'Customer');
    is(account.state, 'ok');
    is(account.credentials.external_id, id);
});
