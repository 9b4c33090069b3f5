import type { DirectoryEntry, FieldSchema } from "../core/field.ts";
import type { Value } from "../core/record.ts";
import type { FieldMapping, Side } from "../core/snapshot.ts";
import { type Crossings, cross, matched, remembered } from "./crossing.ts";
import { gather, joined } from "./gather.ts";
import { type Carried, type CarriedValue, fault, recordFault, SKIP, value } from "./outcome.ts";
import { entriesIn, entryOf, type Owner, ROOT_FOLDER } from "./reference.ts";
import { targetsOf } from "./referred.ts";
import { settle } from "./settle.ts";
import type { TeamPlace } from "./team.ts";
import { findUser, listedPartner, type Standing, type UserStep } from "./user.ts";
import type { EndpointWorld } from "./world.ts";

/** One field's way to the other side. */
export interface Passage {
  readonly from: FieldSchema;
  readonly to: FieldSchema;
  readonly mapping: FieldMapping;
  readonly toward: Side;
  readonly source: EndpointWorld;
  readonly target: EndpointWorld;
  /** Id of the partner, in the target, of an entry of the source's directory `target`, as another row of the link has it; null: no row says. */
  readonly partnerOf?: (target: string, id: string) => string | null;
  /** Of a team field: what else the record is to be there, and is now. Absent: names alone count. */
  readonly team?: TeamPlace;
  /** What links and earlier matches know of references; absent: nothing, names count. */
  readonly crossings?: Crossings;
}

/** What a field's value becomes on the other side: names, values, users, types, limits. Pure. */
export function carry(given: Value, passage: Passage): Carried {
  const carried = carryAll(itemsOf(given, passage), passage);
  if (carried.kind !== "fault") return carried;
  const holds = passage.mapping.onError ?? carried.holds;
  const { holds: _, ...field } = carried;
  return holds === "record" ? { ...carried, holds } : field;
}

/** Several values of a text stand in one: `joined` is how they got there. */
function itemsOf(given: Value, { from, to }: Passage): readonly string[] {
  if (given === null) return [];
  if (typeof given !== "string") return given;
  const splits = from.kind === "string" && !from.multiple && to.multiple && to.options?.includes(given) !== true;
  return splits ? given.split(/\s*;\s*/).filter((item) => item !== "") : [given];
}

function carryAll(items: readonly string[], passage: Passage): Carried {
  const { to } = passage;
  if (items.length > 1 && !to.multiple && (to.kind === "string" || to.kind === "rich"))
    return carryJoined(items, passage);
  const carried: Extract<Carried, { kind: "value" }>[] = [];
  for (const item of items) {
    const result = carryOne(item, passage);
    if (result.kind === "fault") return result;
    if (result.kind === "value") carried.push(result);
    else if (!to.multiple) return SKIP;
  }
  // Values that the mapping leaves alone are no reason to empty the field.
  return items.length > 0 && carried.length === 0 ? SKIP : withCrossings(gather(carried, passage), carried);
}

/** What one value of several was carried by holds for all of them. */
function withCrossings(whole: Carried, parts: readonly CarriedValue[]): Carried {
  if (whole.kind !== "value") return whole;
  const joins = parts.flatMap((one) => one.joins ?? []);
  const crossed = parts.some((one) => one.crossed === true);
  return { ...whole, ...(joins.length === 0 ? {} : { joins }), ...(crossed ? { crossed: true as const } : {}) };
}

/** A text takes all of them: each as it reads, the limit for the whole. */
function carryJoined(items: readonly string[], passage: Passage): Carried {
  const texts: string[] = [];
  for (const item of items) {
    const result = wordsOf(item, passage);
    if (result.kind === "fault") return result;
    if (result.kind === "text") texts.push(result.text);
  }
  return texts.length === 0 ? SKIP : settle(joined(texts), passage, "mapped");
}

function carryOne(item: string, passage: Passage): Carried {
  const words = wordsOf(item, passage);
  if (words.kind !== "text") return words;
  if (words.ready !== undefined) return words.ready;
  const settled = settle(words.text, passage, words.form, words.owner);
  const byName = words.form === "named" && passage.to.kind === "reference" && settled.kind === "value";
  return byName && typeof settled.value === "string"
    ? { ...settled, joins: matched(item, settled.value, passage) }
    : settled;
}

/** What a value is to be called on the other side, before it is made into one of the target's kind. */
type Words =
  | {
      readonly kind: "text";
      readonly text: string;
      readonly form: "mapped" | "copied" | "named";
      readonly owner?: Owner | null;
      /** A login, or a reference by pair: nothing is left to be made of it. */
      readonly ready?: CarriedValue;
      /** Which step answered for a person. */
      readonly by?: UserStep;
    }
  | { readonly kind: "skip" }
  | Extract<Carried, { kind: "fault" }>;

function wordsOf(item: string, passage: Passage): Words {
  const entry = passage.from.kind === "reference" ? entryOf(item, passage.from.target ?? "", passage.source) : null;
  const mapped = lookUp(entry === null ? [item, item.trim()] : keysOf(entry), passage);
  if (mapped !== null) {
    const owner = entry === null ? null : ownerOf(entry, passage);
    return { kind: "text", text: mapped, form: "mapped", owner, by: "value map" };
  }
  const person = personWords(item, passage);
  if (person?.kind === "text") return person;
  const otherwise = unmapped(entry?.name ?? item, passage);
  if (otherwise !== null) return otherwise;
  if (person !== null) return person;
  const crossed = cross(item, passage);
  if (crossed !== null) return crossed.kind === "fault" ? crossed : ready(crossed);
  if (entry === null) return copied(item, passage);
  const known = remembered(item, passage);
  return known !== null ? ready(known) : (sharedName(entry, passage) ?? named(entry, passage));
}

function ready(carried: CarriedValue): Words {
  return { kind: "text", text: String(carried.value), form: "mapped", ready: carried };
}

/** The tracker's root folder may stand in front of a path (S60). */
function keysOf({ path, name }: DirectoryEntry): readonly string[] {
  return [path, `${ROOT_FOLDER}${path}`, name, name.trim()];
}

/** The row's exact value first (S73); null where the map has none. */
function lookUp(keys: readonly string[], { mapping, toward }: Passage): string | null {
  if (mapping.values === null) return null;
  const table = toward === "right" ? mapping.values.toRight : mapping.values.toLeft;
  for (const key of keys) {
    const partner = Object.hasOwn(table, key) ? table[key] : undefined;
    if (partner !== undefined) return partner;
  }
  return null;
}

/** What the row says of a value that its map does not have; null: it goes as it is. */
function unmapped(shown: string, { mapping }: Passage): Words | null {
  if (mapping.values === null || mapping.unmapped === "copy") return null;
  if (mapping.unmapped === "skip") return { kind: "skip" };
  if (mapping.unmapped !== "error")
    return { kind: "text", text: mapping.unmapped.value, form: "mapped", by: "value map" };
  return fault(`value "${shown}" has no row in the value map "${mapping.values.name}" (${mapping.values.origin.file})`);
}

/** People are carried as people; a text beside a user field only as far as the row's users file names it. Null: the value is no person's. */
function personWords(item: string, { from, to, mapping, toward, source, target }: Passage): Words | null {
  if (to.kind === "user" && (from.kind === "user" || mapping.users !== null)) {
    const answer = findUser({ login: item, mapping, toward, from: source, to: target });
    if (answer.kind !== "found") return fault(answer.message);
    const noteOf = (login: string) =>
      `user "${item}" is not known to ${target.endpoint}: the default user "${login}" stands in`;
    const person = value(answer.login, answer.step === "default user" ? [noteOf(answer.login)] : []);
    const otherwise = answer.otherwise?.map(({ login, step }) => ({
      value: login,
      note: step === "default user" ? noteOf(login) : null,
    }));
    const words = { kind: "text", text: answer.login, form: "mapped", by: answer.step } as const;
    const hint = answer.hint === undefined ? {} : { hint: answer.hint };
    return { ...words, ready: { ...person, ...(otherwise === undefined ? {} : { otherwise }), ...hint } };
  }
  if (from.kind !== "user" || mapping.users === null) return null;
  const listed = listedPartner({ login: item, mapping, toward, from: source });
  return listed === null ? null : { kind: "text", text: listed, form: "mapped" };
}

/** Who stands for a user on the other side, and which step said so: by the very steps by which values are carried (T4). */
export function whoStandsFor(login: string, passage: Passage): Standing {
  const words = wordsOf(login, passage);
  if (words.kind === "skip") return { kind: "left alone" };
  if (words.kind === "fault") {
    const { mapping, toward, source, target } = passage;
    const answer = findUser({ login, mapping, toward, from: source, to: target });
    return { kind: answer.kind === "ambiguous" ? "ambiguous" : "unknown", message: words.message };
  }
  const otherwise = words.ready?.otherwise?.map(({ value: next }) => String(next)) ?? [];
  return { kind: "found", login: words.text, step: words.by ?? "as it is", otherwise };
}

/** S46, S57: of two records with one name nobody can say which one a reference that comes back means. */
function sharedName(entry: DirectoryEntry, { from, to, source }: Passage): Words | null {
  // Teams of different kinds may well have one name (S62).
  if (to.kind !== "reference" || entry.releases !== undefined) return null;
  const same = entriesIn(from.target ?? "", source).filter(
    (one) => one.name === entry.name && one.parent === entry.parent,
  );
  if (same.length < 2) return null;
  const paths = same.map((one) => `${one.path} (${one.id})`).join(", ");
  return recordFault(
    `"${entry.name}" is not unique among the ${from.target}s of ${source.endpoint}: ${paths}; map each full path to its partner`,
  );
}

/** References are carried by name: an id means nothing elsewhere. */
function named(entry: DirectoryEntry, passage: Passage): Words {
  return { kind: "text", text: entry.name, form: "named", owner: ownerOf(entry, passage) };
}

function ownerOf({ parent: id, parentTarget = "" }: DirectoryEntry, { source, partnerOf }: Passage): Owner | null {
  const parent = id === null ? null : entryOf(id, parentTarget, source);
  return id === null || parent === null ? null : { id: partnerOf?.(parentTarget, id) ?? null, name: parent.name };
}

function copied(item: string, { from, source }: Passage): Words {
  if (from.kind !== "reference" || !targetsOf(from.target).some((target) => source.directories.has(target)))
    return { kind: "text", text: item, form: "copied" };
  return fault(`"${from.label}" names ${from.target} ${item}, which ${source.endpoint} does not have any more`);
}
