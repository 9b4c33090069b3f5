import type { DraftLink } from "../../config/draft/draft.ts";
import { formatDiagnostic } from "../../core/diagnostic.ts";
import { SIDES } from "../../core/snapshot.ts";
import { peopleOf, type SetUp } from "./set-up.ts";
import type { FileWritten } from "./write-files.ts";

/** People are named as far as a screen holds them. */
const SHOWN = 10;

export interface Told {
  readonly setUp: SetUp;
  readonly folder: string;
  readonly files: readonly FileWritten[];
  readonly secrets: readonly string[];
  /** What to do now, a sentence and a command each. */
  readonly next: readonly { readonly why: string; readonly command: string }[];
}

export function toText({ setUp, folder, files, secrets, next }: Told): string {
  const { answers, found, drafted, notes } = setUp;
  const rights = SIDES.flatMap((side) =>
    found.checks[side].flatMap(({ verdict, name, message }) =>
      verdict === "warning" ? [`  ${answers[side].name}: ${name}: ${message}`] : [],
    ),
  );
  return [
    ...secrets.map((file) => `written   ${file}`),
    ...files.map(({ path, state }) => `${state.padEnd(9)} ${folder}/${path}`),
    "",
    ...drafted.draft.links.flatMap((link) => linkText(link, setUp)),
    ...peopleText(setUp),
    ...section("Look into:", [
      ...rights,
      ...notes.map((note) => `  ${note}`),
      ...drafted.warnings.map((one) => `  ${formatDiagnostic(one)}`),
    ]),
    ...next.flatMap(({ why, command }) => ["", why, `  ${command}`]),
  ].join("\n");
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines];
}

function linkText({ input, rows, markers }: DraftLink, { answers, found }: SetUp): readonly string[] {
  const active = rows.filter(({ off }) => off === null);
  const waiting = rows.filter(({ off }) => off !== null);
  const label = (side: "left" | "right") => `${answers[side].name} ${input[side]}`;
  const schemas = found.sides.left.schemas[input.left]?.fields ?? {};
  const names = active.map(({ left }) => schemas[left]?.label ?? left).join(", ");
  const open = active.flatMap(({ role, values }) => {
    const lacking = [...(values?.leftOnly ?? []), ...(values?.rightOnly ?? [])];
    return lacking.length === 0 ? [] : [`  no counterpart yet in ${role}: ${lacking.join(", ")}`];
  });
  return [
    `${answers.connection}/${input.name}: ${label("left")} with ${label("right")}`,
    `  mapped: ${names}`,
    ...open,
    ...(waiting.length === 0
      ? []
      : [`  for you to decide: ${waiting.map(({ left, off }) => `${left} (${off})`).join("; ")}`]),
    markers.left === undefined
      ? "  no marker field: see the comment in the mapping"
      : `  marker: ${markers.left} and ${markers.right} hold the partners' ids already`,
  ];
}

function peopleText(setUp: SetUp): readonly string[] {
  const { left, right } = setUp.answers;
  const { pairs, ...rest } = peopleOf(setUp);
  const alone = [
    [left.name, rest.left],
    [right.name, rest.right],
  ] as const;
  return [
    `users: ${pairs.length} matched by e-mail address`,
    ...alone.flatMap(([name, logins]) =>
      logins.length === 0 ? [] : [`  of ${name} without a partner: ${shown(logins)}`],
    ),
  ];
}

function shown(logins: readonly string[]): string {
  const first = logins.slice(0, SHOWN).join(", ");
  return logins.length > SHOWN ? `${first} and ${logins.length - SHOWN} more` : first;
}

export function toJson({ setUp, folder, files, secrets, next }: Told) {
  const { answers, found, drafted, notes } = setUp;
  const { pairs, left, right } = peopleOf(setUp);
  return {
    connection: answers.connection,
    folder,
    files,
    secrets,
    checks: { [answers.left.name]: found.checks.left, [answers.right.name]: found.checks.right },
    links: drafted.draft.links.map(({ input, rows, markers }) => ({
      link: `${answers.connection}/${input.name}`,
      entities: { [answers.left.name]: input.left, [answers.right.name]: input.right },
      rows: rows.map(({ role, left: one, right: other, off, values }) => ({
        ...{ role, [answers.left.name]: one, [answers.right.name]: other, off },
        unmatched: [...(values?.leftOnly ?? []), ...(values?.rightOnly ?? [])],
      })),
      markers:
        markers.left === undefined ? null : { [answers.left.name]: markers.left, [answers.right.name]: markers.right },
    })),
    users: { matched: pairs, unmatched: { [answers.left.name]: left, [answers.right.name]: right } },
    warnings: drafted.warnings,
    notes,
    next: next.map(({ command }) => command),
  };
}

/** As a shell reads it. */
export function quote(text: string): string {
  return /^[\w./:@=+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function commitCommand(root: string, paths: readonly string[], message: string): string {
  const git = `git -C ${quote(root)}`;
  return `${git} add -- ${paths.map(quote).join(" ")} && ${git} commit -m ${quote(message)}`;
}
