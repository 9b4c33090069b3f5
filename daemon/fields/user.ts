import type { Person } from "../core/field.ts";
import type { FieldMapping, Side } from "../core/snapshot.ts";
import type { Carried } from "./outcome.ts";
import { fault, value } from "./outcome.ts";
import type { EndpointWorld } from "./world.ts";

/**
 * Who stands for a person on the other side (S5–S11, T4–T6), in this order: users file, e-mail (letter case aside, all addresses in order; two
 * matches are an error), default user, field error. The explicit value map comes before and is not looked at here.
 */
export function carryUser(
  login: string,
  mapping: FieldMapping,
  toward: Side,
  from: EndpointWorld,
  to: EndpointWorld,
): Carried {
  const person = from.people?.find((p) => same(p.login, login)) ?? null;
  const listed = fromFile(login, person, mapping, toward);
  if (listed !== null) return value(listed);
  const byMail = fromMail(login, person, to);
  if (byMail !== null) return byMail;
  const standIn = mapping.defaultUser[toward];
  if (standIn !== undefined)
    return value(standIn, [`user "${login}" is not known to ${to.endpoint}: the default user "${standIn}" stands in`]);
  return fault(`user "${login}" of ${from.endpoint} has no partner in ${to.endpoint}: ${advice(mapping)}`);
}

/** The partner that the row's users file names for a person of `from`; null where it names none. */
export function listedPartner(login: string, mapping: FieldMapping, toward: Side, from: EndpointWorld): string | null {
  return fromFile(login, from.people?.find((p) => same(p.login, login)) ?? null, mapping, toward);
}

function fromFile(login: string, person: Person | null, mapping: FieldMapping, toward: Side): string | null {
  if (mapping.users === null) return null;
  const table = toward === "right" ? mapping.users.toRight : mapping.users.toLeft;
  for (const key of [login, ...(person?.emails ?? [])]) {
    const partner = table[key.toLowerCase()];
    if (partner !== undefined) return partner;
  }
  return null;
}

function fromMail(login: string, person: Person | null, to: EndpointWorld): Carried | null {
  const addresses = [...(person?.emails ?? []), ...(login.includes("@") ? [login] : [])];
  if (to.people === null) return addresses[0] === undefined ? null : value(addresses[0]);
  for (const address of addresses) {
    const matches = to.people.filter((p) => same(p.login, address) || p.emails.some((mail) => same(mail, address)));
    const active = matches.filter((p) => p.active);
    const found = active.length > 0 ? active : matches;
    if (found.length > 1)
      return fault(
        `e-mail "${address}" belongs to ${found.map((p) => `"${p.login}"`).join(" and ")} in ${to.endpoint}: say which one in the users file`,
      );
    if (found[0] !== undefined) return value(found[0].login);
  }
  return null;
}

function advice(mapping: FieldMapping): string {
  const file =
    mapping.users === null ? 'name a users file with `users = "…"`' : `add a line to ${mapping.users.origin.file}`;
  return `${file}, or set default_user`;
}

function same(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}
