import { didYouMean } from "../content/suggest.ts";
import type { RuleEnd } from "./field-words.ts";

const RULES = ["outgoing", "incoming", "attachment", "comment"];
const NO_ENDPOINT = /'([^']+)' does not exist in type 'LinkRules<"([^"]+)", "([^"]+)">'/;
const NO_RULE = /'([^']+)' does not exist in type '(?:EndpointRules)<\w+, \w+>'/;
const NO_LINK = /^Type '"([^"]*)"' does not satisfy the constraint '((?:"[^"]*"(?: \| )?)+)'/;

/** What TypeScript says of a connection, link, endpoint or rule that is not there, in words of the mapping (X11); null for anything else. */
export function linkWords(
  message: string,
  ends: ReadonlyMap<string, RuleEnd>,
): { readonly message: string; readonly hint: string } | null {
  const [, endpoint, connection, link] = NO_ENDPOINT.exec(message) ?? [];
  if (endpoint !== undefined) {
    const known = [...ends.values()].flatMap((end) =>
      end.link === `${connection}/${link}` ? [end.side.endpoint] : [],
    );
    const said = `The link ${connection}/${link} has no endpoint "${endpoint}".`;
    return { message: said, hint: didYouMean(endpoint, known) };
  }
  const rule = NO_RULE.exec(message)?.[1];
  if (rule !== undefined) return { message: `There is no rule "${rule}".`, hint: didYouMean(rule, RULES) };
  const [, name, constraint] = NO_LINK.exec(message) ?? [];
  if (name === undefined || constraint === undefined) return null;
  const known = [...constraint.matchAll(/"([^"]*)"/g)].map(([, one]) => one ?? "");
  const connections = new Set([...ends.values()].map((end) => end.link.split("/")[0]));
  const what = connections.size === known.length && known.every((one) => connections.has(one)) ? "connection" : "link";
  return {
    message: what === "connection" ? `There is no connection "${name}".` : `The connection has no link "${name}".`,
    hint: didYouMean(name, known, "link<…> names the mapping file and the link in it."),
  };
}
