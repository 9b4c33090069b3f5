import type { FieldSchema } from "../core/field.ts";
import type { Passage } from "./carry.ts";
import { dayIn, startIn } from "./date.ts";
import { orMissing } from "./missing.ts";
import { canonicalDecimal } from "./number.ts";
import { type Carried, fault, value } from "./outcome.ts";
import { entriesIn, findByName, type Owner } from "./reference.ts";
import { convertMarkup, cutRich, markupOf } from "./rich.ts";
import { findTeam } from "./team.ts";
import { cut, lengthIn, oneLine } from "./text.ts";

/**
 * A text made into a value of the target's kind. `form` says what the text is: `mapped`, written by a person in a value map; `copied`, in the
 * source field's own form (its markup); `named`, what the source's directory calls the record referred to, whose owner is `owner`.
 */
export function settle(
  text: string,
  passage: Passage,
  form: "mapped" | "copied" | "named",
  owner: Owner | null = null,
): Carried {
  const { from, to } = passage;
  if (form === "mapped" && text.trim() === "") return value(null);
  const markup = form === "copied" && from.kind === "rich" ? markupOf(from) : "plain";
  switch (to.kind) {
    case "rich":
      return limit(convertMarkup(text, markup, markupOf(to)), text, passage, form);
    case "string":
      return limit(oneLine(convertMarkup(text, markup, "plain")), text, passage, form);
    case "number":
      return checked(canonicalDecimal(text), text, "a number", to);
    case "date":
      return checked(dayIn(text, from.kind === "datetime" ? from.zone : undefined), text, "a date (YYYY-MM-DD)", to);
    case "datetime":
      return checked(
        startIn(text, from.kind === "date" ? to.zone : undefined),
        text,
        "a moment (YYYY-MM-DDTHH:mm:ssZ)",
        to,
      );
    case "boolean":
      return checked(canonicalBoolean(text), text, "yes or no", to);
    case "option":
      return inList(markup === "plain" ? text : oneLine(convertMarkup(text, markup, "plain")), passage);
    case "user":
      return value(text);
    case "reference":
      return orMissing(
        text,
        reference(text, passage, form === "mapped" ? within(text, owner, passage) : owner),
        passage,
      );
  }
}

function reference(text: string, { to, target, team }: Passage, owner: Owner | null): Carried {
  if (team !== undefined) return findTeam(text, team, entriesIn(to.target ?? "", target), target);
  return findByName(text, owner, to.target ?? "", target);
}

/** A name from a value map that the owner's partner does not have may still be the only one of its kind elsewhere. */
function within(text: string, owner: Owner | null, { to, target }: Passage): Owner | null {
  if (owner === null) return null;
  return findByName(text, owner, to.target ?? "", target).kind === "value" ? owner : null;
}

function checked(found: string | null, text: string, wanted: string, to: FieldSchema): Carried {
  return found === null ? fault(`"${text}" is not ${wanted}, as the field "${to.label}" needs`) : value(found);
}

/** As records hold it; null for what is neither yes nor no. */
export function canonicalBoolean(text: string): string | null {
  if (/^(true|yes|y|1)$/i.test(text)) return "true";
  return /^(false|no|n|0)$/i.test(text) ? "false" : null;
}

function inList(text: string, passage: Passage): Carried {
  return orMissing(text, option(text, passage), passage);
}

/** A list value is never cut: what is left of it would be another one. */
function option(given: string, { to, target, mapping }: Passage): Carried {
  const text = inTheListAs(given, to.options ?? []);
  const listed = to.options?.includes(text) === true;
  if (to.verified !== true || to.options === undefined || listed) {
    const { maxLength: max } = to;
    if (listed || max === undefined || lengthIn(text, max.unit) <= max.size) return value(text);
    return fault(
      `"${text}" is longer than a value of "${to.label}" in ${target.endpoint} may be (${max.size} ${max.unit})`,
    );
  }
  const where = mapping.values === null ? "add a value map" : `add a row to the value map "${mapping.values.name}"`;
  const shown = to.options.slice(0, 12).join(", ") + (to.options.length > 12 ? ", …" : "");
  const values = shown === "" ? "which is empty" : `(${shown})`;
  return fault(
    `"${text}" is not in the list of "${to.label}" in ${target.endpoint} ${values}: ${where}, or add the value there`,
  );
}

/** Blanks around a value are no part of it. */
function inTheListAs(text: string, options: readonly string[]): string {
  if (options.includes(text)) return text;
  return options.find((listed) => listed.trim() === text.trim()) ?? text;
}

/** Half a number is another number, half a date none (T23). */
const NEVER_CUT: Partial<Record<FieldSchema["kind"], string>> = { number: "number", date: "date", datetime: "date" };

/** S25, T1: only what is written is cut, and that is told; `given` is what the source holds. */
function limit(
  text: string,
  given: string,
  { from, to, mapping, target }: Passage,
  form: "mapped" | "copied" | "named",
): Carried {
  const max = to.maxLength;
  if (max === undefined || lengthIn(text, max.unit) <= max.size) return value(text);
  const length = lengthIn(text, max.unit);
  const whole = form === "copied" ? NEVER_CUT[from.kind] : undefined;
  if (whole !== undefined)
    return fault(
      `a ${whole} of ${length} ${max.unit} does not fit "${to.label}" of ${target.endpoint}, which holds ${max.size}`,
    );
  if (mapping.overflow === "error")
    return fault(`${length} ${max.unit} do not fit "${to.label}" of ${target.endpoint}, which holds ${max.size}`);
  const kept = to.kind === "rich" ? cutRich(text, markupOf(to), max) : cut(text, max);
  const carried = value(kept, [
    `cut from ${length} to ${max.size} ${max.unit} for "${to.label}" of ${target.endpoint}`,
  ]);
  if (mapping.overflow !== "truncate-both" || from.multiple || from.kind !== "string")
    return { ...carried, partial: true };
  return { ...carried, echo: lengthIn(given, max.unit) <= max.size ? given : cut(given, max) };
}
