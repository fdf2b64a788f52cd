// What answers should hold, computed from the sandbox's plain data in another
// way than the module does it: rows are kept, and added up as BigInt pico
// units when a question is asked.

import {
    formatDay, formatMonth, monthFirst, monthLast, monthOf, parseDay, today,
} from '../sandbox/calendar.mjs';
import { parseDecimal } from '../sandbox/decimal.mjs';


// What the provider's region codes mean.
const REGIONS = {
    APN2: 'ap-northeast-2', APN1: 'ap-northeast-1', USE1: 'us-east-1',
    USW2: 'us-west-2', EU: 'eu-west-1', EUC1: 'eu-central-1',
    APS1: 'ap-southeast-1', UGW1: 'us-gov-west-1', '': 'us-east-1',
};


// As the API writes amounts: at least two fraction digits.
export function money(pico) {
    const digits = String(pico < 0n ? -pico : pico).padStart(13, '0');
    const fraction = digits.slice(-12).replace(/0+$/, '').padEnd(2, '0');

    return `${pico < 0n ? '-' : ''}${digits.slice(0, -12)}.${fraction}`;
}


// The months from the first to the last one, "yyyy-mm"; numbers are relative
// to this month.
export function months(first, last) {
    const now = monthOf(today());

    return range(now + first, now + last).map(formatMonth);
}


// Days, "yyyy-mm-dd", relative to today.
export function days(first, last) {
    return range(today() + first, today() + last).map(formatDay);
}


function range(first, last) {
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}


// The sandbox's rows of accounts, each { id, project, linked }, in a range of
// days or months; "date" of a row is a day or a month.
export async function loadRows(sandbox, accounts, dates) {
    const monthly = dates[0].length === 7;
    const start = monthly ? `${dates[0]}-01` : dates[0];
    const last = dates[dates.length - 1];
    const end = monthly ? formatDay(monthLast(monthOf(parseDay(`${last}-01`))))
        : last;
    const rows = [];

    for (const account of accounts) {
        if (account.linked.length === 0) {
            continue;
        }
        const data = await sandbox.data({
            account: account.linked.join(','), start, end,
            granularity: monthly ? 'MONTHLY' : 'DAILY',
            group_by: 'date,account,region,service',
        });

        for (const row of data.rows) {
            rows.push({
                provider: 'hyperbilling_aws',
                project: account.project,
                account: account.id,
                linked_account: row.account,
                region: REGIONS[row.region],
                service: row.service,
                date: row.date,
                cost: parseDecimal(row.cost),
            });
        }
    }
    return rows;
}


// "currencies" of GET costs.
//
//   dates     of the answer
//   group_by  names
//   filter    a function of a row
//   sort      "magnitude", "sum" or a date, with "-": the largest first
//   limit     of groups
export function currencies(rows, {
    dates, group_by = [], filter = () => true, sort = '-magnitude', limit = 100,
}) {
    const index = new Map(dates.map((date, i) => [date, i]));
    const length = dates[0].length;
    const total = dates.map(() => 0n);
    const groups = new Map();
    let seen = false;

    for (const row of rows) {
        const at = index.get(row.date.slice(0, length));
        if (at === undefined || !filter(row)) {
            continue;
        }

        const key = group_by.map((name) => row[name]);
        const text = key.join('\0');
        if (!groups.has(text)) {
            groups.set(text, { key, text, costs: dates.map(() => 0n) });
        }
        groups.get(text).costs[at] += row.cost;
        total[at] += row.cost;
        seen = true;
    }

    return seen ? [{
        currency: 'USD',
        ...shown(total),
        share_of: mixed([...groups.values()]) && group_by.length > 0
            ? 'magnitudes' : 'sum',
        groups: group_by.length === 0 ? []
            : ordered([...groups.values()], { dates, sort, limit })
                .map(({ key, costs, ...parts }) => ({
                    key: key && Object.fromEntries(
                        group_by.map((name, i) => [name, key[i]])),
                    ...shown(costs),
                    ...parts,
                })),
    }] : [];
}


function ordered(groups, { dates, sort, limit }) {
    const name = sort.replace(/^-/, '');
    const amount = ({ costs }) => {
        const sum = add(costs);
        return name === 'magnitude' ? (sum < 0n ? -sum : sum)
            : name === 'sum' ? sum : costs[dates.indexOf(name)];
    };
    const sign = sort.startsWith('-') ? -1 : 1;

    groups.sort((a, b) => {
        const [x, y] = [amount(a), amount(b)];
        return x === y ? Buffer.compare(Buffer.from(a.text), Buffer.from(b.text))
            : (x < y ? -sign : sign);
    });

    const best = groups.slice(0, limit).map(({ key, costs }) => ({ key, costs }));
    const rest = groups.slice(limit);
    if (rest.length === 0) {
        return best;
    }

    const sums = rest.map(({ costs }) => add(costs));
    return [...best, {
        key: null,
        costs: dates.map((_, i) => add(rest.map(({ costs }) => costs[i]))),
        positive: money(add(sums.filter((sum) => sum > 0n))),
        negative: money(add(sums.filter((sum) => sum < 0n))),
        positive_costs: dates.map((_, i) => money(add(rest.map(({ costs }) => costs[i])
            .filter((cost) => cost > 0n)))),
        negative_costs: dates.map((_, i) => money(add(rest.map(({ costs }) => costs[i])
            .filter((cost) => cost < 0n)))),
    }];
}


// Are there sums of both signs?
function mixed(groups) {
    const sums = groups.map(({ costs }) => add(costs));

    return sums.some((sum) => sum > 0n) && sums.some((sum) => sum < 0n);
}


function add(amounts) {
    return amounts.reduce((sum, amount) => sum + amount, 0n);
}


function shown(costs) {
    return { costs: costs.map(money), sum: money(add(costs)) };
}


// What GET dashboard says of one currency: byMonth are rows of 12 months,
// byDay of the days of this month and the last.
export function dashboard(byMonth, byDay, { project = false } = {}) {
    const lists = Object.fromEntries(
        ['service', 'region', ...(project ? [] : ['project']), 'account']
            .map((name) => [`by_${name}`, currencies(byMonth, {
                dates: months(-11, 0), group_by: [name], limit: 10,
            })[0]]));
    const each = (what) => Object.fromEntries(
        Object.entries(lists).map(([name, list]) => [name, list[what]]));
    const series = (rows, dates) => ({
        dates, costs: currencies(rows, { dates })[0].costs,
    });
    const monthly = series(byMonth, months(-11, 0));
    const { now, before } = toDate(byDay);

    return {
        currency: 'USD',
        accounts: new Set(byMonth.map(({ account }) => account)).size,
        this_month: monthly.costs[11],
        last_month: monthly.costs[10],
        this_month_to_date: now === null ? null : money(now),
        last_month_to_date: now === null ? null : money(before),
        change_percent: now === null || before === 0n ? null
            : percent(now, before),
        monthly,
        daily: series(byDay, days(-13, 0)),
        share_of: each('share_of'),
        ...each('groups'),
    };
}


// Whole closed days: up to the day before yesterday.
function toDate(rows) {
    const month = monthOf(today());
    const count = today() - monthFirst(month) - 1;

    if (count < 1) {
        return { now: null, before: null };
    }

    const sum = (first, last) => add(rows
        .filter(({ date }) => parseDay(date) >= first && parseDay(date) <= last)
        .map(({ cost }) => cost));
    const first = monthFirst(month - 1);

    return {
        now: sum(monthFirst(month), monthFirst(month) + count - 1),
        before: sum(first, Math.min(first + count - 1, monthLast(month - 1))),
    };
}


// One fraction digit, half even; amounts are far below 2 ** 53 cents.
function percent(now, before) {
    const sign = now < before ? -1n : 1n;
    const size = before < 0n ? -before : before;
    const scaled = sign * (now - before) * 1000n;
    let tenths = scaled / size;
    const twice = scaled % size * 2n;

    if (twice > size || (twice === size && tenths % 2n === 1n)) {
        tenths += 1n;
    }
    return Number(sign * tenths) / 10;
}
