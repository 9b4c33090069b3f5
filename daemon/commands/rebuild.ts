import type { Command } from "commander";
import type { RebuildAnswer } from "../core/deeds.ts";
import { act } from "./act.ts";
import { troubleCode } from "./ground.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { findPlace, type PlaceOptions, withRepository, withSecrets, withState } from "./place.ts";

interface RebuildOptions extends PlaceOptions {
  readonly completeMarkers?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const SHOWN = 50;

export function addRebuild(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("rebuild <connection/link>")
    .description("pair everything again from what the trackers hold, after the state folder was lost; writes nothing")
    .option("--complete-markers", "write the markers that pairs lack, the only thing that is ever written")
    .option("--dry-run", "only say what would be paired")
    .option("--json", "print one JSON object")
    .addHelpText("after", REBUILD_HELP);
  withSecrets(withState(withRepository(command))).action(async (link: string, options: RebuildOptions) => {
    const place = await findPlace(host, options);
    const order = { link, completeMarkers: options.completeMarkers === true, dryRun: options.dryRun === true };
    const answer = await act(host, place, "rebuild", order);
    if (options.json === true) printJson(host, answer.ok ? answer.value : { trouble: answer.trouble });
    else print(host, answer.ok ? toText(answer.value) : `${link} was not rebuilt: ${answer.trouble}`);
    if (!answer.ok) return end(troubleCode(answer));
    end(answer.value.ambiguous.length + answer.value.differingCount === 0 ? EXIT.fine : EXIT.wrong);
  });
}

const REBUILD_HELP = `
Records are paired by their markers, then by the fields that the link's \`match\` names. A link with neither is paired by the first row that maps one-line texts.
Either way only what exactly one record of each side has counts. Fields that agree count as agreed. Fields that differ wait for a person (\`syncline conflicts\`, \`syncline resolve\`): nobody knows any
more which value is the newer one, so no policy decides them. Records without a partner are left alone now; the next full run treats them as new.
The next run is incremental and begins where this one did. Do this before the daemon's first run on the new state folder.

Exit code 0: everything was paired without a doubt; 1: some of it waits for a person; 3: the host must be set up; 4: a tracker did not do its part.

Example:
  syncline rebuild payments/defects --state /var/lib/syncline --repo /srv/git/sync-config.git --secrets /etc/syncline/secrets`;

function toText(answer: RebuildAnswer): string {
  const { link, paired, known, unpaired, ambiguous, differing, differingCount, markersWritten, dryRun } = answer;
  const lines = [
    `${link}: ${paired.byMarker + paired.byText} paired (${paired.byMarker} by marker, ${paired.byText} by text)${known === 0 ? "" : `, ${known} were known`}${dryRun ? "; a dry run" : ""}`,
    ...Object.entries(unpaired).map(
      ([endpoint, { count, ids }]) => `${endpoint}: ${count} without a partner${listed(ids)}`,
    ),
    ...(markersWritten === 0 ? [] : [`${markersWritten} markers ${dryRun ? "to be written" : "written"}`]),
  ];
  if (ambiguous.length > 0)
    lines.push(
      "in doubt, left alone:",
      ...ambiguous.slice(0, SHOWN).map((one) => `  ${one.endpoint}:${one.record}: ${one.why}`),
    );
  if (ambiguous.length > SHOWN) lines.push(`  … and ${ambiguous.length - SHOWN} more`);
  if (differingCount > 0)
    lines.push(
      `${differingCount} pairs have fields that differ; they wait for a decision (\`syncline conflicts ${link}\`):`,
      ...differing.slice(0, SHOWN).map((one) => `  ${one.left} and ${one.right}: ${one.fields.join(", ")}`),
    );
  if (differingCount > SHOWN) lines.push(`  … and ${differingCount - SHOWN} more`);
  return lines.join("\n");
}

function listed(ids: readonly string[]): string {
  if (ids.length === 0) return "";
  return `: ${ids.slice(0, 20).join(", ")}${ids.length > 20 ? " …" : ""}`;
}
