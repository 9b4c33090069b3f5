import { ConnectorError } from "../../../daemon/core/errors.ts";
import type { Comment, CommentEdit, CommentPort } from "../../../daemon/core/parts.ts";
import type { MemoryTracker } from "./memory-tracker.ts";

/** Comments of a memory tracker's records, as people and the engine see them. */
export interface Talk {
  /** Edits of the engine: `add 1001`. */
  readonly log: string[];
  say(record: string, body: string): void;
  /** The words of a comment become others; by the comment as `of` shows it. */
  reword(record: string, comment: Comment, body: string): void;
  drop(record: string, comment: Comment): void;
  of(record: string): readonly Comment[];
}

/** Gives a tracker comments: with ids of their own, or all of a record in one text (`memo`), where each is known by what it says. */
export function talkOf(tracker: MemoryTracker, kind: "ids" | "memo"): Talk {
  const comments = new Map<string, readonly Comment[]>();
  const state = { next: 1, day: 0 };
  const of = (record: string) => comments.get(record) ?? [];

  function put(record: string, list: readonly Comment[]): void {
    comments.set(record, list);
    tracker.edit(record, {});
  }

  function made(body: string, more: Partial<Comment>): Comment {
    const id = kind === "ids" ? String(state.next++) : null;
    return { id, author: "ann", authorName: "Ann", at: null, origin: null, body, private: false, ...more };
  }

  function after(list: readonly Comment[], edit: CommentEdit): readonly Comment[] {
    if (edit.kind === "add") {
      const { body, author, at, origin } = edit;
      return [...list, made(body, { author: author.login, authorName: author.name, at, origin })];
    }
    const at = list.findIndex((one) => isSame(one, edit.comment));
    if (at === -1) throw new ConnectorError("conflict", `no comment "${edit.comment.body}"`);
    if (edit.kind === "remove") return list.toSpliced(at, 1);
    return list.map((one, i) => (i === at ? { ...one, body: edit.body } : one));
  }

  const self: Talk = {
    log: [],
    say(record, body) {
      const at = new Date(Date.UTC(2026, 0, 1) + state.day++ * 86_400_000).toISOString().slice(0, 10);
      put(record, [...of(record), made(body, { at })]);
    },
    reword: (record, comment, body) => put(record, after(of(record), { kind: "change", comment, body })),
    drop: (record, comment) => put(record, after(of(record), { kind: "remove", comment })),
    of,
  };
  const port: CommentPort = {
    ...{ markup: "plain", maxLength: null, mentions: false },
    field: () => (kind === "memo" ? "memo" : null),
    list: async (_entity, ids) => new Map(ids.filter((id) => tracker.rows.has(id)).map((id) => [id, of(id)])),
    async write(_entity, record, edits) {
      if (!tracker.rows.has(record)) throw new ConnectorError("notFound", `no record ${record}`);
      const list = edits.reduce(after, of(record));
      put(record, list);
      self.log.push(...edits.map((edit) => `${edit.kind} ${record}`));
      return list;
    },
  };
  Object.assign(tracker, { comments: port });
  return self;
}

function isSame(a: Comment, b: Comment): boolean {
  return a.id === b.id && a.body === b.body && a.author === b.author && a.at === b.at && a.origin === b.origin;
}
