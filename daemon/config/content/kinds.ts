import type { FieldKind, FieldSchema } from "../../core/field.ts";

/** What each kind can be carried to, beside its own kind. Lenient: a tracker's list may hold numbers, and a text field may hold anything. */
const CARRIES: Readonly<Record<FieldKind, readonly FieldKind[]>> = {
  string: ["rich", "number", "date", "datetime", "boolean", "option", "user", "reference"],
  rich: ["string", "option"],
  number: ["string", "rich", "option"],
  date: ["string", "rich", "datetime"],
  datetime: ["string", "rich", "date"],
  boolean: ["string", "option"],
  option: ["string", "rich", "number", "boolean", "user", "reference"],
  user: ["string", "rich", "option"],
  reference: ["string", "rich", "option"],
};

/** Null where `from` can be carried to `to`, else why not. A value map makes anything of lists and texts. */
export function whyIncompatible(from: FieldSchema, to: FieldSchema, mapped: boolean): string | null {
  if (from.kind === to.kind || CARRIES[from.kind].includes(to.kind)) return null;
  if (mapped && from.kind !== "rich" && to.kind !== "rich") return null;
  return `"${from.label}" holds ${nounOf(from)}, which "${to.label}" (${nounOf(to)}) cannot hold`;
}

function article(noun: string): string {
  return `${/^[aeio]/.test(noun) ? "an" : "a"} ${noun}`;
}

export function nounOf(field: FieldSchema): string {
  const several = field.multiple;
  switch (field.kind) {
    case "string":
      return several ? "texts" : "a text";
    case "rich":
      return "formatted text";
    case "option":
      return several ? "list values" : "a list value";
    case "reference":
      return several ? "references" : `a reference to ${article(field.target?.replaceAll("|", " or ") ?? "record")}`;
    case "boolean":
      return "true or false";
    default:
      return several ? `${field.kind}s` : `a ${field.kind}`;
  }
}
