import { type Diagnostic, formatDiagnostic } from "../../core/diagnostic.ts";
import { type Draft, draftConnection, type Repair } from "./draft.ts";
import type { DraftInput } from "./input.ts";
import { type MappingText, mappingText } from "./mapping-text.ts";
import type { DraftRow } from "./rows.ts";

/** A row that is repaired once and refused again is put aside: two rounds, and one to see that nothing is left. */
const ROUNDS = 4;

/** Something besides the rows is refused: what is there and the draft do not go together, or else the draft is wrong. */
export class DraftRefused extends Error {
  override readonly name = "DraftRefused";
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(`the draft is refused:\n${diagnostics.map(formatDiagnostic).join("\n")}`);
    this.diagnostics = diagnostics;
  }
}

export interface Settled {
  readonly draft: Draft;
  readonly mapping: MappingText;
  /** What the check still warns of. */
  readonly warnings: readonly Diagnostic[];
}

/**
 * Drafts, asks the check, and gives way: a row that it refuses becomes a comment with its reason, one that may be cut says so. `check` gets the draft
 * and its mapping, and answers with all diagnostics; `file` is the mapping's path. Throws `DraftRefused` where something besides the rows is refused.
 */
export async function settleDraft(
  input: DraftInput,
  file: string,
  check: (draft: Draft, mapping: MappingText) => Promise<readonly Diagnostic[]>,
): Promise<Settled> {
  const changes = new Map<string, (row: DraftRow) => DraftRow>();
  const repair: Repair = (row, link) => changes.get(`${link.name}/${row.left}`)?.(row) ?? row;
  for (let round = 0; round < ROUNDS; round++) {
    const draft = draftConnection(input, repair);
    const mapping = mappingText(draft);
    const diagnostics = await check(draft, mapping);
    const before = changes.size;
    const strange = diagnostics.filter((one) => !note(one, mapping, file, changes));
    const errors = strange.filter(({ severity }) => severity === "error");
    if (errors.length > 0) throw new DraftRefused(errors);
    if (strange.length === diagnostics.length && changes.size === before) return { draft, mapping, warnings: strange };
  }
  throw new Error("the draft does not settle");
}

/** True where a row has to change. */
function note(
  { severity, code, message, ...place }: Diagnostic,
  { rows }: MappingText,
  file: string,
  changes: Map<string, (row: DraftRow) => DraftRow>,
): boolean {
  const row = place.file === file ? rows.get(place.line) : undefined;
  if (row === undefined) return false;
  if (severity === "error") {
    changes.set(row, (one) => ({ ...one, off: message }));
    return true;
  }
  if (code !== "length-differs") return false;
  changes.set(row, (one) => ({ ...one, options: { ...one.options, overflow: "truncate" } }));
  return true;
}
