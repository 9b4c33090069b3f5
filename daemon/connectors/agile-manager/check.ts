import type { Check, ConnectorHost } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { Client, Listing } from "./client.ts";
import type { Knowledge } from "./knowledge.ts";
import type { AgileManagerSettings } from "./settings.ts";

/** A server clock this far off makes times in logs hard to read; it does not harm the synchronisation, which uses the server's clock alone. */
const SKEW_MS = 300_000;

export async function checkEndpoint(
  settings: AgileManagerSettings,
  host: ConnectorHost,
  client: Client,
  knowledge: Knowledge,
  entities: readonly string[],
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const signIn = await tried(() => client.workspaces(signal));
  if ("error" in signIn) return [signInFailure(signIn.error)];
  const checks: Check[] = [
    { name: "sign-in", verdict: "pass", message: `signed in at ${settings.url}` },
    workspaceCheck(settings, signIn.value),
    clockCheck(host, signIn.value),
  ];
  if (checks.some((check) => check.verdict === "fail")) return checks;
  for (const entity of entities) checks.push(await entityCheck(entity, client, knowledge, signal));
  return checks;
}

function signInFailure(error: ConnectorError): Check {
  const hint =
    error.kind === "auth"
      ? "Check client-id and client-secret of the secret; an administrator creates API clients under Integrations > API."
      : "Check the url, and that this host may reach it.";
  return { name: "sign-in", verdict: "fail", message: `${error.message}. ${hint}` };
}

function workspaceCheck(settings: AgileManagerSettings, listing: Listing): Check {
  const found = listing.rows.find((row) => row["id"] === settings.workspace);
  if (found !== undefined) {
    return {
      name: "workspace",
      verdict: "pass",
      message: `workspace ${settings.workspace} is "${String(found["name"])}"`,
    };
  }
  const seen = listing.rows.map((row) => String(row["id"])).join(", ");
  const message = `the API client is not assigned to workspace ${settings.workspace}; it sees ${seen === "" ? "none" : seen}`;
  return { name: "workspace", verdict: "fail", message: `${message}. Assign it, or correct workspace.` };
}

function clockCheck(host: ConnectorHost, listing: Listing): Check {
  if (listing.asOf === null) {
    const message = "the server tells no time (no Date header); incremental runs then rely on the newest change seen.";
    return { name: "clock", verdict: "warning", message };
  }
  const skew = Math.abs(Date.parse(listing.asOf) - host.now());
  if (skew <= SKEW_MS) return { name: "clock", verdict: "pass", message: `the server's clock says ${listing.asOf}` };
  const message = `the server's clock says ${listing.asOf}, ${Math.round(skew / 60_000)} minutes off. Set the clocks by NTP.`;
  return { name: "clock", verdict: "warning", message };
}

async function entityCheck(entity: string, client: Client, knowledge: Knowledge, signal: AbortSignal): Promise<Check> {
  const name = `entity ${entity}`;
  const found = await tried(async () => {
    const { path, subtype } = knowledge.resource(entity);
    const query = subtype === null ? {} : { query: `"subtype='${subtype}'"` };
    return client.list(path, { ...query, fields: "id", "order-by": "id", limit: 1, offset: 0 }, signal);
  });
  if ("error" in found) return { name, verdict: "fail", message: found.error.message };
  return { name, verdict: "pass", message: `${found.value.total ?? "some"} records can be read` };
}

async function tried<T>(call: () => Promise<T>): Promise<{ readonly value: T } | { readonly error: ConnectorError }> {
  try {
    return { value: await call() };
  } catch (error) {
    if (error instanceof ConnectorError) return { error };
    const message = error instanceof Error ? error.message : String(error);
    return { error: new ConnectorError("unavailable", message, { cause: error }) };
  }
}
