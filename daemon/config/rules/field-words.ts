import type { Diagnostic } from "../../core/diagnostic.ts";
import { fieldHint, type SideFields } from "../content/side-fields.ts";
import { didYouMean, nearest } from "../content/suggest.ts";
import { linkWords } from "./link-words.ts";
import { labelsOf } from "./rule-tables.ts";

/** One side of a link, as rules see it. */
export interface RuleEnd {
  /** `payments/defects`. */
  readonly link: string;
  readonly side: SideFields;
  /** Names of the fields that a rule can read. */
  readonly readable: ReadonlySet<string>;
}

interface Words {
  readonly message: string;
  readonly hint: string;
}

/** What TypeScript says of a field that is not there, in the words that a mapping is answered with (B1, X11). `ends`: by the names of their types. */
export function inWords(found: Diagnostic, ends: ReadonlyMap<string, RuleEnd>): Diagnostic {
  const words = found.code === "rule-type" ? linkWords(found.message, ends) : null;
  if (words !== null) return { ...found, ...words };
  const [, field, type, name, rest] = NO_PROPERTY.exec(found.message) ?? [];
  const end = name === undefined ? undefined : ends.get(name);
  if (end === undefined || field === undefined || found.code !== "rule-type") return found;
  if (type !== "ByLabel") return { ...found, ...(type === "Writable" ? noField(end, field) : unread(end, field)) };
  return { ...found, ...noLabel(end, field, rest?.endsWith("Write") === true) };
}

const NO_PROPERTY =
  /Property '([^']+)' does not exist on type '(?:Readonly<)?(Readable|Received|Sent|Writable|ByLabel)<(\w+)(?:, ([^'<>]*|Mutable<\w+>))?>/;

/** A field that rules do not read, or that is not there. */
export function unread(end: RuleEnd, field: string): Words {
  const { side, link } = end;
  if (side.find(field) === "no") {
    const { message, hint } = noField(end, field);
    return { message, hint: nearField(end, field) || hint };
  }
  return {
    message: `Rules of ${link} do not read "${field}" of ${side.endpoint}: no row maps it.`,
    hint: `Add it to the link: reads = { ${side.endpoint} = ["${field}"] }.`,
  };
}

/** As Exalate's scripts have it. */
const CUSTOM = new Set(["customFields", "customKeys", "fields"]);
const CUSTOM_FIELDS = 'All fields go by their names, or by the labels that people see: byLabel["…"].';

/** By label, or by a name that rules read; empty where none is near. */
export function nearField({ side, readable }: RuleEnd, name: string): string {
  if (CUSTOM.has(name)) return CUSTOM_FIELDS;
  const fields = Object.values(side.schema?.fields ?? {});
  const labelled = fields.find(({ label }) => label.toLowerCase() === name.toLowerCase());
  if (labelled !== undefined) return `"${labelled.label}" is called "${labelled.name}" here.`;
  const near = nearest(name, readable);
  return near === null ? "" : `Did you mean "${near}"?`;
}

function noField({ side }: RuleEnd, field: string): Words {
  if (field === "id")
    return {
      message: `A rule cannot set the id of a record: ${side.endpoint} gives it.`,
      hint: "To pair with a record that is there: adopt(key, reason).",
    };
  return {
    message: `The ${side.entity} of ${side.endpoint} has no field "${field}".`,
    hint: CUSTOM.has(field) ? CUSTOM_FIELDS : fieldHint(side, field),
  };
}

function noLabel(end: RuleEnd, label: string, isWritten: boolean): Words {
  const { side, readable } = end;
  const labels = labelsOf(side);
  const named = Object.hasOwn(labels, label) ? labels[label] : undefined;
  if (named !== undefined && !isWritten) return unread(end, named);
  const same = Object.values(side.schema?.fields ?? {}).filter((field) => field.label === label);
  if (same.length > 1) {
    const names = same.map(({ name }) => `"${name}"`).join(", ");
    return {
      message: `${same.length} fields of ${side.endpoint} are labelled "${label}".`,
      hint: `Call the field by its name: ${names}.`,
    };
  }
  const known = Object.entries(labels).flatMap(([one, name]) => (isWritten || readable.has(name) ? [one] : []));
  return {
    message: `The ${side.entity} of ${side.endpoint} has no field labelled "${label}".`,
    hint: didYouMean(label, known),
  };
}
