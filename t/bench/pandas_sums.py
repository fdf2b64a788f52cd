"""pandas_sums.py FILE SUMS: adds up what "aggregate" (aggregate.c) does, with pandas.

First compares SUMS, all groups, with sums of doubles, and those of one linked
account with sums of decimals, exactly.  Then, for each byte of standard input,
prints the milliseconds of processor time of one round as a line of JSON:

    rows     groupby().sum() of a DataFrame in memory, columns of strings
    codes    the same with categorical columns
    json     from the JSON text: json.loads(), DataFrame, groupby().sum()
"""

import json
import os
import sys
import time
from collections import defaultdict
from decimal import Decimal

import pandas

MONTHS = 12
KEYS = ['service', 'region', 'account', 'month']
REGIONS = {
    'APN2': 'ap-northeast-2', 'APN1': 'ap-northeast-1', 'USE1': 'us-east-1',
    'USW2': 'us-west-2', 'EU': 'eu-west-1', 'EUC1': 'eu-central-1',
    'APS1': 'ap-southeast-1', 'APS2': 'ap-southeast-2',
    'CAN1': 'ca-central-1',
}


def frame(lines):
    columns = {name: [] for name in KEYS + ['cost']}
    service, region, account, month, cost = columns.values()

    for number, line in enumerate(lines):
        rows = json.loads(line)['Results']
        for row in rows:
            group = row['GroupBy']
            service.append(group['SERVICE_CODE'])
            region.append(group['REGION'])
            cost.append(row['Value']['USAGE_COST'])
        account.extend(['%012d' % (number // MONTHS)] * len(rows))
        month.extend([number % MONTHS] * len(rows))
    return pandas.DataFrame(columns)


def sums(data):
    return data.groupby(KEYS, observed=True)['cost'].sum()


def exact(lines):
    """Decimals of the first linked account."""
    result = defaultdict(Decimal)

    for number, line in enumerate(lines[:MONTHS]):
        page = json.loads(line, parse_float=Decimal, parse_int=Decimal)
        for row in page['Results']:
            group = row['GroupBy']
            key = (group['SERVICE_CODE'], REGIONS[group['REGION']],
                   '%012d' % 0, number)
            result[key] += row['Value']['USAGE_COST']
    return result


def check(data, lines, path):
    ours = {}

    with open(path, encoding='utf-8') as file:
        for line in file:
            *key, month, amount = line.rstrip('\n').split('\t')
            ours[(*key, int(month))] = Decimal(amount)

    theirs = sums(data)
    decimals = exact(lines)
    if len(theirs) != len(ours) or not decimals:
        sys.exit(f'{len(ours)} groups instead of {len(theirs)}')
    for (service, region, account, month), amount in theirs.items():
        key = (service, REGIONS[region], account, month)
        if abs(float(ours[key]) - amount) > 1e-6:
            sys.exit(f'{key}: {ours[key]} instead of {amount}')
    for key, amount in decimals.items():
        if ours[key] != amount:
            sys.exit(f'{key}: {ours[key]} instead of {amount}, exactly')
    return {'rows': len(data), 'groups': len(ours), 'exact': len(decimals)}


def timed(function, *args):
    start = time.process_time()
    function(*args)
    return round((time.process_time() - start) * 1000, 3)


def main(path, sums_path):
    with open(path, encoding='utf-8') as file:
        lines = file.read().splitlines()

    data = frame(lines)
    print(json.dumps(check(data, lines, sums_path)), flush=True)
    codes = data.astype({name: 'category' for name in KEYS})

    while os.read(0, 1):
        print(json.dumps({
            'rows': timed(sums, data),
            'codes': timed(sums, codes),
            'json': timed(lambda: sums(frame(lines))),
        }), flush=True)


main(*sys.argv[1:])
