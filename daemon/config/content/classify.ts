import type { CommitTree } from "../tree.ts";
import type { FileReport } from "./report.ts";
import { START } from "./report.ts";
import { MAX_FILE_BYTES } from "./text.ts";

/** The files of a commit by what they are. */
export interface Classified {
  /** By connection name. */
  readonly mappings: ReadonlyMap<string, string>;
  /** Paths by connection, then endpoint. */
  readonly schemas: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** By name. */
  readonly users: ReadonlyMap<string, string>;
  /** Paths that are unusable as a whole and were reported. */
  readonly unusable: ReadonlySet<string>;
}

export function classify(tree: CommitTree, reportOf: (file: string) => FileReport): Classified {
  reportIrregular(tree, reportOf);
  const unusable = new Set([...reportTooLarge(tree, reportOf), ...reportClashes(tree, reportOf)]);
  const mappings = new Map<string, string>();
  const schemas = new Map<string, Map<string, string>>();
  const users = new Map<string, string>();
  for (const path of tree.files.keys()) {
    const mapping = /^mappings\/([^/]+)\.toml$/.exec(path)?.[1];
    const [, connection, endpoint] = /^mappings\/schema\/([^/]+)\/([^/]+)\.json$/.exec(path) ?? [];
    const table = /^users\/([^/]+)\.csv$/.exec(path)?.[1];
    if (mapping !== undefined) mappings.set(mapping, path);
    else if (table !== undefined) users.set(table, path);
    else if (connection !== undefined && endpoint !== undefined)
      schemas.set(connection, new Map([...(schemas.get(connection) ?? []), [endpoint, path]]));
    else reportIgnored(path, reportOf);
  }
  return { mappings, schemas, users, unusable };
}

const SCRIPT = /^rules\/.*\.(?:[cm]?jsx?|[cm]ts|tsx)$/i;

/** Only what looks as if somebody expects it to count. */
function reportIgnored(path: string, reportOf: (file: string) => FileReport): void {
  if (SCRIPT.test(path) && !/\.config\.\w+$/.test(path))
    reportOf(path).warn("ignored-file", START, "This file is not read: rules are TypeScript.", "Call it .ts.");
  const misplaced = /^mappings\/.*\.(toml|tml)$/i.test(path) || /^users\/.*\.csv$/i.test(path);
  if (!misplaced) return;
  const hint = path.startsWith("mappings/")
    ? "Mappings are mappings/<connection>.toml."
    : "Users files are users/<name>.csv.";
  reportOf(path).warn("ignored-file", START, "This file is not read.", hint);
}

function reportIrregular(tree: CommitTree, reportOf: (file: string) => FileReport): void {
  for (const { path, kind, detail } of tree.irregular) {
    const report = reportOf(path);
    if (kind === "too-large")
      report.error("file-too-large", START, `The file is larger than 1 MB${parenthesis(detail)}.`, SMALLER);
    else if (kind === "symlink")
      report.error(
        "path-escape",
        START,
        `This is a symbolic link${parenthesis(detail)}: Syncline reads regular files only.`,
        "Commit the file itself.",
      );
    else if (kind === "submodule")
      report.error(
        "path-escape",
        START,
        `This is a submodule${parenthesis(detail)}: Syncline reads this repository only.`,
        "Commit the files themselves.",
      );
    else
      report.error(
        "path-escape",
        START,
        `The name cannot be used${parenthesis(detail)}.`,
        "Use letters, digits, dots, dashes and underscores.",
      );
  }
}

const SMALLER = "Keep what is no configuration out of rules/, mappings/ and users/.";

function parenthesis(detail: string): string {
  return detail === "" ? "" : ` (${detail.replace(/\.$/, "")})`;
}

function reportTooLarge(tree: CommitTree, reportOf: (file: string) => FileReport): readonly string[] {
  const large = [...tree.files].filter(([, bytes]) => bytes.length > MAX_FILE_BYTES);
  return large.map(([path, bytes]) => {
    reportOf(path).error(
      "file-too-large",
      START,
      `The file is larger than 1 MB (${(bytes.length / MAX_FILE_BYTES).toFixed(1)} MB).`,
      SMALLER,
    );
    return path;
  });
}

/** Such files are one file on Windows and macOS, where rules are written and checked. */
function reportClashes(tree: CommitTree, reportOf: (file: string) => FileReport): readonly string[] {
  const first = new Map<string, string>();
  return [...tree.files.keys()].toSorted().flatMap((path) => {
    const earlier = first.get(path.toLowerCase());
    if (earlier === undefined) {
      first.set(path.toLowerCase(), path);
      return [];
    }
    reportOf(path).error(
      "case-clash",
      START,
      `This file and ${earlier} differ in letter case only.`,
      "Rename one of them.",
    );
    return [path];
  });
}
