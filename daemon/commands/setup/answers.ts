import { isReserved, NAME, SECRET_NAME } from "../../config/content/endpoints.ts";
import { didYouMean } from "../../config/content/suggest.ts";
import { connectorTypes } from "../../connectors/registry.ts";
import type { ConnectorType, SettingsIssue } from "../../core/connector.ts";
import { OperatorError } from "../../core/errors.ts";
import type { Asker } from "./ask.ts";
import { type EndpointWords, readSettings, readWords } from "./words.ts";

/** What the commands that set a connection up take on the command line. */
export interface SetupOptions {
  readonly left?: string;
  readonly right?: string;
  readonly entities?: string;
  readonly create?: string;
  readonly yes?: boolean;
}

export interface EndpointAnswer {
  readonly name: string;
  readonly type: ConnectorType;
  readonly settings: Readonly<Record<string, string | number>>;
  readonly parsed: unknown;
  readonly secret: string;
}

export interface Answers {
  readonly connection: string;
  readonly left: EndpointAnswer;
  readonly right: EndpointAnswer;
}

/** Names become names of files, and two of them that of a secret, which has 128 letters at most. */
const MOST_LETTERS = 60;

const TYPES = connectorTypes.map(({ type }) => type).join(", ");

/** Both endpoints, as far as possible from the command line; the rest is asked for. Without a terminal throws `OperatorError` that names the flag. */
export async function askEndpoints(connection: string, options: SetupOptions, asker: Asker | null): Promise<Answers> {
  const left = await askEndpoint("--left", connection, options.left, null, asker);
  const right = await askEndpoint("--right", connection, options.right, left, asker);
  return { connection, left, right };
}

/** The connection's name: also that of its mapping file. */
export async function askName(given: string | undefined, asker: Asker | null): Promise<string> {
  const name = given ?? (await asker?.text("Name of the connection, such as payments", null, wrongName));
  if (name === undefined) throw missing("--name", "how the connection is to be called", "--name payments");
  const why = wrongName(name);
  if (why !== null) throw new OperatorError(`--name: ${why}.`, "It becomes the name of the mapping file.");
  return name;
}

function wrongName(name: string): string | null {
  if (!NAME.test(name)) return `"${name}" is no name: use letters, digits, - and _`;
  return name.length > MOST_LETTERS ? `"${name}" is longer than ${MOST_LETTERS} letters` : null;
}

export function missing(flag: string, what: string, example: string): OperatorError {
  return new OperatorError(
    `${flag} is missing: ${what}.`,
    `Give it, such as ${example}; or start the command at a terminal, where it asks.`,
  );
}

async function askEndpoint(
  flag: "--left" | "--right",
  connection: string,
  given: string | undefined,
  other: EndpointAnswer | null,
  asker: Asker | null,
): Promise<EndpointAnswer> {
  const words = given === undefined ? null : readWords(given, flag);
  if (words === null && asker === null)
    throw missing(
      flag,
      `the ${flag.slice(2)} endpoint`,
      `${flag} "alm type=alm url=https://… domain=… project=… secret=…"`,
    );
  if (words === null) asker?.say(flag === "--left" ? "The first endpoint" : "The second endpoint");
  const type = await askType(flag, words, asker);
  const values = new Map(words?.values ?? []);
  values.delete("type");
  values.delete("secret");
  const { table, parsed } = await askSettings(flag, type, values, asker);
  // Letter case does not tell names apart: they become names of files.
  const taken = (name: string) => name.toLowerCase() === other?.name.toLowerCase();
  const name = await askEndpointName(flag, type, words, taken, asker);
  const usual = `${name}-${connection}`;
  const secret =
    words?.values.get("secret") ??
    (words === null ? ((await asker?.text("  name of its secret on the host", usual, wrongSecret)) ?? usual) : usual);
  const why = wrongSecret(secret);
  if (why !== null) throw new OperatorError(`${flag}: ${why}.`, "It is the name of a file, never the password itself.");
  return { name, type, settings: table, parsed, secret };
}

function wrongSecret(name: string): string | null {
  return SECRET_NAME.test(name) && !name.includes("..") ? null : `"${name}" cannot be the name of a secret`;
}

async function askType(flag: string, words: EndpointWords | null, asker: Asker | null): Promise<ConnectorType> {
  const find = (name: string) => connectorTypes.find(({ type }) => type === name);
  const wrong = (name: string) => (find(name) === undefined ? `there is no kind of tracker "${name}": ${TYPES}` : null);
  const given = words?.values.get("type") ?? (await asker?.text(`  kind of tracker (${TYPES})`, null, wrong));
  const found = find(given ?? "");
  if (found !== undefined) return found;
  throw given === undefined
    ? missing(`type= of ${flag}`, "the kind of tracker", `type=alm (there are ${TYPES})`)
    : new OperatorError(`${flag}: ${wrong(given)}.`, "");
}

/** What the type says is missing is asked for, one by one; what is wrong is asked for again. */
async function askSettings(
  flag: string,
  type: ConnectorType,
  values: Map<string, string>,
  asker: Asker | null,
): Promise<{ readonly table: Readonly<Record<string, string | number>>; readonly parsed: unknown }> {
  for (;;) {
    const read = readSettings(type, values);
    if (read.ok) return read;
    const issue = read.issues.find(({ path: [first = ""] }) => !read.known.includes(first)) ?? read.issues[0];
    const key = issue?.path.join(".") ?? "";
    const absent = !values.has(key);
    if (asker === null || !read.known.includes(key))
      throw wrongSetting(flag, type, key, absent ? null : issue, read.known);
    if (!absent) asker.say(`  ${key} ${issue?.message ?? "is wrong"}`);
    values.set(key, await asker.text(`  ${key}`));
  }
}

/** `issue` null: the key is missing. */
function wrongSetting(
  flag: string,
  { secretKeys }: ConnectorType,
  key: string,
  issue: SettingsIssue | null | undefined,
  known: readonly string[],
): OperatorError {
  if (issue === null)
    return new OperatorError(
      `${flag}: ${key} is missing.`,
      `Add ${key}=… to it; or start the command at a terminal, where it asks.`,
    );
  // Not repeated, and not read either: the shell keeps what was typed.
  if (secretKeys.includes(key))
    return new OperatorError(
      `${flag}: "${key}" is not said here: others could read it.`,
      "It stands in the file of the secret, on this host; say only that file's name, secret=….",
    );
  return known.includes(key)
    ? new OperatorError(`${flag}: ${key} ${issue?.message ?? "is wrong"}.`, "")
    : new OperatorError(`${flag}: there is no key "${key}".`, didYouMean(key, ["type", "secret", ...known]));
}

const SHORT: Readonly<Record<string, string>> = { "agile-manager": "agm" };

async function askEndpointName(
  flag: string,
  { type }: ConnectorType,
  words: EndpointWords | null,
  taken: (name: string) => boolean,
  asker: Asker | null,
): Promise<string> {
  const short = SHORT[type] ?? type;
  const usual = taken(short) ? `${short}-2` : short;
  const wrong = (name: string) => {
    if (isReserved(name)) return `"${name}" has a meaning of its own and cannot name an endpoint`;
    return wrongName(name) ?? (taken(name) ? `"${name}" is the other endpoint` : null);
  };
  const name =
    words?.name ?? (words === null ? await asker?.text("  name of this endpoint", usual, wrong) : usual) ?? usual;
  const why = wrong(name);
  if (why !== null) throw new OperatorError(`${flag}: ${why}.`, "Its first word is the endpoint's name.");
  return name;
}
