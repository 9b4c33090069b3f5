import type { Command } from "commander";
import { type ConnectionConfig, type LinkConfig, SIDES, type TriggerConfig } from "../core/snapshot.ts";
import { parseCron } from "../lib/cron.ts";
import { alignRows } from "../status/table.ts";
import { nextDue } from "../triggers/due.ts";
import { openZone } from "../triggers/zone.ts";
import { readConnections } from "./connections.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { findPlace, type PlaceOptions, requireRepository, withRepository, withState } from "./place.ts";

/** One trigger, as `--json` shows it. */
interface TriggerShown {
  readonly link: string;
  readonly cron: string;
  readonly zone: string;
  readonly full: boolean;
  readonly enabled: boolean;
  /** By endpoint. */
  readonly query: Readonly<Record<string, string>>;
  readonly notes: string;
  /** ISO 8601, UTC; null for one that is switched off, or never comes. */
  readonly next: string | null;
  /** `file:line` */
  readonly origin: string;
}

/** The central list of what runs by itself, and when (X7). */
export function addTriggers(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("triggers")
    .description("every trigger of the configuration: what it runs, when next, and where it stands")
    .option("--json", "print one JSON array")
    .addHelpText(
      "after",
      "\nReads the branch's tip, as the daemon would take it; a trigger is changed in its mapping.",
    );
  withState(withRepository(command)).action(async (options: PlaceOptions & { json?: boolean }) => {
    const place = await findPlace(host, options);
    requireRepository(place);
    const shown = triggersOf(await readConnections(host, place), host.now());
    if (options.json === true) printJson(host, shown);
    else print(host, shown.length === 0 ? "No link has a trigger: nothing runs by itself." : tableOf(shown));
    end(EXIT.fine);
  });
}

function triggersOf(connections: readonly ConnectionConfig[], now: number): readonly TriggerShown[] {
  return connections.flatMap(({ links }) =>
    links.flatMap((link) => link.triggers.map((trigger) => shownOf(trigger, link, now))),
  );
}

function shownOf(trigger: TriggerConfig, link: LinkConfig, now: number): TriggerShown {
  const { cron, zone, full, query = {}, notes = "", enabled = true, origin } = trigger;
  const sides = SIDES.flatMap((side) => {
    const text = query[side];
    return text === undefined ? [] : [[link[side].endpoint, text]];
  });
  return {
    ...{ link: link.key, cron, zone, full, enabled, notes },
    query: Object.fromEntries(sides) as Record<string, string>,
    next: enabled ? nextOf(cron, zone, now) : null,
    origin: `${origin.file}:${origin.line}`,
  };
}

function nextOf(cron: string, zone: string, now: number): string | null {
  const parsed = parseCron(cron);
  const opened = openZone(zone);
  const next = parsed.ok && opened !== null ? nextDue(parsed.cron, opened, now) : null;
  return next === null ? null : new Date(next).toISOString();
}

function tableOf(triggers: readonly TriggerShown[]): string {
  const rows = triggers.map((one) => [
    one.link,
    one.cron,
    one.zone,
    one.full ? "full" : "incremental",
    one.enabled ? (one.next?.slice(0, 16).replace("T", " ") ?? "never") : "off",
    Object.entries(one.query)
      .map(([endpoint, text]) => `${endpoint}: ${text}`)
      .join("; ") || "every record",
    one.notes,
    one.origin,
  ]);
  return alignRows(["link", "cron", "zone", "run", "next (UTC)", "records", "notes", "stands in"], rows).join("\n");
}
