import type { Diagnostic } from "../core/diagnostic.ts";
import type { LinkIntegrity } from "../core/integrity.ts";
import type { RuleCall } from "../core/rules.ts";
import type { ConnectionConfig } from "../core/snapshot.ts";
import type { Trailer } from "./git/object-reader.ts";

/** The three folders of one commit as read from the object store. Nothing of the work tree. */
export interface CommitTree {
  /** Full commit id. */
  readonly revision: string;
  readonly subject: string;
  readonly author: string;
  /** Of the commit message; absent where the tree was not read from a commit. */
  readonly trailers?: readonly Trailer[];
  /** Hash over path and content of the three folders. */
  readonly digest: string;
  /** Path with forward slashes (`mappings/payments.toml`) to content; only regular files below `rules/`, `mappings/` and `users/`. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What stands there and was not read: each becomes a diagnostic. */
  readonly irregular: readonly {
    readonly path: string;
    readonly kind: "symlink" | "submodule" | "too-large" | "bad-name";
    readonly detail: string;
  }[];
}

/** Rules bundled to one script for the cage: a CommonJS text whose `module.exports` maps rule file paths to their default exports. */
export interface RuleBundle {
  readonly code: string;
  /** Source map (version 3, JSON text) from `code` to the TypeScript files, paths as in the repository. */
  readonly map: string;
  readonly files: readonly string[];
}

/** Which rules a rule file really has, by endpoint name, as the cage found after loading. */
export type RuleShape = Readonly<
  Record<string, Readonly<Partial<Record<RuleCall["kind"], boolean>>> & { readonly lean?: readonly RuleCall["kind"][] }>
>;

/** Everything compiled from one commit, not yet live. */
export interface Candidate {
  readonly revision: string;
  readonly digest: string;
  readonly connections: readonly ConnectionConfig[];
  readonly bundle: RuleBundle | null;
  readonly warnings: readonly Diagnostic[];
}

export type BuildResult =
  | { readonly ok: true; readonly candidate: Candidate; readonly integrity?: readonly LinkIntegrity[] }
  /** `integrity`: of the links that could be read. */
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[]; readonly integrity?: readonly LinkIntegrity[] };
