import type { Command } from "commander";
import { findDaemon } from "../control/client.ts";
import type { WhyNotOrder } from "../control/protocol.ts";
import { formatWhyNot } from "../status/why-not-text.ts";
import { type Answer, withGround } from "./ground.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { answerWhyNot, type WhyNotAnswer } from "./look-orders.ts";
import { findPlace, type Place, type PlaceOptions, withRepository, withSecrets, withState } from "./place.ts";
import { type Narrow, oneConnection, readRecordName, withNarrow } from "./record-name.ts";

interface WhyNotOptions extends PlaceOptions, Narrow {
  readonly json?: boolean;
}

export function addWhyNot(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("why-not <endpoint:key>")
    .description("what keeps a record from being synchronised, since when, and under which revision it would have been")
    .option("--json", "print one JSON object")
    .addHelpText("after", WHY_NOT_HELP);
  withNarrow(withSecrets(withState(withRepository(command)))).action(async (name: string, options: WhyNotOptions) => {
    const record = readRecordName(command, name);
    const place = await findPlace(host, options);
    const order = { ...record, connection: options.connection ?? null, link: options.link ?? null };
    const answer = await ask(host, place, order);
    if (!answer.ok) {
      if (options.json === true) printJson(host, { ...record, trouble: answer.trouble });
      else print(host, `${name}: the trackers could not be asked: ${answer.trouble}`);
      return end(EXIT.tracker);
    }
    const links = oneConnection(name, answer.value);
    if (options.json === true) printJson(host, { ...record, links });
    else print(host, formatWhyNot(record, links, host.now()));
    end(links.every((link) => link.synced) ? EXIT.fine : EXIT.wrong);
  });
}

const WHY_NOT_HELP = `
Looks at the record in its tracker as the next run would, by the running daemon, or by this process where none runs. Writes nothing. What keeps a
record, in the order in which it counts: the link is stopped; no link has the endpoint; the record is not there, or its partner is not; a field
waits for a decision; an attempt failed; the link makes no partners; its filter does not select the record; a marker names a partner that is not
there; a rule throws; a field that the other tracker demands cannot be carried. For filter and creation the last 20 commits are looked through.

Exit code 0: nothing keeps it; 1: something does; 3: nothing is active, or several connections have such an endpoint; 4: a tracker did not answer.

Example:
  syncline why-not alm:77`;

async function ask(host: Host, place: Place, order: WhyNotOrder): Promise<Answer<readonly WhyNotAnswer[]>> {
  const daemon = await findDaemon(place.settings.state);
  if (daemon === null) return withGround(host, place, (ground) => answerWhyNot(ground, order));
  return (await daemon.ask("whyNot", order)) as Answer<readonly WhyNotAnswer[]>;
}
