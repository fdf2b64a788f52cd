// What belongs to a provider's endpoint: regions of AWS, clouds of Azure.

import { checkConfiguration, ownModules } from '../lib/nginx.mjs';
import { awsKey, awsRole, azureKey } from '../lib/clouds.mjs';
import { isProblem, startBilling } from '../lib/billing.mjs';
import { temporaryFolder } from '../lib/process.mjs';
import { after, is, like, ok, test } from '../lib/tap.mjs';
import { startCloud } from '../sandbox/clouds/index.mjs';


const aws = await startCloud('aws', { settings: { region: 'cn-northwest-1' } });
const azure = await startCloud('azure');
after(() => aws.stop());
after(() => azure.stop());

const both = ({ url }) => `endpoint=${url} login=${url}`;
const systems = {};

for (const [name, http] of Object.entries({
    right: `billing_provider aws ${both(aws)} region=cn-northwest-1;`,
    wrong: `billing_provider aws ${both(aws)};
            billing_provider azure ${both(azure)} pace=off;`,
    // Azure's links have another spelling of it
    loud: `billing_provider azure ${both({ url: azure.url.toUpperCase() })}
        pace=off;`,
})) {
    systems[name] = await startBilling({ http });
    after(() => systems[name].stop());
}

const verify = (name, provider, credentials) => systems[name].client()
    .post('service-accounts/verify', { provider, credentials });


test('a region of the configuration signs, also for the role', async () => {
    const { main, caller } = aws.credentials;
    const cn = { ...awsRole(caller),
        role_arn: caller.role_arn.replace('arn:aws:', 'arn:aws-cn:') };

    caller.role_arn = cn.role_arn;
    is((await verify('right', 'aws', awsKey(main))).status, 200);
    is((await verify('right', 'aws', cn)).status, 200);
    caller.role_arn = cn.role_arn.replace('arn:aws-cn:', 'arn:aws:');
});


test('a wrong region is not a wrong key', async () => {
    const { main, caller } = aws.credentials;

    for (const credentials of [awsKey(main), awsRole(caller)]) {
        const answer = await verify('wrong', 'aws', credentials);

        isProblem(answer, 502, 'provider_unavailable');
        like(answer.body.detail, /region=/);
        ok(!/secret/.test(answer.body.detail), answer.body.detail);
    }
});


test('a role of another partition is refused before AWS is asked', async () => {
    const { caller } = aws.credentials;
    const before = (await aws.calls()).length;
    const answer = await verify('right', 'aws', awsRole(caller));

    isProblem(answer, 422, 'provider_rejected');
    like(answer.body.detail, /partition/);
    is((await aws.calls()).length, before);
});


test('a directory of another Azure cloud is not a wrong secret', async () => {
    await azure.fault({ path: '/oauth2/v2.0/token', times: 1, status: 400,
        body: '{"error":"invalid_resource","error_codes":[500011]}' });
    const answer = await verify('wrong', 'azure',
        azureKey(azure.credentials.main));

    isProblem(answer, 502, 'provider_unavailable');
    like(answer.body.detail, /Azure cloud/);
});


test('links are followed where an endpoint is written in another case', async () => {
    const client = systems.loud.client();

    await azure.settings({ page_size: 40 });
    const project = await client.create('projects', { name: 'Azure' });
    await client.create('service-accounts', { name: 'Azure', provider: 'azure',
        project_id: project.id, credentials: azureKey(azure.credentials.main) });
    const { body } = await client.get('costs?group_by=service');

    is(body.complete, true, JSON.stringify(body.accounts));
    ok((await azure.calls()).some((call) => call.page > 1),
        'more than one page was read');
});


test('what nginx -t says of regions', () => {
    const dir = temporaryFolder('conf');
    const check = (line) => checkConfiguration(dir,
        { modules: ownModules(), http: `billing_provider ${line};` });

    for (const region of ['cn-northwest-1', 'us-gov-west-1', 'eusc-de-east-1']) {
        is(check(`aws region=${region}`).status, 0, region);
    }
    for (const [line, pattern] of [
        ['aws region=Ningxia', /needs a region such as/],
        ['aws region=', /invalid parameter/],
        ['azure region=us-gov-west-1', /only for "aws"/],
    ]) {
        const { status, text } = check(line);

        is(status, 1, line);
        like(text, pattern);
    }
});
