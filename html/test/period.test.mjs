// Months and days: year ends, leap days, windows.

import assert from 'node:assert/strict';

import { test } from '../../t/lib/tap.mjs';
import { load } from './bundle.mjs';


const {
    addDays, addMonths, axisPeriod, currentPeriod, isPeriod, longPeriod,
    periodsTo, utcTime, windowOf,
} = await load('lib/period', 'costs/window');


test('months wrap around the year, both ways', () => {
    assert.equal(addMonths('2026-11', 2), '2027-01');
    assert.equal(addMonths('2026-01', -1), '2025-12');
    assert.equal(addMonths('2026-06', -18), '2024-12');
    assert.equal(addMonths('2026-12', 0), '2026-12');
});


test('days know leap years', () => {
    assert.equal(addDays('2024-02-28', 1), '2024-02-29');
    assert.equal(addDays('2026-02-28', 1), '2026-03-01');
    assert.equal(addDays('2026-01-01', -1), '2025-12-31');
});


test('a day never depends on the zone of the machine', () => {
    const before = process.env.TZ;

    try {
        for (const zone of ['Asia/Seoul', 'America/New_York', 'UTC']) {
            process.env.TZ = zone;
            assert.equal(addDays('2026-03-28', 2), '2026-03-30', zone);
            assert.equal(longPeriod('2026-11', 'en'), 'November 2026', zone);
            assert.equal(
                currentPeriod(new Date('2026-11-30T23:30:00Z'), 'DAILY'),
                '2026-11-30', zone);
        }
    } finally {
        if (before === undefined) {
            delete process.env.TZ;
        } else {
            process.env.TZ = before;
        }
    }
});


test('the year ends in UTC, wherever the machine is', () => {
    const before = process.env.TZ;

    try {
        for (const zone of ['Pacific/Kiritimati', 'Asia/Seoul', 'Pacific/Pago_Pago']) {
            process.env.TZ = zone;
            for (const [now, day] of [
                ['2026-12-31T23:59:59Z', '2026-12-31'],
                ['2027-01-01T00:00:00Z', '2027-01-01'],
            ]) {
                assert.equal(currentPeriod(new Date(now), 'DAILY'), day, zone);
                assert.equal(currentPeriod(new Date(now), 'MONTHLY'),
                    day.slice(0, 7), zone);
            }
            assert.equal(addDays('2026-12-31', 1), '2027-01-01', zone);
            assert.equal(addDays('2028-03-01', -1), '2028-02-29', zone);
            assert.equal(longPeriod('2027-01-01', 'en'), 'Fri, January 1, 2027', zone);
            assert.equal(longPeriod('2026-12', 'ko'), '2026년 12월', zone);
        }
    } finally {
        if (before === undefined) {
            delete process.env.TZ;
        } else {
            process.env.TZ = before;
        }
    }
});


// What a page shows that ends there.
const span = (end, newest, granularity) => ({ granularity,
    span: { dates: periodsTo(end, 12, granularity), end, newest } });


test('windows and trends run over the end of a year', () => {
    assert.deepEqual(periodsTo('2027-01-02', 4, 'DAILY'),
        ['2026-12-30', '2026-12-31', '2027-01-01', '2027-01-02']);

    const days = windowOf(span('2027-01-03', '2027-01-03', 'DAILY'));
    assert.deepEqual([days.start, days.dates[0], days.end, days.older],
        ['2026-12-28', '2026-12-29', '2027-01-03', '2026-12-28']);
    const months = windowOf(span('2026-08', '2027-01', 'MONTHLY'));
    assert.deepEqual([months.start, months.dates[0], months.end, months.newer],
        ['2026-02', '2026-03', '2026-08', '2027-01']);
});


test('what an address may hold is checked', () => {
    assert.ok(isPeriod('2026-11', 'MONTHLY'));
    assert.ok(isPeriod('2024-02-29', 'DAILY'));
    for (const text of ['2026-13', '2026-1', '2026-11-01', '', 'now']) {
        assert.ok(!isPeriod(text, 'MONTHLY'), text);
    }
    for (const text of ['2026-02-29', '2026-11', '2026-11-31', '2026-00-10']) {
        assert.ok(!isPeriod(text, 'DAILY'), text);
    }
});


test('periods run oldest first and end where asked', () => {
    assert.deepEqual(periodsTo('2026-02', 4, 'MONTHLY'),
        ['2025-11', '2025-12', '2026-01', '2026-02']);
    assert.equal(periodsTo('2026-11-23', 14, 'DAILY')[0], '2026-11-10');
});


test('a window is not wider than what the page is about', () => {
    const window = windowOf({ granularity: 'DAILY', span: { dates: ['2026-10-01'],
        end: '2026-10-01', newest: '2026-11-30' } });

    assert.deepEqual(window.dates, ['2026-10-01']);
    assert.equal(window.start, '2026-09-30');
});


test('a window shows six periods and asks for one more', () => {
    const window = windowOf(span('2026-11', '2026-11', 'MONTHLY'));

    assert.deepEqual(window.dates,
        ['2026-06', '2026-07', '2026-08', '2026-09', '2026-10', '2026-11']);
    assert.equal(window.start, '2026-05');
    assert.equal(window.end, '2026-11');
    assert.equal(window.older, '2026-05');
    assert.equal(window.newer, null);
});


test('arrows lead back, and never past the newest period', () => {
    const newer = (end) => windowOf(span(end, '2026-11', 'MONTHLY')).newer;

    assert.equal(newer('2026-05'), '2026-11');
    assert.equal(newer('2026-09'), '2026-11');
    assert.equal(newer('2025-01'), '2025-07');
    assert.equal(newer('2026-11'), null);
});


test('the axis names the year at its start and in January', () => {
    assert.deepEqual(axisPeriod('2025-12', 'en', true),
        { text: 'Dec', below: '2025' });
    assert.deepEqual(axisPeriod('2026-01', 'en', false),
        { text: 'Jan', below: '2026' });
    assert.deepEqual(axisPeriod('2026-02', 'ko', false),
        { text: '2월', below: null });
    for (const lang of ['en', 'ko']) {
        assert.deepEqual(axisPeriod('2026-11-03', lang, true),
            { text: '11/3', below: lang === 'ko' ? '화' : 'Tue' });
    }
});


test('a Korean day of the week stands in brackets', () => {
    assert.equal(longPeriod('2026-11-01', 'ko'), '2026년 11월 1일 (일)');
    assert.equal(longPeriod('2026-11-01', 'en'), 'Sun, November 1, 2026');
});


test('times say that they are UTC, and leave out only today', () => {
    assert.equal(utcTime('2026-11-23T09:12:00Z', 'en', '2026-11-23'),
        '09:12 UTC');
    assert.match(utcTime('2026-11-22T00:05:00Z', 'en', '2026-11-23'),
        /^Nov 22, 2026.*00:05 UTC$/);
});
