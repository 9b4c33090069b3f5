import type { Command } from "commander";
import type { Check } from "../core/connector.ts";
import { OperatorError } from "../core/errors.ts";
import type { ConnectionConfig } from "../core/snapshot.ts";
import { openPool } from "../main.ts";
import { openSecrets } from "../state/secrets.ts";
import { readConnections } from "./connections.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { findPlace, type PlaceOptions, requireRepository, withRepository, withSecrets, withState } from "./place.ts";

export function addConnection(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const group = program.command("connection").description("work with the connections of the configuration");
  const command = group
    .command("test <name>")
    .description("reach both trackers, sign in, and try what the links need: each as a named check")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExit code 0: no check failed; 1: at least one failed. Nothing is written to a tracker.");
  withSecrets(withState(withRepository(command))).action(
    async (name: string, options: PlaceOptions & { json?: boolean }) => {
      end(await testConnection(host, name, options));
    },
  );
}

interface Tested {
  readonly endpoint: string;
  readonly checks: readonly Check[];
}

async function testConnection(host: Host, name: string, options: PlaceOptions & { json?: boolean }): Promise<ExitCode> {
  const place = await findPlace(host, options);
  requireRepository(place);
  const connections = await readConnections(host, place);
  const connection = connections.find((c) => c.name === name);
  if (connection === undefined) {
    throw new OperatorError(
      `There is no connection "${name}".`,
      `The configuration has: ${connections.map((c) => c.name).join(", ") || "none"}.`,
    );
  }
  const tested = await testBoth(host, place.secrets, connection);
  if (options.json === true) printJson(host, { connection: name, endpoints: tested });
  else print(host, toText(tested));
  return tested.some((t) => t.checks.some((c) => c.verdict === "fail")) ? EXIT.wrong : EXIT.fine;
}

async function testBoth(host: Host, secrets: string | null, connection: ConnectionConfig): Promise<readonly Tested[]> {
  const note = (message: string) => void host.stderr.write(`${message}\n`);
  const pool = openPool(
    { address: () => null },
    { emit: () => undefined, now: host.now, random: host.random, secrets: openSecrets(secrets, { note }) },
  );
  try {
    const tested: Tested[] = [];
    for (const side of ["left", "right"] as const) {
      const endpoint = connection[side];
      const entities = [...new Set(connection.links.map((link) => link[side].entity))];
      const { connector } = await pool.open(connection.name, endpoint);
      tested.push({ endpoint: endpoint.name, checks: await connector.test(entities, host.signal) });
    }
    return tested;
  } finally {
    await pool.close();
  }
}

const SIGNS = { pass: "pass   ", warning: "warning", fail: "FAIL   " } as const;

function toText(tested: readonly Tested[]): string {
  return tested
    .map(({ endpoint, checks }) =>
      [endpoint, ...checks.map((c) => `  ${SIGNS[c.verdict]}  ${c.name}: ${c.message}`)].join("\n"),
    )
    .join("\n");
}
