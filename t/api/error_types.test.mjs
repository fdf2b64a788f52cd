// What kind of error AWS means may stand in a header of its answer only.

import { startClouds, awsKey, awsRole } from '../lib/clouds.mjs';
import { isProblem } from '../lib/billing.mjs';
import { startWorld } from '../lib/world.mjs';
import { deepEqual, like, test } from '../lib/tap.mjs';


const clouds = await startClouds();
const { aws } = clouds;
const world = await startWorld({ http: clouds.directives() });
const { main, caller } = aws.credentials;

const says = (type, rule = {}) => aws.fault({ status: 400, body: '', times: 1,
    headers: { 'x-amzn-ErrorType': type }, ...rule });


test('a test of credentials says what the header means', async () => {
    for (const credentials of [awsKey(main), awsRole(caller)]) {
        await says('com.example#AccessDeniedException:http://example.com/coral/');
        const answer = await world.admin.post('service-accounts/verify',
            { provider: 'aws', credentials });

        isProblem(answer, 422, 'provider_rejected');
        like(answer.body.detail, /ce:GetCostAndUsage/);
    }
});


test('so does a lookup', async () => {
    const project = await world.createProject('Errors');
    const { id } = await world.admin.create('service-accounts', { name: 'AWS',
        provider: 'aws', project_id: project.id, credentials: awsKey(main) });

    // a status that is asked again, were it not for the header
    await says('ExpiredTokenException', { status: 500 });
    const { json } = await world.get('costs');

    deepEqual(json.accounts.map(({ account_id, code, reason }) =>
        [account_id ?? id, code, reason.code]),
    [[id, 'provider_rejected', 'expired']]);
});
