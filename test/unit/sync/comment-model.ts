import type { Comment, CommentPair, CommentPort } from "../../../daemon/core/parts.ts";
import { type CommentConfig, type ConflictPolicy, otherSide, SIDES, type Side } from "../../../daemon/core/snapshot.ts";
import { agreedAfter, type CommentEntries, kept } from "../../../daemon/sync/decide/comment-memory.ts";
import { type CommentPassage, carriedTo, meetingOf, writerOn } from "../../../daemon/sync/decide/comment-people.ts";
import { hashOf, seeComments } from "../../../daemon/sync/decide/comment-words.ts";
import { type CommentPlan, planComments } from "../../../daemon/sync/decide/comments.ts";

type Port = Pick<CommentPort, "markup" | "mentions" | "maxLength">;

/** Two records with comments, in memory: the left one keeps a memo, the right one comments with ids, unless said otherwise. */
export interface CommentModel {
  readonly comments: Record<Side, Comment[]>;
  memory: readonly CommentPair[];
  readonly passage: CommentPassage;
  readonly policy: ConflictPolicy;
  /** A person says something. */
  say(side: Side, body: string, more?: Partial<Comment>): void;
  edit(side: Side, index: number, body: string): void;
  remove(side: Side, index: number): void;
  insert(side: Side, index: number, body: string, more?: Partial<Comment>): void;
  plan(): CommentPlan;
  /** Decides and acts. Answers how many comments it wrote. */
  sync(): number;
  texts(side: Side): readonly string[];
}

export interface ModelOptions {
  readonly config?: Partial<CommentConfig>;
  readonly policy?: ConflictPolicy;
  readonly ports?: Partial<Record<Side, Port>>;
  readonly ids?: Partial<Record<Side, boolean>>;
  readonly worlds?: CommentPassage["worlds"];
}

const ORIGIN = { file: "mappings/m.toml", line: 1, column: 1 };
export const NAMES = { left: "alm:1", right: "agm:2" } as const;

export function commentModel(options: ModelOptions = {}): CommentModel {
  const { config = {}, policy = "hold", ports = {}, ids = { right: true }, worlds } = options;
  const people = [
    { login: "ann", name: "Ann", emails: ["ann@x"], active: true },
    { login: "bob", name: "Bob", emails: ["bob@x"], active: true },
  ];
  const passage: CommentPassage = {
    config: {
      ...{ direction: "both", changes: "sync", removals: "ignore", private: false, users: null, origin: ORIGIN },
      ...config,
    },
    ports: {
      left: ports.left ?? { markup: "html", mentions: false, maxLength: null },
      right: ports.right ?? { markup: "html", mentions: false, maxLength: null },
    },
    worlds: worlds ?? {
      left: { endpoint: "alm", people, directories: new Map() },
      right: { endpoint: "agm", people, directories: new Map() },
    },
  };
  const state = { id: 0, day: 0 };
  const comments: Record<Side, Comment[]> = { left: [], right: [] };

  function made(side: Side, body: string, more: Partial<Comment>): Comment {
    state.day += 1;
    const at = new Date(Date.UTC(2026, 0, 1, state.day)).toISOString().slice(0, 19);
    const id = ids[side] === true ? String(++state.id) : null;
    return { id, author: "ann", authorName: "Ann", at: `${at}Z`, origin: null, body, private: false, ...more };
  }

  const sightOf = () => ({
    memory: model.memory,
    left: seeComments(comments.left, passage.ports.left.markup),
    right: seeComments(comments.right, passage.ports.right.markup),
  });
  const planOf = (sight: ReturnType<typeof sightOf>) =>
    planComments(sight, { ...meetingOf(passage, NAMES), config: passage.config, policy });

  function act(side: Side, plan: CommentPlan, entries: CommentEntries, before: ReturnType<typeof sightOf>) {
    const deeds = plan.deeds.filter((deed) => deed.side === side);
    if (deeds.length === 0) return entries;
    const { markup } = passage.ports[side];
    const written = deeds.map((deed) => {
      const carried = deed.source === null ? null : carriedTo(side, deed.source.comment, passage);
      const list = comments[side];
      const at = list.indexOf(deed.target?.comment as Comment);
      if (deed.action === "remove") list.splice(at, 1);
      else if (deed.action === "change") list[at] = { ...(list[at] as Comment), body: carried?.body ?? "" };
      else if (deed.source !== null) {
        const writer = writerOn(side, deed.source.comment, passage);
        const head = { author: writer.login, authorName: writer.name, at: deed.source.comment.at };
        list.push(made(side, carried?.body ?? "", { ...head, origin: NAMES[otherSide(side)] }));
      }
      return { deed, sent: carried === null ? null : hashOf(carried.body, markup), cut: carried?.cut ?? false };
    });
    const next = agreedAfter(entries, before[side], seeComments(comments[side], markup), written);
    if (next === null) throw new Error("a written comment is not to be found");
    return next;
  }

  const model: CommentModel = {
    ...{ comments, memory: [], passage, policy },
    say: (side, body, more = {}) => void comments[side].push(made(side, body, more)),
    insert: (side, index, body, more = {}) => void comments[side].splice(index, 0, made(side, body, more)),
    edit(side, index, body) {
      const one = comments[side][index];
      if (one !== undefined) comments[side][index] = { ...one, body };
    },
    remove: (side, index) => void comments[side].splice(index, 1),
    plan: () => planOf(sightOf()),
    sync() {
      const sight = sightOf();
      const plan = planOf(sight);
      let entries: CommentEntries = plan.memory;
      for (const side of SIDES) entries = act(side, plan, entries, sight);
      model.memory = kept(entries);
      return plan.deeds.length;
    },
    texts: (side) => comments[side].map((one) => one.body),
  };
  return model;
}
