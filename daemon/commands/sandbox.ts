import { type Command, InvalidArgumentError } from "commander";
import { startAgileManagerSimulator } from "../sandbox/agile-manager/index.ts";
import { startAlmSimulator } from "../sandbox/alm/index.ts";
import type { Simulator } from "../sandbox/simulator.ts";
import { EXIT, type ExitCode, folderOf, type Host, print, printJson } from "./host.ts";

/** The simulated trackers by the connector type that talks to them, in the order in which `--port` counts. */
export interface Sandbox {
  readonly trackers: Readonly<Record<"alm" | "agile-manager", Simulator>>;
  close(): Promise<void>;
}

export interface SandboxOptions {
  readonly ports: readonly [number, number];
  readonly seed: number;
  /** Folder in which the trackers keep what they are told; null: in memory. */
  readonly data: string | null;
}

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { ports, seed, data } = options;
  const alm = await startAlmSimulator({ port: ports[0], seed, data, content: "lifelike" });
  const agileManager = await startAgileManagerSimulator({ port: ports[1], seed, data, content: "lifelike" }).catch(
    async (error: unknown) => {
      await alm.close();
      throw error;
    },
  );
  return {
    trackers: { alm, "agile-manager": agileManager },
    async close() {
      await alm.close();
      await agileManager.close();
    },
  };
}

export function addSandbox(program: Command, host: Host, end: (code: ExitCode) => void): void {
  program
    .command("sandbox")
    .description(
      "run the simulated trackers alone (ALM Quality Center and Agile Manager), for trying any client against them",
    )
    .option("--port <n...>", "ports: first ALM, then Agile Manager (default: any free ones)", addPort)
    .option("--seed <n>", "the content follows from this number", toNumber, 1)
    .option("--data <folder>", "keep what is written there, so that the next start has it (default: in memory)")
    .option("--json", "print one JSON object with address and credentials of each tracker, by connector type")
    .addHelpText("after", "\nRuns until it is interrupted (Ctrl-C). Listens on 127.0.0.1 only.")
    .action(async (options: { port?: number[]; seed: number; data?: string; json?: boolean }) => {
      end(await sandbox(host, options));
    });
}

async function sandbox(
  host: Host,
  options: { port?: number[]; seed: number; data?: string; json?: boolean },
): Promise<ExitCode> {
  const data = options.data === undefined ? null : folderOf(host, options.data, "", "");
  const opened = await startSandbox({
    ports: [options.port?.[0] ?? 0, options.port?.[1] ?? 0],
    seed: options.seed,
    data,
  });
  const access = Object.fromEntries(Object.entries(opened.trackers).map(([type, tracker]) => [type, tracker.access]));
  if (options.json === true) printJson(host, access);
  else print(host, toText(access));
  await new Promise<void>((resolve) => {
    if (host.signal.aborted) resolve();
    host.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await opened.close();
  return EXIT.fine;
}

function toText(access: Record<string, Simulator["access"]>): string {
  const tables = Object.entries(access).map(([type, values]) => {
    const lines = Object.entries(values).map(([key, value]) => `  ${key.padEnd(14)} ${value}`);
    return [type, ...lines].join("\n");
  });
  return `${tables.join("\n")}\nCtrl-C ends it.`;
}

function addPort(text: string, before: number[] | undefined): number[] {
  const port = toNumber(text);
  if (port > 65_535) throw new InvalidArgumentError("a port is at most 65535.");
  if (before?.length === 2) throw new InvalidArgumentError("there are two trackers, thus two ports.");
  return [...(before ?? []), port];
}

function toNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("a whole number is due here.");
  return Number(text);
}
