import type { ConnectorHost } from "../../core/connector.ts";
import { readEntityType } from "../../core/entity-type.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { Comment, CommentEdit, CommentPort } from "../../core/parts.ts";
import type { Client } from "./client.ts";
import type { Lists } from "./lists.ts";
import { withHead } from "./note-head.ts";
import { createNotes, type Note, sameText } from "./notes.ts";
import type { RedmineSettings } from "./settings.ts";

type Add = Extract<CommentEdit, { kind: "add" }>;
type Amend = Exclude<CommentEdit, { kind: "add" }>;

/** An account of the server. */
interface Writer {
  readonly id: number;
  readonly login: string;
}

/** A comment that was made this long before it is carried keeps its time in a line above it: the server's own tells only when it was carried. */
const ABOUT_NOW_MS = 15 * 60_000;
const ABOUT_TODAY_MS = 36 * 3_600_000;

/** Comments are journals with notes, written as their author where the key may, and with the author's name above the text elsewhere (X15). */
export function createComments(
  settings: RedmineSettings,
  host: ConnectorHost,
  client: Client,
  lists: Lists,
): CommentPort {
  const { endpoint } = host;
  const notes = createNotes(endpoint, client, lists);

  /** Whom to write as; null where the key may not, or the server would not take it. Private texts are never given to a role that may not hide them. */
  async function impersonated({ author, private: hidden }: Add, signal: AbortSignal): Promise<Writer | null> {
    const { login } = author;
    if (login === null || hidden || !(await lists.account.get(signal)).admin) return null;
    const find = async (cached: typeof lists.people.get) =>
      (await cached(signal)).list.find((one) => one.login.toLowerCase() === login.toLowerCase());
    const found = (await find(lists.people.get)) ?? (await find(lists.people.refresh));
    return found?.active === true ? { id: Number(found.id), login: found.login } : null;
  }

  /** The new journal; null where the server did not keep the text, which it says nothing of. */
  async function put(
    id: string,
    text: string,
    hidden: boolean,
    writer: Writer,
    before: readonly Note[],
    signal: AbortSignal,
  ): Promise<Note | null> {
    const issue = { notes: text, ...(hidden ? { private_notes: true } : {}) };
    const { id: own } = await lists.account.get(signal);
    const as = writer.id === own ? {} : { as: writer.login };
    await client.put(`/issues/${id}.json`, { issue }, signal, { repeatable: false, ...as });
    return sent(async () => {
      const old = new Set(before.map((note) => note.id));
      const fresh = (await notes.known(id, signal)).filter((note) => !old.has(note.id) && note.user === writer.id);
      return fresh.findLast((note) => sameText(note.text, text)) ?? fresh[0] ?? null;
    });
  }

  async function add(id: string, edit: Add, signal: AbortSignal): Promise<void> {
    const before = await notes.known(id, signal);
    const account = await lists.account.get(signal);
    const writer = await impersonated(edit, signal);
    const head = { name: "", at: isAboutNow(edit.at, host.now()) ? null : edit.at, origin: edit.origin };
    if (writer !== null) {
      const text = head.at === null ? edit.body : withHead(head, edit.body, settings.markup);
      const note = await orNull(() => put(id, text, false, writer, before, signal));
      if (note !== null) return;
    }
    const name = edit.author.name === "" ? (edit.author.login ?? "") : edit.author.name;
    const text = withHead({ ...head, name, at: edit.at }, edit.body, settings.markup);
    const note = await refusedHere(() => put(id, text, edit.private, account, before, signal));
    if (note === null) throw invalid("did not keep the comment: its role may not add notes");
    if (!edit.private || note.private) return;
    await client.put(`/journals/${note.id}.json`, { journal: { notes: "" } }, signal);
    throw invalid("may not hide a comment, so that a private one was taken back: its role needs Set notes as private");
  }

  async function amend(id: string, edit: Amend, signal: AbortSignal): Promise<void> {
    const given = edit.comment;
    const all = await notes.known(id, signal);
    const at = all.findIndex((note) => String(note.id) === given.id);
    const note = all[at];
    const now = (await notes.comments(all, signal))[at];
    if (note === undefined || now === undefined || !sameText(now.body, given.body)) throw changed(id, given);
    const head = note.text.slice(0, note.text.length - now.body.length);
    const text = edit.kind === "remove" ? "" : head + edit.body;
    await refusedHere(() => client.put(`/journals/${note.id}.json`, { journal: { notes: text } }, signal));
  }

  function invalid(what: string): ConnectorError {
    return new ConnectorError("invalid", `${endpoint}: the account of the API key ${what}`);
  }

  function changed(id: string, { id: journal }: Comment): ConnectorError {
    return new ConnectorError("conflict", `${endpoint}: comment ${journal} of issue ${id} was changed meanwhile`);
  }

  /** 403 on one issue or journal says that the role lacks a right, not that nothing else will work. */
  async function refusedHere<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.status !== 403) throw error;
      throw invalid(
        "may not write this comment (403): its role needs Add notes, and Edit notes for changes and removals",
      );
    }
  }

  return {
    markup: settings.markup,
    maxLength: null,
    mentions: true,
    field: () => null,
    async list(entity, ids, signal) {
      onlyIssues(endpoint, entity);
      const found = new Map<string, readonly Comment[]>();
      for (const id of new Set(ids)) {
        const all = await notes.of(id, signal);
        if (all !== null) found.set(id, await notes.comments(all, signal));
      }
      return found;
    },
    async write(entity, id, edits, signal) {
      onlyIssues(endpoint, entity);
      for (const edit of edits) await (edit.kind === "add" ? add(id, edit, signal) : amend(id, edit, signal));
      return sent(async () => notes.comments(await notes.known(id, signal), signal));
    },
  };
}

/** Whatever goes wrong after a write was answered leaves it stored. */
async function sent<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const { kind, message, status, retryAfterMs } = error;
    throw new ConnectorError(kind, message, {
      ...{ stored: "maybe", cause: error },
      ...(status === null ? {} : { status }),
      ...(retryAfterMs === null ? {} : { retryAfterMs }),
    });
  }
}

function onlyIssues(endpoint: string, entity: string): void {
  if (readEntityType(entity).base !== "issue")
    throw new ConnectorError("invalid", `${endpoint}: ${entity} has no comments`);
}

function isAboutNow(at: string | null, now: number): boolean {
  if (at === null) return true;
  return at.length === 10
    ? Math.abs(Date.parse(`${at}T12:00:00Z`) - now) <= ABOUT_TODAY_MS
    : Math.abs(Date.parse(at) - now) <= ABOUT_NOW_MS;
}

/** Null where the server refuses to let that person write here, so that nothing was stored. */
async function orNull<T>(call: () => Promise<T | null>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    const refused = error instanceof ConnectorError && error.stored === "no";
    if (refused && [403, 404, 412, 422].includes(error.status ?? 0)) return null;
    throw error;
  }
}
