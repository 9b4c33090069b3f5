import type { Command } from "commander";
import { OperatorError } from "../core/errors.ts";
import { type DaemonState, readState, type Settings } from "../main.ts";
import { folderOf, type Host } from "./host.ts";

/** Options that say where things are; every command that needs them has them under the same names. */
export interface PlaceOptions {
  readonly repo?: string;
  readonly branch?: string;
  readonly state?: string;
  readonly secrets?: string;
}

/** Where a command works. */
export interface Place {
  readonly settings: Settings;
  readonly secrets: string | null;
  /** What a daemon remembered on this state folder, if one ever ran. */
  readonly remembered: DaemonState;
}

export function withRepository(command: Command): Command {
  return command
    .option(
      "--repo <path or URL>",
      "git repository with rules/, mappings/ and users/: bare, with a work tree, or remote (default: $SYNCLINE_REPO, else that of the last start)",
    )
    .option("--branch <name>", "branch to follow (default: the one that the repository's HEAD names)");
}

export function withState(command: Command): Command {
  return command.option("--state <folder>", "the daemon's memory (default: $SYNCLINE_STATE, else .syncline)");
}

export function withSecrets(command: Command): Command {
  return command.option(
    "--secrets <folder>",
    "one file a secret, named as in the mappings (default: $SYNCLINE_SECRETS)",
  );
}

/** What is not said on the command line is what the daemon of this state folder was started with. */
export async function findPlace(host: Host, options: PlaceOptions): Promise<Place> {
  const state = folderOf(host, options.state, "SYNCLINE_STATE", ".syncline");
  const remembered = await readState(state);
  const repository = options.repo ?? host.env["SYNCLINE_REPO"] ?? remembered.host.repository;
  const secrets = options.secrets ?? host.env["SYNCLINE_SECRETS"] ?? remembered.host.secrets;
  const branch = options.branch ?? (options.repo === undefined ? remembered.host.branch : null);
  return {
    settings: {
      repository: repository === "" || isAddress(repository) ? repository : folderOf(host, repository, "", ""),
      branch,
      state,
      environment: host.env,
      address: () => null,
      fetchMs: null,
    },
    secrets: secrets === null || secrets === undefined ? null : folderOf(host, secrets, "", ""),
    remembered,
  };
}

/** The repository must be named once; afterwards the state folder knows it. */
export function requireRepository(place: Place): void {
  if (place.settings.repository !== "") return;
  throw new OperatorError(
    `No repository is named, and no daemon has run on ${place.settings.state} yet.`,
    "Name one with --repo <path or URL>, or the daemon's state folder with --state.",
  );
}

function isAddress(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) || /^[^/\\]+@[^/\\]+:/.test(text);
}
