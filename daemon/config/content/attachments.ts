import { type AttachmentConfig, type LinkConfig, SIDES } from "../../core/snapshot.ts";
import { isEncoding } from "../../fields/shortcut.ts";
import type { LinkContext } from "./link-context.ts";
import { checkOffered, openPartTable, type PartTable, readPartDirection } from "./part-table.ts";
import { asText, wrongType } from "./read.ts";
import type { FileReport } from "./report.ts";
import { didYouMean } from "./suggest.ts";
import type { TomlEntry, TomlNode } from "./toml.ts";

const TABLE: PartTable = {
  key: "attachments",
  none: { code: "no-attachments", text: "attachments on" },
};

/** `[links.<name>.attachments]`: the table alone, empty as it may be, carries attachments (S14). `link` is all that is known of the link besides. */
export function readAttachments(
  entry: TomlEntry | null,
  link: Omit<LinkConfig, "attachments">,
  context: LinkContext,
): Pick<LinkConfig, "attachments"> {
  const { report } = context;
  const reader = openPartTable(TABLE, entry, link, report);
  if (entry === null || reader === null) return {};
  const largest = reader.entry("max_size");
  const config: AttachmentConfig = {
    direction: readPartDirection(TABLE, reader, link, context),
    mode: reader.choice("mode", ["url", "copy"])?.value ?? usualMode(context),
    description: reader.choice("description", ["once", "sync"])?.value ?? "once",
    deletedAtDestination:
      reader.choice("deleted_at_destination", ["recreate-on-change", "leave", "delete-source"])?.value ??
      "recreate-on-change",
    sameName: reader.choice("same_name", ["report", "suffix"])?.value ?? "report",
    encodings: readEncodings(reader.entry("encodings")?.node, report),
    maxSize: readSize(largest?.node, report),
    origin: { file: report.file, ...entry.keyAt },
  };
  reader.finish();
  if (config.mode === "url" && largest !== null)
    report.warn(
      "row-without-effect",
      largest.keyAt,
      "max_size counts for copies, and the files of this link cross as addresses.",
      'Say mode = "copy" to carry their bytes, or take max_size out.',
    );
  for (const side of SIDES)
    checkOffered(TABLE, side, link, context[side].type?.parts?.attachments?.entities ?? [], entry.keyAt, context);
  return { attachments: config };
}

/** A URL only where both kinds of trackers have it so (S14); where one of them keeps copies, the bytes (T11). */
function usualMode({ left, right }: LinkContext): AttachmentConfig["mode"] {
  return [left, right].every(({ type }) => type?.parts?.attachments?.mode === "url") ? "url" : "copy";
}

function readEncodings(node: TomlNode | undefined, report: FileReport): readonly string[] {
  if (node === undefined) return [];
  if (node.kind !== "array") {
    wrongType(node, '"encodings"', 'an array of names such as "windows-1252"', report);
    return [];
  }
  return node.items.flatMap((item) => {
    const name = asText(item, 'A name in "encodings"', report);
    if (name === null) return [];
    if (isEncoding(name.value)) return [name.value];
    report.error(
      "invalid-value",
      name.at,
      `There is no encoding "${name.value}".`,
      didYouMean(name.value, USUAL, `Names are those of the Encoding Standard: ${USUAL.join(", ")} and others.`),
    );
    return [];
  });
}

const USUAL = ["utf-8", "utf-16le", "utf-16be", "windows-1252", "windows-1251", "iso-8859-15", "shift_jis", "gbk"];

const UNITS: Readonly<Record<string, number>> = { "": 1, B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };
const SIZES = 'a number of bytes, or a text such as "5 MB"';

/** Units are powers of 1,024, as trackers count. Null where there is none, or none that can be read, which is then reported. */
function readSize(node: TomlNode | undefined, report: FileReport): number | null {
  if (node === undefined) return null;
  if (node.kind !== "integer" && node.kind !== "text") return wrongType(node, '"max_size"', SIZES, report);
  const [, amount = "", unit = ""] = /^(\d{1,15}(?:\.\d{1,9})?) ?([KMG]?B?)$/i.exec(String(node.value).trim()) ?? [];
  const bytes = Math.floor(Number(amount) * (UNITS[unit.toUpperCase().replace(/^[KMG]$/, "$&B")] ?? Number.NaN));
  if (amount !== "" && bytes >= 1 && Number.isSafeInteger(bytes)) return bytes;
  const shown = node.kind === "integer" ? node.value : `"${node.value}"`;
  report.error(
    "invalid-value",
    node.at,
    `"max_size" is ${shown}, but must be ${SIZES}.`,
    "Units are B, KB, MB and GB.",
  );
  return null;
}
