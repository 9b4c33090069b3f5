import { NAME } from "../../config/content/endpoints.ts";
import { connectorTypes } from "../../connectors/registry.ts";
import type { ConnectorType } from "../../core/connector.ts";
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

const TYPES = connectorTypes.map(({ type }) => type).join(", ");

/** Both endpoints, as far as possible from the command line; the rest is asked for. Without a terminal throws `OperatorError` that names the flag. */
export async function askEndpoints(connection: string, options: SetupOptions, asker: Asker | null): Promise<Answers> {
  const left = await askEndpoint("--left", connection, options.left, null, asker);
  const right = await askEndpoint("--right", connection, options.right, left, asker);
  return { connection, left, right };
}

/** The connection's name: also that of its mapping file. */
export async function askName(given: string | undefined, asker: Asker | null): Promise<string> {
  const wrong = (name: string) => (NAME.test(name) ? null : `"${name}" is no name: use letters, digits, - and _`);
  const name = given ?? (await asker?.text("Name of the connection, such as payments", null, wrong));
  if (name === undefined) throw missing("--name", "how the connection is to be called", "--name payments");
  const why = wrong(name);
  if (why !== null) throw new OperatorError(`--name: ${why}.`, "It becomes the name of the mapping file.");
  return name;
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
  const taken = (name: string) => name === other?.name;
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
  return /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name) && !name.includes("..")
    ? null
    : `"${name}" cannot be the name of a secret`;
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
    const [issue] = read.issues;
    const key = issue?.path.join(".") ?? "";
    const absent = !values.has(key);
    if (asker === null || !read.known.includes(key))
      throw new OperatorError(
        `${flag}: ${key} ${absent ? "is missing" : (issue?.message ?? "is wrong")}.`,
        absent
          ? `Add ${key}=… to it; or start the command at a terminal, where it asks.`
          : `Known: ${read.known.join(", ")}.`,
      );
    if (!absent) asker.say(`  ${key} ${issue?.message ?? "is wrong"}`);
    values.set(key, await asker.text(`  ${key}`));
  }
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
    if (!NAME.test(name)) return `"${name}" is no name: use letters, digits, - and _`;
    return taken(name) ? `"${name}" is the other endpoint` : null;
  };
  const name =
    words?.name ?? (words === null ? await asker?.text("  name of this endpoint", usual, wrong) : usual) ?? usual;
  const why = wrong(name);
  if (why !== null) throw new OperatorError(`${flag}: ${why}.`, "Its first word is the endpoint's name.");
  return name;
}
