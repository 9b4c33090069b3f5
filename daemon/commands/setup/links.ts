import { type EntityPair, namePairs, usualPairs } from "../../config/draft/pairing.ts";
import { overlap } from "../../core/entity-type.ts";
import { OperatorError } from "../../core/errors.ts";
import type { Answers, EndpointAnswer, SetupOptions } from "./answers.ts";
import type { Asker } from "./ask.ts";

export interface LinksAnswer {
  readonly pairs: readonly EntityPair[];
  /** Nobody named them: one that a tracker does not have is left out. */
  readonly usual: boolean;
  readonly create: string;
}

/** What is linked with what, and where partners may be made. */
export async function askLinks(
  { left, right }: Answers,
  options: SetupOptions,
  asker: Asker | null,
): Promise<LinksAnswer> {
  const usual = usualPairs(left.type, right.type);
  const text = usual.map((pair) => `${pair.left}=${pair.right}`).join(",");
  const ask = options.yes === true ? null : asker;
  const offered = `  (${left.name} has ${left.type.entities.join(", ")}; ${right.name} has ${right.type.entities.join(", ")})`;
  if (options.entities === undefined) ask?.say(offered);
  const given =
    options.entities ??
    (await ask?.text("Entity types to link, left=right with commas", text === "" ? null : text)) ??
    text;
  const places = ["none", "both", left.name, right.name];
  const wrong = (word: string) => (places.includes(word) ? null : `"${word}" must be one of ${places.join(", ")}`);
  const create =
    options.create ?? (await ask?.text(`Where may partners be made (${places.join(", ")})`, "none", wrong)) ?? "none";
  const why = wrong(create);
  if (why !== null) throw new OperatorError(`--create: ${why}.`, '"none" is the safe beginning.');
  const unnamed = given === text && text !== "";
  const pairs = unnamed ? usual : namePairs(readPairs(given));
  refuseTwice(pairs);
  refuseItself(pairs, left, right);
  return { pairs, usual: unnamed, create };
}

function refuseTwice(pairs: readonly EntityPair[]): void {
  const words = ({ left, right }: EntityPair) => `${left}=${right}`;
  for (const [n, pair] of pairs.entries()) {
    const same = pairs.slice(0, n).find((one) => overlap(one.left, pair.left) && overlap(one.right, pair.right));
    if (same === undefined) continue;
    const what =
      words(same) === words(pair) ? `${words(pair)} stands` : `what ${words(same)} and ${words(pair)} name stands`;
    throw new OperatorError(`--entities: ${what} in it twice.`, "Two links would fight over each other's records.");
  }
}

/** What tells one project from another, whatever kind of tracker it is. */
const PLACE = ["url", "domain", "project", "workspace"] as const;

function refuseItself(pairs: readonly EntityPair[], left: EndpointAnswer, right: EndpointAnswer): void {
  const place = ({ parsed }: EndpointAnswer) => PLACE.map((key) => (parsed as Readonly<Record<string, unknown>>)[key]);
  if (left.type !== right.type || JSON.stringify(place(left)) !== JSON.stringify(place(right))) return;
  const pair = pairs.find((one) => overlap(one.left, one.right));
  if (pair === undefined) return;
  throw new OperatorError(
    `Both endpoints are the same project, and ${pair.left} would be linked with itself: every record would be its own partner.`,
    "Correct --left or --right; within one project only different entity types can be linked.",
  );
}

function readPairs(text: string): readonly (readonly [string, string])[] {
  const pairs = text
    .split(",")
    .map((pair) => pair.trim())
    .filter((pair) => pair !== "");
  if (pairs.length === 0)
    throw new OperatorError(
      "--entities names nothing to link.",
      "Such as --entities defect=defect,requirement=user_story.",
    );
  return pairs.map((pair) => {
    const [left = "", right = "", ...more] = pair.split("=").map((entity) => entity.trim());
    if (left !== "" && right !== "" && more.length === 0) return [left, right] as const;
    throw new OperatorError(
      `--entities: "${pair}" does not name two entity types.`,
      "Write left=right, such as defect=issue.",
    );
  });
}
