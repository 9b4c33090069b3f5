import type { ConnectorType, SettingsIssue } from "../../core/connector.ts";
import { OperatorError } from "../../core/errors.ts";

/** One endpoint as somebody gave it, every value a text. */
export interface EndpointWords {
  readonly name: string | null;
  readonly values: ReadonlyMap<string, string>;
}

/** Reads `alm type=alm url=https://… domain=BANK project="My project" secret=alm-payments`; the first word is the endpoint's name. */
export function readWords(text: string, flag: string): EndpointWords {
  const words = text.match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
  const values = new Map<string, string>();
  const names: string[] = [];
  for (const word of words) {
    const at = word.indexOf("=");
    const key = word.slice(0, at);
    if (at === -1) names.push(word);
    else if (values.has(key))
      throw new OperatorError(`${flag}: "${key}" stands in it twice.`, "Which of the two counts?");
    else values.set(key, word.slice(at + 1).replaceAll('"', ""));
  }
  if (names.length > 1)
    throw new OperatorError(
      `${flag}: "${names[1]}" is no key=value.`,
      `Write ${flag} "<name> type=… url=… secret=…"; a value with blanks stands in double quotes.`,
    );
  return { name: names[0] ?? null, values };
}

export type SettingsRead =
  | { readonly ok: true; readonly table: Readonly<Record<string, string | number>>; readonly parsed: unknown }
  | { readonly ok: false; readonly issues: readonly SettingsIssue[]; readonly known: readonly string[] };

/** Settings from texts: a whole number is taken for one only where the connector wants a number. */
export function readSettings(type: ConnectorType, values: ReadonlyMap<string, string>): SettingsRead {
  const table: Record<string, string | number> = Object.fromEntries(values);
  const first = type.settings(table);
  if (first.ok) return { ok: true, table, parsed: first.value };
  for (const { path } of first.issues) {
    const value = table[path[0] ?? ""];
    if (path.length === 1 && typeof value === "string" && /^-?\d{1,15}$/.test(value))
      table[path[0] ?? ""] = Number(value);
  }
  const second = type.settings(table);
  return second.ok
    ? { ok: true, table, parsed: second.value }
    : { ok: false, issues: second.issues, known: second.known };
}
