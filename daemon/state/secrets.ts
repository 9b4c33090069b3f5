import { open, realpath, stat } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { OperatorError } from "../core/errors.ts";
import { parseSecret } from "./secret-text.ts";

export interface Secrets {
  /**
   * The secret as its file stands now. `keys`: what its user expects in it, for the example in the error. Throws `OperatorError` where there
   * is no such file or it cannot be read as a secret.
   */
  read(name: string, keys?: readonly string[]): Promise<Record<string, string>>;
  /** Every value read so far, rotated ones included, for redaction. Names of accounts are not among them: logs need them. */
  values(): readonly string[];
}

export interface SecretsOptions {
  /** Told once per file that others than its owner can read it. */
  readonly note?: (message: string) => void;
}

const MAX_BYTES = 64 * 1024;
const ENDINGS = ["", ".toml", ".json"] as const;
const PUBLIC_KEYS: ReadonlySet<string> = new Set([
  "user",
  "username",
  "login",
  "account",
  "email",
  "domain",
  "client-id",
  "client_id",
]);

/** Whether a key of a secret names an account, which logs may show. */
export function isAccountKey(key: string): boolean {
  return PUBLIC_KEYS.has(key.toLowerCase());
}

/** Secrets as files of one folder, `<folder>/<name>` (or `.toml`, `.json`), read anew each time. `folder` null: the host has none. */
export function openSecrets(folder: string | null, options: SecretsOptions = {}): Secrets {
  const seen = new Set<string>();
  const noted = new Set<string>();

  async function warnOfMode(path: string): Promise<void> {
    const mode = (await stat(path)).mode;
    if ((mode & 0o077) === 0 || noted.has(path)) return;
    noted.add(path);
    options.note?.(`the secret file ${path} can be read by others than its owner: chmod 600 ${path}`);
  }

  return {
    values: () => [...seen],
    async read(name, keys = ["user", "password"]) {
      const root = existingFolder(folder, name);
      const { path, text, form } = await findSecret(root, name, keys);
      await warnOfMode(path);
      const parsed = parseSecret(text, form);
      if (!parsed.ok)
        throw new OperatorError(`the secret "${name}": the file ${path} ${parsed.fault}`, example(path, keys));
      for (const [key, value] of Object.entries(parsed.values)) {
        if (value !== "" && !isAccountKey(key)) seen.add(value);
      }
      return { ...parsed.values };
    },
  };
}

function existingFolder(folder: string | null, name: string): string {
  if (folder !== null) return resolve(folder);
  throw new OperatorError(
    `the configuration asks for the secret "${name}", but Syncline was started without a folder of secrets`,
    `start it with --secrets <folder>, with a file named ${name} in it`,
  );
}

/** Whether the folder has a secret of that name, whatever is in it. */
export async function hasSecret(folder: string, name: string): Promise<boolean> {
  refuseEscape(name);
  for (const ending of ENDINGS) {
    const path = resolve(folder, `${name}${ending}`);
    if ((await readInside(resolve(folder), path, name)) !== null) return true;
  }
  return false;
}

interface Found {
  readonly path: string;
  readonly text: string;
  readonly form: "toml" | "json" | "any";
}

async function findSecret(root: string, name: string, keys: readonly string[]): Promise<Found> {
  refuseEscape(name);
  for (const ending of ENDINGS) {
    const path = resolve(root, `${name}${ending}`);
    const text = await readInside(root, path, name);
    if (text === null) continue;
    const form = path.endsWith(".toml") ? "toml" : path.endsWith(".json") ? "json" : "any";
    return { path, text, form };
  }
  const path = resolve(root, name);
  throw new OperatorError(
    `the secret "${name}" is missing: there is no file ${path} (nor ${path}.toml)`,
    example(path, keys),
  );
}

function refuseEscape(name: string): void {
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name) && !name.includes("..")) return;
  throw new OperatorError(
    `"${name}" cannot be the name of a secret`,
    "use letters, digits, dots, dashes and underscores: the name is that of a file in the folder of secrets",
  );
}

/** Null where there is no such file. A symbolic link may lead about inside the folder (mounted secrets do), not out of it. */
async function readInside(root: string, path: string, name: string): Promise<string | null> {
  try {
    const real = await realpath(path);
    if (!real.startsWith(`${await realpath(root)}${sep}`)) {
      throw new OperatorError(
        `the secret "${name}": ${path} leads out of the folder of secrets`,
        "put the file itself into the folder",
      );
    }
    return await readBounded(real, path);
  } catch (error) {
    if (!(error instanceof Error) || error instanceof OperatorError || !("code" in error)) throw error;
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
    const what = error.code === "EISDIR" ? "is a folder" : `cannot be read (${error.message})`;
    throw new OperatorError(
      `the secret "${name}": ${path} ${what}`,
      "give the account that runs Syncline read access to the file",
    );
  }
}

async function readBounded(real: string, path: string): Promise<string> {
  const handle = await open(real, "r");
  try {
    const buffer = Buffer.alloc(MAX_BYTES + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    if (bytesRead <= MAX_BYTES) return buffer.toString("utf8", 0, bytesRead);
    throw new OperatorError(`the secret file ${path} is larger than 64 KiB`, "a secret file holds a few lines");
  } finally {
    await handle.close();
  }
}

/** Some trackers take one of two pairs of keys. */
function example(path: string, keys: readonly string[]): string {
  const pairs = keys.flatMap((_, n) => (n % 2 === 0 ? [keys.slice(n, n + 2)] : []));
  const lines = pairs.map((pair) => pair.map((key) => `${key} = "…"`).join(", then ")).join("; or instead ");
  return `write into ${path}, a line each: ${lines}; and chmod 600 it`;
}
