import type { Command } from "commander";
import type { UnlinkAnswer, UnlinkOrder } from "../core/deeds.ts";
import { act } from "./act.ts";
import { troubleCode } from "./ground.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { findPlace, type PlaceOptions, withRepository, withSecrets, withState } from "./place.ts";
import { type Narrow, readRecordName, withNarrow } from "./record-name.ts";

interface UnlinkOptions extends PlaceOptions, Narrow {
  readonly clearMarkers?: boolean;
  readonly relink?: boolean;
  readonly forget?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function addUnlink(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("unlink <endpoint:key...>")
    .description("stop keeping records and their partners in step, and leave all of them alone")
    .option("--clear-markers", "empty the marker fields that name the partner")
    .option("--relink", "the other way round: keep an unlinked pair in step again")
    .option(
      "--forget",
      "drop the pair from the memory: both records count as new, and a standing marker pairs them again",
    )
    .option("--yes", "do it; without this, only say what would be done")
    .option("--dry-run", "only say what would be done, whatever else is asked for")
    .option("--json", "print one JSON object")
    .addHelpText("after", UNLINK_HELP);
  withNarrow(withSecrets(withState(withRepository(command)))).action(
    async (names: string[], options: UnlinkOptions) => {
      const records = names.map((name) => ({ name, ...readRecordName(command, name) }));
      if (options.relink === true && (options.forget === true || options.clearMarkers === true))
        return command.error("error: --relink goes with neither --forget nor --clear-markers", { exitCode: 2 });
      const place = await findPlace(host, options);
      const codes: ExitCode[] = [];
      const told: object[] = [];
      for (const record of records) {
        const answer = await act(host, place, "unlink", orderOf(record, options));
        told.push({ record: record.name, ...(answer.ok ? answer.value : { trouble: answer.trouble }) });
        if (options.json !== true)
          print(host, answer.ok ? toText(answer.value) : `${record.name}: nothing was changed: ${answer.trouble}`);
        codes.push(!answer.ok ? troubleCode(answer) : answer.value.failed.length === 0 ? EXIT.fine : EXIT.wrong);
      }
      if (options.json === true) printJson(host, told.length === 1 ? (told[0] ?? {}) : { records: told });
      end(codes.find((code) => code !== EXIT.fine) ?? EXIT.fine);
    },
  );
}

function orderOf(
  { endpoint, key }: { readonly endpoint: string; readonly key: string },
  options: UnlinkOptions,
): UnlinkOrder {
  return {
    ...{ endpoint, record: key, within: options.link ?? options.connection ?? null, how: howOf(options) },
    ...{ clearMarkers: options.clearMarkers === true, apply: options.yes === true && options.dryRun !== true },
  };
}

const UNLINK_HELP = `
Neither record is changed (but for its marker, if you ask). The pair stays in the memory as unlinked, so that neither a marker nor a full run pairs
the two again or gives one of them another partner. A lost state folder forgets that: then only --clear-markers has kept them apart.

Exit code 0: done (or said what would be); 1: a marker could not be cleared, nothing was unlinked; 3: there is no such pair; 4: a tracker failed. Of
several records those before one without a pair are done.

Examples:
  syncline unlink alm:12
  syncline unlink alm:12 alm:13 agm:2009 --dry-run
  syncline unlink alm:12 --clear-markers --yes`;

function howOf({ relink, forget }: UnlinkOptions): UnlinkOrder["how"] {
  if (relink === true) return "relink";
  return forget === true ? "forget" : "unlink";
}

function toText({ left, right, how, applied, cleared, failed }: UnlinkAnswer): string {
  const done = {
    unlink: applied ? "are no longer kept in step" : "would no longer be kept in step",
    relink: applied ? "are kept in step again from the next run on" : "would be kept in step again",
    forget: applied ? "are forgotten: both count as new" : "would be forgotten: both would count as new",
  }[how];
  const lines =
    failed.length > 0
      ? [`nothing was changed: the marker of ${failed.join(" and ")} could not be cleared`]
      : [`${left} and ${right} ${done}`];
  if (cleared.length > 0) lines.push(`marker ${applied ? "cleared" : "to be cleared"}: ${cleared.join(", ")}`);
  if (!applied) lines.push("nothing was changed; add --yes to do it");
  return lines.join("\n");
}
