/*
 * English texts.
 */

export const en = {
  "app.name": "Billing",

  "nav.label": "Main",
  "nav.dashboard": "Dashboard",
  "nav.projects": "Projects",
  "nav.accounts": "Service accounts",
  "nav.providers": "Providers",

  "frame.skip": "Skip to content",
  "frame.utc": "Days and months begin and end in UTC.",
  "frame.version": "Version {version}",
  "frame.sandbox": "Sandbox: figures are made up",
  "frame.signed_out":
    "You are signed out. Sign in again in another tab, then try again here: what you entered is kept.",

  "theme.label": "Theme: {theme}",
  "theme.system": "as the system",
  "theme.light": "light",
  "theme.dark": "dark",
  "who.domain": "Domain {domain}",
  "role.admin": "Administrator",
  "role.member": "Member",

  "action.dismiss": "Dismiss",
  "action.retry": "Try again",
  "action.main_dashboard": "Go to the main dashboard",

  "problem.network": "The server cannot be reached.",
  "problem.request": "Request {id}",

  "missing.title": "This page does not exist",
  "missing.text": "The address may be old or mistyped.",

  "dash.title": "Overall billing",
  "accounts.count.one": "{n} account",
  "accounts.count.other": "{n} accounts",
} as const;
