import type { Check } from "../../core/connector.ts";
import { readEntityType } from "../../core/entity-type.ts";
import { ConnectorError, OperatorError } from "../../core/errors.ts";
import type { Alm } from "./alm.ts";
import { pages } from "./listing.ts";

type Found = Omit<Check, "name">;

const SKEW_MS = 60_000;

/** Each step stands on the one before: after a failed one the rest would only repeat its message. */
export async function runChecks(alm: Alm, entities: readonly string[], signal: AbortSignal): Promise<readonly Check[]> {
  const checks: Check[] = [];

  async function check(name: string, probe: () => Promise<Found>): Promise<boolean> {
    try {
      checks.push({ name, ...(await probe()) });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ConnectorError || error instanceof OperatorError)) throw error;
      checks.push({ name, verdict: "fail", message: `${error.message}${advice(error)}` });
    }
    return checks.at(-1)?.verdict !== "fail";
  }

  if (!(await check("reach", () => reach(alm, signal)))) return checks;
  if (!(await check("sign-in", () => signIn(alm, signal)))) return checks;
  if (!(await check("project", () => project(alm, entities, signal)))) return checks;
  for (const entity of entities) {
    if (!(await check(`${entity}: fields`, () => fields(alm, entity, signal)))) continue;
    await check(`${entity}: read`, () => readOne(alm, entity, signal));
  }
  await check("clock", () => clock(alm, signal));
  checks.push({
    name: "rights",
    verdict: "warning",
    message:
      "reading works; whether the account may write cannot be asked without writing. See that its group may create and modify the mapped fields",
  });
  return checks;
}

function advice(error: ConnectorError | OperatorError): string {
  if (error instanceof OperatorError) return ` (${error.hint})`;
  if (error.kind === "auth") return ". Check the secret and that the account may enter the project";
  return "";
}

async function reach(alm: Alm, signal: AbortSignal): Promise<Found> {
  const answer = await alm.client.bare("/rest/is-authenticated", signal);
  if (answer.status === 200 || answer.status === 401 || answer.status === 403)
    return { verdict: "pass", message: `${alm.settings.url} answers` };
  return {
    verdict: "fail",
    message: `${alm.settings.url}/rest/is-authenticated was answered ${answer.status}; is the address the web root, as in https://host/qcbin?`,
  };
}

async function signIn(alm: Alm, signal: AbortSignal): Promise<Found> {
  const reply = await alm.client.call({ method: "GET", path: "/rest/is-authenticated", site: true, signal });
  // The resource speaks XML only on newer servers and then answers 406: signed in all the same.
  if (reply.ok || reply.answer.status === 406) return { verdict: "pass", message: "the secret is accepted" };
  throw alm.client.refuse(reply, new Map());
}

async function project(alm: Alm, entities: readonly string[], signal: AbortSignal): Promise<Found> {
  const { domain, project: name } = alm.settings;
  const probe = readEntityType(entities[0] ?? "defect").base;
  const reply = await alm.client.call({
    method: "GET",
    path: `/customization/entities/${encodeURIComponent(probe)}/fields`,
    signal,
  });
  if (reply.ok) return { verdict: "pass", message: `${domain}/${name} is open to the account` };
  if (reply.answer.status !== 404) throw alm.client.refuse(reply, new Map());
  const other = await alm.client.call({ method: "GET", path: "/customization/entities/defect/fields", signal });
  if (other.ok) return { verdict: "pass", message: `${domain}/${name} is open to the account` };
  return {
    verdict: "fail",
    message: `there is no project ${domain}/${name}, or the account may not see it; domain and project are spelled as in the sign-in page`,
  };
}

async function fields(alm: Alm, entity: string, signal: AbortSignal): Promise<Found> {
  const schema = await alm.metadata.schema(entity, signal);
  const all = Object.values(schema.fields);
  const required = all.filter((field) => field.required).map((field) => field.name);
  return {
    verdict: "pass",
    message: `${all.length} fields; required when a record is made: ${required.join(", ") || "none"}`,
  };
}

async function readOne(alm: Alm, entity: string, signal: AbortSignal): Promise<Found> {
  const small: Alm = { ...alm, settings: { ...alm.settings, page_size: 1 } };
  for await (const page of pages(small, { entity, clauses: [], fields: [] }, signal)) {
    const total = page.total ?? page.entities.length;
    if (total === 0)
      return {
        verdict: "warning",
        message: "no records are visible; if there should be some, the account lacks the right to see them",
      };
    return { verdict: "pass", message: `${total} records are visible` };
  }
  return { verdict: "warning", message: "no records are visible" };
}

async function clock(alm: Alm, signal: AbortSignal): Promise<Found> {
  const { now, zone } = await alm.clock.ask(signal);
  if (now === null) {
    const known = alm.settings.zone !== undefined;
    const message = "the server does not tell its time";
    return known
      ? { verdict: "pass", message: `${message}; the setting zone = "${zone.name}" is used` }
      : { verdict: "warning", message: `${message}; set zone to its time zone` };
  }
  const skew = now - alm.host.now();
  const place = alm.settings.zone === undefined ? `at ${zone.name}` : `in ${zone.name}`;
  if (Math.abs(skew) <= SKEW_MS) return { verdict: "pass", message: `the server's clock is ${place} and right` };
  return {
    verdict: "warning",
    message: `the server's clock is ${place} and ${Math.round(Math.abs(skew) / 1000)} s ${skew > 0 ? "ahead of" : "behind"} this machine's; changes are found by the server's clock, so this does no harm`,
  };
}
