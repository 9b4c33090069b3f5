import { type Brakes, DEFAULT_BRAKES, type Limit } from "../../core/snapshot.ts";
import { readTable, type TableReader, wrongType } from "./read.ts";
import type { FileReport } from "./report.ts";
import type { TomlNode } from "./toml.ts";

const DEEDS = ["create", "update", "delete"] as const;
const FORMS = 'a number of records, a share of the pairs such as "50%", or "off"';

/** `brakes = { create = "50%", update = 500, delete = "off" }`; null where the link has none, so that the defaults hold. */
export function readBrakes(reader: TableReader, report: FileReport): Brakes | null {
  const table = reader.subtable("brakes");
  if (table === null) return null;
  const inner = readTable(table, '"brakes"', report);
  const brakes = { ...DEFAULT_BRAKES };
  for (const deed of DEEDS) {
    const node = inner.entry(deed)?.node;
    const limit = node === undefined ? undefined : readLimit(deed, node, report);
    if (limit !== undefined) brakes[deed] = limit;
  }
  inner.finish();
  return brakes;
}

/** Undefined for what cannot be read, which is then reported. */
function readLimit(deed: (typeof DEEDS)[number], node: TomlNode, report: FileReport): Limit | undefined {
  if (node.kind === "integer") {
    if (node.value >= 0n && node.value <= BigInt(Number.MAX_SAFE_INTEGER))
      return { count: Number(node.value), share: 0 };
    report.error("invalid-value", node.at, `"${deed}" is ${node.value}, but must be ${FORMS}.`);
    return undefined;
  }
  if (node.kind !== "text") return wrongType(node, `"${deed}"`, FORMS, report) ?? undefined;
  if (node.value === "off") return null;
  const share = /^(\d{1,3}(?:\.\d+)?) ?%$/.exec(node.value)?.[1];
  if (share !== undefined && Number(share) <= 100)
    return { count: DEFAULT_BRAKES[deed]?.count ?? 0, share: Number(share) / 100 };
  report.error(
    "invalid-value",
    node.at,
    `"${deed}" is "${node.value}", but must be ${FORMS}.`,
    /^\d+$/.test(node.value) ? "Write a number of records without quotes." : "",
  );
  return undefined;
}
