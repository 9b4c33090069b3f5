import { parseArgs } from "node:util";
import { runMatrix } from "./matrix.ts";
import { OPERATIONS } from "./operations.ts";
import { isClean, lastLine, tableOf, totalsOf, troubleOf } from "./report.ts";

const HELP = `npm run soak:kill -- [--quick] [--seed n] [--only text] [--steps n] [--moments n] [--json]

Kills the daemon (SIGKILL) at the named steps of a run and at random moments, starts it again, lets it run once, and compares both trackers
with what people did in them; see docs/reliability.md. Exit code 1 where a record was doubled, an edit lost, or something written that
nobody asked for.
  --quick    some steps of every operation and 27 random moments: under two minutes
  --seed     repeats the choices of an earlier soak (random moments stay random in what they meet)
  --only     operations whose name contains this text, or one of several, parted by commas
  --steps    kills at named steps of each operation, at the most (default 60)
  --moments  kills at random moments (default 225)
  --json     one JSON object instead of the table`;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    seed: { type: "string" },
    only: { type: "string", default: "" },
    steps: { type: "string" },
    moments: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

function wholeNumber(text: string, name: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} takes a whole number, not "${text}"`);
  return Number(text);
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${text}`);
}

/** After this no case begins: the last ones may wait for what a slow tracker stores. */
const QUICK_MS = 85_000;

async function soak(): Promise<void> {
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : wholeNumber(values.seed, "seed");
  const texts = values.only.split(",").map((text) => text.trim());
  const operations = OPERATIONS.filter(({ name }) => texts.some((text) => name.includes(text)));
  if (operations.length === 0) throw new Error(`no operation is called "${values.only}"`);
  const steps = values.steps === undefined ? (values.quick ? 3 : 60) : wholeNumber(values.steps, "steps");
  const began = performance.now();
  const { lines, leftOut } = await runMatrix({
    ...{ operations, seed, stages: 2, stepsEach: steps },
    limitMs: values.quick ? QUICK_MS : Number.POSITIVE_INFINITY,
    moments: values.moments === undefined ? (values.quick ? 27 : 225) : wholeNumber(values.moments, "moments"),
    progress: (done, text) => progress(`${done} cases done; ${text}`),
  });
  progress("");
  const seconds = Math.round((performance.now() - began) / 1000);
  const totals = totalsOf(lines);
  if (values.json) console.log(JSON.stringify({ seed, seconds, totals, leftOut, lines }));
  else {
    const trouble = troubleOf(lines);
    if (trouble !== "") console.log(`${trouble}\n`);
    console.log(
      `seed ${seed}, ${lines.length} cases (${totals.struck} before the run was over), ${totals.kills} kills, ${seconds} s, Node ${process.versions.node}\n`,
    );
    console.log(
      `${tableOf(
        lines,
        operations.map((operation) => operation.name),
      )}\n`,
    );
    if (leftOut > 0) console.log(`random moments left out for want of time: ${leftOut}`);
    if (totals.failed > 0) console.log(`runs that failed after a restart: ${totals.failed}`);
    console.log(lastLine(totals));
  }
  if (!isClean(totals)) process.exitCode = 1;
}

if (values.help) console.log(HELP);
else await soak();
