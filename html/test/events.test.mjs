// Server-sent events, and which months a dashboard's progress is of.

import assert from 'node:assert/strict';

import { test } from '../../t/lib/tap.mjs';
import { load } from './bundle.mjs';


const { eventReader, monthsOf } = await load('api/events', 'lib/useProgress');

const TEXT = 'retry: 10000\n\nevent: progress\ndata: {"done":1,"total":2}\n\n'
    + ':\n\nretry: 10000\nid: end\nevent: result\ndata: {"a":"b: c"}\n\n';
const EVENTS = [['progress', '{"done":1,"total":2}'], ['result', '{"a":"b: c"}']];


test('events, however they are cut', () => {
    for (let size = 1; size <= TEXT.length; size++) {
        const read = eventReader();
        const events = [];

        for (let at = 0; at < TEXT.length; at += size) {
            events.push(...read(TEXT.slice(at, at + size)));
        }
        assert.deepEqual(events.filter(([name]) => name !== ''), EVENTS);
    }
});


test('what is not complete is no event', () => {
    assert.deepEqual(eventReader()('event: result\ndata: {}\n'), []);
});


test('the days of a dashboard are those of this month and the last', () => {
    for (const [now, start, end] of [
        ['2026-03-31T23:59:59Z', '2026-02-28', '2026-03-01'],
        ['2024-03-01T00:00:00Z', '2024-02-29', '2024-03-01'],
        ['2026-01-15T12:00:00Z', '2025-12-31', '2026-01-01'],
    ]) {
        const [months, days] = monthsOf(new Date(now));

        assert.deepEqual(months, { granularity: 'MONTHLY' });
        assert.deepEqual(days, { granularity: 'DAILY', start, end });
    }
});
