import type { Comment, CommentPort } from "../../core/parts.ts";
import { type CommentConfig, type FieldMapping, otherSide, type Side } from "../../core/snapshot.ts";
import { findUser } from "../../fields/user.ts";
import type { EndpointWorld } from "../../fields/world.ts";
import type { Meeting } from "./comment-meet.ts";
import { type CarriedBody, carryBody, plainWords, type SeenComment, wordsOf } from "./comment-words.ts";

/** What is known of both trackers while comments are compared and carried. */
export interface CommentPassage {
  readonly config: CommentConfig;
  readonly ports: Readonly<Record<Side, Pick<CommentPort, "markup" | "mentions" | "maxLength">>>;
  readonly worlds: Readonly<Record<Side, EndpointWorld>>;
}

/** A comment's author as the other tracker knows them. */
export interface Writer {
  readonly login: string | null;
  readonly name: string;
}

/** Who wrote a comment of the other side, for a comment on side `toward`: by users file, then e-mail; who is unknown there keeps the name. */
export function writerOn(toward: Side, comment: Comment, passage: CommentPassage): Writer {
  const from = passage.worlds[otherSide(toward)];
  const own = comment.author ?? loginOf(comment.authorName, from);
  const login = own === null ? null : partnerOf(own, toward, passage);
  const known = from.people?.find((person) => same(person.login, own ?? ""))?.name ?? "";
  const named = comment.authorName === "" || same(comment.authorName, own ?? "") ? known : comment.authorName;
  const there = passage.worlds[toward].people?.find((person) => same(person.login, login ?? ""))?.name ?? "";
  return { login, name: [named, there, comment.authorName, own ?? ""].find((name) => name !== "") ?? "" };
}

/** Clients that write no login write a name: it counts where one person alone has it. */
function loginOf(name: string, { people }: EndpointWorld): string | null {
  const [only, ...more] = name === "" ? [] : (people ?? []).filter((person) => same(person.name, name));
  return more.length > 0 ? null : (only?.login ?? null);
}

function partnerOf(login: string, toward: Side, { config, worlds }: CommentPassage): string | null {
  const mapping: FieldMapping = {
    ...{ left: "", right: "", direction: "both", values: null, unmapped: "copy", defaultUser: {} },
    ...{ users: config.users, overflow: "truncate", conflict: "hold", origin: config.origin },
  };
  const answer = findUser({ login, mapping, toward, from: worlds[otherSide(toward)], to: worlds[toward] });
  return answer.kind === "found" ? answer.login : null;
}

export function carriedTo(toward: Side, comment: Comment, passage: CommentPassage): CarriedBody {
  const { ports } = passage;
  return carryBody(comment.body, ports[otherSide(toward)], ports[toward], (login) => partnerOf(login, toward, passage));
}

/** A day that a header tells is a day of the writer's own time zone, and a comment may be carried a day late. */
const DAYS_MS = 48 * 3_600_000;
const HOUR_MS = 3_600_000;

/** A comment's words: as they stand, as they read without markup, and as the other tracker would be sent them. */
interface Readings {
  readonly own: string;
  readonly plain: string;
  readonly carried: string;
}

export function meetingOf(passage: CommentPassage, names: Meeting["names"]): Meeting {
  const known = new Map<SeenComment, Readings>();
  const readingsOf = (side: Side, seen: SeenComment): Readings => {
    const readings = known.get(seen) ?? read(side, seen.comment, passage);
    known.set(seen, readings);
    return readings;
  };
  return {
    names,
    alike(left, right) {
      const [l, r] = [readingsOf("left", left), readingsOf("right", right)];
      return (l.plain !== "" && l.plain === r.plain) || l.carried === r.own || r.carried === l.own;
    },
    kin(left, right) {
      const signs = [samePerson(left.comment, right.comment, passage), sameTime(left.comment, right.comment)];
      if (signs.includes(false)) return "no";
      if (signs.includes(null)) return "maybe";
      return left.comment.at === right.comment.at ? "exact" : "sure";
    },
  };
}

function read(side: Side, comment: Comment, passage: CommentPassage): Readings {
  const other = otherSide(side);
  const { markup } = passage.ports[side];
  return {
    own: wordsOf(comment.body, markup),
    plain: plainWords(comment.body, markup),
    carried: wordsOf(carriedTo(other, comment, passage).body, passage.ports[other].markup),
  };
}

/** Null: nobody can tell. */
function samePerson(left: Comment, right: Comment, passage: CommentPassage): boolean | null {
  const isSame =
    same(left.author ?? "", right.author ?? "") ||
    same(left.authorName, right.authorName) ||
    isPartner(left, right, "right", passage) ||
    isPartner(right, left, "left", passage);
  if (isSame) return true;
  if (left.author !== null && right.author !== null) return false;
  // A copy bears its author's own name.
  const isCopy = left.origin !== null || right.origin !== null;
  return isCopy && left.authorName !== "" && right.authorName !== "" ? false : null;
}

function isPartner(comment: Comment, other: Comment, toward: Side, passage: CommentPassage): boolean {
  const { login, name } = writerOn(toward, comment, passage);
  return same(login ?? "", other.author ?? "") || same(name, other.authorName);
}

function sameTime(left: Comment, right: Comment): boolean | null {
  if (left.at === null || right.at === null) return null;
  if (left.at === right.at) return true;
  const whole = left.at.length > 10 && right.at.length > 10;
  const apart = Math.abs(momentOf(left.at) - momentOf(right.at));
  return apart <= (whole ? HOUR_MS : DAYS_MS);
}

function momentOf(at: string): number {
  return Date.parse(at.length === 10 ? `${at}T12:00:00Z` : at);
}

/** Nobody is nobody else. */
function same(a: string, b: string): boolean {
  return a.trim() !== "" && a.trim().toLowerCase() === b.trim().toLowerCase();
}
