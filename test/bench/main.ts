import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { startChild } from "./child.ts";
import { measurePair } from "./pair.ts";
import { type CrowdLine, fastest, mebibytes, type Report, round, tableOf } from "./report.ts";
import { measureRequests, requestTable } from "./requests.ts";
import { openStage } from "./stage.ts";
import { type Measured, PHASES } from "./subject.ts";

const HELP = `npm run bench -- [rules|requests] [--quick] [--sizes 1000,10000] [--rounds n] [--pairs 1000,100000] [--json] [--profile folder]

Syncline against the raw copy, between two simulated trackers; see docs/performance.md.
  rules      with the sample's rules on both sides against its mapping alone; default 10,000 defects
  requests   requests of every kind of record on each side, in one process; default 100 and 1,000 records
  --quick    1,000 defects only
  --sizes    defects in the ALM simulator, one table each (default 1000,10000)
  --rounds   rounds of each size; the fastest is printed (default 3, above 5,000 defects 2)
  --pairs    pairs in the store for the runs with ten changes (default 1000,100000; empty: none)
  --json     one JSON object instead of tables
  --profile  one round of Syncline alone, with a CPU profile of each phase into this folder`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    sizes: { type: "string" },
    rounds: { type: "string" },
    pairs: { type: "string", default: "1000,100000" },
    json: { type: "boolean", default: false },
    profile: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

/** Runs with ten changes are short: so many are measured. */
const CROWD_ROUNDS = 15;

function numbers(text: string): readonly number[] {
  const all = text.split(",").filter((part) => part !== "");
  const found = all.map(Number);
  if (found.some((n) => !Number.isSafeInteger(n) || n < 20)) {
    throw new Error(`"${text}" is no list of whole numbers from 20 on`);
  }
  return found;
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${text}`);
}

async function measureCrowd(sizes: readonly number[]): Promise<readonly CrowdLine[]> {
  const children = sizes.map((pairs) => ({ pairs, child: startChild("./crowd.ts", { pairs }), all: [] as Measured[] }));
  try {
    for (const { child } of children) await child.ask("ready");
    for (let turn = 0; turn < CROWD_ROUNDS; turn++) {
      for (const { pairs, child, all } of children) {
        progress(`10 changes among ${pairs} pairs, ${turn + 1} of ${CROWD_ROUNDS}`);
        all.push(await child.ask<Measured>("run", turn));
      }
    }
  } finally {
    for (const { child } of children) await child.end();
  }
  return children.map(({ pairs, all }, i) => {
    const { ms } = fastest(all);
    const first = fastest(children[0]?.all ?? all).ms;
    const peakMiB = mebibytes(Math.max(...all.map((m) => m.peakBytes)));
    return { pairs, changes: 10, seconds: round(ms / 1000, 5), peakMiB, ratio: i === 0 ? null : round(ms / first, 2) };
  });
}

async function profile(folder: string, defects: number): Promise<void> {
  const stage = await openStage("syncline", defects);
  try {
    for (const { name, title } of PHASES) {
      const flags = ["--cpu-prof", `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}.cpuprofile`];
      const { ms } = await stage.run(name, { profile: flags });
      console.log(`${title}: ${(ms / 1000).toFixed(3)} s`);
    }
  } finally {
    await stage.close();
  }
}

async function measureAll(): Promise<Report> {
  const sizes = [];
  for (const defects of numbers(values.sizes ?? (values.quick ? "1000" : "1000,10000"))) {
    const rounds = values.rounds === undefined ? (defects > 5_000 ? 2 : 3) : Number(values.rounds);
    sizes.push({
      defects,
      rounds,
      lines: await measurePair({ subject: "syncline", rival: "raw copy", defects, rounds, warm: false, progress }),
    });
  }
  const crowd = await measureCrowd(numbers(values.pairs));
  return { machine: machineOf(), sizes, crowd };
}

function machineOf(): Report["machine"] {
  const [cpu] = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    cpu: cpu?.model.trim() ?? "unknown processor",
    cores: availableParallelism(),
  };
}

async function measureRuled(): Promise<Report> {
  const sizes = [];
  for (const defects of numbers(values.sizes ?? (values.quick ? "1000" : "10000"))) {
    const rounds = Number(values.rounds ?? 2);
    sizes.push({
      defects,
      rounds,
      lines: await measurePair({ subject: "with rules", rival: "syncline", defects, rounds, warm: true, progress }),
    });
  }
  return { machine: machineOf(), sizes, crowd: [] };
}

async function countAll(): Promise<string> {
  const lines = await measureRequests(numbers(values.sizes ?? (values.quick ? "100" : "100,1000")), progress);
  progress("");
  return values.json ? JSON.stringify(lines) : requestTable(lines);
}

if (values.help) console.log(HELP);
else if (positionals.join() === "requests") console.log(await countAll());
else if (positionals.length > 0 && positionals.join() !== "rules")
  throw new Error(`"${positionals.join(" ")}" is nothing to measure; ${HELP}`);
else if (values.profile !== undefined) await profile(values.profile, numbers(values.sizes ?? "10000")[0] ?? 10_000);
else {
  const report = positionals.length > 0 ? await measureRuled() : await measureAll();
  progress("");
  console.log(values.json ? JSON.stringify(report) : tableOf(report));
}
