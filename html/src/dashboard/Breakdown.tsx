/*
 * Who or what costs how much: top ten with bar and share, the rest in a line.
 */

import type { CostGroup } from "../api/types";
import { Sparkline } from "../charts/Sparkline";
import { Card } from "../components/Card";
import { Link } from "../components/Link";
import { Money } from "../components/Money";
import { t, useLang } from "../i18n";
import { ZERO, ratio } from "../lib/decimal";
import type { Decimal } from "../lib/decimal";
import { shares } from "../lib/figures";
import type { Basis, Share } from "../lib/figures";
import { groupAlias, groupName, groupTarget } from "../lib/links";
import type { Dimension, Filters } from "../lib/links";
import { percent } from "../lib/money";
import type { Directory } from "../store/directory";

interface Props {
  dimension: Dimension;
  groups: CostGroup[];
  total: Decimal;
  basis: Basis;
  currency: string;
  filters: Filters;
  directory: Directory | null;
}

function Name({ share, props }: { share: Share; props: Props }) {
  const { dimension, filters, directory } = props;

  if (share.id === null) {
    return (
      <Link to="costs" query={{ ...filters, group: dimension }}>
        {t("group.rest")}
      </Link>
    );
  }

  const name = groupName(dimension, share.id, directory);
  const target = groupTarget(dimension, share.id, filters);
  if (target === null) {
    return <span>{name}</span>;
  }

  const alias = groupAlias(dimension, share.id, directory);
  const link = (
    <Link
      to={target.to}
      title={alias === null ? name : `${name}: ${alias}`}
      {...(target.query ? { query: target.query } : {})}
    >
      {name}
    </Link>
  );
  return alias === null ? (
    link
  ) : (
    <span class="named">
      {link} <span class="alias">{alias}</span>
    </span>
  );
}

function Row({ share, props }: { share: Share; props: Props }) {
  const lang = useLang();
  const part = ratio(share.amount, props.total);
  const bar = Math.max(0, Math.min(1, part));

  return (
    <tr>
      <th scope="row">
        <Name share={share} props={props} />
        <span class="share-bar" aria-hidden="true">
          <span style={{ inlineSize: `${bar * 100}%` }} />
        </span>
      </th>
      <td class="spark">
        <Sparkline values={share.months} />
      </td>
      <td class="end">
        <Money value={share.amount} currency={props.currency} />
      </td>
      <td class="end share num">
        {props.total === ZERO ? "" : percent(part, lang)}
      </td>
    </tr>
  );
}

export function Breakdown(props: Props) {
  const { dimension, groups, basis } = props;
  const rows = shares(groups, dimension, basis);
  const title = t(`breakdown.${dimension}`);

  return (
    <Card title={title} class={`by-${dimension}`} testid={`by-${dimension}`}>
      {rows.length === 0 ? (
        <p class="quiet-text">{t("state.no_data")}</p>
      ) : (
        <table class="shares">
          <caption class="sr">{title}</caption>
          <thead class="sr">
            <tr>
              <th scope="col">{t("table.name")}</th>
              <th scope="col">{t("table.trend")}</th>
              <th scope="col">{t(`basis.${basis}`)}</th>
              <th scope="col">{t("table.share")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((share) => (
              <Row key={share.id ?? "*rest"} share={share} props={props} />
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}
