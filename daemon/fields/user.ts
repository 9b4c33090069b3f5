import type { Person } from "../core/field.ts";
import type { FieldMapping, Side } from "../core/snapshot.ts";
import type { EndpointWorld } from "./world.ts";

/** A person on the way to the other side. */
export interface UserQuestion {
  readonly login: string;
  readonly mapping: FieldMapping;
  /** Side that is written. */
  readonly toward: Side;
  readonly from: EndpointWorld;
  readonly to: EndpointWorld;
}

export type UserStep = "value map" | "users file" | "e-mail" | "default user";

/**
 * What becomes of a user on the other side. `as it is`: a text that nothing looks up; `otherwise`: who is tried next should the tracker, which
 * cannot list its users, refuse the login. `left alone`: the mapping does not carry this one.
 */
export type Standing =
  | {
      readonly kind: "found";
      readonly login: string;
      readonly step: UserStep | "as it is";
      readonly otherwise: readonly string[];
    }
  | { readonly kind: "left alone" }
  | { readonly kind: "ambiguous" | "unknown"; readonly message: string };

/** Who stands for the person, and which step of the chain said so (T4); or why nobody does. */
export type UserAnswer =
  | {
      readonly kind: "found";
      readonly login: string;
      readonly step: "users file" | "e-mail" | "default user";
      /** Who comes next in the chain, should the tracker not know this one: it cannot be asked beforehand. */
      readonly otherwise?: readonly { readonly login: string; readonly step: "e-mail" | "default user" }[];
      /** What to do should it know none of them. */
      readonly hint?: string;
    }
  | { readonly kind: "ambiguous" | "unknown"; readonly message: string };

/**
 * Who stands for a person on the other side (S5–S11, T4–T6), in this order: users file, e-mail (letter case aside, all addresses in order; two
 * people with one address are an error), default user, field error. The explicit value map comes before and is not looked at here.
 */
export function findUser(question: UserQuestion): UserAnswer {
  const { login, mapping, toward, from, to } = question;
  const person = from.people?.find((p) => same(p.login, login)) ?? null;
  const listed = fromFile(login, person, mapping, toward);
  if (listed !== null) return { kind: "found", login: listed, step: "users file" };
  const addresses = addressesOf(login, person, mapping);
  const standIn = mapping.defaultUser[toward];
  if (to.people === null && addresses[0] !== undefined)
    return { ...unasked(addresses[0], addresses.slice(1), standIn, mapping), hint: hintOf(question) };
  const byMail = fromMail(addresses, mapping, to.people ?? [], to.endpoint);
  if (byMail !== null) return byMail;
  if (standIn !== undefined && (addresses.length === 0 || mapping.defaultFor === "anyone"))
    return { kind: "found", login: standIn, step: "default user" };
  const what = addresses.length === 0 ? "" : ` (${addresses.join(", ")})`;
  const message = `user "${login}"${what} of ${from.endpoint} has no partner in ${to.endpoint}: ${advice(question)}`;
  return { kind: "unknown", message };
}

/** The partner that the row's users file names for a person of `from`; null where it names none. */
export function listedPartner({ login, mapping, toward, from }: Omit<UserQuestion, "to">): string | null {
  return fromFile(login, from.people?.find((p) => same(p.login, login)) ?? null, mapping, toward);
}

/** The line of the row's users file that names the partner; null where none does. */
export function listedLine({ login, mapping, toward, from }: Omit<UserQuestion, "to">): number | null {
  const key = fileKey(login, from.people?.find((p) => same(p.login, login)) ?? null, mapping, toward);
  return key === null ? null : (mapping.users?.lines?.[tableOf(toward)][key] ?? null);
}

function fromFile(login: string, person: Person | null, mapping: FieldMapping, toward: Side): string | null {
  const key = fileKey(login, person, mapping, toward);
  return key === null ? null : (mapping.users?.[tableOf(toward)][key] ?? null);
}

/** The login comes first, then the addresses in their order. */
function fileKey(login: string, person: Person | null, { users }: FieldMapping, toward: Side): string | null {
  if (users === null) return null;
  const keys = [login, ...(person?.emails ?? [])].map((name) => name.trim().toLowerCase());
  return keys.find((key) => Object.hasOwn(users[tableOf(toward)], key)) ?? null;
}

function tableOf(toward: Side): "toRight" | "toLeft" {
  return toward === "right" ? "toRight" : "toLeft";
}

/** A login that is an address counts as one: trackers that cannot list their people tell nothing else. */
function addressesOf(login: string, person: Person | null, { emails }: FieldMapping): readonly string[] {
  const known = [...(person?.emails ?? []), ...(login.includes("@") ? [login] : [])].map((mail) => mail.trim());
  const distinct = known.filter((mail, i) => mail !== "" && known.findIndex((other) => same(other, mail)) === i);
  return emails === "first" ? distinct.slice(0, 1) : distinct;
}

/** A tracker that cannot list its people gets one address after the other. */
function unasked(
  login: string,
  more: readonly string[],
  standIn: string | undefined,
  { defaultFor }: FieldMapping,
): Extract<UserAnswer, { kind: "found" }> {
  const last =
    standIn === undefined || defaultFor !== "anyone" ? [] : [{ login: standIn, step: "default user" as const }];
  const otherwise = [...more.map((address) => ({ login: address, step: "e-mail" as const })), ...last];
  return { kind: "found", login, step: "e-mail", ...(otherwise.length === 0 ? {} : { otherwise }) };
}

function fromMail(
  addresses: readonly string[],
  { emails }: FieldMapping,
  people: readonly Person[],
  endpoint: string,
): UserAnswer | null {
  for (const address of addresses) {
    const matches = people.filter(
      (p) => same(p.login, address) || countedMails(p, emails).some((mail) => same(mail, address)),
    );
    const active = matches.filter((p) => p.active);
    const found = active.length > 0 ? active : matches;
    if (found.length > 1) {
      const who = found.map((p) => `"${p.login}"`).join(" and ");
      const message = `e-mail "${address}" belongs to ${who} in ${endpoint}: say which one in the users file`;
      return { kind: "ambiguous", message };
    }
    if (found[0] !== undefined) return { kind: "found", login: found[0].login, step: "e-mail" };
  }
  return null;
}

function countedMails(person: Person, emails: FieldMapping["emails"]): readonly string[] {
  return emails === "first" ? person.emails.slice(0, 1) : person.emails;
}

function hintOf(question: UserQuestion): string {
  return `where ${question.to.endpoint} has no such user, say who "${question.login}" is there: ${advice(question)}`;
}

function advice({ mapping, toward }: UserQuestion): string {
  const file =
    mapping.users === null ? 'name a users file with `users = "…"`' : `add a line to ${mapping.users.origin.file}`;
  const standIn = mapping.defaultUser[toward];
  if (standIn === undefined) return `${file}, or set default_user`;
  // S9: the default user is for people without an address unless the row says otherwise.
  return mapping.defaultFor === "anyone"
    ? `${file}, or name another default user than "${standIn}"`
    : `${file}, or let the default user stand in with applies_to = "anyone"`;
}

function same(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}
