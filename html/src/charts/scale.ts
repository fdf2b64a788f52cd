/*
 * Axes: round steps over the range of the values.
 */

export interface Scale {
  min: number;
  max: number;
  ticks: number[];
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const unit = rough / power;

  return (unit <= 1 ? 1 : unit <= 2 ? 2 : unit <= 2.5 ? 2.5 : unit <= 5 ? 5 : 10) *
    power;
}

/* Zero is always part of it: bars without their foot mislead. */
export function scaleOf(values: number[], count: number): Scale {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);

  if (low === high) {
    return { min: 0, max: 1, ticks: [0] };
  }

  const step = niceStep((high - low) / count);
  const min = Math.floor(low / step + 1e-9) * step;
  const max = Math.ceil(high / step - 1e-9) * step;
  const ticks: number[] = [];
  for (let index = 0; min + index * step <= max + step / 2; index++) {
    ticks.push(Number((min + index * step).toPrecision(12)));
  }

  return { min, max, ticks };
}
