import { chmod, mkdir, realpath, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { OperatorError } from "../../core/errors.ts";
import { hasSecret, isAccountKey, openSecrets, type Secrets } from "../../state/secrets.ts";
import type { Answers, EndpointAnswer } from "./answers.ts";
import type { Asker } from "./ask.ts";

type Values = Readonly<Record<string, string>>;

/** The folder of secrets with those that are not in it yet: they are used at once and written at the end. */
export interface SecretPlan {
  readonly folder: string;
  readonly secrets: Secrets;
  /** By name. */
  readonly missing: ReadonlyMap<string, Values>;
}

/** Throws `OperatorError` for a folder inside the repository: what is committed once can be read for ever. */
export async function refuseInside(folder: string, repository: string): Promise<void> {
  const [inner, outer] = [await realOf(folder), await realOf(repository)];
  const way = relative(outer, inner);
  if (way !== "" && (way.startsWith("..") || way.startsWith(sep))) return;
  throw new OperatorError(
    `The folder of secrets ${folder} lies in the repository ${repository}.`,
    "Name one outside of it with --secrets: what is committed once can be read for ever.",
  );
}

/** The real path of what is there of it. */
async function realOf(path: string): Promise<string> {
  const whole = resolve(path);
  try {
    return await realpath(whole);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || dirname(whole) === whole) throw error;
    return join(await realOf(dirname(whole)), basename(whole));
  }
}

/** Reads what is there and asks for the rest; without a terminal throws `OperatorError` that says which file to write. */
export async function planSecrets(
  folder: string,
  answers: Answers,
  asker: Asker | null,
  note: (text: string) => void,
): Promise<SecretPlan> {
  const files = openSecrets(folder, { note });
  const missing = new Map<string, Values>();
  for (const endpoint of [answers.left, answers.right]) {
    if (missing.has(endpoint.secret)) continue;
    const values = await valuesOf(folder, endpoint, asker);
    if (values === null) await files.read(endpoint.secret, endpoint.type.secretKeys);
    else missing.set(endpoint.secret, values);
  }
  const secrets: Secrets = {
    read: async (name, keys) => ({ ...(missing.get(name) ?? (await files.read(name, keys))) }),
    values: () => [...files.values(), ...[...missing.values()].flatMap(hiddenValues)],
  };
  return { folder, secrets, missing };
}

/** Null where the file is there, or nobody can be asked: reading it then says which file to write. */
async function valuesOf(
  folder: string,
  { secret, name, type }: EndpointAnswer,
  asker: Asker | null,
): Promise<Values | null> {
  if (asker === null || (await hasSecret(folder, secret))) return null;
  asker.say(`The secret "${secret}" of ${name} is not there yet; it is written with mode 600, and only there.`);
  return askValues(type.secretKeys, asker);
}

/** Some trackers take one of two pairs of keys. */
async function askValues(keys: readonly string[], asker: Asker): Promise<Values> {
  const usual = keys.slice(0, 2);
  const named = (answer: string) => answer.split(/[\s,]+/).filter((key) => key !== "");
  const wrong = (answer: string) => {
    const stranger = named(answer).find((key) => !keys.includes(key));
    return stranger === undefined ? null : `"${stranger}" is none of ${keys.join(", ")}`;
  };
  const chosen =
    keys.length <= 2 ? keys : named(await asker.text(`  its keys, of ${keys.join(", ")}`, usual.join(", "), wrong));
  const values: Record<string, string> = {};
  for (const key of chosen)
    values[key] = isAccountKey(key) ? await asker.text(`  ${key}`) : await asker.hidden(`  ${key} (not shown)`);
  return values;
}

function hiddenValues(values: Values): readonly string[] {
  return Object.entries(values).flatMap(([key, value]) => (isAccountKey(key) || value === "" ? [] : [value]));
}

/** The account's name, where a secret has one. */
export function loginOf(values: Values): string | null {
  return values["user"] ?? values["username"] ?? values["login"] ?? null;
}

/** Written only now that they are known to work; files that are there are never touched. */
export async function writeSecretFiles({ folder, missing }: SecretPlan): Promise<readonly string[]> {
  if (missing.size === 0) return [];
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const written: string[] = [];
  for (const [name, values] of missing) {
    const file = join(folder, name);
    const lines = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
    await writeFile(file, lines.join(""), { mode: 0o600, flag: "wx" });
    await chmod(file, 0o600);
    written.push(file);
  }
  return written;
}
