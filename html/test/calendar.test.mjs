// A month in weeks: leap years, first weekdays, year ends.

import assert from 'node:assert/strict';

import { test } from '../../t/lib/tap.mjs';
import { load } from './bundle.mjs';


const { firstWeekday, lastDay, weekday, weeksOf } =
    await load('lib/calendar', 'lib/period');


test('a month ends on its own last day', () => {
    assert.equal(lastDay('2026-02'), '2026-02-28');
    assert.equal(lastDay('2028-02'), '2028-02-29');
    assert.equal(lastDay('2026-12'), '2026-12-31');
    assert.equal(lastDay('2026-04'), '2026-04-30');
});


test('every day of a month stands once, below its weekday', () => {
    for (let year = 2023; year < 2031; year++) {
        for (let month = 1; month <= 12; month++) {
            const text = `${year}-${String(month).padStart(2, '0')}`;

            for (const first of [1, 6, 7]) {
                whole(text, first);
            }
        }
    }
});


function whole(month, first) {
    const weeks = weeksOf(month, first);
    const days = weeks.flat().filter((day) => day !== null);

    assert.equal(days.length, Number(lastDay(month).slice(8)), month);
    assert.equal(new Set(days).size, days.length);
    weeks.forEach((week) => {
        assert.equal(week.length, 7);
        assert.ok(week.some((day) => day !== null), 'no empty week');
        week.forEach((day, at) => {
            if (day !== null) {
                assert.ok(day.startsWith(month));
                assert.equal(new Date(day).getUTCDay(), (first + at) % 7, day);
            }
        });
    });
}


test('weeks begin as the language has it, where the engine knows', () => {
    for (const lang of ['en', 'ko', 'de']) {
        const first = firstWeekday(lang);
        assert.ok(Number.isInteger(first) && first >= 1 && first <= 7, lang);
    }
});


test('weekdays have their names, beyond the end of a week, too', () => {
    assert.equal(weekday(1, 'en', 'long'), 'Monday');
    assert.equal(weekday(7, 'en', 'long'), 'Sunday');
    assert.equal(weekday(8, 'en', 'short'), 'Mon');
    assert.equal(weekday(1, 'ko', 'short'), '월');
});
