import type { UserMap } from "../../core/snapshot.ts";
import type { FileReport } from "./report.ts";
import { knownPerson, unknownUser } from "./row-options.ts";
import type { Way } from "./ways.ts";

const SHOWN = 8;

/** S7, T3: the default user goes one way, and is somebody whom the tracker knows. */
export function checkDefaultUser({ mapping, toward, at, target, source, to }: Way, report: FileReport): void {
  const login = mapping.defaultUser[toward];
  if (login === undefined) return;
  const line = mapping.users === null ? null : lineOf(mapping.users, toward === "right" ? "toLeft" : "toRight", login);
  if (mapping.direction === "both" && line !== null)
    report.warn(
      "default-user",
      at,
      `"${login}" is the default user of ${target.endpoint}, and ${line} makes it somebody of ${source.endpoint}: whoever is shown there cannot tell one from the other.`,
      "Take an account for the default user that is nobody's.",
    );
  if (to.kind !== "user") return;
  const stranger = unknownUser(login, to, target);
  if (stranger !== null)
    (stranger.certain ? report.error : report.warn)(
      "default-user",
      at,
      `default_user: ${stranger.message}`,
      stranger.hint,
    );
  else if (target.people !== null && knownPerson(target.people, login)?.active === false)
    report.warn(
      "default-user",
      at,
      `The default user "${login}" is switched off in ${target.endpoint}.`,
      "Take an active one.",
    );
}

/** Users that the users file writes into the target, against the users that it has now. */
export function checkListedUsers({ mapping, toward, at, target, to }: Way, report: FileReport): void {
  const { people } = target;
  if (people === null || mapping.users === null || to.kind !== "user") return;
  const direction = toward === "right" ? "toRight" : "toLeft";
  const strangers = Object.entries(mapping.users[direction]).filter(
    ([, login]) => knownPerson(people, login) === undefined,
  );
  if (strangers.length === 0) return;
  const users = mapping.users;
  const named = strangers.slice(0, SHOWN).map(([key, login]) => {
    const line = users.lines?.[direction][key];
    return `"${login}"${line === undefined ? "" : ` (line ${line})`}`;
  });
  const more = strangers.length > SHOWN ? ` and ${strangers.length - SHOWN} more` : "";
  report.warn(
    "unknown-user",
    at,
    `${users.origin.file} names users whom ${target.endpoint} does not have: ${named.join(", ")}${more}.`,
    "Correct the lines, or add the users there.",
  );
}

/** Where a users file says who a user is; null where it does not. */
function lineOf(users: UserMap, direction: "toLeft" | "toRight", login: string): string | null {
  const key = login.trim().toLowerCase();
  if (!Object.hasOwn(users[direction], key)) return null;
  const line = users.lines?.[direction][key];
  return line === undefined ? users.origin.file : `${users.origin.file}:${line}`;
}
