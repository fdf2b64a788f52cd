/*
 * The documents of the HTTP API, version 1.
 */

import type { Granularity } from "../lib/period";

/* What lookups have cost: of all accounts, and how much one may cost. */
export interface Lookups {
  month: string;
  calls: number;
  limit: number | null;
  per: "month" | "day" | null;
  accounts_at_limit: number;
}

export interface Session {
  user: string;
  role: "admin" | "member";
  domain: string;
  projects: string[] | null;
  languages: string[];
  version: string;
  sandbox: boolean;
  /* null: not known just now; a member is not told */
  lookups?: Lookups | null;
}

/* The part of JSON Schema that credentials use. */
export interface FieldSchema {
  type?: string;
  title?: string;
  description?: string;
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  enum?: string[];
  examples?: string[];
  writeOnly?: boolean;
  default?: string;
  "x-lines"?: boolean;
  "x-ko"?: SchemaTexts;
}

/* What a schema says to people, in another language. */
export interface SchemaTexts {
  title?: string;
  description?: string;
}

export interface CredentialsSchema {
  description?: string;
  "x-ko"?: SchemaTexts;
  properties: Record<string, FieldSchema>;
  required?: string[];
}

export interface Provider {
  id: string;
  name: string;
  backend: string;
  /* whose linked accounts, regions and services it tells */
  cloud: string;
  since: string;
  contact: string;
  enabled: boolean;
  credentials_schema: CredentialsSchema;
}

export type Tags = Record<string, string>;

interface Stored {
  id: string;
  name: string;
  version: number;
  created_at: string;
  updated_at: string;
}

export interface Group extends Stored {
  parent_id: string | null;
}

export interface Project extends Stored {
  group_id: string | null;
  tags: Tags;
  accounts: number;
}

export type AccountState = "ok" | "rejected" | "unreachable" | "unverified";

export type Credentials = Record<string, string | null>;

export interface Account extends Stored {
  provider: string;
  project_id: string;
  tags: Tags;
  credentials: Credentials;
  state: AccountState;
  verified_at: string | null;
}

export interface Page {
  next_cursor: string | null;
  total: number;
}

export interface ProjectPage extends Page {
  projects: Project[];
}

export interface GroupPage extends Page {
  project_groups: Group[];
}

export interface AccountPage extends Page {
  service_accounts: Account[];
}

export type DataState = "fresh" | "stale" | "failed" | "disabled";

/* Where the data of an account stands, in answers about costs. */
export interface AccountData {
  id: string;
  state: DataState;
  as_of: string | null;
  code: string | null;
}

/* A month whose sum changed when it had been over. */
export interface RestatedMonth {
  account: string;
  date: string;
  currency: string;
  before: string;
  after: string;
  seen_at: string;
}

export interface CostGroup {
  key: Record<string, string> | null;
  costs: string[];
  sum: string;
}

export interface CostCurrency {
  currency: string;
  costs: string[];
  sum: string;
  groups: CostGroup[];
}

export interface Costs {
  granularity: Granularity;
  start: string;
  end: string;
  dates: string[];
  currencies: CostCurrency[];
  in_progress: string[];
  accounts: AccountData[];
  complete: boolean;
  restated?: RestatedMonth[];
  degraded?: string;
}

export interface Series {
  dates: string[];
  costs: string[];
}

export interface DashboardCurrency {
  currency: string;
  this_month: string;
  last_month: string;
  this_month_to_date: string | null;
  last_month_to_date: string | null;
  change_percent: number | null;
  monthly: Series;
  daily: Series;
  by_service: CostGroup[];
  by_region: CostGroup[];
  by_project?: CostGroup[];
  by_account: CostGroup[];
}

export interface Dashboard {
  scope: Record<string, unknown>;
  as_of: string | null;
  complete: boolean;
  accounts: AccountData[];
  in_progress: string[];
  currencies: DashboardCurrency[];
  restated: RestatedMonth[];
  degraded?: string;
}

export interface FieldError {
  pointer: string;
  code: string;
  message: string;
}

export interface ProblemDocument {
  title: string;
  status: number;
  code: string;
  detail?: string;
  request_id?: string;
  errors?: FieldError[];
}
