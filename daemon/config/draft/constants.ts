import type { FieldSchema } from "../../core/field.ts";
import { targetsOf } from "../../fields/referred.ts";
import type { DraftSide } from "./input.ts";
import type { Birth, DraftRow } from "./rows.ts";
import type { TomlValue } from "./toml-text.ts";

/** What a required field of a new record gets where nothing else fills it. `value` null: nothing suits; somebody has to decide. */
export interface DraftConstant {
  readonly field: string;
  readonly value: TomlValue | null;
  readonly note: string;
}

/** A record that lacks one of these is refused; a constant beside a row counts only where the row brings nothing. */
export function draftConstants(
  side: "left" | "right",
  entity: string,
  endpoint: DraftSide,
  other: DraftSide,
  otherEntity: string,
  rows: readonly DraftRow[],
  births: readonly Birth[],
): readonly DraftConstant[] {
  const fields = Object.values(endpoint.schemas[entity]?.fields ?? {});
  const sources = other.schemas[otherEntity]?.fields ?? {};
  return fields.flatMap((field) => {
    if (!field.required || field.readOnly || field.defaulted === true) return [];
    const row = rows.find((one) => one.off === null && one[side] === field.name);
    const source = row === undefined ? undefined : sources[row[side === "left" ? "right" : "left"]];
    // What is required there as well is never empty; and a reference that is mapped has no stand-in.
    if (source !== undefined && (source.required || source.kind === "reference")) return [];
    const born = births.find((birth) => birth.toward === side && birth.to.name === field.name);
    if (born !== undefined && born.to.kind !== "user") return [];
    return [{ field: field.name, ...standIn(field, endpoint) }];
  });
}

function standIn(field: FieldSchema, { login, name, directories }: DraftSide): Omit<DraftConstant, "field"> {
  const { label, kind } = field;
  switch (kind) {
    case "option":
      return first(field.options?.[0], label, "the first of its list");
    case "user":
      return first(login ?? undefined, label, `the account that Syncline signs in with at ${name}`);
    case "reference": {
      const entry = targetsOf(field.target).flatMap((target) => directories.get(target) ?? [])[0];
      return first(entry?.id, label, `"${entry?.name ?? ""}"`);
    }
    case "number":
      return { value: 0, note: label };
    case "boolean":
      return { value: false, note: label };
    case "string":
    case "rich":
      return { value: "n/a", note: label };
    default:
      return { value: null, note: `${label}: no day suits every record` };
  }
}

function first(value: string | undefined, label: string, what: string): Omit<DraftConstant, "field"> {
  return value === undefined
    ? { value: null, note: `${label}: required, and nothing suits by itself` }
    : { value, note: `${label}: ${what}` };
}
