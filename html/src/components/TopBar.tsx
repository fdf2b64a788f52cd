/*
 * Top bar: where to go, language, theme, and who is using the app.
 */

import { useEffect, useRef } from "preact/hooks";
import { loadLanguage, rememberLanguage, t, useLang } from "../i18n";
import type { Key, Lang } from "../i18n";
import { chooseTheme } from "../lib/theme";
import { useLocation } from "../router";
import { useAdmin, useStore } from "../store/store";
import type { Theme } from "../store/store";
import { Icon } from "./Icon";
import type { IconName } from "./Icon";
import { Link } from "./Link";
import { Outdated } from "./Outdated";
import { SignedOut } from "./SignedOut";

const PLACES: { path: string; label: Key; admin: boolean }[] = [
  { path: "", label: "nav.dashboard", admin: false },
  { path: "projects", label: "nav.projects", admin: false },
  { path: "service-accounts", label: "nav.accounts", admin: false },
  { path: "providers", label: "nav.providers", admin: true },
];

const THEMES: Record<Theme, { next: Theme; icon: IconName; label: Key }> = {
  system: { next: "light", icon: "auto", label: "theme.system" },
  light: { next: "dark", icon: "sun", label: "theme.light" },
  dark: { next: "system", icon: "moon", label: "theme.dark" },
};

/* In their own language, whatever the page's: who needs it must find it. */
const OTHER: Record<Lang, { lang: Lang; name: string }> = {
  en: { lang: "ko", name: "한국어" },
  ko: { lang: "en", name: "English" },
};

function isCurrent(path: string, here: string): boolean {
  return path === "" ? here === "" || here === "costs" :
    here === path || here.startsWith(`${path}/`);
}

/*
 * Scrolls the box until the link is in sight.  Not by scrollIntoView(): some
 * versions of Chromium go on from there when Tab is pressed next, and leave out
 * all that stands before it.
 */
function reveal(link: Element, box: Element): void {
  const [inner, outer] = [link.getBoundingClientRect(), box.getBoundingClientRect()];

  box.scrollLeft +=
    Math.min(0, inner.left - outer.left) + Math.max(0, inner.right - outer.right);
}

function Navigation() {
  const admin = useAdmin();
  const here = useLocation().path;
  const box = useRef<HTMLElement>(null);

  /* on phones the places may not all fit in sight */
  useEffect(() => {
    const link = box.current?.querySelector("[aria-current]");
    if (link != null) {
      reveal(link, box.current!);
    }
  }, [here]);

  const places = PLACES.filter((place) => admin || !place.admin);

  return (
    <nav ref={box} class="nav" aria-label={t("nav.label")}>
      <ul>
        {places.map(({ path, label }) => (
          <li key={path}>
            <Link to={path} aria-current={isCurrent(path, here) ? "page" : undefined}>
              {t(label)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function LanguageSwitch() {
  const other = OTHER[useLang()];

  const change = async () => {
    rememberLanguage(other.lang);
    /* a text that cannot be fetched comes with the reload that is offered */
    await loadLanguage(other.lang).catch(() => undefined);
  };

  return (
    <button
      type="button"
      class="button quiet"
      lang={other.lang}
      data-testid="language"
      onClick={() => void change()}
    >
      <Icon name="globe" />
      {other.name}
    </button>
  );
}

function ThemeSwitch() {
  const theme = useStore((state) => state.theme);
  const { next, icon, label } = THEMES[theme];
  const text = t("theme.label", { theme: t(label) });

  return (
    <button
      type="button"
      class="button quiet square"
      aria-label={text}
      title={text}
      data-testid="theme"
      onClick={() => chooseTheme(next)}
    >
      <Icon name={icon} />
    </button>
  );
}

function WhoAmI() {
  const session = useStore((state) => state.session);

  if (session === null) {
    return null;
  }
  return (
    <span class="who" data-testid="who" title={t("who.domain", { domain: session.domain })}>
      <span class="who-name">{session.user}</span>
      <span class="who-role">
        {t(session.role === "admin" ? "role.admin" : "role.member")}
      </span>
    </span>
  );
}

function Sandbox() {
  const sandbox = useStore((state) => state.session?.sandbox === true);

  if (!sandbox) {
    return null;
  }
  return (
    <p class="sandbox" data-testid="sandbox">
      {t("frame.sandbox")}
    </p>
  );
}

interface Props {
  /* who is here is not known yet, and with it what there is to choose */
  waiting: boolean;
}

export function TopBar({ waiting }: Props) {
  return (
    <header class={waiting ? "topbar waiting-for-session" : "topbar"}>
      <div class="topbar-inner">
        <Link to="" class="home">
          <svg class="mark" viewBox="0 0 20 20" aria-hidden="true">
            <rect x="2" y="10" width="4" height="8" rx="1.500" />
            <rect x="8" y="6" width="4" height="12" rx="1.500" />
            <rect x="14" y="2" width="4" height="16" rx="1.500" />
          </svg>
          {t("app.name")}
        </Link>
        <Navigation />
        <div class="topbar-end">
          <WhoAmI />
          <LanguageSwitch />
          <ThemeSwitch />
        </div>
      </div>
      <Sandbox />
      <SignedOut />
      <Outdated />
    </header>
  );
}
