import { type Command, Option } from "commander";
import { findDaemon } from "../control/client.ts";
import type { DriftOrder } from "../control/protocol.ts";
import { formatDrift } from "../status/drift-text.ts";
import type { Why } from "../sync/look/compare.ts";
import type { Drift } from "../sync/look/drift.ts";
import { type Answer, withGround } from "./ground.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { answerDrift } from "./look-orders.ts";
import { findPlace, type Place, type PlaceOptions, withRepository, withSecrets, withState } from "./place.ts";
import { toLimit } from "./runs.ts";

interface DriftOptions extends PlaceOptions {
  readonly limit: number;
  readonly ignore: readonly string[];
  readonly exitCode?: boolean;
  readonly json?: boolean;
}

const SHOWN = 1_000;
const REASONS = [
  "conflict",
  "error",
  "waits",
  "edited",
  "not yet carried",
  "newer mapping",
  "one-way",
  "gone",
  "not visible",
  "unlinked",
  "frozen",
  "no partner",
] as const satisfies readonly Why[];

export function addDrift(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("drift <connection/link>")
    .description(
      "compare both trackers whole: every pair, field, attachment, comment and entity link that disagree, and why; an empty report proves that they agree",
    )
    .option("--limit <n>", `most disagreements listed; all are counted`, toLimit, SHOWN)
    .addOption(
      new Option("--ignore <reason...>", "reasons that are no news here, left out of the list")
        .choices(REASONS)
        .default([]),
    )
    .option("--exit-code", "end with 1 where anything disagrees")
    .option("--json", "print one JSON object, values whole")
    .addHelpText("after", DRIFT_HELP);
  withSecrets(withState(withRepository(command))).action(async (link: string, options: DriftOptions) => {
    const place = await findPlace(host, options);
    const answer = await ask(host, place, { link, limit: options.limit, ignore: options.ignore });
    if (!answer.ok) {
      if (options.json === true) printJson(host, { link, trouble: answer.trouble });
      else print(host, `${link}: the trackers could not be compared: ${answer.trouble}`);
      return end(EXIT.tracker);
    }
    if (options.json === true) printJson(host, answer.value);
    else print(host, formatDrift(answer.value));
    const disagrees = answer.value.items.length + answer.value.more > 0;
    end(options.exitCode === true && disagrees ? EXIT.wrong : EXIT.fine);
  });
}

const DRIFT_HELP = `
Reads every record of both sides, a page at a time, and runs the rules dry: as much reading as a full run, and no write. By the running daemon, or
by this process where none runs. Values that differ as they were left on purpose (a cut text, many values mapped to one, a default user) agree, and so
do attachments, comments and entity links that one side alone has on purpose (removed on the other, kept back by a rule, not carried that way).

Reasons:
  conflict         both sides changed the field or comment; it waits for \`syncline resolve\`
  error            it failed and waits in \`syncline queue\`, or it cannot be carried
  waits            it names a record that has no partner yet, or goes after what lies below it: it finishes by itself
  edited           somebody edited it since the last run; the next one decides
  not yet carried  an attachment, a comment or an entity link that the next full run writes
  newer mapping    the mapping, a rule or a list changed since both agreed; it counts with the record's next edit
  one-way          the row goes one way, and the other side has a value of its own
  gone             one record was deleted
  not visible      the account cannot see one record any more, or it was moved away
  unlinked         the pair was unlinked, by hand or by a rule
  frozen           a filter does not select one of the two: nothing is written until it does
  no partner       a record that is to have a partner has none yet

Exit code 0: compared; 1: anything disagrees (only with --exit-code); 3: there is no such link; 4: a tracker did not answer.

Example, for a nightly proof that both sides agree where rows that go one way may differ:
  syncline drift payments/defects --ignore one-way gone --exit-code`;

async function ask(host: Host, place: Place, order: DriftOrder): Promise<Answer<Drift>> {
  const daemon = await findDaemon(place.settings.state);
  if (daemon === null) return withGround(host, place, (ground) => answerDrift(ground, order));
  return (await daemon.ask("drift", order)) as Answer<Drift>;
}
