// Rows of a source, and those that were booked later: a provider changes what
// it has billed.

import { parseDay } from './calendar.mjs';
import { parseDecimal } from './decimal.mjs';


export class Restated {
    constructor(source) {
        this.source = source;
        this.later = [];
    }

    get linked() {
        return this.source.linked;
    }

    clear() {
        this.later = [];
    }

    // cost is a decimal, of either sign
    add({ account, date, cost, region = 'APN2', service = 'AmazonEC2' }) {
        const day = parseDay(date);

        if (typeof account !== 'string' || Number.isNaN(day)) {
            throw new Error('account and date (a day) are wanted');
        }

        this.later.push({
            account,
            row: {
                day, region, service, usageType: 'Restated', instanceType: '',
                cost: parseDecimal(cost), quantity: 0n,
            },
        });
    }

    rows(account, start, end, today, add) {
        this.source.rows(account, start, end, today, add);

        for (const { account: of, row } of this.later) {
            if (of === account && row.day >= start && row.day <= end) {
                add(row);
            }
        }
    }
}
