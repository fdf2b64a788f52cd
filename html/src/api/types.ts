/*
 * The documents of the HTTP API by the names that the pages use.
 */

import type { Schemas } from "./schema";

export type Lookups = Schemas["Lookups"];
export type Session = Schemas["Session"];

export type SchemaTexts = Schemas["SchemaTexts"];
export type FieldSchema = Schemas["CredentialField"];
export type CredentialsSchema = Schemas["CredentialsSchema"];
export type Provider = Schemas["Provider"];

export type Group = Schemas["ProjectGroup"];
export type Project = Schemas["Project"];

export type Account = Schemas["ServiceAccount"];
export type AccountState = Account["state"];
/* As much as the directory has of them. */
export type AccountName = Pick<Account, "id" | "name" | "provider" | "project_id">;
export type ProjectName = Pick<Project, "id" | "name" | "group_id" | "accounts" | "version">;
export type GroupName = Pick<Group, "id" | "name" | "parent_id" | "version">;

export type AccountPage = Schemas["ServiceAccountList"];
export type LinkedAccount = Schemas["LinkedAccount"];
export type AccountChange = Schemas["ServiceAccountPatch"];
export type NewAccount = Schemas["ServiceAccountCreate"];
export type Reason = Schemas["Reason"];
export type Verified = Schemas["Verified"];
export type Overlap = NonNullable<Verified["overlap"]>[number];
export type Credentials = Schemas["Credentials"];

/* Where the data of an account stands, in answers about costs. */
export type AccountData = Schemas["AccountState"];
export type DataState = AccountData["state"];

export type Costs = Schemas["Costs"];
export type CostCurrency = Costs["currencies"][number];
export type CostGroup = Schemas["Group"];
export type ShareOf = Schemas["ShareOf"];
export type Granularity = Costs["granularity"];
export type Progress = Schemas["Progress"];
export type RestatedMonth = Schemas["Restated"];
export type Series = Schemas["Series"];

export type Dashboard = Schemas["Dashboard"];
export type DashboardCurrency = Dashboard["currencies"][number];

export type ProblemDocument = Schemas["Problem"];
export type FieldError = NonNullable<ProblemDocument["errors"]>[number];
