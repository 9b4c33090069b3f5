import type { Command } from "commander";
import type { Check } from "../core/connector.ts";
import type { LinkIntegrity } from "../core/integrity.ts";
import type { ConnectionConfig } from "../core/snapshot.ts";
import { openPool, openWorkshop } from "../main.ts";
import { openSecrets } from "../state/secrets.ts";
import { formatIntegrity } from "../status/integrity-text.ts";
import { createSteps, type Steps } from "../status/steps.ts";
import { addConnectionAdd } from "./connection-add.ts";
import { connectionIn, readTip, type Tip } from "./connections.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { askEndpoint } from "./live-facts.ts";
import { type Asked, askedIntegrity } from "./live-integrity.ts";
import {
  findPlace,
  type Place,
  type PlaceOptions,
  requireRepository,
  withRepository,
  withSecrets,
  withState,
} from "./place.ts";
import { probe } from "./probe.ts";

interface TestOptions extends PlaceOptions {
  readonly worktree?: boolean;
  readonly json?: boolean;
}

export function addConnection(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const group = program.command("connection").description("work with the connections of the configuration");
  const command = group
    .command("test <name>")
    .description("reach both trackers, sign in, and hold every link against what they say now: each as a named check")
    .option("--worktree", "test the files on the disk instead of the branch's tip")
    .option("--json", "print one JSON object")
    .addHelpText("after", TEST_HELP);
  withSecrets(withState(withRepository(command))).action(async (name: string, options: TestOptions) => {
    end(await testConnection(host, name, options));
  });
  addConnectionAdd(group, host, end);
}

const TEST_HELP = `
First what each tracker lets the account do, then the integrity check of every link, as \`syncline check --table\` makes it offline, against the fields,
lists, users and releases that the trackers have now. Writes nothing. What it is at stands on standard error.

Exit code 0: no check failed (a warning is no failure); 1: at least one failed; 3: no such connection, or the configuration would not go live.`;

async function testConnection(host: Host, name: string, options: TestOptions): Promise<ExitCode> {
  const place = await findPlace(host, options);
  requireRepository(place);
  const workshop = openWorkshop();
  const steps = createSteps(host.stderr);
  try {
    const tip = await readTip(host, place, workshop, options.worktree === true);
    const connection = connectionIn(tip, name);
    const { endpoints, integrity } = await askBoth(host, place, connection, tip, workshop, steps);
    if (options.json === true) printJson(host, { connection: name, revision: tip.tree.revision, endpoints, integrity });
    else print(host, toText(endpoints, integrity));
    const failed =
      endpoints.some(({ checks }) => checks.some(({ verdict }) => verdict === "fail")) ||
      integrity.some(({ verdict }) => verdict === "fail");
    return failed ? EXIT.wrong : EXIT.fine;
  } finally {
    steps.end();
    await workshop.close();
  }
}

interface Tested {
  readonly endpoint: string;
  readonly checks: readonly Check[];
}

async function askBoth(
  host: Host,
  place: Place,
  connection: ConnectionConfig,
  { tree }: Tip,
  workshop: Pick<ReturnType<typeof openWorkshop>, "build">,
  steps: Steps,
): Promise<{ readonly endpoints: readonly Tested[]; readonly integrity: readonly LinkIntegrity[] }> {
  const note = (message: string) => void host.stderr.write(`${message}\n`);
  const { now, random, signal } = host;
  const secrets = openSecrets(place.secrets, { note });
  const pool = openPool({ address: () => null }, { emit: () => undefined, now, random, secrets });
  try {
    const test = (side: "left" | "right") => {
      steps.say(`${connection[side].name}: reaching it, signing in`);
      return probe(host, connection.name, connection[side], secrets);
    };
    const [left, right] = await Promise.all([test("left"), test("right")]);
    const probed = { left, right };
    const ask = async (side: "left" | "right") => {
      const { connector } = await pool.open(connection.name, connection[side]);
      return askEndpoint(connection, side, probed[side], { connector, steps, signal });
    };
    const asked: Asked = { left: await ask("left"), right: await ask("right") };
    steps.say("holding the mapping against what they said");
    const factsOf = (of: string, endpoint: string) => {
      if (of !== connection.name) return null;
      return [asked.left, asked.right].find((one) => one.endpoint === endpoint)?.facts ?? null;
    };
    const { integrity = [] } = await workshop.build(tree, signal, factsOf);
    const endpoints = [asked.left, asked.right].map(({ endpoint, checks }) => ({ endpoint, checks }));
    return { endpoints, integrity: await askedIntegrity(connection, integrity, asked, signal) };
  } finally {
    steps.end();
    await pool.close();
  }
}

const SIGNS = { pass: "pass   ", warning: "warning", fail: "FAIL   " } as const;

function toText(tested: readonly Tested[], integrity: readonly LinkIntegrity[]): string {
  const endpoints = tested.map(({ endpoint, checks }) =>
    [endpoint, ...checks.map((c) => `  ${SIGNS[c.verdict]}  ${c.name}: ${c.message}`)].join("\n"),
  );
  return [endpoints.join("\n"), formatIntegrity(integrity)].join("\n\n");
}
