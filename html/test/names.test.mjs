// What regions and services are called beside the provider's own terms.

import assert from 'node:assert/strict';

import { test } from '../../t/lib/tap.mjs';
import { load } from './bundle.mjs';


const { displayName, KOREAN, REGIONS, SERVICES } = await load('names/names',
    'i18n/places_ko', 'names/regions', 'names/services');

const region = (term, clouds, lang = 'en') =>
    displayName('region', term, clouds, lang);


test('a region is where its cloud has it', () => {
    assert.equal(region('ap-northeast-2', ['aws']), 'Seoul');
    assert.equal(region('asia-northeast3', ['google_cloud']), 'Seoul');
    assert.equal(region('koreacentral', ['azure'], 'ko'), '서울');
    assert.equal(region('cn-hangzhou', ['alibaba_cloud'], 'ko'), '항저우');
    assert.equal(region('ap-seoul', ['tencent']), 'Seoul');
});


test('one id in two clouds: both places, or the one they share', () => {
    assert.equal(region('ap-southeast-3', ['aws', 'alibaba_cloud']),
        'Jakarta / Kuala Lumpur');
    assert.equal(region('ap-southeast-3', ['alibaba_cloud', 'azure'], 'ko'),
        '쿠알라룸푸르');
    assert.equal(region('ap-northeast-1', ['aws', 'alibaba_cloud']), 'Tokyo');
});


test('what is not known, or says nothing new, stands alone', () => {
    for (const [term, clouds] of [['ap-northeast-2', []],
        ['ap-northeast-2', ['azure', 'oracle']], ['nowhere-1', ['aws']],
        ['', ['aws']], ['constructor', ['aws', 'constructor']],
        ['global', ['aws', 'azure']]]) {
        assert.equal(region(term, clouds), null, term);
    }
    assert.equal(region('global', ['aws'], 'ko'), '글로벌');
    assert.equal(displayName('service', 'AWSLambda', ['aws'], 'en'), null);
    assert.equal(displayName('service', 'Storage', ['azure'], 'en'), null);
});


test('a code of AWS is a name', () => {
    assert.equal(displayName('service', 'AmazonEC2', ['azure', 'aws'], 'ko'),
        'Amazon Elastic Compute Cloud');
});


test('the tables hold names, and all places have one in Korean', () => {
    const places = new Set(Object.values(REGIONS).flatMap(Object.values));
    const missing = [...places].filter((name) => KOREAN[name] === undefined);

    assert.deepEqual(missing, []);
    assert.deepEqual(Object.keys(KOREAN).filter((name) => !places.has(name)), []);
    for (const table of [...Object.values(REGIONS), ...Object.values(SERVICES)]) {
        for (const [term, name] of Object.entries(table)) {
            assert.match(term, /^[A-Za-z0-9-]+$/);
            assert.match(name, /^[\p{L}\p{N} ().-]+$/u, term);
        }
    }
});
