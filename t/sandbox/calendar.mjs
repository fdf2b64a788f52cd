// Civil days as numbers since 1970-01-01, UTC.

const DAY_MS = 86_400_000;
const DAY_TEXT = /^\d{4}-\d{2}-\d{2}$/;


export function today() {
    return Math.floor(Date.now() / DAY_MS);
}


// NaN when it is not a real day in the form yyyy-mm-dd.
export function parseDay(text) {
    if (typeof text !== 'string' || !DAY_TEXT.test(text)) {
        return NaN;
    }

    const day = Date.parse(text + 'T00:00:00Z') / DAY_MS;

    return formatDay(day) === text ? day : NaN;
}


export function formatDay(day) {
    return Number.isFinite(day)
        ? new Date(day * DAY_MS).toISOString().slice(0, 10)
        : '';
}


// 0 is Sunday
export function weekday(day) {
    return (day + 4) % 7;
}


// Months since 1970-01.
export function monthOf(day) {
    const date = new Date(day * DAY_MS);
    return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}


export function monthFirst(month) {
    return Date.UTC(1970, month, 1) / DAY_MS;
}


export function monthLast(month) {
    return monthFirst(month + 1) - 1;
}


export function formatMonth(month) {
    return formatDay(monthFirst(month)).slice(0, 7);
}
