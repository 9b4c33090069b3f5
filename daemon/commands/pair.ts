import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { PairsImported } from "../core/deeds.ts";
import { OperatorError } from "../core/errors.ts";
import type { LinkConfig } from "../core/snapshot.ts";
import { act } from "./act.ts";
import { readConnections } from "./connections.ts";
import { troubleCode } from "./ground.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { withMemory } from "./memory.ts";
import { pairLine, readPairFile } from "./pair-file.ts";
import {
  findPlace,
  type Place,
  type PlaceOptions,
  requireRepository,
  withRepository,
  withSecrets,
  withState,
} from "./place.ts";

const PAGE = 1_000;
const SHOWN = 50;

/** Pairs as a CSV: to connect what belongs together already, and to keep or move what is connected (X34). */
export function addPair(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const group = program
    .command("pair")
    .description("pairs of records as a CSV: write them out, or pair what a file names");
  const out = group
    .command("export <connection/link>")
    .description("print the link's pairs as a CSV, a column per endpoint");
  withState(withRepository(out)).action(async (link: string, options: PlaceOptions) => {
    const place = await findPlace(host, options);
    await exportPairs(host, place, await linkOf(host, place, link));
    end(EXIT.fine);
  });
  const into = group
    .command("import <connection/link> <file>")
    .description("pair the records that a CSV names, and bring each pair in step")
    .option("--dry-run", "only say what would be paired")
    .option("--json", "print one JSON object")
    .addHelpText("after", IMPORT_HELP);
  withSecrets(withState(withRepository(into))).action(async (link: string, file: string, options: ImportOptions) => {
    end(await importPairs(host, link, file, options));
  });
}

interface ImportOptions extends PlaceOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const IMPORT_HELP = `
The first line names the endpoints, in either order: alm,agm. Each further line names one record of each. Records that are not there, or have another
partner, are named and left alone; a pair that is known already is none the worse. Where the two differ, the link's rules of a first pairing count.

Exit code 0: all are paired; 1: some are not, each with the reason; 3: the file or the host is not right; 4: a tracker did not do its part.

Example:
  syncline pair import payments/defects pairs.csv --dry-run`;

async function linkOf(host: Host, place: Place, key: string): Promise<LinkConfig> {
  requireRepository(place);
  const links = (await readConnections(host, place)).flatMap((connection) => connection.links);
  const found = links.find((link) => link.key === key);
  if (found !== undefined) return found;
  throw new OperatorError(
    `There is no link "${key}".`,
    `The configuration has: ${links.map((l) => l.key).join(", ")}.`,
  );
}

async function exportPairs(host: Host, place: Place, link: LinkConfig): Promise<void> {
  await withMemory(host, place, async ({ store }) => {
    print(host, pairLine([link.left.endpoint, link.right.endpoint]));
    const memory = store.link(link.key);
    for (let after: string | null = null; ; ) {
      const page = memory.pairPage("left", after, PAGE);
      if (page.length === 0) return;
      print(host, page.map((pair) => pairLine([pair.left, pair.right])).join("\n"));
      after = page.at(-1)?.left ?? null;
    }
  });
}

async function importPairs(host: Host, key: string, file: string, options: ImportOptions): Promise<ExitCode> {
  const place = await findPlace(host, options);
  const link = await linkOf(host, place, key);
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new OperatorError(`${file} cannot be read: ${error.message}`, "Name a CSV file.");
  });
  const rows = readPairFile(text, file, [link.left.endpoint, link.right.endpoint]);
  const answer = await act(host, place, "pairImport", { link: key, rows, dryRun: options.dryRun === true });
  if (options.json === true) printJson(host, answer.ok ? answer.value : { trouble: answer.trouble });
  else print(host, answer.ok ? toText(answer.value, link, file) : `${key}: the import broke off: ${answer.trouble}`);
  if (!answer.ok) return troubleCode(answer);
  return answer.value.refused.length === 0 ? EXIT.fine : EXIT.wrong;
}

function toText({ paired, known, refused, dryRun }: PairsImported, link: LinkConfig, file: string): string {
  const lines = [
    `${paired.length} ${dryRun ? "would be paired" : "paired"}, ${known} known already, ${refused.length} refused`,
    ...refused
      .slice(0, SHOWN)
      .map(
        ({ line, left, right, why }) =>
          `${file}:${line}: ${link.left.endpoint}:${left} and ${link.right.endpoint}:${right}: ${why}`,
      ),
  ];
  if (refused.length > SHOWN) lines.push(`… and ${refused.length - SHOWN} more; --json has them all`);
  return lines.join("\n");
}
