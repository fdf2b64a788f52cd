/*
 * Many accounts at once: pasted or from a file, tested row by row, and added
 * together.
 */

import { useState } from "preact/hooks";
import type { Provider } from "../api/types";
import { NO_PROJECT } from "../accounts/project";
import { accountNumber } from "../accounts/number";
import { Field } from "../components/Field";
import type { ControlAttributes } from "../components/Field";
import { Icon } from "../components/Icon";
import { Link } from "../components/Link";
import { SecretLines } from "../components/Secret";
import { plural, t } from "../i18n";
import { useLeaveGuard } from "../lib/useLeaveGuard";
import { useDirectory } from "../store/directory";
import { credentialsOf, parseRows } from "./rows";
import type { Parsed } from "./rows";
import { useMany } from "./useMany";
import type { ManyRow, RowState } from "./useMany";

function columnsOf(provider: Provider): string {
  const { properties } = provider.credentials_schema;
  const own = Object.keys(properties).filter(
    (name) => properties[name]!.readOnly !== true,
  );

  return ["name", "project", ...own, "tags"].join(",");
}

function Help({ providers }: { providers: Provider[] }) {
  return (
    <details class="many-help">
      <summary>{t("many.columns")}</summary>
      <p>{t("many.columns_text")}</p>
      <dl>
        {providers.map((provider) => (
          <div key={provider.id}>
            <dt>
              {provider.name} <code>{provider.id}</code>
            </dt>
            <dd>
              <code>{columnsOf(provider)}</code>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Result({ state }: { state: RowState }) {
  switch (state.kind) {
    case "waiting":
      return <span class="quiet-text">{t("many.waiting")}</span>;
    case "testing":
    case "saving":
      return (
        <span class="row">
          <span class="spinner" aria-hidden="true" />
          {t(state.kind === "testing" ? "verify.busy" : "wizard.saving")}
        </span>
      );
    case "good":
      return (
        <span class="status good">
          <Icon name="check" />
          {plural("many.good", state.linked)}
        </span>
      );
    case "saved":
      return (
        <span class="status good">
          <Icon name="check" />
          <Link to={`service-accounts/${state.id}`}>{t("many.saved")}</Link>
        </span>
      );
    case "undone":
      return <span class="status plain">{t("many.undone")}</span>;
    case "overlap":
      return (
        <ul class="taken bad-text">
          {state.overlap.slice(0, 3).map((one) => (
            <li key={one.linked_account}>
              <span class="mono">{one.linked_account}</span>
              <Icon name="right" />
              <Link to={`service-accounts/${one.account}`}>{one.name}</Link>
            </li>
          ))}
          {state.overlap.length > 3 && (
            <li>{t("verify.more", { n: state.overlap.length - 3 })}</li>
          )}
        </ul>
      );
    case "twice":
      return (
        <span class="status bad">
          <Icon name="warning" />
          {t("many.twice", { line: state.line })}
        </span>
      );
    case "bad":
      return (
        <span class="status bad">
          <Icon name="warning" />
          {state.text}
        </span>
      );
    case "faults":
      return (
        <ul class="bad-text">
          {state.texts.map(([pointer, text]) => (
            <li key={pointer}>
              <code>{pointer.replace(/^\/(credentials\/)?/, "")}</code> {text}
            </li>
          ))}
        </ul>
      );
  }
}

function Line({ row }: { row: ManyRow }) {
  const { input, provider, project } = row;

  return (
    <tr data-state={row.state.kind}>
      <td class="num">{input.line}</td>
      <th scope="row">{row.name === "" ? t("many.unnamed") : row.name}</th>
      <td class="mono wide">
        {provider === undefined
          ? input.provider
          : accountNumber(credentialsOf(input, provider), provider)}
      </td>
      <td class="wide">
        {project?.name ?? input.project}
        {project !== null && project.id === null && (
          <span class="fact-note">{t("many.new_project")}</span>
        )}
      </td>
      <td>
        <Result state={row.state} />
      </td>
    </tr>
  );
}

function Results({ rows }: { rows: ManyRow[] }) {
  return (
    <div class="table-scroll" role="region" aria-label={t("many.results")} tabIndex={0}>
      <table class="table many" data-testid="many-table">
        <caption class="sr">{t("many.results")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("many.line")}</th>
            <th scope="col">{t("table.name")}</th>
            <th scope="col" class="wide">{t("accounts.account")}</th>
            <th scope="col" class="wide">{t("accounts.project")}</th>
            <th scope="col">{t("many.result")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Line key={row.input.line} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function faultText({ fault }: Parsed): string | undefined {
  return fault === null ? undefined : t(`many.fault.${fault.code}`, { about: fault.about });
}

interface TextProps {
  control: ControlAttributes;
  value: string;
  onInput: (text: string) => void;
}

/* It holds keys: hidden as they are, wherever they stand in it. */
function Text({ control, value, onInput }: TextProps) {
  return (
    <SecretLines
      control={control}
      name={t("many.text")}
      secret
      required
      rows={8}
      value={value}
      onInput={onInput}
    />
  );
}

export function Many({ providers }: { providers: Provider[] }) {
  const directory = useDirectory();
  const [text, setText] = useState("");
  const [usual, setUsual] = useState("");
  const [parsed, setParsed] = useState<Parsed | null>(null);
  const { rows, phase, test, save, reset, leaveOut } = useMany(providers);
  const good = rows.filter(({ state }) => state.kind === "good").length;
  const busy = phase === "testing" || phase === "saving";
  const left = rows.length - good;

  useLeaveGuard(phase === "saving" || (text !== "" && phase !== "saved"));

  const input = (next: string) => {
    setText(next);
    setParsed(null);
    reset();
  };

  const onTest = () => {
    const found = parseRows(text, providers);
    setParsed(found);
    if (found.fault === null) {
      void test(found.rows, usual === "" ? NO_PROJECT.project : usual);
    }
  };

  const onFile = async (file: File | undefined) => {
    if (file !== undefined) {
      input(await file.text());
    }
  };

  return (
    <form
      class="card wizard-card"
      noValidate
      autocomplete="off"
      data-testid="many"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) {
          onTest();
        }
      }}
    >
      <div class="wizard-body">
        <Field
          label={t("many.text")}
          pointer="/text"
          hint={t("many.hint")}
          error={parsed === null ? undefined : faultText(parsed)}
        >
          {(control) => <Text control={control} value={text} onInput={input} />}
        </Field>
        <Field label={t("many.file")} pointer="/file" required={false}>
          {(control) => (
            <input
              {...control}
              type="file"
              accept=".csv,.tsv,.txt,.json,text/csv,application/json"
              onChange={(event) => void onFile(event.currentTarget.files?.[0])}
            />
          )}
        </Field>
        <Field
          label={t("many.project")}
          pointer="/project"
          hint={t("many.project_hint")}
          required={false}
        >
          {(control) => (
            <select
              {...control}
              class="select"
              value={usual}
              onChange={(event) => {
                setUsual(event.currentTarget.value);
                reset();
              }}
            >
              <option value="">{t("many.no_project")}</option>
              {[...(directory?.projects.values() ?? [])].map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Help providers={providers} />
        <p class="sr" role="status">
          {phase === "tested" && t("many.told", { good, left })}
          {phase === "saved" && plural("many.done", rows.length)}
        </p>
        {rows.length > 0 && <Results rows={rows} />}
        {phase === "tested" && left > 0 && (
          <p class="quiet-text">{plural("many.whole", left)}</p>
        )}
        {phase === "saved" && <p>{plural("many.done", rows.length)}</p>}
      </div>
      <div class="wizard-foot">
        <Link to="service-accounts" class="button">
          {t(phase === "saved" ? "many.back" : "action.cancel")}
        </Link>
        {phase === "tested" && left > 0 && good > 0 && (
          <button type="button" class="button" onClick={leaveOut}>
            {plural("many.leave_out", left)}
          </button>
        )}
        {phase !== "saved" && (
          <button
            type="submit"
            class={`button ${phase === "tested" && left === 0 ? "" : "primary"}`}
            aria-disabled={busy}
          >
            {phase === "testing" && <span class="spinner" aria-hidden="true" />}
            {t("many.test")}
          </button>
        )}
        {(phase === "saving" || (phase === "tested" && left === 0)) && (
          <button
            type="button"
            class="button primary"
            aria-disabled={busy}
            onClick={() => !busy && void save()}
          >
            {phase === "saving" && <span class="spinner" aria-hidden="true" />}
            {plural("many.save", rows.length)}
          </button>
        )}
      </div>
    </form>
  );
}
