import { people } from "../shared-content.ts";

/** Her account still has the name she had before she married: nothing but a table of users can tell who she is. */
const RENAMED = { email: "petra.novak@example.com", login: "petra.horakova@agile.example" } as const;

/** Logins of the site: the first e-mail address of everyone active who has one, in lower case, with one exception. */
export const logins: readonly string[] = people
  .filter((person) => person.active && person.emails.length > 0)
  .map((person) => loginOf(person.emails[0] ?? ""));

/** The login of the person with this first e-mail address. */
export function loginOf(email: string): string {
  const login = email.toLowerCase();
  return login === RENAMED.email ? RENAMED.login : login;
}
