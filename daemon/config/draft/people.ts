import type { Person } from "../../core/field.ts";

type Known = Pick<Person, "login" | "name" | "emails">;

/** Who goes with whom, and who is left over, each list by login. */
export interface MatchedPeople {
  readonly pairs: readonly { readonly left: string; readonly right: string }[];
  readonly left: readonly string[];
  readonly right: readonly string[];
}

/**
 * People of both trackers with an e-mail address in common, capitals aside; a login that is an address counts as one. An address that leads to
 * several people on either side says nothing.
 */
export function matchPeople(left: readonly Known[], right: readonly Known[]): MatchedPeople {
  const [ours, theirs] = [byAddress(left), byAddress(right)];
  const pairs = left.flatMap((person) => {
    const found = new Set(
      addressesOf(person)
        .filter((mail) => ours.get(mail)?.size === 1)
        .flatMap((mail) => [...(theirs.get(mail) ?? [])]),
    );
    const [only, another] = [...found];
    return only === undefined || another !== undefined ? [] : [{ left: person.login, right: only }];
  });
  const single = pairs.filter(({ right: login }) => pairs.filter((pair) => pair.right === login).length === 1);
  const sorted = (logins: readonly string[]) => logins.toSorted((a, b) => (a < b ? -1 : 1));
  return {
    pairs: single.toSorted((a, b) => (a.left < b.left ? -1 : 1)),
    left: sorted(left.map(({ login }) => login).filter((login) => !single.some((pair) => pair.left === login))),
    right: sorted(right.map(({ login }) => login).filter((login) => !single.some((pair) => pair.right === login))),
  };
}

function byAddress(people: readonly Known[]): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const person of people)
    for (const mail of addressesOf(person)) found.set(mail, (found.get(mail) ?? new Set()).add(person.login));
  return found;
}

function addressesOf({ login, emails }: Known): readonly string[] {
  const all = [...emails, ...(login.includes("@") ? [login] : [])];
  return [...new Set(all.map((mail) => mail.trim().toLowerCase()).filter((mail) => mail !== ""))];
}

/** `users/<connection>.csv`. */
export function usersText(names: readonly [string, string], { pairs }: MatchedPeople): string {
  const rows = pairs.map(({ left, right }) => `${cell(left)},<>,${cell(right)}`);
  return `${[`${names[0]},<>,${names[1]}`, ...rows].join("\n")}\n`;
}

function cell(text: string): string {
  return /[",;\t\n]|^[#\s]|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
