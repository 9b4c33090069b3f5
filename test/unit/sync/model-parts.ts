import assert from "node:assert/strict";
import type { PartKind } from "../../../daemon/core/parts.ts";
import { type LinkConfig, SIDES, type Side } from "../../../daemon/core/snapshot.ts";
import { attachmentConfig } from "./attachment-model.ts";
import { ORIGIN } from "./bench.ts";
import { type Drawer, drawerOf } from "./memory-attachments.ts";
import { type Talk, talkOf } from "./memory-comments.ts";
import { type Bonds, bondsOf } from "./memory-links.ts";
import { agree, checkPassage, checkRest, disturb, type Sight, type Thing } from "./model-parts-reference.ts";
import type { ModelWorld } from "./model-world.ts";

/** How the two trackers keep attachments and comments. */
export interface PartsSetup {
  readonly inPlace: Readonly<Record<Side, boolean>>;
  readonly unique: Readonly<Record<Side, boolean>>;
  /** A change of files moves the record's version. */
  readonly touches: Readonly<Record<Side, boolean>>;
  readonly sizes: boolean;
  readonly comments: Readonly<Record<Side, "ids" | "memo">>;
}

/** What a person does with a part. `pick`: a record, or a thing where there is one already; `other`: the record at the other end. */
export interface PartStep {
  readonly do: "part";
  readonly kind: PartKind;
  readonly deed: "add" | "edit" | "remove";
  readonly side: Side;
  readonly pick: number;
  readonly other: number;
}

/** A record that people work on. `whole`: it always stood where it stands, so that what belongs to it was never lost with it. */
export interface Holder {
  readonly key: string;
  readonly whole: boolean;
}

/** Attachments, comments and entity links of a model: what people did with them, and what must become of it. */
export interface PartsModel {
  take(step: PartStep, holders: readonly Holder[]): void;
  /** Holds what a run did against what may come of it. Clean: it met no trouble and left nothing to be tried again. */
  run<T>(holders: readonly Holder[], full: boolean, act: () => Promise<T>, isClean: (done: T) => boolean): Promise<T>;
  writes(): number;
}

interface Kept {
  readonly files: Readonly<Record<Side, Drawer>>;
  readonly talk: Readonly<Record<Side, Talk>>;
  readonly bonds: Readonly<Record<Side, Bonds>>;
}

const TYPES = ["relates", "blocks"] as const;

export function partsConfig(): Pick<LinkConfig, "attachments" | "comments" | "entityLinks"> {
  return {
    attachments: attachmentConfig(),
    comments: { direction: "both", changes: "sync", removals: "sync", private: false, users: null, origin: ORIGIN },
    entityLinks: { direction: "both", types: null, unmapped: "copy", origin: ORIGIN },
  };
}

/** `filtered`: some records are none of the link's business, and what belongs to them stays where it is. */
export function createPartsModel(world: ModelWorld, setup: PartsSetup, filtered: boolean): PartsModel {
  const both = <T>(make: (side: Side) => T) => ({ left: make("left"), right: make("right") });
  const kept: Kept = {
    files: both((s) =>
      drawerOf(world.trackers[s], {
        ...{ inPlace: setup.inPlace[s], unique: setup.unique[s], touches: setup.touches[s], sizes: setup.sizes },
      }),
    ),
    talk: both((s) => talkOf(world.trackers[s], setup.comments[s])),
    bonds: both((s) => bondsOf(world.trackers[s])),
  };
  const things: Thing[] = [];
  const idOf = (side: Side, key: string) => world.standing(side, key)[0]?.id ?? null;

  function take(step: PartStep, holders: readonly Holder[]): void {
    const { kind, deed, side, pick, other } = step;
    if (deed === "add") {
      add(kind, side, holders[pick % holders.length], holders[other % holders.length]);
      return;
    }
    const some = things.filter((one) => one.kind === kind && stands(one, side).length > 0);
    const thing = some[pick % Math.max(1, some.length)];
    if (thing === undefined) return;
    const done = deed === "remove" ? remove(thing, side) : reword(thing, side);
    if (done) disturb(thing, side, deed === "remove" ? "removed" : "edited");
  }

  function add(kind: PartKind, side: Side, at: Holder | undefined, to: Holder | undefined): void {
    const record = at === undefined ? null : idOf(side, at.key);
    const end = to === undefined ? null : idOf(side, to.key);
    if (at === undefined || to === undefined || record === null) return;
    const name = `p${things.length}`;
    const thing: Thing = {
      ...{
        kind,
        name,
        key: at.key,
        source: side,
        sure: true,
        parted: null,
        fragile: null,
        over: false,
        versions: 1,
        to: null,
        type: null,
      },
      ...{ edited: { left: false, right: false }, removed: { left: false, right: false } },
    };
    if (kind === "attachment") kept.files[side].put(record, `${name}.txt`, `${name} v1`);
    else if (kind === "comment") kept.talk[side].say(record, `${name} v1`);
    else {
      const type = TYPES[things.length % TYPES.length] ?? "relates";
      if (end === null || end === record || things.some((one) => isBetween(one, at.key, to.key, type))) return;
      kept.bonds[side].add(record, end, type);
      Object.assign(thing, { to: to.key, type });
    }
    thing.edited[side] = true;
    things.push(thing);
  }

  /** False where nothing of it is there. */
  function remove(thing: Thing, side: Side): boolean {
    const record = idOf(side, thing.key);
    if (record === null) return false;
    if (thing.kind === "attachment") {
      for (const { id, bytes } of kept.files[side].files(record))
        if (isOf(thing, bytes.toString())) kept.files[side].drop(record, id);
      return true;
    }
    if (thing.kind === "entity link") {
      for (const link of linksOf(thing, side)) kept.bonds[side].drop(link.id);
      return true;
    }
    const comments = kept.talk[side].of(record);
    const comment = comments.find(({ body }) => isOf(thing, body));
    // All comments of a record that go at once are no removals: that has a test of its own.
    if (comment === undefined || comments.length < 2) return false;
    kept.talk[side].drop(record, comment);
    return true;
  }

  function reword(thing: Thing, side: Side): boolean {
    const record = idOf(side, thing.key);
    if (record === null || thing.kind === "entity link") return false;
    const text = `${thing.name} v${++thing.versions}`;
    if (thing.kind === "attachment") {
      const file = kept.files[side].files(record).find(({ bytes }) => isOf(thing, bytes.toString()));
      if (file !== undefined) kept.files[side].edit(record, file.id, { bytes: text });
      return file !== undefined;
    }
    const comment = kept.talk[side].of(record).find(({ body }) => isOf(thing, body));
    if (comment !== undefined) kept.talk[side].reword(record, comment, text);
    return comment !== undefined;
  }

  function linksOf({ key, to, type }: Thing, side: Side) {
    const [a, b] = [idOf(side, key), to === null ? null : idOf(side, to)];
    if (a === null || b === null) return [];
    const turned = type === "relates";
    return kept.bonds[side]
      .all()
      .filter(
        (link) =>
          link.type === type &&
          ((link.from.id === a && link.to.id === b) || (turned && link.from.id === b && link.to.id === a)),
      );
  }

  /** What of a thing stands on a side: more than one is a duplicate. */
  function stands(thing: Thing, side: Side): readonly string[] {
    if (thing.kind === "entity link") return linksOf(thing, side).map(({ type }) => type);
    const record = idOf(side, thing.key);
    if (record === null) return [];
    const texts =
      thing.kind === "attachment"
        ? kept.files[side].files(record).map(({ bytes }) => bytes.toString())
        : kept.talk[side].of(record).map(({ body }) => body);
    return texts.filter((text) => isOf(thing, text));
  }

  function sight(thing: Thing): Sight {
    const one = (side: Side) => {
      const texts = stands(thing, side);
      assert.ok(texts.length < 2, `${nameOf(thing)} stands ${texts.length} times on the ${side}: ${texts.join(" | ")}`);
      return texts[0] ?? null;
    };
    return { left: one("left"), right: one("right") };
  }

  /** Both records are there, were never away, and are known as a pair. */
  function isWhole(thing: Thing, holders: readonly Holder[]): boolean {
    return [thing.key, thing.to ?? thing.key].every((key) => {
      const [left, right] = SIDES.map((side) => idOf(side, key));
      const whole = holders.find((one) => one.key === key)?.whole === true;
      return whole && left != null && right != null && world.paired("left", left);
    });
  }

  return {
    take,
    async run(holders, full, act, isClean) {
      const before = things.map((thing) => ({ was: sight(thing), whole: isWhole(thing, holders) }));
      const done = await act();
      const clean = isClean(done);
      things.forEach((thing, i) => {
        const now = sight(thing);
        if (filtered || !isWhole(thing, holders)) return;
        const { was, whole } = before[i] ?? { was: now, whole: false };
        if (whole) checkPassage(thing, was, now);
        if (clean && full) checkRest(thing, now);
        agree(thing, was, now, { clean, full });
      });
      return done;
    },
    writes: () =>
      SIDES.reduce((n, s) => n + kept.files[s].log.length + kept.talk[s].log.length + kept.bonds[s].log.length, 0),
  };
}

function isOf({ name }: Thing, text: string): boolean {
  return text.split(" ")[0] === name;
}

function isBetween({ key, to, type }: Thing, a: string, b: string, as: string): boolean {
  return type === as && ((key === a && to === b) || (key === b && to === a));
}

export function nameOf({ kind, name, key }: Thing): string {
  return `${kind} ${name} of ${key}`;
}
