/*
 * Months that the provider changed when they had been over: by how much, and
 * when that was seen; below it the accounts, with what was and what is.
 */

import type { RestatedMonth } from "../api/types";
import { Icon } from "../components/Icon";
import { Link } from "../components/Link";
import { t, useLang } from "../i18n";
import { ZERO, parseDecimal } from "../lib/decimal";
import type { Decimal } from "../lib/decimal";
import { money } from "../lib/money";
import { longPeriod, mediumPeriod } from "../lib/period";
import type { Directory } from "../store/directory";

const LINES = 3;

interface Line {
  date: string;
  currency: string;
  day: string;
  change: Decimal;
}

function changeOf({ before, after }: RestatedMonth): Decimal {
  return parseDecimal(after) - parseDecimal(before);
}

/* One line for what was seen of a month on a day; the newest first. */
export function linesOf(restated: RestatedMonth[]): Line[] {
  const lines = new Map<string, Line>();

  for (const item of restated) {
    const { date, currency } = item;
    const day = item.seen_at.slice(0, 10);
    const key = [day, date, currency].join();
    const change = (lines.get(key)?.change ?? ZERO) + changeOf(item);
    lines.set(key, { date, currency, day, change });
  }
  return [...lines.values()];
}

function signed(change: Decimal, lang: string, currency: string): string {
  return (change > ZERO ? "+" : "") + money(change, lang, currency).text;
}

interface Props {
  restated: RestatedMonth[];
  directory: Directory | null;
}

function Row({ item, directory }: { item: RestatedMonth; directory: Directory | null }) {
  const lang = useLang();
  const { account, date, currency, before, after, seen_at: seenAt } = item;
  const amount = (text: string) => {
    const { text: shown, exact } = money(parseDecimal(text), lang, currency);
    return <data value={exact}>{shown}</data>;
  };

  return (
    <li>
      <Link to={`service-accounts/${account}`}>
        {directory?.accounts.get(account)?.name ?? account}
      </Link>
      <span class="coverage-reason">
        {longPeriod(date, lang)}: {amount(before)} → {amount(after)} (
        {mediumPeriod(seenAt.slice(0, 10), lang)})
      </span>
    </li>
  );
}

export function Restated({ restated, directory }: Props) {
  const lang = useLang();
  const lines = linesOf(restated);

  if (lines.length === 0) {
    return null;
  }
  return (
    <section
      class="coverage"
      aria-label={t("restated.title")}
      data-testid="restated"
    >
      <Icon name="info" />
      <div>
        {lines.slice(0, LINES).map(({ date, currency, day, change }) => (
          <p key={`${day} ${date} ${currency}`} class="coverage-title">
            {t("restated.line", {
              month: longPeriod(date, lang),
              change: signed(change, lang, currency),
              day: mediumPeriod(day, lang),
            })}
          </p>
        ))}
        <details>
          <summary>{t("restated.details")}</summary>
          <ul>
            {restated.map((item, index) => (
              <Row key={index} item={item} directory={directory} />
            ))}
          </ul>
        </details>
      </div>
    </section>
  );
}
