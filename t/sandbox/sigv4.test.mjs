// The signature that the sandboxes compare with, against what AWS publishes.

import { deepEqual, is, test } from '../lib/tap.mjs';
import { signature, verify } from '../lib/sigv4.mjs';


const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const date = '20150830T123600Z';
const sample = { method: 'GET', url: '/', body: '', region: 'us-east-1',
    service: 'service', secret, date,
    headers: { host: 'example.amazonaws.com', 'x-amz-date': date },
    names: ['host', 'x-amz-date'] };


test('the vectors of AWS', () => {
    // aws-sig-v4-test-suite: get-vanilla
    is(signature(sample),
        '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31');
    // aws-sig-v4-test-suite: post-vanilla
    is(signature({ ...sample, method: 'POST' }),
        '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b');
    // aws-sig-v4-test-suite: post-x-www-form-urlencoded
    is(signature({ ...sample, method: 'POST', body: 'Param1=value1',
        headers: { ...sample.headers,
            'content-type': 'application/x-www-form-urlencoded' },
        names: ['content-type', ...sample.names] }),
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a');
    // the example of the guide: IAM's ListUsers
    is(signature({ ...sample, service: 'iam',
        url: '/?Action=ListUsers&Version=2010-05-08',
        headers: { host: 'iam.amazonaws.com', 'x-amz-date': date,
            'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
        names: ['content-type', ...sample.names] }),
    '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7');
});


test('what libcurl 7.88 and botocore sign alike', () => {
    is(signature({ ...sample, method: 'POST', service: 'ce',
        date: '20210901T120000Z',
        headers: { host: 'ce.us-east-1.amazonaws.com',
            'x-amz-date': '20210901T120000Z',
            'x-amz-target': 'AWSInsightsIndexService.GetCostAndUsage',
            'content-type': 'application/x-amz-json-1.1' },
        names: ['content-type', 'host', 'x-amz-date', 'x-amz-target'],
        body: '{"TimePeriod":{"Start":"2021-08-01","End":"2021-09-01"},'
            + '"Granularity":"MONTHLY","Metrics":["UnblendedCost"],'
            + '"GroupBy":[{"Type":"DIMENSION","Key":"SERVICE"}]}' }),
    '0f70db05185ef70e3bb98eeab2eaf8d8dc45f8c3130e0a6782aadda5bdd676e4');
});


test('requests are believed only as they were signed', () => {
    const now = Date.parse('2015-08-30T12:36:00Z');
    const request = (changes) => ({ ...sample, headers: {
        ...sample.headers,
        authorization: 'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/'
            + 'us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, '
            + `Signature=${signature(sample)}`,
        ...changes,
    } });
    const judge = (changes, at = now) => verify(request(changes),
        (id) => (id === 'AKIDEXAMPLE' ? secret : undefined), at);
    const invalid = { error: 'InvalidSignatureException' };

    deepEqual(judge(), { id: 'AKIDEXAMPLE', region: 'us-east-1',
        service: 'service', names: ['host', 'x-amz-date'] });
    deepEqual(judge({ host: 'other' }), invalid);
    deepEqual(judge({ 'x-amz-target': 'not signed' }), invalid);
    deepEqual(judge({}, now + 301_000), invalid);
    deepEqual(judge({ authorization: 'Bearer x' }),
        { error: 'MissingAuthenticationToken' });
    deepEqual(verify(request(), () => undefined, now),
        { error: 'UnrecognizedClientException' });
});
