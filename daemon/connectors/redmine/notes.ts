import { ConnectorError } from "../../core/errors.ts";
import type { Comment } from "../../core/parts.ts";
import { normalLines } from "../../fields/text.ts";
import { arrayOf, isObject, type JsonObject, objectOf } from "../json-answer.ts";
import type { Client } from "./client.ts";
import type { Lists } from "./lists.ts";
import { readHead } from "./note-head.ts";
import type { People } from "./people.ts";

/** One journal with a text. */
export interface Note {
  readonly id: number;
  readonly user: number;
  readonly userName: string;
  readonly createdOn: string | null;
  readonly private: boolean;
  /** As it stands there, with `\n` as line ends. */
  readonly text: string;
}

export interface Notes {
  /** Oldest first; null where the issue is gone, or hidden from the account. */
  of(id: string, signal: AbortSignal): Promise<readonly Note[] | null>;
  /** Throws `notFound` for an issue that is not there. */
  known(id: string, signal: AbortSignal): Promise<readonly Note[]>;
  comments(notes: readonly Note[], signal: AbortSignal): Promise<readonly Comment[]>;
}

/** Journals are read one issue at a time: no listing has them. */
export function createNotes(endpoint: string, client: Client, lists: Lists): Notes {
  /** Ids of writers that no list had: asked for once. */
  const strangers = new Set<number>();

  async function of(id: string, signal: AbortSignal): Promise<readonly Note[] | null> {
    if (!/^\d{1,15}$/.test(id)) return null;
    try {
      const { body, fail } = await client.get(`/issues/${id}.json`, [["include", "journals"]], signal);
      const issue = objectOf(body["issue"], "issue", fail);
      const rows = arrayOf(issue["journals"], "journals", fail).map((row) => objectOf(row, "a journal", fail));
      // A preference of the account turns the order round.
      return rows.flatMap((row) => noteOf(row) ?? []).sort((a, b) => a.id - b.id);
    } catch (error) {
      if (error instanceof ConnectorError && (error.status === 404 || error.status === 403)) return null;
      throw error;
    }
  }

  async function peopleFor(notes: readonly Note[], signal: AbortSignal): Promise<People> {
    const people = await lists.people.get(signal);
    const unknown = notes.filter(({ user }) => people.textOf(String(user)) === null && !strangers.has(user));
    if (unknown.length === 0) return people;
    for (const { user } of unknown) strangers.add(user);
    return lists.people.refresh(signal);
  }

  return {
    of,
    async known(id, signal) {
      const notes = await of(id, signal);
      if (notes === null) throw new ConnectorError("notFound", `${endpoint}: there is no issue ${id} in this project`);
      return notes;
    },
    async comments(notes, signal) {
      if (notes.length === 0) return [];
      const [account, people] = [await lists.account.get(signal), await peopleFor(notes, signal)];
      return notes.map((note) => commentOf(note, people.textOf(String(note.user)), note.user === account.id));
    },
  };
}

/** A change set without a text is no comment. */
function noteOf(row: JsonObject): Note | null {
  const { id, user, notes, created_on: created, private_notes: hidden } = row;
  if (typeof id !== "number" || typeof notes !== "string" || notes.trim() === "") return null;
  const writer = isObject(user) ? user : {};
  return {
    id,
    user: typeof writer["id"] === "number" ? writer["id"] : 0,
    userName: typeof writer["name"] === "string" ? writer["name"] : "",
    createdOn: typeof created === "string" ? created : null,
    private: hidden === true,
    text: normalLines(notes),
  };
}

/** Anybody can type the line that tells another author: only in our own account's journals it is taken at its word. */
function commentOf(note: Note, author: string | null, ours: boolean): Comment {
  const rest = { id: String(note.id), private: note.private };
  const own = { author, authorName: note.userName };
  const read = readHead(note.text);
  if (read === null) return { ...rest, ...own, at: note.createdOn, origin: null, body: note.text };
  const { name, at, origin } = read.head;
  const writer = name === "" ? own : { author: null, authorName: ours ? name : `${name} via ${note.userName}` };
  return { ...rest, ...writer, at: at ?? note.createdOn, origin, body: read.body };
}

export function sameText(a: string, b: string): boolean {
  return normalLines(a).trim() === normalLines(b).trim();
}
