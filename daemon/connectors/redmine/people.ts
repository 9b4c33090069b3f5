import type { Person } from "../../core/field.ts";
import type { JsonObject } from "../json-answer.ts";

/** One person or group of the server. */
export interface Principal extends Person {
  readonly id: string;
}

/** Users and members by id and by name. What stands in user fields: the login where the key may read it, else the name shown. */
export interface People {
  readonly list: readonly Principal[];
  /** What a mapping sees for an id; null for an id nobody here has. */
  textOf(id: string): string | null;
  /** Id of whoever bears this login (letter case aside), else this name; null where none or more than one does. */
  idOf(text: string): string | null;
}

export function createPeople(list: readonly Principal[]): People {
  const byId = new Map(list.map((person) => [person.id, person]));
  const byLogin = new Map(list.map((person) => [person.login.toLowerCase(), person.id]));
  return {
    list,
    textOf: (id) => byId.get(id)?.login ?? null,
    idOf(text) {
      const found = byLogin.get(text.trim().toLowerCase());
      const [first, second] = list.filter((person) => person.name === text.trim());
      return found ?? (second === undefined ? (first?.id ?? null) : null);
    },
  };
}

/** A row of `/users.json` (administrators only). */
export function fromUser(row: JsonObject, active: boolean): Principal | null {
  const { id, login, firstname, lastname, mail } = row;
  if (typeof id !== "number" || typeof login !== "string" || login === "") return null;
  const name = [firstname, lastname].filter((part) => typeof part === "string" && part !== "").join(" ");
  const emails = typeof mail === "string" && mail !== "" ? [mail] : [];
  return { id: String(id), login, name: name === "" ? login : name, emails, active };
}

/** A row of `/projects/X/memberships.json`: id and name of a user or group. */
export function fromMembership(row: JsonObject): Principal | null {
  const member = (row["user"] ?? row["group"]) as JsonObject | undefined;
  const id = member?.["id"];
  const name = member?.["name"];
  if (typeof id !== "number" || typeof name !== "string") return null;
  return { id: String(id), login: name, name, emails: [], active: true };
}
