/*
 * One service account: what it is, what it costs, and changes to it.
 */

import { useState } from "preact/hooks";
import { api } from "../api/endpoints";
import type { Account } from "../api/types";
import { AccountCosts } from "../accounts/AccountCosts";
import { AccountFacts } from "../accounts/AccountFacts";
import { DeleteAccount } from "../accounts/DeleteAccount";
import { EditAccount } from "../accounts/EditAccount";
import { LinkedAccounts, Shrunk } from "../accounts/LinkedAccounts";
import { MoveAccounts } from "../accounts/MoveAccounts";
import { ReplaceCredentials } from "../accounts/ReplaceCredentials";
import { Icon } from "../components/Icon";
import type { IconName } from "../components/Icon";
import { Link } from "../components/Link";
import { PageHead } from "../components/PageHead";
import { ProblemView } from "../components/ProblemView";
import { SkeletonLines, Waiting } from "../components/Skeleton";
import { t } from "../i18n";
import type { Key } from "../i18n";
import { useLoad } from "../lib/useLoad";
import { href, navigate } from "../router";
import type { PageProps } from "../routes";
import { useDirectory } from "../store/directory";
import { useAdmin } from "../store/store";

type Open = "edit" | "move" | "replace" | "delete";

const ACTIONS: { open: Open; icon: IconName; label: Key }[] = [
  { open: "edit", icon: "edit", label: "accounts.edit" },
  { open: "move", icon: "move", label: "accounts.change_project" },
  { open: "replace", icon: "key", label: "accounts.replace" },
  { open: "delete", icon: "trash", label: "action.delete" },
];

/* There, but not in sight, until it is known what they act on. */
function classOf(open: Open, ready: boolean): string {
  return [
    "button",
    open === "delete" ? "danger-quiet" : "",
    ready ? "" : "unseen",
  ].join(" ");
}

interface DialogsProps {
  open: Open | null;
  account: Account;
  close: () => void;
  reload: () => void;
}

function Dialogs({ open, account, close, reload }: DialogsProps) {
  const provider = useDirectory()?.providers.get(account.provider);
  const done = () => {
    close();
    reload();
  };

  switch (open) {
    case "edit":
      return <EditAccount account={account} onClose={close} onDone={done} />;
    case "move":
      return <MoveAccounts accounts={[account]} onClose={close} onDone={done} />;
    case "replace":
      return provider === undefined ? null : (
        <ReplaceCredentials
          account={account}
          provider={provider}
          onClose={close}
          onDone={done}
        />
      );
    case "delete":
      return (
        <DeleteAccount
          account={account}
          onClose={close}
          onDone={() => void navigate(href("service-accounts"), { replace: true })}
        />
      );
    default:
      return null;
  }
}

export function AccountDetail({ id }: PageProps) {
  const admin = useAdmin();
  const directory = useDirectory();
  const [open, setOpen] = useState<Open | null>(null);
  const [read, setRead] = useState(0);
  const { data, problem, reload } = useLoad((signal) => api.account(id, signal), [id]);
  /* reloading at once: a change by someone else must not be overwritten */
  const close = () => {
    setOpen(null);
    reload();
  };

  return (
    <>
      <PageHead
        title={data?.name ?? t("accounts.one")}
        lead={<Link to="service-accounts">{t("accounts.title")}</Link>}
      >
        {admin &&
          problem === null &&
          ACTIONS.map((action) => (
            <button
              key={action.open}
              type="button"
              class={classOf(action.open, data !== null)}
              onClick={() => setOpen(action.open)}
            >
              <Icon name={action.icon} />
              {t(action.label)}
            </button>
          ))}
      </PageHead>
      {problem !== null && <ProblemView problem={problem} retry={reload} />}
      {data === null && problem === null && (
        <div class="card">
          <Waiting />
          <SkeletonLines count={6} />
        </div>
      )}
      {data !== null && (
        <>
          <AccountFacts account={data} />
          <Shrunk at={data.shrunk_at} />
          <AccountCosts account={data.id} onRead={() => setRead((count) => count + 1)} />
          {/* last: what each costs is there when the figures are, and above it
              nothing grows any more when names have come */}
          {read > 0 && directory !== null && (
            <LinkedAccounts account={data.id} changes={read + data.version} />
          )}
          <Dialogs open={open} account={data} close={close} reload={reload} />
        </>
      )}
    </>
  );
}
