import type { Allowance, Snapshot } from "../../core/snapshot.ts";
import type { CommitTree } from "../tree.ts";

const KEY = "allow-changes";

/** A snapshot with what its commit's trailers `Allow-Changes: <link> <deed>…` let stopped links do; without those of a commit before it. */
export function withAllowances(tree: CommitTree, { allows: _, ...snapshot }: Snapshot): Snapshot {
  const allows = (tree.trailers ?? []).flatMap(({ key, value }): Allowance[] => {
    const [link, ...deeds] = words(value);
    return key.toLowerCase() !== KEY || link === undefined || deeds.length === 0
      ? []
      : [{ link, deeds: deeds.map(lower) }];
  });
  return allows.length === 0 ? snapshot : { ...snapshot, allows };
}

function words(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

function lower(text: string): string {
  return text.toLowerCase();
}
