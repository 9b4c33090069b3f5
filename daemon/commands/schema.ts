import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { schemaText } from "../config/draft/files.ts";
import { OperatorError } from "../core/errors.ts";
import type { EntitySchema } from "../core/field.ts";
import { type ConnectionConfig, type EndpointConfig, SIDES } from "../core/snapshot.ts";
import { openConfigRepository, openPool } from "../main.ts";
import { openSecrets } from "../state/secrets.ts";
import { readConnections } from "./connections.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import {
  findPlace,
  type Place,
  type PlaceOptions,
  requireRepository,
  withRepository,
  withSecrets,
  withState,
} from "./place.ts";
import { writeTypes } from "./types.ts";

interface PullOptions extends PlaceOptions {
  readonly into?: string;
  readonly json?: boolean;
}

export function addSchema(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const group = program
    .command("schema")
    .description("what the trackers say of their fields, as files beside the mappings");
  const command = group
    .command("pull <connection>")
    .description(
      "ask both trackers for the fields that the links use and write mappings/schema/<connection>/<endpoint>.json",
    )
    .option(
      "--into <folder>",
      "the configuration's folder (default: the repository given by --repo, which must have a work tree)",
    )
    .option("--json", "print the written files as one JSON object")
    .addHelpText(
      "after",
      "\nCommit what it writes: `syncline check` and the rules' types are then exact. Pulled twice without a change in the trackers, nothing differs.",
    );
  withSecrets(withState(withRepository(command))).action(async (connection: string, options: PullOptions) => {
    end(await pull(host, connection, options));
  });
}

interface Written {
  readonly file: string;
  readonly entities: readonly string[];
  readonly changed: boolean;
}

async function pull(host: Host, name: string, options: PullOptions): Promise<ExitCode> {
  const place = await findPlace(host, options);
  requireRepository(place);
  const connection = (await readConnections(host, place, name)).find((c) => c.name === name);
  if (connection === undefined)
    throw new OperatorError(`There is no connection "${name}".`, "See the files of mappings/.");
  const schemas = await pullBoth(host, place, connection, options.into ?? (await workTreeOf(host, place)));
  // Elsewhere there may be no rules beside the schemas.
  const written = options.into === undefined ? [...schemas, await typesOf(host, place)] : schemas;
  if (options.json === true) printJson(host, { connection: name, files: written });
  else
    print(
      host,
      written.map((w) => `${w.changed ? "written  " : "unchanged"} ${w.file} (${w.entities.join(", ")})`).join("\n"),
    );
  return EXIT.fine;
}

async function typesOf(host: Host, place: Place): Promise<Written> {
  return { ...(await writeTypes(host, place)), entities: ["types for editors"] };
}

async function workTreeOf(host: Host, place: Place): Promise<string> {
  const repository = await openConfigRepository(place.settings, {
    emit: () => undefined,
    now: host.now,
    signal: host.signal,
  });
  if (repository.workTree !== null) return repository.workTree;
  throw new OperatorError(
    `${repository.location} has no work tree to write into.`,
    "Name the folder of a clone with --into <folder>.",
  );
}

async function pullBoth(
  host: Host,
  place: Place,
  connection: ConnectionConfig,
  folder: string,
): Promise<readonly Written[]> {
  const note = (message: string) => void host.stderr.write(`${message}\n`);
  const secrets = openSecrets(place.secrets, { note });
  const pool = openPool(
    { address: place.settings.address },
    { emit: () => undefined, now: host.now, random: host.random, secrets },
  );
  try {
    const written: Written[] = [];
    for (const side of SIDES) {
      const endpoint = connection[side];
      const { connector } = await pool.open(connection.name, endpoint);
      const entities: Record<string, EntitySchema> = {};
      for (const entity of [...new Set(connection.links.map((link) => link[side].entity))].sort()) {
        entities[entity] = await connector.describe(entity, host.signal);
      }
      written.push(await write(fileOf(folder, connection, endpoint), entities));
    }
    return written;
  } finally {
    await pool.close();
  }
}

function fileOf(folder: string, connection: ConnectionConfig, endpoint: EndpointConfig): string {
  return join(folder, "mappings", "schema", connection.name, `${endpoint.name}.json`);
}

async function write(file: string, entities: Readonly<Record<string, EntitySchema>>): Promise<Written> {
  const text = schemaText(entities);
  const before = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  if (before !== text) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return { file, entities: Object.keys(entities), changed: before !== text };
}
