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

/** Who stands for the person, and which step of the chain said so (T4); or why nobody does. */
export type UserAnswer =
  | { readonly kind: "found"; readonly login: string; readonly step: "users file" | "e-mail" | "default user" }
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
  const byMail = fromMail(addresses, mapping, to);
  if (byMail !== null) return byMail;
  const standIn = mapping.defaultUser[toward];
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

function fromFile(login: string, person: Person | null, mapping: FieldMapping, toward: Side): string | null {
  if (mapping.users === null) return null;
  const table = toward === "right" ? mapping.users.toRight : mapping.users.toLeft;
  for (const key of [login, ...(person?.emails ?? [])].map((name) => name.trim().toLowerCase())) {
    const partner = Object.hasOwn(table, key) ? table[key] : undefined;
    if (partner !== undefined) return partner;
  }
  return null;
}

/** A login that is an address counts as one: trackers that cannot list their people tell nothing else. */
function addressesOf(login: string, person: Person | null, { emails }: FieldMapping): readonly string[] {
  const known = [...(person?.emails ?? []), ...(login.includes("@") ? [login] : [])].map((mail) => mail.trim());
  const distinct = known.filter((mail, i) => mail !== "" && known.findIndex((other) => same(other, mail)) === i);
  return emails === "first" ? distinct.slice(0, 1) : distinct;
}

function fromMail(addresses: readonly string[], { emails }: FieldMapping, to: EndpointWorld): UserAnswer | null {
  if (to.people === null) {
    const [first] = addresses;
    return first === undefined ? null : { kind: "found", login: first, step: "e-mail" };
  }
  for (const address of addresses) {
    const matches = to.people.filter(
      (p) => same(p.login, address) || countedMails(p, emails).some((mail) => same(mail, address)),
    );
    const active = matches.filter((p) => p.active);
    const found = active.length > 0 ? active : matches;
    if (found.length > 1) {
      const who = found.map((p) => `"${p.login}"`).join(" and ");
      const message = `e-mail "${address}" belongs to ${who} in ${to.endpoint}: say which one in the users file`;
      return { kind: "ambiguous", message };
    }
    if (found[0] !== undefined) return { kind: "found", login: found[0].login, step: "e-mail" };
  }
  return null;
}

function countedMails(person: Person, emails: FieldMapping["emails"]): readonly string[] {
  return emails === "first" ? person.emails.slice(0, 1) : person.emails;
}

function advice({ mapping, toward }: UserQuestion): string {
  const file =
    mapping.users === null ? 'name a users file with `users = "…"`' : `add a line to ${mapping.users.origin.file}`;
  // S9: the default user is for people without an address unless the row says otherwise.
  return mapping.defaultUser[toward] === undefined
    ? `${file}, or set default_user`
    : `${file}, or let the default user stand in with applies_to = "anyone"`;
}

function same(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}
