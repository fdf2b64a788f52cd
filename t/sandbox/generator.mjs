// Made-up cost rows: a pure function of seed, linked account and day, in
// integer arithmetic, so the same seed and today give the same bytes on every
// machine.
//
// Amounts stand on a grid of 1e-6, those of a few tiny services on one of
// 1e-10, and an account's month stays below 100,000: so every sum that one
// linked account can be asked for within a month has at most 15 significant
// digits, which a JSON number read as a double keeps.

import { monthFirst, monthOf, weekday } from './calendar.mjs';


const MONTHS = 24;
const GRID = 1_000_000n; /* pico units: 1e-6 */
const TINY_GRID = 100n;  /* 1e-10 */
const GROWTH_PERCENT = 4;  /* of the first month, a month */

export const services = [
    'AmazonEC2', 'AmazonS3', 'AmazonRDS', 'AmazonCloudFront', 'AWSLambda',
    'AWSDataTransfer', 'AmazonDynamoDB', 'AmazonElastiCache', 'AmazonEKS',
    'AmazonECS', 'AmazonSNS', 'AWSQueueService', 'AmazonCloudWatch',
    'AmazonRoute53', 'AmazonVPC', 'AWSELB', 'AmazonEFS', 'AmazonKinesis',
    'AmazonRedshift', 'AmazonES', 'AmazonApiGateway', 'AWSGlue',
    'AmazonAthena', 'awskms', 'AWSSecretsManager', 'AWSCloudTrail',
    'AmazonGuardDuty', 'AmazonECR', 'AWSConfig', 'AWSSupportBusiness',
];

export const regions = [
    'APN2', 'APN1', 'USE1', 'USW2', 'EU', 'EUC1', 'APS1', 'UGW1', '',
];

// Most of a bill is a few services, most of them in the home region.
const mainServices = new Set([
    'AmazonEC2', 'AmazonRDS', 'AmazonS3', 'AmazonCloudFront', 'AmazonEKS',
    'AWSDataTransfer', 'AmazonElastiCache', 'AWSLambda',
]);
const topServices = new Set(['AmazonEC2', 'AmazonRDS']);
const HOME = 'APN2';
const tinyServices = new Set(['AWSQueueService', 'awskms', 'AmazonSNS']);
const splitServices = {
    AmazonEC2: ['BoxUsage:t3.micro', 'BoxUsage:m5.large'],
    AWSDataTransfer: ['DataTransfer-In-Bytes', 'DataTransfer-Out-Bytes'],
};


export class Generator {
    constructor(seed) {
        this.seed = mix(Number(seed) | 0, 0x9e3779b9);
        this.pairs = new Map();
    }

    // Calls add(row) for every row of the account from day start to day end.
    // A row is {day, region, service, usageType, instanceType, cost,
    // quantity}; amounts are BigInt pico units.
    rows(account, start, end, today, add) {
        const first = Math.max(start, monthFirst(monthOf(today) - MONTHS + 1));
        const last = Math.min(end, today);

        for (let day = first; day <= last; day++) {
            this.day(account, day, today, add);
        }
    }

    day(account, day, today, add) {
        const daySeed = mix(this.seed, day);
        const percent = dayPercent(account, day, today);

        for (const pair of this.pairsOf(account)) {
            const noise = mix(pair.seed, daySeed);
            if (noise % 40 === 0) {
                continue;
            }
            for (const part of pair.parts) {
                const units = Math.floor(
                    part.units * percent * (80 + (noise >>> 8) % 41) / 10000);
                add(row(pair, part, day, signed(units, noise)));
            }
        }
    }

    pairsOf(account) {
        let pairs = this.pairs.get(account);

        if (pairs === undefined) {
            pairs = [...makePairs(mixText(this.seed, account))];
            this.pairs.set(account, pairs);
        }

        return pairs;
    }
}


// About half of all pairs of service and region are in use by an account.
function* makePairs(seed) {
    for (const [s, service] of services.entries()) {
        for (const [r, region] of regions.entries()) {
            const own = mix(seed, s * 64 + r);
            if (own % 2 === 0) {
                yield makePair(own, service, region);
            }
        }
    }
}


function makePair(seed, service, region) {
    const tiny = tinyServices.has(service);
    const usages = splitServices[service] ?? ['Requests'];

    return {
        seed,
        service,
        region,
        grid: tiny ? TINY_GRID : GRID,
        parts: usages.map((usage, i) => ({
            usageType: region === '' ? usage : `${region}-${usage}`,
            instanceType: usage.startsWith('BoxUsage:') ? usage.slice(9) : '',
            units: baseUnits(mix(seed, i + 1), powers(service))
                * (topServices.has(service) ? 2 : 1) * (region === HOME ? 4 : 1)
                * (tiny ? 1 : 10_000),
        })),
    };
}


// The orders of magnitude that a service's amounts have: each is as likely as
// the others.
function powers(service) {
    if (tinyServices.has(service)) {
        return [0, 4];
    }
    return mainServices.has(service) ? [1, 2] : [0, 1];
}


// A number of the magnitudes given, with a mantissa of 1 to 30.
function baseUnits(noise, [low, high]) {
    const mantissa = 1 + (noise >>> 12) % 30;

    return mantissa * 10 ** (low + (noise >>> 4) % (high - low + 1));
}


// Weekday rhythm, growth, one spike, and a day that has not ended yet.
function dayPercent(account, day, today) {
    const months = MONTHS - 1 - (monthOf(today) - monthOf(day));
    const weekend = weekday(day) % 6 === 0;
    let percent = Math.floor(
        (weekend ? 60 : 100) * (100 + GROWTH_PERCENT * months) / 100);

    if (account.endsWith('3') && day === monthFirst(monthOf(today) - 2) + 10) {
        percent *= 9;
    }

    return day === today ? Math.floor(percent / 3) : percent;
}


// One row in about 400 is a refund.
function signed(units, noise) {
    return noise % 401 === 7 ? -units : units;
}


function row(pair, part, day, units) {
    return {
        day,
        region: pair.region,
        service: pair.service,
        usageType: part.usageType,
        instanceType: part.instanceType,
        cost: BigInt(units) * pair.grid,
        quantity: BigInt(Math.abs(units)) * 10n * pair.grid,
    };
}


function mix(a, b) {
    let h = Math.imul(a ^ (b + 0x9e3779b9 | 0), 0x85ebca6b);
    h = Math.imul(h ^ h >>> 13, 0xc2b2ae35);
    h = Math.imul(h ^ h >>> 16, 0x27d4eb2f);
    return (h ^ h >>> 15) >>> 0;
}


function mixText(seed, text) {
    let h = seed;
    for (let i = 0; i < text.length; i++) {
        h = mix(h, text.charCodeAt(i));
    }
    return h;
}
