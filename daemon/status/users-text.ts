import { alignRows } from "./table.ts";
import { counted, plain } from "./words.ts";

/** A user as told; the shape of `sync/look/user-ways.ts`, as far as it is shown. */
export interface UserTold {
  readonly login: string;
  readonly listed: boolean | null;
  readonly active: boolean | null;
  readonly records: number;
  readonly standing:
    | { readonly kind: "found"; readonly login: string; readonly step: string; readonly otherwise: readonly string[] }
    | { readonly kind: "left alone" }
    | { readonly kind: "ambiguous" | "unknown"; readonly message: string };
  readonly where: string | null;
  readonly known: boolean | null;
  readonly unresolved: boolean;
}

export interface WayTold {
  readonly from: string;
  readonly to: string;
  readonly listsThere: boolean;
  readonly rows: readonly { readonly link: string; readonly from: string; readonly to: string }[];
  readonly users: readonly UserTold[];
}

export interface UsersTold {
  readonly ways: readonly WayTold[];
  readonly cut: readonly { readonly endpoint: string; readonly entity: string; readonly read: number }[];
}

/** Way by way: for whom nobody stands, who would fall to the default user, and everybody else with the step that answers. */
export function formatUsers({ ways, cut }: UsersTold, onlyUnresolved: boolean): string {
  if (ways.length === 0) return "no row of this connection writes a field of users";
  const lines = ways.map((way) => wayText(way, onlyUnresolved));
  for (const { endpoint, entity, read } of cut)
    lines.push(`only ${read} records of ${plain(endpoint)} ${plain(entity)} were looked at: --limit says how many`);
  return lines.join("\n\n");
}

function wayText(way: WayTold, onlyUnresolved: boolean): string {
  const rows = way.rows.map(({ link, from, to }) => `${plain(link)} ${plain(from)} → ${plain(to)}`);
  const nobody = way.users.filter((user) => user.unresolved);
  const others = way.users.filter((user) => !user.unresolved);
  const stoodIn = others.filter((user) => stepOf(user) === "default user");
  const own = others.filter((user) => stepOf(user) !== "default user");
  const counts = `${counted(way.users.length, "user")}: ${own.length} have somebody of their own, ${stoodIn.length} would fall to the default user, nobody stands for ${nobody.length}`;
  const lines = [`${plain(way.from)} → ${plain(way.to)}  (${rows.join(", ")})`, `  ${counts}`];
  const why = nobody.map((user) => [userCell(user), String(user.records), whyText(user, way)]);
  if (nobody.length > 0) lines.push("  nobody stands for:", ...indented(["USER", "RECORDS", "WHY"], why));
  if (onlyUnresolved) return lines.join("\n");
  if (stoodIn.length > 0) lines.push("  would fall to the default user:", ...table(stoodIn));
  if (own.length > 0) lines.push("  have somebody of their own:", ...table(own));
  if (!way.listsThere && others.some((user) => isGuess(user)))
    lines.push(
      `  ? ${plain(way.to)} cannot list its users, and no record there shows this login: only the write tells whether it exists`,
    );
  return lines.join("\n");
}

function table(users: readonly UserTold[]): readonly string[] {
  return indented(
    ["USER", "RECORDS", "BECOMES", "BY"],
    users.map((user) => [userCell(user), String(user.records), becomes(user), byText(user)]),
  );
}

function indented(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return alignRows(head, rows).map((line) => `    ${line}`);
}

function userCell({ login, listed, active }: UserTold): string {
  if (listed === false) return `${plain(login)} (not in the list)`;
  return active === false ? `${plain(login)} (switched off)` : plain(login);
}

function stepOf({ standing }: UserTold): string {
  return standing.kind === "found" ? standing.step : standing.kind;
}

function isGuess({ standing, known }: UserTold): boolean {
  return standing.kind === "found" && known === null;
}

function becomes(user: UserTold): string {
  if (user.standing.kind !== "found") return "";
  return `${plain(user.standing.login)}${isGuess(user) ? " ?" : ""}`;
}

function byText({ standing, where }: UserTold): string {
  if (standing.kind !== "found") return 'left as it is: unmapped = "skip"';
  const more = standing.otherwise.length === 0 ? "" : `, else ${standing.otherwise.map(plain).join(", ")}`;
  return `${standing.step}${where === null ? "" : ` (${plain(where)})`}${more}`;
}

function whyText({ standing, where }: UserTold, { to }: WayTold): string {
  if (standing.kind === "ambiguous" || standing.kind === "unknown") return plain(standing.message);
  if (standing.kind !== "found") return "";
  return `${standing.step}${where === null ? "" : ` (${plain(where)})`} names "${plain(standing.login)}", whom ${plain(to)} does not have`;
}
