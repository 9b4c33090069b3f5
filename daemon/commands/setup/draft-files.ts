import { buildEditorTypes } from "../../config/build.ts";
import type { Draft } from "../../config/draft/draft.ts";
import { connectionFiles } from "../../config/draft/files.ts";
import type { DraftInput } from "../../config/draft/input.ts";
import type { MappingText } from "../../config/draft/mapping-text.ts";
import { DraftRefused, settleDraft } from "../../config/draft/settle.ts";
import { contentOf } from "../../config/git/collect.ts";
import { WORKTREE } from "../../config/git/work-tree.ts";
import { GENERATED_TYPES } from "../../config/rules/rule-files.ts";
import type { CommitTree } from "../../config/tree.ts";
import { connectorTypes } from "../../connectors/registry.ts";
import { type Diagnostic, formatDiagnostic } from "../../core/diagnostic.ts";
import { OperatorError } from "../../core/errors.ts";
import { openWorkshop } from "../../main.ts";
import type { Host } from "../host.ts";

/** What is to be written, by path in the repository, and what the check says of the whole. */
export interface Drafted {
  readonly draft: Draft;
  readonly files: Readonly<Record<string, string>>;
  readonly warnings: readonly Diagnostic[];
}

export const EMPTY_TREE: CommitTree = { revision: WORKTREE, subject: "", author: "", ...contentOf(new Map(), []) };

/** Drafts beside what is there, in memory: `syncline check` passes the result, or nothing is written. */
export async function draftFiles(input: DraftInput, there: CommitTree, { signal }: Host): Promise<Drafted> {
  refuseOverwriting(input, there);
  const workshop = openWorkshop();
  const mapping = `mappings/${input.connection}.toml`;
  try {
    if (there.files.size > 0 && [...there.files.keys()].some((path) => path.startsWith("mappings/")))
      await refuseBroken(there, workshop, signal);
    const {
      draft,
      mapping: text,
      warnings,
    } = await settleDraft(input, mapping, async (draft, text) => {
      const built = await workshop.build(await treeWith(there, draft, text, signal), signal);
      return built.ok ? built.candidate.warnings : built.diagnostics;
    });
    const tree = await treeWith(there, draft, text, signal);
    const types = tree.files.get(GENERATED_TYPES) ?? new Uint8Array();
    const files = { ...connectionFiles(draft, text), [GENERATED_TYPES]: Buffer.from(types).toString("utf8") };
    return { draft, files, warnings: warnings.filter((one) => ours(one, files)) };
  } catch (error) {
    throw error instanceof DraftRefused ? whyRefused(error, there) : error;
  } finally {
    await workshop.close();
  }
}

async function treeWith(
  there: CommitTree,
  draft: Draft,
  mapping: MappingText,
  signal: AbortSignal,
): Promise<CommitTree> {
  const texts = Object.entries(connectionFiles(draft, mapping)).map(
    ([path, text]) => [path, Buffer.from(text)] as const,
  );
  const files = new Map([...there.files, ...texts]);
  const tree = { ...there, ...contentOf(files, there.irregular) };
  const types = await buildEditorTypes(tree, { connectorTypes, signal });
  return { ...there, ...contentOf(new Map([...files, [GENERATED_TYPES, Buffer.from(types)]]), there.irregular) };
}

/** In an empty folder it can only be the draft's own fault, which is a bug. */
function whyRefused(error: DraftRefused, { files, irregular }: CommitTree): Error {
  if (files.size === 0 && irregular.length === 0) return error;
  return new OperatorError(
    `The draft does not go with what is there; nothing was written.\n${error.diagnostics.map(formatDiagnostic).join("\n")}`,
    error.diagnostics.some(({ code }) => code === "duplicate-link")
      ? "Name other entity types with --entities, or change the mapping that is there."
      : "Mend what is there, or name another folder.",
  );
}

function ours({ file }: Diagnostic, files: Readonly<Record<string, string>>): boolean {
  return Object.hasOwn(files, file);
}

function refuseOverwriting({ connection }: DraftInput, there: CommitTree): void {
  refuseExisting(connection, [...there.files.keys()]);
}

/** Throws `OperatorError` where the repository has something of that connection. Asked before anything else: looking takes its time. */
export function refuseExisting(connection: string, paths: readonly string[]): void {
  const folders = [`mappings/schema/${connection}/`, `rules/${connection}/`];
  const files = [`mappings/${connection}.toml`, `users/${connection}.csv`];
  const found = paths.find((path) => files.includes(path) || folders.some((folder) => path.startsWith(folder)));
  if (found === undefined) return;
  throw new OperatorError(
    `The repository has ${found} already; nothing was written.`,
    "What is there is never overwritten: choose another name for the connection, or move the file away.",
  );
}

async function refuseBroken(
  there: CommitTree,
  workshop: Pick<ReturnType<typeof openWorkshop>, "build">,
  signal: AbortSignal,
): Promise<void> {
  const built = await workshop.build(there, signal);
  if (built.ok) return;
  const errors = built.diagnostics.filter(({ severity }) => severity === "error").length;
  throw new OperatorError(
    `The configuration that is there has ${errors} error${errors === 1 ? "" : "s"}; nothing was written.`,
    "See `syncline check --worktree` and mend it first.",
  );
}
