import type { Command } from "commander";
import { formatPlan } from "../status/plan-text.ts";
import { isSynced } from "../sync/look/finding.ts";
import { planRecord } from "../sync/look/plan-record.ts";
import { answered, withGround } from "./ground.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { lookAtRecord } from "./one-record.ts";
import { findPlace, type PlaceOptions, withRepository, withSecrets, withState } from "./place.ts";
import { type Narrow, readRecordName, withNarrow } from "./record-name.ts";

interface PlanOptions extends PlaceOptions, Narrow {
  readonly record: string;
  readonly trace?: boolean;
  readonly worktree?: boolean;
  readonly json?: boolean;
}

export function addPlan(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("plan")
    .description("what a run would do with one record now, all but the write: values, errors, and what rules log")
    .requiredOption("--record <endpoint:key>", "the record")
    .option("--trace", "show how it comes to it: each rule, its look-ups and changes, and the decision of each field")
    .option("--worktree", "by the mapping and rules on the disk instead of the active revision")
    .option("--json", "print one JSON object, always with the trace, values whole")
    .addHelpText("after", PLAN_HELP);
  withNarrow(withSecrets(withState(withRepository(command)))).action(async (options: PlanOptions) => {
    const record = readRecordName(command, options.record);
    const place = await findPlace(host, options);
    const answer = await withGround(
      host,
      place,
      (ground) =>
        answered(async () => {
          const { side, look, trace } = await lookAtRecord(ground, record, options);
          return planRecord(look, trace, side, record.key);
        }),
      options.worktree === true,
    );
    if (!answer.ok) {
      if (options.json === true) printJson(host, { ...record, trouble: answer.trouble });
      else print(host, `${options.record}: the trackers could not be asked: ${answer.trouble}`);
      return end(EXIT.tracker);
    }
    if (options.json === true) printJson(host, { ...record, ...answer.value });
    else print(host, formatPlan(options.record, answer.value, options.trace === true));
    end(
      isSynced(answer.value.findings) && !answer.value.steps.some(({ failure }) => failure !== null)
        ? EXIT.fine
        : EXIT.wrong,
    );
  });
}

const PLAN_HELP = `
Reads the record and its partner with their attachments, comments and links between records, runs the rules and decides as a run does; writes
nothing. A whole link is planned by \`syncline sync <connection/link> --dry-run\`.

Exit code 0: nothing keeps the record; 1: something does; 3: nothing is active; 4: a tracker did not answer.

Example, for a rule that is being written:
  syncline plan --record alm:12 --trace --worktree --repo .`;
