import type { Makes } from "../../core/connector.ts";
import type { FieldSchema } from "../../core/field.ts";
import type { FieldMapping } from "../../core/snapshot.ts";
import type { Endpoint } from "./endpoints.ts";
import { nounOf } from "./kinds.ts";
import type { LinkContext } from "./link-context.ts";
import type { TableReader } from "./read.ts";

/**
 * `create_missing` wants a tracker that can create (S44): an error where no side that the row writes can, a warning where one of two cannot. Nothing
 * is said of a field of which nothing is known.
 */
export function checkCreateMissing(
  reader: TableReader | null,
  { createMissing, direction }: FieldMapping,
  leftSchema: FieldSchema | null,
  rightSchema: FieldSchema | null,
  { left, right, report }: LinkContext,
): void {
  const at = reader?.entry("create_missing")?.node.at;
  if (at === undefined || createMissing !== true) return;
  const written = [
    ...(direction === "to-right" ? [] : [{ endpoint: left, field: leftSchema }]),
    ...(direction === "to-left" ? [] : [{ endpoint: right, field: rightSchema }]),
  ];
  const answers = written.map(({ endpoint, field }) => whyNot(endpoint, field));
  if (answers.includes("unknown")) return;
  const never = !answers.includes("can");
  for (const answer of answers) {
    if (typeof answer === "string" || !(never || answer.wanted)) continue;
    (never ? report.error : report.warn)("cannot-create", at, answer.message, answer.hint);
  }
}

/** `wanted`: the field refuses values that it does not know, so that somebody may count on their being made. */
type Answer = "can" | "unknown" | { readonly wanted: boolean; readonly message: string; readonly hint: string };

function whyNot({ config, type }: Endpoint, field: FieldSchema | null): Answer {
  if (field === null || type === null) return "unknown";
  const named = `"${field.name}" of ${config.name}`;
  if (field.kind !== "option" && field.kind !== "reference" && field.kind !== "user")
    return {
      wanted: false,
      message: `${named} is ${nounOf(field)}: it takes any value, and nothing need be created.`,
      hint: "Remove create_missing.",
    };
  if (canMake(type.makes, field)) return "can";
  const what = field.kind === "option" ? "add values to this list" : `create ${field.target ?? "user"}s`;
  const offered = offeredBy(type.makes);
  return {
    wanted: true,
    message: `${named}: ${type.title} cannot ${what} by its API.`,
    hint: `${offered === "" ? "" : `It can create ${offered}. `}Somebody adds a missing value by hand, and the record then goes on by itself.`,
  };
}

function canMake(makes: Makes | undefined, field: FieldSchema): boolean {
  if (makes === undefined) return false;
  if (field.kind === "reference") return makes.targets.includes(field.target ?? "");
  return field.kind === "option" && (makes.options === "any" || makes.options.includes(field.name));
}

function offeredBy(makes: Makes | undefined): string {
  if (makes === undefined) return "";
  const lists = makes.options === "any" ? ["list values"] : makes.options.map((name) => `values of "${name}"`);
  return [...makes.targets.map((target) => `${target}s`), ...lists].join(", ");
}
