import { z } from "zod";

// What comes out of the cage was made by rules: it is believed only as far as it has this form.
// Fields are looked at by hand: there are dozens in each answer, and each answer is waited for.
const fields = z.custom<Record<string, null | string | number | boolean | string[]>>(isFields);
const logs = z.array(z.string()).max(200);
const thrown = { ok: z.literal(false), message: z.string(), stack: z.string() };

const begun = z.discriminatedUnion("ok", [z.object({ ok: z.literal(true) }), z.object(thrown)]);

const loaded = z.discriminatedUnion("ok", [
  z.object({
    ok: z.literal(true),
    shape: z.record(
      z.string(),
      z.object({
        outgoing: z.boolean(),
        incoming: z.boolean(),
        attachment: z.boolean(),
        comment: z.boolean(),
        lean: z.array(z.enum(["outgoing", "incoming", "attachment", "comment"])),
      }),
    ),
    problems: z.array(z.string()),
    tests: z.array(z.object({ name: z.string(), stack: z.string() })).exactOptional(),
  }),
  z.object(thrown),
]);

/** Numbers of branches, where the bundle counts them: only under tests. */
const passed = z.array(z.number()).exactOptional();

/** Names of fields that the rule looked at; null: any may have mattered. */
const looks = z.array(z.string()).nullable();

const ask = z.object({
  key: z.string(),
  kind: z.enum(["user", "option", "reference", "release", "partner", "run", "sends"]),
  args: z.array(z.string()).max(4),
});

const result = z.discriminatedUnion("ok", [
  z.object({
    ok: z.literal(true),
    fields,
    dropped: z.array(z.string()),
    logs,
    fieldErrors: z.record(z.string(), z.string()),
    adopt: z.object({ key: z.string(), reason: z.string() }).exactOptional(),
    unlink: z.string().exactOptional(),
    looks: z
      .object({
        issue: looks,
        replica: looks,
        record: looks,
        current: looks,
        base: looks,
        previous: looks,
        event: looks,
      })
      .exactOptional(),
    passed,
  }),
  z.object({ ...thrown, logs, passed }),
  z.object({ ok: z.literal("missed") }),
  z.object({ ok: z.literal(null), asks: z.array(ask).max(200) }),
]);

function isFields(given: unknown): boolean {
  return typeof given === "object" && given !== null && !Array.isArray(given) && Object.values(given).every(isValue);
}

function isValue(value: unknown): boolean {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return true;
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

export type Begun = z.infer<typeof begun>;
export type Loaded = z.infer<typeof loaded>;
export type Result = z.infer<typeof result>;

/** Each throws for a line that is no such answer. */
export const parseBegun = (line: string): Begun => begun.parse(JSON.parse(line));
export const parseLoaded = (line: string): Loaded => loaded.parse(JSON.parse(line));
export const parseResult = (text: string): Result => result.parse(JSON.parse(text));
