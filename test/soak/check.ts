import { isDeepStrictEqual } from "node:util";
import type { Content, End, Picture, Shown, Wanted } from "./world.ts";

/** What a case found that must not be. Each text names record and field. */
export interface Findings {
  readonly duplicates: readonly string[];
  readonly lost: readonly string[];
  readonly surprise: readonly string[];
}

export const NOTHING: Findings = { duplicates: [], lost: [], surprise: [] };

export function joined(all: readonly Findings[]): Findings {
  return {
    duplicates: all.flatMap((f) => f.duplicates),
    lost: all.flatMap((f) => f.lost),
    surprise: all.flatMap((f) => f.surprise),
  };
}

const ENDS: readonly End[] = ["alm", "agm"];

/** Compares what stands in the trackers with what people did: `before` is the picture just before the daemon went to work. */
export function findingsOf(before: Picture, now: Picture, wanted: ReadonlyMap<string, Wanted>): Findings {
  const all = [...wanted].map(([key, entry]) => findingsOfKey(key, entry, before, now));
  return joined([...all, ...ENDS.map((end) => markers(end, now)), strangers(now, wanted)]);
}

function findingsOfKey(key: string, entry: Wanted, before: Picture, now: Picture): Findings {
  return joined(
    ENDS.map((end) => {
      const there = now[end].filter((shown) => shown.mapped.name.includes(`[${key}]`));
      if (entry.deleted) {
        const back = there.map((shown) => `${end}:${shown.id} ${key} stands although it was deleted`);
        return { ...NOTHING, lost: back };
      }
      const [one, ...more] = there;
      if (one === undefined) return { ...NOTHING, lost: [`${end} has no ${key}`] };
      const duplicates = more.map((shown) => `${end} has ${key} as ${one.id} and ${shown.id}`);
      return joined([{ ...NOTHING, duplicates }, record(end, key, entry, one, before)]);
    }),
  );
}

function record(end: End, key: string, { content, anew }: Wanted, now: Shown, before: Picture): Findings {
  const old = before[end].find((shown) => shown.id === now.id);
  const lost: string[] = [];
  const surprise: string[] = [];
  for (const field of ["name", "description", "severity"] as const satisfies readonly (keyof Content)[]) {
    if (now.mapped[field] === content[field]) continue;
    const text = `${end}:${now.id} ${key} ${field} is "${now.mapped[field]}", not "${content[field]}"`;
    // A value that nobody wrote is worse than one that did not come.
    if (old !== undefined && old.mapped[field] === content[field]) surprise.push(text);
    else lost.push(text);
  }
  if (old === undefined) {
    if (!anew.has(end)) surprise.push(`${end}:${now.id} ${key} is another record than before`);
    return { ...NOTHING, lost, surprise };
  }
  for (const [field, value] of Object.entries(now.rest)) {
    if (!isDeepStrictEqual(value, old.rest[field]))
      surprise.push(`${end}:${now.id} ${key} ${field} was ${show(old.rest[field])}, is ${show(value)}`);
  }
  if (now.marker !== old.marker && anew.size === 0)
    surprise.push(`${end}:${now.id} ${key} marker was ${show(old.marker)}, is ${show(now.marker)}`);
  return { ...NOTHING, lost, surprise };
}

/** Two that name one partner are duplicates; a marker that is missing or wrong is the work of a run that was not finished. */
function markers(end: End, now: Picture): Findings {
  const other = now[end === "alm" ? "agm" : "alm"];
  const seen = new Map<string, string>();
  const duplicates: string[] = [];
  const lost: string[] = [];
  for (const { id, marker } of now[end]) {
    const first = seen.get(marker);
    if (marker !== "" && first !== undefined) duplicates.push(`${end}:${first} and ${id} both name ${marker}`);
    seen.set(marker, id);
    const partner = other.find((shown) => shown.id === marker);
    if (partner?.marker !== id)
      lost.push(`${end}:${id} names "${marker}", which names "${partner?.marker ?? "nobody"}"`);
  }
  return { ...NOTHING, duplicates, lost };
}

function strangers(now: Picture, wanted: ReadonlyMap<string, Wanted>): Findings {
  const surprise = ENDS.flatMap((end) =>
    now[end]
      .filter((shown) => !wanted.has(/\[(k\d+)\]/.exec(shown.mapped.name)?.[1] ?? ""))
      .map((shown) => `${end}:${shown.id} "${shown.mapped.name}" is nobody's`),
  );
  return { ...NOTHING, surprise };
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? "nothing";
}
