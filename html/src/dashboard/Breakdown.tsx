/*
 * Who or what costs how much: top ten with bar and share, the rest in a line.
 */

import { Sparkline } from "../charts/Sparkline";
import { Card } from "../components/Card";
import { Link } from "../components/Link";
import { Money } from "../components/Money";
import { PartialMark, PartialNote } from "../components/Partial";
import { t, useLang } from "../i18n";
import type { Coverage } from "../lib/complete";
import { ZERO, ratio } from "../lib/decimal";
import type { Basis, Share, Shares } from "../lib/figures";
import { groupAlias, groupCosts, groupName, groupTarget } from "../lib/links";
import type { Dimension, Filters } from "../lib/links";
import { percent } from "../lib/money";
import { setQuery } from "../router";
import type { Directory } from "../store/directory";
import { Nothing } from "./Nothing";

interface Props {
  dimension: Dimension;
  shares: Shares;
  basis: Basis;
  currency: string;
  /* where there are several: this one */
  about: string | undefined;
  filters: Filters;
  directory: Directory | null;
  cover: Cover;
}

/* What figures of a breakdown are without: of one group, or of all. */
export interface Cover {
  /* of the chosen months */
  of: (id: string | null) => Coverage | null;
  /* of each month of a sparkline */
  months: (id: string | null) => boolean[];
}

function Name({ share, props }: { share: Share; props: Props }) {
  const { dimension, filters, directory } = props;

  if (share.id === null) {
    return (
      <Link to="costs" query={{ ...filters, group: dimension, rows: "all" }}>
        {t(REST[share.kind])}
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

const REST = {
  group: "group.rest",
  costs: "group.rest_costs",
  credits: "group.rest_credits",
} as const;

function percentOf(part: number): string {
  return `${part * 100}%`;
}

/*
 * As long as its share.  Where costs and credits mix, costs go to the right
 * from a line at zero and credits to the left: both fit whatever they are.
 */
function Bar({ share, shares }: { share: Share; shares: Shares }) {
  const { mixed, whole } = shares;
  const above = ratio(share.above, whole);
  const below = ratio(-share.below, whole);

  if (!mixed) {
    return (
      <span class="share-bar" aria-hidden="true">
        <span style={{ inlineSize: percentOf(above + below) }} />
      </span>
    );
  }

  const zero = ratio(shares.below, whole);
  return (
    <span class="share-bar signed" aria-hidden="true">
      {below > 0 && (
        <span
          class="below"
          style={{ insetInlineStart: percentOf(zero - below), inlineSize: percentOf(below) }}
        />
      )}
      {above > 0 && (
        <span
          class="above"
          style={{ insetInlineStart: percentOf(zero), inlineSize: percentOf(above) }}
        />
      )}
      <span class="zero" style={{ insetInlineStart: percentOf(zero) }} />
    </span>
  );
}

function Row({ share, props }: { share: Share; props: Props }) {
  const lang = useLang();
  const { shares, dimension, filters, cover, directory } = props;
  const behind = share.id === null ? null : groupCosts(dimension, share.id, filters);
  const spark = <Sparkline values={share.months} partial={cover.months(share.id)} />;

  return (
    <tr>
      <th scope="row">
        <Name share={share} props={props} />
        <Bar share={share} shares={shares} />
      </th>
      <td class="spark">
        {behind === null ? (
          spark
        ) : (
          <Link
            to={behind.to}
            query={behind.query!}
            aria-label={t("breakdown.months", {
              name: groupName(dimension, share.id!, directory),
            })}
          >
            {spark}
          </Link>
        )}
      </td>
      <td class="end amount">
        <Money value={share.amount} currency={props.currency} />
        <PartialMark of={cover.of(share.id)} />
      </td>
      <td class="end share num">
        {shares.whole === ZERO
          ? ""
          : percent(ratio(share.above - share.below, shares.whole), lang)}
        {shares.whole !== ZERO && <PartialMark of={cover.of(null)} />}
      </td>
    </tr>
  );
}

export function Breakdown(props: Props) {
  const { dimension, basis } = props;
  const { rows } = props.shares;
  const title = t(`breakdown.${dimension}`);

  return (
    <Card
      level={3}
      title={title}
      about={props.about}
      class={`by-${dimension}`}
      testid={`by-${dimension}`}
    >
      <PartialNote of={props.cover.of(null)} />
      {rows.length === 0 ? (
        <Nothing reason="no_costs">
          {basis !== "year" && (
            <button type="button" class="button" onClick={() => setQuery({ basis: "year" })}>
              {t("nothing.year")}
            </button>
          )}
        </Nothing>
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
              <Row key={share.id ?? `*${share.kind}`} share={share} props={props} />
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}
