import { allCases, badnessOf, nameOf, play, quickCases } from "./fault/matrix.ts";
import { failuresText, matrixText, totalsText } from "./fault/report.ts";
import { tornStateFile } from "./fault/state-file.ts";
import { STORMS, weather } from "./fault/storm.ts";

/**
 * Every fault of the simulators × every operation. `--quick` takes one spot of each; `--seed N` plays another matrix; `--only TEXT` plays the cases
 * whose name holds the text, as a failure prints it.
 */
const args = process.argv.slice(2);
const option = (name: string) => (args.includes(name) ? (args[args.indexOf(name) + 1] ?? "") : null);
const seed = Number(option("--seed") ?? 1);
const only = option("--only") ?? "";
const cases = (args.includes("--quick") ? quickCases(seed) : allCases(seed)).filter((c) => nameOf(c).includes(only));

const played = await play(cases, (p) => {
  if (badnessOf(p.outcome).length > 0) console.error(failuresText([p]));
});
let bad = played.filter((p) => badnessOf(p.outcome).length > 0).length;

if (only === "" && !args.includes("--quick")) {
  for (const storm of STORMS) {
    const { perRun, perRecord } = await weather(storm, seed);
    const fits = perRun <= storm.perRun && perRecord <= storm.perRecord;
    if (!fits) bad++;
    console.log(
      `${fits ? "ok" : "STORM"}  a day of "${storm.name}", 288 runs: ${perRun.toFixed(1)} requests a run (${storm.perRun} allowed), ${perRecord.toFixed(1)} writes a record (${storm.perRecord} allowed)`,
    );
  }
  const torn = await tornStateFile();
  bad += torn.length;
  console.log(torn.length === 0 ? "ok  state file torn at every byte" : torn.join("\n"));
}

console.log(
  `\n${matrixText(played)}\n\n· healed within the run   t told in the report, healed by the next run   X broken\n`,
);
console.log(totalsText(played));
process.exitCode = bad === 0 ? 0 : 1;
