import type { Command } from "commander";
import { OperatorError } from "../core/errors.ts";
import { type Place, parseRecordName } from "../sync/look/why.ts";

/** Of records that are named on the command line, which connection and link are meant. */
export interface Narrow {
  readonly connection?: string;
  readonly link?: string;
}

export function withNarrow(command: Command): Command {
  return command
    .option("--connection <name>", "the connection, where several have an endpoint of this name")
    .option("--link <connection/link>", "the link, where the endpoint has several entity types with this key");
}

/** Reads `alm:12`, or ends with wrong usage. */
export function readRecordName(command: Command, text: string): Place {
  const place = parseRecordName(text);
  if (place !== null) return place;
  return command.error(`error: "${text}" names no record: write <endpoint>:<key>, such as alm:12`, { exitCode: 2 });
}

/** The links of one connection among those found. Throws `OperatorError` where several connections have such a record. */
export function oneConnection<T extends { readonly link: string }>(name: string, found: readonly T[]): readonly T[] {
  const connections = [...new Set(found.map(({ link }) => connectionOf(link)))];
  if (connections.length <= 1) return found;
  throw new OperatorError(
    `${name} is in several connections.`,
    `Add --connection ${connections.join(" or --connection ")}.`,
  );
}

export function connectionOf(link: string): string {
  return link.slice(0, link.indexOf("/"));
}

/** Whether a link is among those that the person means. */
export function isMeant(link: string, narrow: Narrow): boolean {
  if (narrow.link !== undefined && narrow.link !== link) return false;
  return narrow.connection === undefined || narrow.connection === connectionOf(link);
}
