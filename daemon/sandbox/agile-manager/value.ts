import type { Ref, Wire } from "./entity.ts";
import type { Field } from "./field.ts";
import { invalidValue } from "./refusal.ts";
import type { AgileManagerSwitches } from "./switches.ts";
import { isDay } from "./time.ts";

/** What checking a value needs to know of the rest of the workspace. */
export interface Surroundings {
  readonly switches: AgileManagerSwitches;
  exists(type: string, id: number): boolean;
  /** The login as it is kept; null for nobody of this workspace. Letters' case does not matter. */
  login(text: string): string | null;
}

/** A written value as it is stored. Throws `Refusal` 400 `invalid_value` where the field cannot hold it. */
export function checkValue(field: Field, input: unknown, around: Surroundings): Wire {
  if (input === null || input === undefined) return field.type === "mref" ? { data: [] } : null;
  switch (field.type) {
    case "int":
    case "num":
      return checkNumber(field, input);
    case "str":
    case "memo":
    case "login":
    case "list":
      return checkText(field, input, around);
    case "mlist":
      return checkList(field, input);
    case "date":
    case "ts":
      return checkDate(field, input);
    case "ref":
      return checkRef(field, input, around);
    case "mref":
      return checkRefs(field, input, around);
  }
}

/** `"2"` counts as 2: a release was once created with `sprint_duration: "2"`. */
function checkNumber(field: Field, input: unknown): number | null {
  if (input === "") return null;
  const value = typeof input === "string" && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(input) ? Number(input) : input;
  if (typeof value !== "number" || !Number.isFinite(value)) throw refuse(field, "needs a number", input);
  if (field.type === "int" && !Number.isInteger(value)) throw refuse(field, "needs a whole number", input);
  return value;
}

function checkText(field: Field, input: unknown, around: Surroundings): string | null {
  if (typeof input !== "string") throw refuse(field, "needs a text", input);
  const { switches } = around;
  if (input === "" && (switches.emptyText === "null" || field.type === "list" || field.type === "login")) return null;
  if (field.type === "list") {
    if (field.values.includes(input)) return input;
    throw refuse(field, `is a list without this value (${field.values.join(", ")})`, input);
  }
  if (field.type === "login") {
    const login = around.login(input);
    if (login === null) throw refuse(field, "needs the login name of a user of the workspace", input);
    return login;
  }
  const most = field.name === "name" ? switches.nameLength : switches.stringLength;
  if (field.type === "str" && [...input].length > most) {
    throw invalidValue(`Field ${field.name} holds at most ${most} characters, not ${[...input].length}`);
  }
  return input;
}

function checkList(field: Field, input: unknown): readonly string[] | null {
  if (!Array.isArray(input)) throw refuse(field, "needs an array of texts", input);
  for (const value of input) {
    if (!field.values.includes(value)) throw refuse(field, `is a list without this value`, value);
  }
  const values = [...new Set(input as readonly string[])];
  return values.length === 0 ? null : values;
}

function checkDate(field: Field, input: unknown): string | null {
  if (input === "") return null;
  if (typeof input !== "string" || !isDay(input)) throw refuse(field, "needs a date as YYYY-MM-DD", input);
  return input;
}

function checkRef(field: Field, input: unknown, around: Surroundings): Ref {
  const target = field.target ?? "";
  const id = idIn(input, field, around);
  if (id === null) throw refuse(field, `needs a reference {"type":"${target}","id":…}`, input);
  if (!around.exists(target, id)) throw invalidValue(`Field ${field.name}: there is no ${target} with id ${id}`);
  return { type: target, id };
}

function idIn(input: unknown, field: Field, around: Surroundings): number | null {
  if (typeof input !== "object" || input === null) {
    return around.switches.refWriteBareId ? wholeNumber(input) : null;
  }
  const { type, id } = input as { readonly type?: unknown; readonly id?: unknown };
  if (type !== undefined && type !== field.target) return null;
  return wholeNumber(id);
}

/** An id as a number or as digits; null for anything else. */
export function wholeNumber(input: unknown): number | null {
  if (typeof input === "string" && /^\d{1,15}$/.test(input)) return Number(input);
  return typeof input === "number" && Number.isSafeInteger(input) && input >= 0 ? input : null;
}

function checkRefs(field: Field, input: unknown, around: Surroundings): Wire {
  const data = (input as { readonly data?: unknown }).data;
  if (!Array.isArray(data)) throw refuse(field, `needs {"data":[{"type":"${field.target}","id":…}]}`, input);
  const refs = data.map((one: unknown) => checkRef(field, one, around));
  return { data: refs.filter((ref, index) => refs.findIndex((other) => other.id === ref.id) === index) };
}

function refuse(field: Field, what: string, input: unknown): Error {
  const shown = JSON.stringify(input) ?? "nothing";
  return invalidValue(`Field ${field.name} ${what}: ${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}`);
}
