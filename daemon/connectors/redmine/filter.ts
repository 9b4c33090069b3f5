import type { Query } from "./client.ts";

/**
 * A filter is what stands behind the `?` of an issue list: `status_id=open&cf_4=Major|Critical`. The server ignores filters that it does not know and
 * then answers with everything, so only known ones pass.
 */
const FILTERS = [
  "status_id",
  "tracker_id",
  "priority_id",
  "category_id",
  "fixed_version_id",
  "assigned_to_id",
  "author_id",
  "parent_id",
  "child_id",
  "subject",
  "description",
  "created_on",
  "updated_on",
  "closed_on",
  "start_date",
  "due_date",
  "done_ratio",
  "estimated_hours",
  "is_private",
  "watcher_id",
  "member_of_group",
  "assigned_to_role",
  "query_id",
];

const TIMES = /_on$|_date$/;
const WHOLE = /^(tracker|priority|category|fixed_version|author|parent|child|query|status)_id$/;
const WORDS = new Set(["*", "!*", "open", "closed", "me", "o", "c"]);

export function checkFilter(filter: string): string | null {
  if (filter.trim() === "") return "the filter is empty";
  const complaints = partsOf(filter).map(checkPart);
  return complaints.find((complaint) => complaint !== null) ?? null;
}

function partsOf(filter: string): readonly (readonly [string, string | null])[] {
  const bare = filter.trim().replace(/^\?/, "");
  return bare.split("&").map((part) => {
    const at = part.indexOf("=");
    return at === -1 ? [part, null] : [part.slice(0, at), part.slice(at + 1)];
  });
}

function checkPart([name, raw]: readonly [string, string | null]): string | null {
  if (name === "") return "two & without a filter between them";
  if (!FILTERS.includes(name) && !/^cf_\d+$/.test(name)) {
    return `"${name}" is no filter of an issue list that may stand here (the server would ignore it); there are ${FILTERS.join(", ")} and cf_N`;
  }
  if (raw === null || raw === "") return `${name} has no value`;
  const value = decoded(raw);
  if (value === null) return `the value of ${name} is not well-formed percent-encoding`;
  if (TIMES.test(name) && /[+\s-]\d{2}:\d{2}$/.test(value))
    return `${name}: times are in UTC (…Z), an offset is refused`;
  if (WHOLE.test(name) && !value.split("|").every(isIdOrWord)) return `${name} needs ids (several: 1|2), not names`;
  return null;
}

function isIdOrWord(text: string): boolean {
  return WORDS.has(text) || /^!?~?\d+$/.test(text);
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return null;
  }
}

/** The parameters of a filter that passed `checkFilter`; closed issues are left out only where it says so itself. */
export function queryOfFilter(filter: string): Query {
  const query = partsOf(filter).map(([name, raw]) => [name, decoded(raw ?? "") ?? ""] as const);
  return query.some(([name]) => name === "status_id" || name === "query_id") ? query : [...query, ["status_id", "*"]];
}

/** Numbers of the custom fields that a filter names. */
export function customFieldsIn(filter: string): readonly number[] {
  return partsOf(filter).flatMap(([name]) => (/^cf_\d+$/.test(name) ? [Number(name.slice(3))] : []));
}
